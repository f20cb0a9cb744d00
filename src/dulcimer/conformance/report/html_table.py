"""Table 9-10 in the HTML page: a map of its cells, each with the worst verdict of its cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from urllib.parse import quote

from dulcimer._generated.fsm import EVENTS, STATES, TABLE, Events, States
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.verdict import RANK
from dulcimer.conformance.report import looks
from dulcimer.conformance.report.contents import SIGNS
from dulcimer.conformance.report.coverage import Mark, marks
from dulcimer.conformance.report.document import CaseReport, Report
from dulcimer.counting import counted


def maps(reports: Sequence[Report]) -> Iterator[str]:
    """The section with one map for each report."""
    yield "<section class=about-map><h2>Table 9-10, cell by cell</h2>"
    only = {role: ", ".join(info.label for info in STATES if info.role == role) for role in ("acceptor", "requestor")}
    yield (
        "<p>Events down, states across; a cell has the worst verdict of its cases. Choose one to see them. "
        f"Only a server can be in {only['acceptor']}, and only a client in {only['requestor']}.</p>"
    )
    yield "<div class=maps>"
    for report in reports:
        yield from _map(report, caption=len(reports) > 1)
    yield "</div><ul class=legend>"
    for verdict in looks.ORDER:
        yield f'<li><span class="cell {looks.css_class(verdict)}">{escape(SIGNS[verdict])}</span> {verdict}</li>'
    yield "<li><span class=cell>o</span> seen as an output</li>"
    yield "<li><span class=cell>-</span> not covered</li></ul>"
    yield from names_in_words()
    yield "</section>"


def names_in_words() -> Iterator[str]:
    """What the events and states of the table are."""
    yield "<details class=further><summary>The events and states in words</summary><dl class=names>"
    meanings = [(info.label, info.description) for info in EVENTS] + [(info.label, info.meaning) for info in STATES]
    for label, meaning in meanings:
        yield f"<dt>{label}</dt><dd>{escape(meaning)}</dd>"
    yield "</dl></details>"


def _map(report: Report, *, caption: bool) -> Iterator[str]:
    found = marks(report)
    yield from cell_map(lambda cell: _cell(found.get(cell)), report.name if caption else "")


def cell_map(draw: Callable[[Cell], str], caption: str = "") -> Iterator[str]:
    """Table 9-10, events down and states across; `draw` gives a `td` for each cell."""
    yield "<div class=scroll><table class=map>"
    yield f"<caption>{escape(caption)}</caption>" if caption else ""
    heads = (
        f'<th scope=col title="{escape(f"{state.label}: {state.meaning}")}"><span>Sta</span>{state.label[3:]}</th>'
        for state in STATES
    )
    yield "<tr><td></td>" + "".join(heads) + "</tr>"
    for event in Events:
        info = EVENTS[event]
        cells = (draw((event, state)) for state in States)
        yield f'<tr><th scope=row title="{escape(info.description)}">{info.label}</th>{"".join(cells)}</tr>'
    yield "</table></div>"


def _cell(mark: Mark | None) -> str:
    if mark is None:
        return "<td></td>"
    event, state = mark.cell
    cell = f"{STATES[state].label} {EVENTS[event].label} {TABLE[mark.cell]}"
    title = escape(f"{cell}: {mark.words}" + (f", {counted(len(mark.cases), 'case')}" if len(mark.cases) > 1 else ""))
    if mark.verdict is None:
        return f'<td><span class=cell title="{title}">{escape(mark.sign)}</span></td>'
    worst = max(mark.cases, key=lambda case: RANK[case.verdict])
    return (
        f'<td><a class="cell {looks.css_class(mark.verdict)}" href="#{quote(worst.id, safe="")}" title="{title}" '
        f'data-cell="{place(worst)}">{escape(mark.sign)}</a></td>'
    )


def place(case: CaseReport) -> str:
    """The cell of a case, as the filters of the page name it."""
    if case.cell is None:
        return ""
    event, state = case.cell
    return f"{STATES[state].label} {EVENTS[event].label}"
