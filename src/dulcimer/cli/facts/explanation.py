"""The answer of `explain`: one structure for both the text and the JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dulcimer.learn.explorer.wording import joined
from dulcimer.notebook import notebook_table

Cell: TypeAlias = str | tuple[str, ...]
"""Text, or the labels of several states or events."""


def plain(text: str) -> str:
    """`text` as it is compared: without case, hyphens and spaces."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


@dataclass(frozen=True, slots=True)
class Section:
    """A table under a heading; `key` names it in JSON, where each row is an object with `columns` as its keys."""

    key: str
    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def as_json(self) -> list[dict[str, Cell]]:
        """The rows as objects."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The explanation of one term of the standard: a summary, facts about it, and tables of what belongs to it."""

    kind: str
    name: str
    summary: str
    clause: str
    facts: tuple[tuple[str, str], ...] = ()
    sections: tuple[Section, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The same for programs; facts are under their label, with ``_`` for spaces."""
        return {
            "kind": self.kind,
            "name": self.name,
            "summary": self.summary,
            "clause": self.clause,
            **{label.replace(" ", "_"): text for label, text in self.facts},
            **{section.key: section.as_json() for section in self.sections},
        }

    def _repr_html_(self) -> str:
        """The same for notebooks."""
        parts = [notebook_table(self.name, f"{self.summary} {self.clause}", ("", ""), self.facts)]
        for section in filter(lambda section: section.rows, self.sections):
            rows = ([cell if isinstance(cell, str) else joined(cell) for cell in row] for row in section.rows)
            parts.append(notebook_table(section.heading, "", section.columns, rows))
        return "".join(parts)

    def as_text(self) -> RenderableType:
        """The same for readers."""
        head = Text.assemble((self.name, "bold"), "  ", self.summary, "  ", (self.clause, "dim"))
        parts: list[RenderableType] = [head]
        if self.facts:
            parts += [Text(), _grid([(Text(label, "dim"), Text(text)) for label, text in self.facts])]
        for section in filter(lambda section: section.rows, self.sections):
            parts += [Text(), Text(section.heading, "bold"), _table(section)]
        return Group(*parts)


def _grid(rows: list[tuple[Text, Text]]) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column()
    for row in rows:
        grid.add_row(*row)
    return Padding(grid, (0, 0, 0, 2), expand=False)


def _table(section: Section) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim")
    for number, column in enumerate(section.columns):
        table.add_column(column, no_wrap=number == 0)
    for row in section.rows:
        table.add_row(*(Text(cell if isinstance(cell, str) else joined(cell)) for cell in row))
    return Padding(table, (0, 0, 0, 2), expand=False)


def show(console: Console, explanations: list[Explanation]) -> None:
    """Print `explanations` for readers, an empty line between them."""
    for number, explanation in enumerate(explanations):
        if number:
            console.print()
        console.print(explanation.as_text())
