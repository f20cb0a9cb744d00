"""What the driver asks of a transport connection, and what it offers to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

from dulcimer.wire.model import Buffer

Address: TypeAlias = tuple[str, int]
"""Host and port."""


class Stream(Protocol):
    """One transport connection, as the driver uses it."""

    @property
    def backlog(self) -> int:
        """Bytes that wait to be taken by the network."""

    @property
    def local_address(self) -> Address | None:
        """Host and port of this end; None if they are not known."""

    @property
    def peer_address(self) -> Address | None:
        """Host and port of the other end; None if they are not known."""

    def write(self, buffers: Sequence[Buffer]) -> None:
        """Send these bytes in order; views must stay valid until `backlog` is 0."""

    def pause_reading(self) -> None:
        """Deliver no bytes until `resume_reading`."""

    def resume_reading(self) -> None:
        """Deliver bytes again."""

    def close(self) -> None:
        """Close the connection; what still waits for the network is dropped."""


class StreamUser(Protocol):
    """What a stream calls: the driver."""

    def connected(self, stream: Stream) -> None:
        """The connection is open."""

    def data_received(self, data: Buffer) -> None:
        """Bytes arrived; the buffer is reused after the call."""

    def writable(self) -> None:
        """The backlog has gone."""

    def disconnected(self, error: Exception | None) -> None:
        """The peer closed the connection, or it failed."""
