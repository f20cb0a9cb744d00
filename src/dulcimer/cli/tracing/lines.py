"""A recorded association in a terminal of 80 columns: one line for each event."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from rich.console import Console

from dulcimer.counting import counted
from dulcimer.trace.collected import RecordedTrace, TracedAssociation
from dulcimer.trace.records import REQUESTOR, BytesPassed, PduPassed, PduReceived, PduSent, TraceRecord
from dulcimer.trace.words import RecordWords, address_text

_INDENT = 13


def show_lines(console: Console, trace: RecordedTrace, associations: Iterable[TracedAssociation]) -> None:
    """Print the associations."""
    for association in associations:
        console.print(_title(association), style="bold")
        words = RecordWords()
        for line in association.lines:
            text = _arrow(line.record) + words.of(line.record)
            for number, part in enumerate(textwrap.wrap(text, console.width - _INDENT)):
                head = f"{line.t * 1000:>11.3f}  " if not number else " " * _INDENT
                console.print(head + part)
        console.print()
    for remark in trace.remarks:
        console.print(remark, style="yellow")
    console.print(f"{counted(len(trace.associations), 'association')}; times in milliseconds")


def _title(association: TracedAssociation) -> str:
    opened = association.opened
    ends = [] if opened is None else [address_text(one) for one in (opened.requestor, opened.acceptor) if one]
    where = " to ".join(ends)
    return f"Association {association.number}, recorded by the {association.role}" + (f": {where}" if where else "")


def _arrow(record: TraceRecord) -> str:
    if not isinstance(record, PduSent | PduReceived | PduPassed | BytesPassed):
        return ""
    return "--> " if record.sender == REQUESTOR else "<-- "
