"""A recorded association as a sequence diagram in a terminal of 80 columns."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator

from rich.console import Console
from rich.text import Text

from dulcimer.counting import counted
from dulcimer.trace.collected import RecordedTrace
from dulcimer.trace.diagram import DiagramRow, rows_of, thinned
from dulcimer.trace.records import ACCEPTOR, REQUESTOR
from dulcimer.trace.traced import TracedAssociation
from dulcimer.trace.words import address_text

_WIDTH = 80
_TIME, _STATE = 10, 9
_LANE = _WIDTH - _TIME - 2 * _STATE - 4
"""Columns between the states of both ends."""
_INDENT = _TIME + 1 + _STATE + 1
_LONG_NOTE = _LANE + _STATE

Line = tuple[str, str]
"""A line, and its style."""


def show_lines(
    console: Console,
    trace: RecordedTrace,
    associations: Iterable[TracedAssociation],
    *,
    every: bool = False,
    pause: Callable[[], bool] | None = None,
) -> None:
    """Print the associations. `every`: also each piece of a data set; `pause`: called after each row, False to stop."""
    for association in associations:
        console.print(Text(_title(association), "bold"))
        console.print(Text(f"{'ms':>{_TIME}} {'requestor':<{_STATE}} {'':<{_LANE}} acceptor", "dim"))
        for row in thinned(rows_of(association), every=every):
            for text, style in _lines(row):
                console.print(Text(text.rstrip(), style))
            if pause is not None and not pause():
                return
        console.print()
    for remark in trace.remarks:
        console.print(Text(remark, "yellow"))
    console.print(Text(f"{counted(len(trace.associations), 'association')}.", "dim"))


def wait_for_enter() -> bool:
    """Wait until the reader wants the next row; False if that is q, or nothing more can be read."""
    return sys.stdin.readline().strip().lower()[:1] != "q" and not sys.stdin.closed


def _title(association: TracedAssociation) -> str:
    opened = association.opened
    ends = [] if opened is None else [address_text(one) for one in (opened.requestor, opened.acceptor) if one]
    where = f", {' to '.join(ends)}" if ends else ""
    by = "" if association.role not in (REQUESTOR, ACCEPTOR) else f", recorded by the {association.role}"
    name = f" ({association.name})" if association.name else ""
    return f"Association {association.number}{name}{where}{by}"


def _lines(row: DiagramRow) -> Iterator[Line]:
    for end, note in row.before:
        yield from _note(end, note)
    if row.label:
        style = "bold red" if row.is_wrong else "" if row.is_data or not row.sender else "bold"
        lane = _arrow(row) if row.sender and row.size else f"{row.label:^{_LANE}}"
        times = f"{row.t * 1000:>{_TIME}.3f}"
        first, *others = textwrap.wrap(lane, _LANE, drop_whitespace=False) if len(lane) > _LANE else [lane]
        states = row.states
        yield f"{times} {states[REQUESTOR]:<{_STATE}} {first:<{_LANE}} {states[ACCEPTOR]:<{_STATE}}", style
        for other in others:
            yield " " * _INDENT + other.strip(), style
    if row.words:
        for part in textwrap.wrap(row.words, _LANE):
            yield " " * _INDENT + (part if row.sender == REQUESTOR else f"{part:>{_LANE}}"), ""
    for end, note in row.after:
        yield from _note(end, note)


def _arrow(row: DiagramRow) -> str:
    text = f" {row.label}, {counted(row.size, 'byte')} "
    if row.sender == REQUESTOR:
        return f"--{text}".ljust(_LANE - 1, "-") + ">"
    return "<" + f"{text}--".rjust(_LANE - 1, "-")


def _note(end: str, note: str) -> Iterator[Line]:
    """What an end did, on its side."""
    style = "red" if note.startswith("violation") else "dim"
    for part in textwrap.wrap(note, _LANE):
        yield " " * _INDENT + (f"{part:>{_LANE}}" if end == ACCEPTOR else part), style
