"""The interface between the driver and a transport connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from dulcimer.wire.model import Buffer

Address: TypeAlias = tuple[str, int]
"""Host and port."""


@dataclass(frozen=True, slots=True)
class TlsState:
    """What a TLS handshake agreed on: the `version` of the protocol ("TLSv1.3") and the `cipher`.

    `peer_certificate` is in DER, None if the peer sent none; `peer_names` has subject, issuer, names and dates of one
    that was verified, as `ssl.SSLSocket.getpeercert` gives them.
    """

    version: str
    cipher: str
    peer_certificate: bytes | None
    peer_names: Mapping[str, Any]


class Stream(Protocol):
    """One transport connection, as the driver uses it."""

    @property
    def backlog(self) -> int:
        """Bytes that wait to be sent."""

    @property
    def local_address(self) -> Address | None:
        """Host and port of this end; None if they are not known."""

    @property
    def peer_address(self) -> Address | None:
        """Host and port of the other end; None if they are not known."""

    @property
    def tls(self) -> TlsState | None:
        """What TLS agreed on; None without TLS."""

    def write(self, buffers: Sequence[Buffer]) -> None:
        """Send these bytes in order; views must stay valid until `backlog` is 0."""

    def pause_reading(self) -> None:
        """Deliver no bytes until `resume_reading`."""

    def resume_reading(self) -> None:
        """Deliver bytes again."""

    def close(self) -> None:
        """Close the connection; bytes that still wait to be sent are dropped."""


class StreamUser(Protocol):
    """What a stream calls: the driver."""

    def connected(self, stream: Stream) -> None:
        """The connection is open."""

    def data_received(self, data: Buffer) -> None:
        """Bytes arrived; the buffer is reused after the call."""

    def writable(self) -> None:
        """The backlog is empty."""

    def disconnected(self, error: Exception | None) -> None:
        """The peer closed the connection, or it failed."""
