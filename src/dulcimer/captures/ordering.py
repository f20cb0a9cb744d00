"""The bytes of one end of a TCP connection in their order (RFC 9293 3.4).

Bytes that were captured first are kept, whatever comes again. What is missing is waited for; it becomes a gap when
the other end has acknowledged it and enough segments have come since, when too much waits, or when the connection
ends.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from dulcimer.captures.events import (
    CapturedBytes,
    CapturedFin,
    CapturedGap,
    CaptureEvent,
    FollowedConnection,
    GapReason,
)
from dulcimer.captures.pieces import Piece, Pieces, differing

WHOLE: Final = 1 << 32
HALF: Final = 1 << 31
SINCE_ACKNOWLEDGED = 64
"""Segments that wait behind bytes which the other end has: these were lost by the capture, and not on the way."""
MOST_SEGMENTS = 16_384
"""Segments of one end that wait."""
PLAUSIBLE = 1 << 30
"""No window is larger (RFC 7323 2.2): numbers that are further away are not of this connection."""
KNOWN_GAPS = 64


class OrderedEnd:
    """One end. `next`: the sequence number that follows what was given; None before the first byte or SYN."""

    __slots__ = (
        "_gaps",
        "acknowledged",
        "by_client",
        "connection",
        "fin",
        "first",
        "first_acknowledged",
        "is_finished",
        "last_given",
        "next",
        "pieces",
        "position",
    )

    def __init__(self, connection: FollowedConnection, *, by_client: bool) -> None:
        self.connection = connection
        self.by_client = by_client
        self.first: int | None = None
        self.next: int | None = None
        self.position = 0
        self.last_given = b""
        self.pieces = Pieces()
        self.acknowledged: int | None = None
        self.first_acknowledged: int | None = None
        self.fin: tuple[int, int, float] | None = None
        self.is_finished = False
        self._gaps: deque[tuple[int, int]] | None = None

    def open(self, sequence: int) -> None:
        """A SYN with this number."""
        self.first = sequence
        if self.next is None:
            self.next = (sequence + 1) % WHOLE

    def take(self, sequence: int, data: bytes, missing: int, frame: int, t: float, events: list[CaptureEvent]) -> None:
        """Bytes from this number on, and `missing` ones behind them; adds what has become readable to `events`."""
        size = len(data) + missing
        if self.next is None:
            # A single byte is a keep-alive (RFC 1122 4.2.3.6): it repeats the last one before.
            self.next = (sequence + 1) % WHOLE if size == 1 else sequence
        place = self.position + distance(self.next, sequence)
        if place > self.position + PLAUSIBLE:
            self.connection.late += len(data)
            return
        if place > self.position:
            self._keep(place, data, missing, frame, t)
            self._give_up_what_is_acknowledged(events)
            return
        known = self.position - place
        if known:
            last = self.last_given
            self.connection.conflicting += differing(last, self.position - len(last), data, place)
            self._count_late(place, min(self.position, place + len(data)))
        if known >= size:
            return
        part = data[known:] if known else data
        missing = size - known - len(part)
        if self.pieces.starts and self.pieces.starts[0] < place + size:
            self._keep(self.position, part, missing, frame, t)
        else:
            self._give(Piece(part, missing, frame, t), events)
        self._go_on(events)

    def _keep(self, place: int, data: bytes, missing: int, frame: int, t: float) -> None:
        before = self.pieces.conflicting
        self.pieces.add(place, data, missing, frame, t)
        self.connection.conflicting += self.pieces.conflicting - before

    def finish(self, sequence: int, frame: int, t: float, events: list[CaptureEvent]) -> None:
        """A FIN that has this number."""
        if self.next is None:
            self.next = sequence
        if self.fin is None and 0 <= (ahead := distance(self.next, sequence)) < PLAUSIBLE:
            self.fin = self.position + ahead, frame, t
            self._go_on(events)

    def give_up_first(self, events: list[CaptureEvent]) -> None:
        """What is missing before the first bytes that wait is a gap."""
        if self.pieces.starts:
            first = self.pieces.first
            self._gap(self.pieces.starts[0] - self.position, GapReason.LOST, first.frame, first.t, events)
            self._go_on(events)
        elif self.fin is not None and not self.is_finished:
            place, frame, t = self.fin
            self._gap(place - self.position, GapReason.LOST, frame, t, events)
            self._go_on(events)

    def give_up_all(self, frame: int, t: float, events: list[CaptureEvent]) -> None:
        """Nothing more comes: what waits comes after gaps; bytes that only an acknowledgement shows are one, too."""
        while self.pieces.starts or (self.fin is not None and not self.is_finished):
            self.give_up_first(events)
        # A single one may be a FIN that was not captured.
        if self.next is not None and not self.is_finished:
            ahead = (self.acknowledged_place or 0) - self.position
            if ahead > 1:
                self._gap(ahead, GapReason.LOST, frame, t, events)

    def note_acknowledged(self, number: int) -> None:
        """The other end has acknowledged all before this number; an older segment may come later."""
        if self.first_acknowledged is None:
            self.first_acknowledged = number
        if self.acknowledged is None or (number - self.acknowledged) % WHOLE < HALF:
            self.acknowledged = number

    @property
    def acknowledged_place(self) -> int | None:
        """As `AcknowledgedEnd` says."""
        begin = self.first_acknowledged if self.next is None else self.next
        if begin is None or self.acknowledged is None:
            return None
        ahead = distance(begin, self.acknowledged)
        return self.position + ahead if abs(ahead) < PLAUSIBLE else None

    def is_too_full(self, most_held: int) -> bool:
        """Whether more waits than may."""
        return self.pieces.held > most_held or len(self.pieces.starts) > MOST_SEGMENTS

    def _give_up_what_is_acknowledged(self, events: list[CaptureEvent]) -> None:
        if len(self.pieces.starts) < SINCE_ACKNOWLEDGED or self.acknowledged is None or self.next is None:
            return
        if self.position + distance(self.next, self.acknowledged) >= self.pieces.starts[0]:
            self.give_up_first(events)

    def _go_on(self, events: list[CaptureEvent]) -> None:
        """Give what no longer waits."""
        while self.pieces.starts and self.pieces.starts[0] == self.position:
            for piece in self.pieces.take_run():
                self._give(piece, events)
        if self.fin is not None and self.fin[0] <= self.position and not self.is_finished:
            self.is_finished = True
            events.append(CapturedFin(self.connection, self.by_client, *self.fin[1:]))

    def _give(self, piece: Piece, events: list[CaptureEvent]) -> None:
        if piece.data:
            events.append(CapturedBytes(self.connection, self.by_client, piece.frame, piece.t, piece.data))
            self._advance(len(piece.data))
            self.last_given = piece.data
        if piece.missing:
            self._gap(piece.missing, GapReason.CUT, piece.frame, piece.t, events)

    def _gap(self, size: int, reason: GapReason, frame: int, t: float, events: list[CaptureEvent]) -> None:
        if size > 0:
            events.append(CapturedGap(self.connection, self.by_client, frame, t, size, reason))
            self.last_given = b""
            self._gaps = deque(maxlen=KNOWN_GAPS) if self._gaps is None else self._gaps
            self._gaps.append((self.position, self.position + size))
            self._advance(size)

    def _advance(self, size: int) -> None:
        assert self.next is not None
        self.position += size
        self.next = (self.next + size) % WHOLE

    def _count_late(self, start: int, stop: int) -> None:
        """Count the bytes that fall into a gap, or before the first ones."""
        if start < 0 and self.first is None:
            self.connection.late += min(stop, 0) - start
        for first, last in self._gaps or ():
            self.connection.late += max(0, min(stop, last) - max(start, first))


def distance(start: int, sequence: int) -> int:
    """How far after `start` a sequence number is; negative if it is before."""
    return (sequence - start + HALF) % WHOLE - HALF
