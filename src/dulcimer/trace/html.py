"""A trace as one HTML page without a script, and as a part of one, for notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import islice
from typing import Final

from dulcimer.conformance.report import looks
from dulcimer.conformance.report.page import page, page_file, styles
from dulcimer.counting import counted
from dulcimer.escaping import escaped
from dulcimer.trace.diagram import DiagramRow, rows_of, thinned
from dulcimer.trace.records import ACCEPTOR, REQUESTOR, RawBytes
from dulcimer.trace.traced import TraceContents, TracedAssociation
from dulcimer.trace.words import address_text
from dulcimer.wire.fieldmap import Field, field_map

MOST_ROWS: Final = 5000
"""Rows of a page; a browser takes long for more."""
MOST_IN_A_NOTEBOOK: Final = 200
MOST_DETAILED: Final = 500
"""PDUs whose fields are in the page."""
_MOST_FIELDS = 400
_MOST_ITEMS = 2000
_SHOWN = 80


def trace_page(trace: TraceContents, associations: Iterable[TracedAssociation] | None = None) -> str:
    """The page, of all associations or of these; it needs nothing but itself."""
    css = styles() + looks.stylesheet() + page_file("dulcimer.trace", "trace.css")
    title = trace.header.title or "Trace"
    body = [
        f"<main><h1>{_safe(title)}</h1>",
        f"<p class=facts>{_safe(_about(trace))}; open a row for its bytes and fields</p>",
    ]
    body += (f"<p class=trouble>{_safe(remark)}</p>" for remark in trace.remarks)
    body += _associations(trace.associations if associations is None else associations, MOST_ROWS, MOST_DETAILED)
    return page(title, css, "", [*body, f"<footer>{_safe(trace.header.producer)}</footer></main>"])


def trace_part(trace: TraceContents) -> str:
    """The first rows for a notebook: a table with its styles in it, which does not depend on anything around it."""
    parts = [f'<div style="{_FRAME}"><p>{_safe(_about(trace))}</p>']
    for association in trace.associations:
        parts.append(f'<table style="{_TABLE}"><caption style="text-align:left">{_safe(_title(association))}</caption>')
        parts.append("<tr><th>ms</th><th>requestor</th><th></th><th>acceptor</th></tr>")
        rows = list(islice(thinned(rows_of(association)), MOST_IN_A_NOTEBOOK + 1))
        parts += map(_plain_row, rows[:MOST_IN_A_NOTEBOOK])
        parts.append("</table>")
        if len(rows) > MOST_IN_A_NOTEBOOK:
            parts.append(f"<p>Only the first {MOST_IN_A_NOTEBOOK} rows are shown.</p>")
    return "".join([*parts, "</div>"])


_FRAME = "font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12px;line-height:1.45"
_TABLE = "border-collapse:collapse;text-align:left;margin:0 0 1em"


def _plain_row(row: DiagramRow) -> str:
    notes = [note for _, note in (*row.before, *row.after)]
    text = f"<b>{_safe(row.label)}</b> {_safe(row.words)}"
    if row.sender and row.size:
        text = f"{text} &rarr;" if row.sender == REQUESTOR else f"&larr; {text}"
    small = "".join(f"<br><small>{_safe(note)}</small>" for note in notes)
    cells = (f"{row.t * 1000:.3f}", row.states[REQUESTOR], text + small, row.states[ACCEPTOR])
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _about(trace: TraceContents) -> str:
    found = [counted(len(trace.associations), "association")]
    if trace.header.masks_data_sets:
        found.append("data sets are left out")
    if trace.header.masks_secrets:
        found.append("user identities are left out")
    if trace.header.pseudonyms:
        found.append("AE titles and addresses are pseudonyms")
    return "; ".join(found)


def _title(association: TracedAssociation) -> str:
    opened = association.opened
    ends = [] if opened is None else [address_text(one) for one in (opened.requestor, opened.acceptor) if one]
    where = f": {' to '.join(ends)}" if ends else ""
    by = f", recorded by the {association.role}" if association.role in (REQUESTOR, ACCEPTOR) else ""
    name = f" ({association.name})" if association.name else ""
    return f"Association {association.number}{name}{where}{by}"


def _associations(associations: Iterable[TracedAssociation], most: int, detailed: int) -> Iterator[str]:
    for association in associations:
        yield f'<section class=trace id="association-{association.number}"><h2>{_safe(_title(association))}</h2>'
        yield "<div class=heading><span>ms</span><span>requestor</span><span></span><span>acceptor</span></div>"
        for row in thinned(rows_of(association)):
            if not most:
                yield f"<p class=trouble>Only the first {MOST_ROWS} rows are in this page.</p>"
                break
            most -= 1
            detailed -= row.raw is not None
            yield from _row(row, is_detailed=detailed >= 0)
        yield "</section>"


def _row(row: DiagramRow, *, is_detailed: bool) -> Iterator[str]:
    yield from _notes(row.before)
    if row.label:
        classes = " ".join(
            name
            for name, holds in (
                (f"from-{row.sender}", bool(row.sender)),
                ("wrong", row.is_wrong),
                ("bulk", row.is_data),
            )
            if holds
        )
        yield f'<details class="{classes}" id="line-{row.line}"><summary>'
        yield f"<span class=ms>{row.t * 1000:.3f}</span><span class=at>{row.states[REQUESTOR]}</span>"
        yield f"<span class=between>{_lane(row)}</span><span class=at>{row.states[ACCEPTOR]}</span></summary>"
        yield "<div class=inside>"
        yield from _inside(row, is_detailed=is_detailed)
        yield "</div></details>"
    yield from _notes(row.after)


def _lane(row: DiagramRow) -> str:
    words = f"<span class=says>{_safe(row.words)}</span>" if row.words else ""
    if not (row.sender and row.size):
        return f"<span class=other>{_safe(row.label)}</span>{words}"
    target, tip = ("acceptor", "&#9654;") if row.sender == REQUESTOR else ("requestor", "&#9664;")
    label = _safe(f"{row.label}, {counted(row.size, 'byte')}")
    mark = "<b class=badge>does not follow the standard</b>" if row.is_wrong else ""
    inside = f"<span class=head aria-hidden=true>{tip}</span><span>{label}</span>{mark}"
    return f'<span class="way to-{target}">{inside}</span>{words}'


def _notes(notes: Iterable[tuple[str, str]]) -> Iterator[str]:
    for end, note in notes:
        bad = " bad" if note.startswith("violation") else ""
        yield f'<p class="aside {end}{bad}">{_safe(note)}</p>'


def _inside(row: DiagramRow, *, is_detailed: bool) -> Iterator[str]:
    if row.raw is None:
        yield f"<p>Line {row.line} of the trace.</p>"
        return
    yield f"<p>Line {row.line} of the trace.{_left_out(row.raw)}</p>"
    if not is_detailed:
        yield f"<p>The fields of the first {MOST_DETAILED} PDUs are in this page.</p>"
        return
    fields = field_map(row.raw.filled(), most_items=_MOST_ITEMS)
    yield "<table>"
    yield from map(_field, fields[:_MOST_FIELDS])
    yield "</table>"
    if len(fields) > _MOST_FIELDS:
        yield f"<p>Only the first {_MOST_FIELDS} of {len(fields)} fields are shown.</p>"


def _left_out(raw: RawBytes) -> str:
    total = sum(one.size for one in raw.masked)
    return (
        f" {counted(total, 'byte')} left out: {_safe(', '.join(sorted({one.what for one in raw.masked})))}."
        if total
        else ""
    )


def _field(leaf: Field) -> str:
    bad = f" <span class=bad>{_safe(leaf.problem)}</span>" if leaf.problem else ""
    value = leaf.raw.hex(" ") if isinstance(leaf.value, bytes) else str(leaf.value)
    text = _shortened(value) + (f": {leaf.meaning}" if leaf.meaning else "")
    return f"<tr><td>{leaf.offset}</td><td>{_safe(leaf.path)}</td><td>{_safe(text)}{bad}</td></tr>"


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."


def _safe(text: str) -> str:
    """Text of files and peers as HTML: nothing in it is obeyed."""
    return escape(escaped(text))
