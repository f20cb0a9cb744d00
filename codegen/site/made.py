"""Pages as text, and how they get into the folder of the docs, where Sphinx reads them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MADE_FOLDERS = (
    "actions",
    "api",
    "cells",
    "events",
    "items",
    "messages",
    "pdus",
    "project",
    "protocol",
    "recipes",
    "rules",
    "states",
    "statuses",
)
"""The folders of the docs that have made pages and nothing else; git ignores them."""


@dataclass(frozen=True, slots=True)
class MadePage:
    """A page: its name without suffix from the folder of the docs, and its Markdown; or a picture of another suffix."""

    name: str
    text: str
    suffix: str = ".md"


def write_pages(docs: Path, pages: Iterable[MadePage]) -> None:
    """Write the pages that are new or have changed, and remove those that are no longer made.

    A page that is as it was keeps its time, so that Sphinx does not read it again.
    """
    made: set[Path] = set()
    for page in pages:
        path = docs / f"{page.name}{page.suffix}"
        made.add(path)
        if not path.exists() or path.read_text(encoding="utf-8") != page.text:
            path.parent.mkdir(exist_ok=True)
            path.write_text(page.text, encoding="utf-8", newline="\n")
    for folder in MADE_FOLDERS:
        for path in (docs / folder).glob("*.*"):
            if path not in made:
                path.unlink()
