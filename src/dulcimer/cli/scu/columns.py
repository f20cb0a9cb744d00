"""A table that is printed while its rows arrive: the first rows set the widths, then each row is printed at once."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable, Sequence

from rich.cells import cell_len, chop_cells

FIRST_ROWS = 20
"""Rows that are measured before the first is printed."""
_GAP = "  "
_INDENT = "    "
_LEAST = 8


class StreamedTable:
    """Prints rows under headings.

    With a `width` nothing is cut off: if there is no room, the columns whose numbers are in `below` get their own lines
    under the row, then the last of the others as well, and long values are folded.
    """

    def __init__(self, headings: Sequence[str], width: int | None, below: Collection[int] = ()) -> None:
        self._headings = list(headings)
        self._width = width
        self._below = below
        self._first: list[Sequence[str]] = []
        self._widths: dict[int, int] = {}

    def add(self, row: Sequence[str]) -> None:
        """Add a row."""
        if self._widths:
            self._print(row)
            return
        self._first.append(row)
        if len(self._first) >= FIRST_ROWS:
            self.flush()

    def flush(self) -> None:
        """Print the rows that wait."""
        if not self._widths and self._first:
            self._layout()
            cells = {column: _fold(_words(self._headings[column]), width) for column, width in self._widths.items()}
            self._print_lines(cells)
            print(_GAP.join("-" * width for width in self._widths.values()))
        for row in self._first:
            self._print(row)
        self._first.clear()

    def _layout(self) -> None:
        table = [self._headings, *self._first]
        wanted = {column: max(cell_len(row[column]) for row in table) for column in range(len(self._headings))}
        if self._width is not None:
            if _total(wanted) > self._width and len(self._below) < len(wanted):
                wanted = {column: width for column, width in wanted.items() if column not in self._below}
            while len(wanted) > 1 and _total({c: min(size, _LEAST) for c, size in wanted.items()}) > self._width:
                del wanted[max(wanted)]  # printed below, too
            needed = {column: self._needed(column) for column in wanted}
            while _total(wanted) > self._width and max(wanted.values()) > _LEAST:
                loose = [column for column in wanted if wanted[column] > max(needed[column], _LEAST)]
                widest = max(loose or wanted, key=lambda column: wanted[column])  # headings are narrowed before values
                wanted[widest] -= 1
        self._widths = wanted

    def _needed(self, column: int) -> int:
        """The width in which the heading breaks only between words, and no value breaks."""
        values = [row[column] for row in self._first]
        return max(map(cell_len, [*values, *_words(self._headings[column])]))

    def _print(self, row: Sequence[str]) -> None:
        cells = {
            column: [row[column]] if self._width is None else _fold(re.findall(r"\s*\S+|\s+$", row[column]), width)
            for column, width in self._widths.items()
        }
        self._print_lines(cells)
        for column, value in enumerate(row):
            if column not in self._widths and value:
                print(f"{_INDENT}{self._headings[column]}  {value}")
        sys.stdout.flush()

    def _print_lines(self, cells: dict[int, list[str]]) -> None:
        for line in range(max(map(len, cells.values()), default=0)):
            texts = [(cell[line] if line < len(cell) else "", self._widths[column]) for column, cell in cells.items()]
            print(_GAP.join(text + " " * (width - cell_len(text)) for text, width in texts).rstrip())


def _total(widths: dict[int, int]) -> int:
    return sum(widths.values()) + len(_GAP) * (len(widths) - 1)


def _words(keyword: str) -> list[str]:
    """The words of a keyword, such as Study and Date of StudyDate."""
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[^A-Z]+", keyword)


def _fold(pieces: Iterable[str], width: int) -> list[str]:
    """Lines of at most `width` columns, broken between the pieces if possible."""
    lines = [""]
    for piece in pieces:
        if cell_len(lines[-1] + piece) <= width:
            lines[-1] += piece
            continue
        chopped = chop_cells(piece.lstrip() if lines[-1] else piece, width)
        lines += chopped
    return [line.rstrip() for line in lines if line] or [""]
