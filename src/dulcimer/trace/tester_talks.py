"""Connections of a tester as a trace: from what it recorded of both directions. It has no state machine, so no steps.

Bytes are told as PDUs where nothing came between them; where the other end did something in the middle of a PDU, in
pieces, in the order in which it was. So whoever judges the trace sees what each end knew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from dulcimer import __version__
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.fuzz.tree.cutting import announced_size
from dulcimer.trace.line_sink import opened_for_owner
from dulcimer.trace.masking import Masks, PduMasker
from dulcimer.trace.records import (
    BytesMissing,
    BytesPassed,
    MaskedRange,
    PduReceived,
    PduSent,
    RawBytes,
    TraceHeader,
    TraceRecord,
)
from dulcimer.trace.writing import TraceWriter

_NOT_RECORDED: Final = "the tester has not recorded them"


class TalkBytes(NamedTuple):
    """Bytes of an end, `t` seconds after the beginning; `missing` more behind them are not known."""

    t: float
    sender: LinkEnd
    data: bytes
    missing: int = 0


class TalkRecord(NamedTuple):
    """Something else that happened."""

    t: float
    record: TraceRecord


TalkPart: TypeAlias = TalkBytes | TalkRecord


@dataclass(frozen=True, slots=True)
class RecordedTalk:
    """One connection: its name in the trace, which end the tester is, and what happened, in order."""

    name: str
    tester: LinkEnd
    parts: tuple[TalkPart, ...]


def write_talks(path: Path, title: str, talks: Iterable[RecordedTalk], masks: Masks) -> None:
    """Write a trace of these connections, each with the times since its own beginning, for its owner only.

    Raises OSError.
    """
    header = TraceHeader(f"dulcimer {__version__}", title, "", None, masks.data_sets, masks.secrets, pseudonyms=False)
    with opened_for_owner(path) as file:
        writer = TraceWriter(file, header)
        for talk in talks:
            for t, record in records_of(talk, masks):
                writer.write(t, talk.name, record)


def records_of(talk: RecordedTalk, masks: Masks) -> Iterator[tuple[float, TraceRecord]]:
    """The records of a connection with their times, in order."""
    found: list[tuple[int, int, float, TraceRecord]] = []
    for number, part in enumerate(talk.parts):
        if isinstance(part, TalkRecord):
            found.append((number, 0, part.t, part.record))
        elif part.missing:
            found.append((number, 1 << 32, part.t, BytesMissing(part.sender.role, part.missing, _NOT_RECORDED)))
    for end in LinkEnd:
        found += _of_end(talk, end, PduMasker(masks))
    for _, _, t, record in sorted(found, key=lambda one: one[:2]):
        yield t, record


def _of_end(talk: RecordedTalk, end: LinkEnd, masker: PduMasker) -> Iterator[tuple[int, int, float, TraceRecord]]:
    """What an end has sent: for each record the number of the part that it ends in, and its place there."""
    for run in _runs(talk.parts, end):
        data = b"".join(piece.data for _, piece in run)
        stops, at = [], 0
        for _, piece in run:
            at += len(piece.data)
            stops.append(at)
        start = first = 0
        while start < len(data):
            size = announced_size(data[start : start + 6]) or len(data)
            is_whole = start + size <= len(data)
            stop = start + size if is_whole else len(data)
            raw = masker.masked(data[start:stop])
            while stops[first] <= start:
                first += 1
            last = next(number for number in range(first, len(stops)) if stops[number] >= stop)
            if is_whole and run[last][0] - run[first][0] == last - first:
                number, piece = run[last]
                kind = PduSent if end == talk.tester else PduReceived
                yield number, stop, piece.t, kind(end.role, raw)
            else:
                at = start
                for index in range(first, last + 1):
                    number, piece = run[index]
                    until = min(stop, stops[index])
                    yield number, until, piece.t, BytesPassed(end.role, _cut(raw, at - start, until - start))
                    at = until
            start = stop


def _runs(parts: Sequence[TalkPart], end: LinkEnd) -> Iterator[list[tuple[int, TalkBytes]]]:
    """The bytes of an end that follow each other, each with the number of its part."""
    run: list[tuple[int, TalkBytes]] = []
    for number, part in enumerate(parts):
        is_gap = (
            isinstance(part, TalkRecord) and isinstance(part.record, BytesMissing) and part.record.sender == end.role
        )
        if isinstance(part, TalkBytes) and part.sender == end:
            if part.data:
                run.append((number, part))
            is_gap = bool(part.missing)
        if is_gap and run:
            yield run
            run = []
    if run:
        yield run


def _cut(raw: RawBytes, start: int, stop: int) -> RawBytes:
    """The bytes from `start` to `stop`, and what is left out of them."""
    kept, ranges, at = bytearray(), list[MaskedRange](), 0
    for piece in raw.pieces():
        size = piece.size if isinstance(piece, MaskedRange) else len(piece)
        first, last = max(start, at), min(stop, at + size)
        if first < last and isinstance(piece, MaskedRange):
            ranges.append(MaskedRange(first - start, last - first, piece.what))
        elif first < last:
            assert isinstance(piece, bytes)
            kept += piece[first - at : last - at]
        at += size
    return RawBytes(stop - start, bytes(kept), tuple(ranges))
