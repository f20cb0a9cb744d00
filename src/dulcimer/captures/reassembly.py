"""The bytes of TCP connections, reassembled from the segments of a capture (RFC 9293).

Segments may be repeated, reordered, cut differently, or missing: missing bytes are a gap, whose
place and size are kept. A connection that was open when the capture began starts with the first bytes seen of it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush

from dulcimer.captures.segments import Address, Segment
from dulcimer.captures.tcp import Flags

_HALF = 1 << 31
_WHOLE = 1 << 32
_MOST_WAITING = 4096
"""Maximum number of segments kept after a gap, in case it is filled later."""


@dataclass(slots=True)
class Direction:
    """What one end sent: `data` without the gaps, which are pairs of their place in `data` and their size in bytes."""

    source: Address
    destination: Address
    data: bytearray = field(default_factory=bytearray)
    gaps: list[tuple[int, int]] = field(default_factory=list)
    opened: bool = False
    _starts: list[int] = field(default_factory=list)
    _frames: list[tuple[int, float]] = field(default_factory=list)
    _next: int | None = None
    _position: int = 0
    _waiting: dict[int, Segment] = field(default_factory=dict)
    _order: list[tuple[int, int]] = field(default_factory=list)

    def frame_of(self, place: int) -> tuple[int, float]:
        """The number and time of the frame with the byte at this place of `data`."""
        return self._frames[max(0, bisect_right(self._starts, place) - 1)]

    def take(self, segment: Segment) -> None:
        """Add a segment of this end."""
        if segment.flags & Flags.SYN:
            if self._next is None:
                self._next, self.opened = (segment.sequence + 1) % _WHOLE, True
            return
        if not len(segment.payload) and not segment.missing:
            return
        if self._next is None:
            self._next = segment.sequence
        if (ahead := _distance(self._next, segment.sequence)) > 0:
            known = self._waiting.get(segment.sequence)
            if known is None:
                heappush(self._order, (self._position + ahead, segment.sequence))
            if known is None or len(known.payload) < len(segment.payload):
                self._waiting[segment.sequence] = segment
            if len(self._waiting) > _MOST_WAITING:
                self._skip_gap()
            return
        self._append(segment)
        self._drain()

    def end(self) -> None:
        """Finish: segments that still wait come after gaps."""
        while self._waiting:
            self._skip_gap()

    def _append(self, segment: Segment) -> None:
        assert self._next is not None
        known = -_distance(self._next, segment.sequence)
        size = len(segment.payload) + segment.missing
        if known >= size:
            return
        fresh = segment.payload[known:]
        if len(fresh):
            self._starts.append(len(self.data))
            self._frames.append((segment.number, segment.t))
            self.data += fresh
        if segment.missing:
            self.gaps.append((len(self.data), size - max(known, len(segment.payload))))
        self._next = (segment.sequence + size) % _WHOLE
        self._position += size - known

    def _drain(self) -> None:
        while self._order and self._order[0][0] <= self._position:
            _, first = heappop(self._order)
            self._append(self._waiting.pop(first))

    def _skip_gap(self) -> None:
        position, first = self._order[0]
        self.gaps.append((len(self.data), position - self._position))
        self._next, self._position = first, position
        self._drain()


@dataclass(slots=True)
class CapturedConnection:
    """One TCP connection. `client` opened it, or spoke first if the capture began later."""

    client: Direction
    server: Direction
    closed: bool = False


def connections(segments: Iterable[Segment]) -> list[CapturedConnection]:
    """The connections in the order in which they were first seen; one reopened on the same ports is a new one."""
    found: list[CapturedConnection] = []
    current: dict[tuple[Address, Address], CapturedConnection] = {}
    for segment in segments:
        key = (min(segment.source, segment.destination), max(segment.source, segment.destination))
        connection = current.get(key)
        is_request = bool(segment.flags & Flags.SYN) and not segment.flags & Flags.ACK
        if connection is None or (is_request and _is_used(connection)):
            connection = _new_connection(segment)
            found.append(connection)
            current[key] = connection
        direction = connection.client if segment.source == connection.client.source else connection.server
        direction.take(segment)
        connection.closed |= bool(segment.flags & (Flags.FIN | Flags.RST))
    for connection in found:
        connection.client.end()
        connection.server.end()
    return found


def directions(connection: CapturedConnection) -> Iterator[Direction]:
    """Both ends, the client first."""
    yield connection.client
    yield connection.server


def _new_connection(segment: Segment) -> CapturedConnection:
    source, destination = segment.source, segment.destination
    if segment.flags & Flags.SYN and segment.flags & Flags.ACK:
        source, destination = destination, source
    return CapturedConnection(Direction(source, destination), Direction(destination, source))


def _is_used(connection: CapturedConnection) -> bool:
    """Whether a further SYN opens another connection; else it repeats a SYN that was not answered."""
    return connection.closed or bool(connection.client.data or connection.server.data)


def _distance(start: int, sequence: int) -> int:
    """How far after `start` a sequence number is; negative if it is before."""
    return (sequence - start + _HALF) % _WHOLE - _HALF
