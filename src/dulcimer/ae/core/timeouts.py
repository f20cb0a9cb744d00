"""How long an association waits for what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds; None is for ever.

    `connect` for the connection and its TLS handshake, `acse` for the answer to an association or release
    request, `dimse` for a response, `network` for anything at all on an established association where no operation
    is under way.
    """

    acse: float | None = 30.0
    dimse: float | None = 30.0
    network: float | None = 60.0
    connect: float | None = None
