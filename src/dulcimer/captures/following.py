"""Follows the TCP connections of a capture while it is read: events come out, and the memory is bounded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dulcimer.captures.bounds import CaptureBounds
from dulcimer.captures.chunks import CaptureError, CaptureSource
from dulcimer.captures.connection_table import ACK, FIN, RST, SYN, ConnectionTable
from dulcimer.captures.events import CapturedBytes, CaptureEvent
from dulcimer.captures.files import frames
from dulcimer.captures.ordering import HALF, WHOLE
from dulcimer.captures.segments import SegmentReader
from dulcimer.counting import counted

SWEEP = 1024
"""Frames after which connections that are over are looked for."""
_USUAL: Final = ACK
_TELLING: Final = ACK | FIN | RST | SYN


class CaptureReader:
    """The events of all TCP connections of a capture, in the order in which they can be told.

    Iterate once. `frames`: the number of the frame that was read last; `damage`: where and why the file could not be
    read to its end, "" if it could. Raises OSError.
    """

    def __init__(self, source: CaptureSource, bounds: CaptureBounds | None = None) -> None:
        self.bounds = bounds or CaptureBounds()
        self.frames = 0
        self.damage = ""
        self._source = source
        self._segments = SegmentReader(self.bounds.fragments)
        self._table = ConnectionTable(self.bounds)

    @property
    def connections(self) -> int:
        """How many connections were seen so far."""
        return self._table.count

    @property
    def held(self) -> int:
        """Bytes of memory that wait for others: segments and fragments, roughly."""
        return self._table.held + self._segments.fragments.held

    def __iter__(self) -> Iterator[CaptureEvent]:
        """Read the file."""
        try:
            yield from self._events()
        except CaptureError as error:
            self.damage = str(error)
        events: list[CaptureEvent] = []
        self._table.end(events)
        self._segments.fragments.end()
        yield from events

    def _events(self) -> Iterator[CaptureEvent]:
        routes, take, segment_of = self._table.routes, self._table.take, self._segments.segment
        events: list[CaptureEvent] = []
        for frame in frames(self._source):
            number, t = frame[0], frame[1]
            self.frames = number
            if not number % SWEEP:
                self._table.sweep(t, events)
                yield from events
                events.clear()
            segment = segment_of(frame)
            if segment is None:
                continue
            key, sequence, acknowledged, flags, data, start, stop, missing = segment
            route = routes.get(key)
            # Nearly every segment: it opens and closes nothing, and continues what is there, or only acknowledges.
            if route is not None and flags & _TELLING == _USUAL and not missing:
                sender = route.sender
                if start == stop or (sequence == sender.next and not sender.pieces.starts and sender.fin is None):
                    receiver = route.receiver
                    if receiver.acknowledged is None or (acknowledged - receiver.acknowledged) % WHOLE < HALF:
                        receiver.acknowledged = acknowledged
                    route.ends.frame, route.ends.t = number, t
                    if start < stop:
                        sender.position += stop - start
                        sender.next = (sequence + stop - start) % WHOLE
                        sender.last_given = part = data[start:stop]
                        yield CapturedBytes(sender.connection, sender.by_client, number, t, part)
                    continue
            take(segment, number, t, events)
            if events:
                yield from events
                events.clear()

    def remarks(self) -> Iterator[str]:
        """In sentences, what is left out beside damage; complete when the iteration has ended."""
        for link_type, count in sorted(self._segments.unread.items()):
            yield f"Left out: {counted(count, 'frame')} of link type {link_type}, which is not read."
        if given_up := self._segments.fragments.given_up:
            yield f"Left out: {counted(given_up, 'IP packet')} of which fragments are missing."
        if crowded_out := self._table.crowded_out:
            most = counted(self.bounds.connections, "connection")
            yield f"Not followed to the end: {counted(crowded_out, 'connection')}; at most {most} at a time can be."
