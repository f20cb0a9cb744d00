"""Markdown as text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def page(title: str, source: str, *parts: str) -> str:
    """A page: heading, where it comes from, parts a blank line apart."""
    origin = f"<!-- Generated from {source} by `python -m codegen`: do not edit. -->"
    return "\n\n".join([origin, f"# {title}", *(part.strip("\n") for part in parts)]) + "\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def link(label: str) -> str:
    """A link to the heading `label` of the same page."""
    return f"[{label}](#{anchor(label)})"


def anchor(heading: str) -> str:
    """The part after `#` of a link to a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def hexadecimal(value: int, digits: int) -> str:
    """`0x20` as `20H`, the way the standard writes it."""
    return f"{value:0{digits}X}H"
