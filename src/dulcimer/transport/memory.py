"""Two streams joined in memory, for tests, which say where bytes are cut and when they are delivered."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from dulcimer.transport.streams import Address, StreamUser, TlsState
from dulcimer.wire.model import Buffer

Cut = Callable[[int], int]
"""How many of the waiting bytes to deliver next: from 1 to the number given."""


class MemoryStream:
    """One end of a connection in memory. `pair` makes two."""

    def __init__(self) -> None:
        self._user: StreamUser | None = None
        self._other: MemoryStream = self
        self._arriving: deque[bytes] = deque()
        self._paused = False
        self._closed = False
        self._is_notified = False

    @staticmethod
    def pair() -> tuple[MemoryStream, MemoryStream]:
        """Two ends of one connection."""
        left, right = MemoryStream(), MemoryStream()
        left._other, right._other = right, left
        return left, right

    def attach(self, user: StreamUser) -> None:
        """Join this end to its user; it is connected at once."""
        self._user = user
        user.connected(self)

    @property
    def backlog(self) -> int:
        """Bytes that the other end has not taken."""
        return sum(map(len, self._other._arriving))

    @property
    def local_address(self) -> Address | None:
        """Memory has no address."""
        return None

    @property
    def peer_address(self) -> Address | None:
        """Memory has no address."""
        return None

    @property
    def tls(self) -> TlsState | None:
        """Memory needs no TLS."""
        return None

    @property
    def closed(self) -> bool:
        """Whether this end has been closed by its user."""
        return self._closed

    def write(self, buffers: Sequence[Buffer]) -> None:
        """Send these bytes in order."""
        if not self._closed and not self._other._closed:
            self._other._arriving.append(b"".join(buffers))

    def pause_reading(self) -> None:
        """Deliver no bytes until `resume_reading`."""
        self._paused = True

    def resume_reading(self) -> None:
        """Deliver bytes again."""
        self._paused = False

    def close(self) -> None:
        """Close this end; the other end is notified after the bytes on their way."""
        self._closed = True

    def deliver(self, cut: Cut = int) -> bool:
        """Deliver some bytes that wait for this end, or notify it of the close. False if there is nothing to do."""
        if self._closed:
            self._arriving.clear()
            return self._notify_closed()
        if self._user is None or self._paused:
            return False
        if self._arriving:
            waiting = b"".join(self._arriving)
            count = cut(len(waiting))
            self._arriving = deque([waiting[count:]] if count < len(waiting) else [])
            self._user.data_received(waiting[:count])
            if not self._arriving and self._other._user is not None:
                self._other._user.writable()
            return True
        return self._other._closed and self._notify_closed()

    def _notify_closed(self) -> bool:
        if self._is_notified or self._user is None:
            return False
        self._is_notified = True
        self._closed = True
        self._user.disconnected(None)
        return True


def settle(*streams: MemoryStream, cut: Cut = int) -> None:
    """Deliver until nothing is on its way."""
    moved = True
    while moved:
        moved = False
        for stream in streams:
            moved |= stream.deliver(cut)
