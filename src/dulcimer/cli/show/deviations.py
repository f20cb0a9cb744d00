"""A deviation from the standard as lines of 80 columns: whose it is, what it means, the clause, what to change."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable

from dulcimer.escaping import escaped
from dulcimer.fuzz.proxy.events import PeerDeviation

WIDTH = 80

Print = Callable[[str, str], None]
"""Prints a line in a style of rich, "" for none."""


def deviation_lines(one: PeerDeviation, seen: str = "") -> list[tuple[str, str]]:
    """A deviation as lines with their style: whose it is, what it means, the clause, what to change.

    `seen`: where it was seen; then what it means and what to change was printed there.
    """
    style = "bold red" if one.sure else "yellow"
    head = f"{one.end}: {escaped(one.text)}"
    lines = indented(head, 6, 8)
    rows = {"meaning": one.meaning, "clause": one.clause, "advice": one.advice}
    if seen:
        rows = {"clause": one.clause, "seen": seen}
    for name, text in rows.items():
        if text:
            lines += indented(escaped(text), 8, 17, label=f"{name:<9}")
    return [(line, style) for line in lines]


def indented(text: str, first: int, others: int, *, label: str = "") -> list[str]:
    """A text in lines, with so many spaces before the first one, which begins with the label, and before the others."""
    parts = [part for word in text.split() for part in _parts(word, WIDTH - others)]
    return textwrap.wrap(
        " ".join(parts),
        WIDTH,
        initial_indent=" " * first + label,
        subsequent_indent=" " * others,
        break_on_hyphens=False,
    )


def _parts(word: str, most: int) -> list[str]:
    """A word; a path that is too long for a line in parts that end with a slash."""
    if len(word) <= most:
        return [word]
    found = [""]
    for piece in re.findall(r"[^/]*/|[^/]+", word):
        if found[-1] and len(found[-1] + piece) > most:
            found.append("")
        found[-1] += piece
    return found
