"""The timeouts of an association."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds; None means forever.

    `connect` for the connection and its TLS handshake, `acse` for the answer to an association or release
    request, `dimse` for a response, `network` for the peer to send anything on an established association without
    an operation in progress.
    """

    acse: float | None = 30.0
    dimse: float | None = 30.0
    network: float | None = 60.0
    connect: float | None = None
