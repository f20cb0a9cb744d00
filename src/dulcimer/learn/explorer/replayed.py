"""A recorded association as the rows that the page replays, with what was found against the standard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from dulcimer._generated.fsm import EVENTS
from dulcimer.conformance.report.exhibits import Exhibits
from dulcimer.conformance.report.narrative import WirePdu
from dulcimer.diagnosis.judging.verdicts import AssociationVerdict, Breach
from dulcimer.diagnosis.reporting.document import breach_json
from dulcimer.diagnosis.reporting.judged_file import JudgedFile
from dulcimer.escaping import escaped
from dulcimer.trace.collected import RecordedTrace
from dulcimer.trace.diagram import DiagramRow, rows_of
from dulcimer.trace.passages import Passage, passages_of
from dulcimer.trace.records import ENDS, PduPassed, PduReceived, PduSent, RawBytes
from dulcimer.trace.traced import TracedAssociation
from dulcimer.trace.words import address_text

MOST_ROWS: Final = 20_000
"""Rows that are in a page, over all associations."""
MOST_BYTES: Final = 2048
"""Bytes of a PDU that are in a page."""
MOST_PDUS: Final = 2000
"""PDUs whose bytes are in a page; those that are the same count once."""


class _Shelf:
    """The PDUs of a page; there is room for `MOST_PDUS`."""

    def __init__(self, exhibits: Exhibits) -> None:
        self._exhibits = exhibits
        self._known: dict[WirePdu, int] = {}

    def number(self, raw: RawBytes) -> int:
        """The number of a PDU, -1 if there is no room for it."""
        whole = raw.filled()
        pdu = WirePdu(whole[:MOST_BYTES], max(0, raw.length - MOST_BYTES))
        if pdu not in self._known:
            if len(self._known) >= MOST_PDUS:
                return -1
            self._known[pdu] = self._exhibits.pdu(pdu)
        return self._known[pdu]


def replay_json(trace: RecordedTrace, judged: JudgedFile, exhibits: Exhibits) -> dict[str, Any]:
    """The associations of a trace, or of the trace that a capture was imported to, and what `judged` says of them."""
    shelf, left = _Shelf(exhibits), MOST_ROWS
    found: list[dict[str, Any]] = []
    verdicts = {one.number: one for one in judged.associations}
    for association in trace.associations:
        if left <= 0:
            break
        rows = list(_rows(association, shelf, left))
        left -= len(rows)
        if rows:
            verdict = verdicts.get(_number(association, judged))
            breaches = [] if verdict is None else list(_breaches(verdict, rows, judged.unit))
            breaches.sort(key=lambda one: (one["tolerated"], one["severity"], one["row"]))
            found.append({"title": _title(association), "rows": rows, "breaches": breaches})
    clauses = [breach["clause"] for one in found for breach in one["breaches"]]
    remarks = [*trace.remarks, *judged.remarks]
    if left <= 0:
        remarks.append(f"Only the first {MOST_ROWS} rows are in this page.")
    return {"unit": judged.unit, "associations": found, "remarks": remarks, "clauses": clauses}


def _number(association: TracedAssociation, judged: JudgedFile) -> int:
    """The number that the verdicts give an association: of a capture that of its connection."""
    return int(association.group) if judged.unit == "frame" else association.number


def _title(association: TracedAssociation) -> str:
    opened = association.opened
    ends = [] if opened is None else [address_text(one) for one in (opened.requestor, opened.acceptor) if one]
    return f"association {association.number}" + (f": {' to '.join(ends)}" if ends else "")


def _rows(association: TracedAssociation, shelf: _Shelf, most: int) -> Iterator[dict[str, Any]]:
    passages, _ = passages_of(association)
    for number, row in enumerate(rows_of(association)):
        if number >= most:
            return
        yield _row(row, passages[number] if number < len(passages) else None, shelf)


def _row(row: DiagramRow, passage: Passage | None, shelf: _Shelf) -> dict[str, Any]:
    record = None if passage is None else passage.record
    is_pdu = isinstance(record, PduSent | PduReceived | PduPassed)
    event = next((info.label for info in EVENTS if info.kind == "pdu" and info.subject == row.label), "Evt19")
    steps = [] if passage is None else [[s.fsm, s.state, s.event, s.action, s.next_state] for s in passage.steps]
    line: dict[str, Any] = {"frame": record.frame} if isinstance(record, PduPassed) and record.frame else {}
    return {
        "sender": row.sender,
        "label": row.label or "after that",
        "words": row.words,
        "states": [row.states[end] for end in ENDS],
        "steps": steps,
        "notes": [f"{end}: {note}" if end else note for end, note in (*row.before, *row.after)],
        "pdu": shelf.number(row.raw) if is_pdu and row.raw is not None else -1,
        "size": row.size,
        "event": event if is_pdu else "",
        "line": row.line,
        **line,
    }


def _breaches(verdict: AssociationVerdict, rows: Sequence[dict[str, Any]], unit: str) -> Iterator[dict[str, Any]]:
    for end in verdict.ends:
        for breach in end.breaches:
            told = breach_json(breach)
            yield {
                **{name: told[name] for name in ("clause", "requirement", "severity", "cells", "states", "frames")},
                "end": end.end.role,
                "observed": escaped(breach.observed),
                "expected": ["nothing" if one == "silence" else one for one in breach.expected],
                "hex": breach.place.data.hex(" "),
                "path": breach.place.path,
                "advice": escaped(breach.advice),
                "tolerated": breach.is_tolerated,
                "row": _place(breach, end.end.role, rows, unit),
            }


def _place(breach: Breach, role: str, rows: Sequence[dict[str, Any]], unit: str) -> int:
    """The row of a breach: that with its frame, or the one before it."""
    last = max(breach.place.frames, default=0)
    places = _places(rows, unit)
    exact = [number for number, place in enumerate(places) if place == last]
    by_end = [number for number in exact if rows[number]["sender"] == role]
    before = [number for number, place in enumerate(places) if place <= last]
    return (by_end or exact or before[-1:] or [0])[0]


def _places(rows: Iterable[dict[str, Any]], unit: str) -> list[int]:
    """The frame, or the line, of each row; a row without a frame has that of the row before."""
    found: list[int] = []
    for row in rows:
        place = row["line"] if unit == "line" else row.get("frame", found[-1] if found else 0)
        found.append(int(place))
    return found
