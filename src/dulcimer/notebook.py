"""Tables for notebooks: HTML without script and style sheet, in which text of files and peers has no meaning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import islice
from typing import Final

from dulcimer.escaping import escaped

MOST_ROWS: Final = 300
"""Rows of a table; a notebook with more is slow."""
_LONGEST: Final = 400
_FRAME: Final = "font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12px;line-height:1.45"
_TABLE: Final = "border-collapse:collapse;margin:0 0 1em"
_CELL: Final = "text-align:left;vertical-align:top;padding:1px 1em 1px 0"


def notebook_table(title: str, note: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table under a title with a note; of more than `MOST_ROWS` rows the first ones."""
    found = list(islice(rows, MOST_ROWS + 1))
    parts = [f'<div style="{_FRAME}"><p><b>{_text(title)}</b> {_text(note)}</p><table style="{_TABLE}">']
    parts.append(_row("th", columns))
    parts += (_row("td", row) for row in found[:MOST_ROWS])
    parts.append("</table>")
    if len(found) > MOST_ROWS:
        parts.append(f"<p>Only the first {MOST_ROWS} rows are shown.</p>")
    return "".join((*parts, "</div>"))


def _row(tag: str, cells: Iterable[str]) -> str:
    inside = "".join(f'<{tag} style="{_CELL}">{_text(cell)}</{tag}>' for cell in cells)
    return f"<tr>{inside}</tr>"


def _text(text: str) -> str:
    return escape(escaped(text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."))
