"""A trace as the events of a network capture, for those who judge these; the frame of an event is its line.

What a trace leaves out of a PDU is given as zeros: its places and lengths are right, the bytes are not. `was_masked`
says where, so that nothing is concluded from them.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from dulcimer.captures.events import (
    CapturedBytes,
    CapturedEnding,
    CapturedFin,
    CapturedGap,
    CapturedReset,
    CaptureEvent,
    ConnectionEnded,
    ConnectionOpened,
    FollowedConnection,
    GapReason,
)
from dulcimer.captures.segments import Address
from dulcimer.trace.records import (
    MOST_FILLED,
    REQUESTOR,
    BytesMissing,
    BytesPassed,
    HostAndPort,
    MaskedRange,
    PduPassed,
    PduReceived,
    PduSent,
    RawBytes,
    RecordingCut,
    TraceLine,
    TransportClosed,
    TransportOpened,
    TransportReset,
)

_TOLD: Final = (
    PduSent,
    PduReceived,
    PduPassed,
    BytesPassed,
    BytesMissing,
    TransportClosed,
    TransportReset,
    RecordingCut,
)
_UNKNOWN: Final[Address] = ("", 0)


class _Ranges:
    """Places in a stream, in order: 16 bytes for each."""

    def __init__(self) -> None:
        self._starts, self._stops = array("Q"), array("Q")

    def add(self, start: int, stop: int) -> None:
        self._starts.append(start)
        self._stops.append(stop)

    def overlap(self, start: int, stop: int) -> bool:
        first = bisect_right(self._stops, start)
        return first < len(self._starts) and self._starts[first] < stop


@dataclass(slots=True)
class _TracedStream:
    """One association as a TCP connection; `sent`: bytes of the client, and of the server, so far."""

    connection: FollowedConnection
    sent: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    ending: CapturedEnding | None = None
    line: int = 0
    t: float = 0.0


class TraceAsCapture:
    """The events of the associations of a trace, in the order of its lines. Iterate once.

    `begun`: the time of the system at the beginning of the trace, in seconds since 1970. Connections are numbered from
    1 in the order in which they begin; without a beginning, as in a trace of which the first lines are missing, they
    have no `has_beginning`.
    """

    def __init__(self, lines: Iterable[TraceLine], begun: float | None = None) -> None:
        self._lines = lines
        self._begun = begun or 0.0
        self._streams: dict[str, _TracedStream] = {}
        self._count = 0
        self._masked: dict[tuple[int, bool], _Ranges] = {}

    def was_masked(self, connection: int, *, by_client: bool, start: int, stop: int) -> bool:
        """Whether some of these bytes of an end, counted from its first one, are not those that it sent.

        It is known until the iteration goes on after the end of the connection.
        """
        ranges = self._masked.get((connection, by_client))
        return ranges is not None and ranges.overlap(start, stop)

    def __iter__(self) -> Iterator[CaptureEvent]:
        """Read the trace."""
        for line in self._lines:
            yield from self._events(line)
        for group in tuple(self._streams):
            yield from self._end(group, CapturedEnding.END_OF_CAPTURE)

    def _events(self, line: TraceLine) -> Iterator[CaptureEvent]:
        record, t = line.record, self._begun + line.t
        if isinstance(record, TransportOpened):
            yield from self._opened(line, record, t)
            return
        if not isinstance(record, _TOLD):
            return
        stream = self._streams.get(line.group) or self._new(line, t)
        stream.line, stream.t = line.line, t
        connection = stream.connection
        match record:
            case RecordingCut():
                yield from self._end(line.group, CapturedEnding.CROWDED_OUT)
            case BytesMissing(sender, size):
                yield CapturedGap(connection, sender == REQUESTOR, line.line, t, size or 1, GapReason.LOST)
            case TransportClosed(sender):
                stream.ending = stream.ending or CapturedEnding.CLOSED
                yield CapturedFin(connection, sender == REQUESTOR, line.line, t)
            case TransportReset(sender):
                stream.ending = CapturedEnding.RESET
                yield CapturedReset(connection, sender == REQUESTOR, line.line, t)
            case _:
                yield from self._bytes(stream, record.raw, by_client=record.sender == REQUESTOR)

    def _opened(self, line: TraceLine, record: TransportOpened, t: float) -> Iterator[CaptureEvent]:
        yield from self._end(line.group, CapturedEnding.REPLACED)
        stream = self._new(line, t, record.requestor, record.acceptor)
        stream.connection.has_beginning = True
        for by_client in (True, False):
            yield ConnectionOpened(stream.connection, by_client, line.line, t)

    def _new(
        self, line: TraceLine, t: float, requestor: HostAndPort | None = None, acceptor: HostAndPort | None = None
    ) -> _TracedStream:
        self._count += 1
        client, server = (_UNKNOWN if one is None else (one.host, one.port) for one in (requestor, acceptor))
        stream = _TracedStream(FollowedConnection(self._count, client, server, line.line, t), line=line.line, t=t)
        self._streams[line.group] = stream
        return stream

    def _end(self, group: str, otherwise: CapturedEnding) -> Iterator[CaptureEvent]:
        stream = self._streams.pop(group, None)
        if stream is not None:
            connection = stream.connection
            yield ConnectionEnded(connection, stream.line, stream.t, stream.ending or otherwise)
            for by_client in (True, False):
                self._masked.pop((connection.number, by_client), None)

    def _bytes(self, stream: _TracedStream, raw: RawBytes, *, by_client: bool) -> Iterator[CaptureEvent]:
        connection, frame, t = stream.connection, stream.line, stream.t
        kept = bytearray()
        for piece in raw.pieces():
            if not isinstance(piece, MaskedRange):
                kept += piece
                continue
            start = stream.sent[by_client] + piece.at
            self._masked.setdefault((connection.number, by_client), _Ranges()).add(start, start + piece.size)
            if piece.size <= MOST_FILLED:
                kept += bytes(piece.size)
                continue
            if kept:
                yield CapturedBytes(connection, by_client, frame, t, bytes(kept))
                kept.clear()
            yield CapturedGap(connection, by_client, frame, t, piece.size, GapReason.CUT)
        if kept:
            yield CapturedBytes(connection, by_client, frame, t, bytes(kept))
        stream.sent[by_client] += raw.length
