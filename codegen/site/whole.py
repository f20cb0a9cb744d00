"""HTML pages in the docs that are whole by themselves, such as lessons: they are copied as they are."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class WholePage:
    """A page: its path from the folder of the docs, which is that on the site, too, and its title."""

    path: str
    title: str
    is_entry: bool
    """Whether readers begin here: the page is the index of its folder, or the folder has none."""


def whole_pages(docs: Path) -> list[WholePage]:
    """Those below `docs`, by path."""
    paths = [path for path in sorted(docs.rglob("*.html")) if path.relative_to(docs).parts[0] != "_build"]
    return [
        WholePage(path.relative_to(docs).as_posix(), _title(path), path == _index(path) or not _index(path).exists())
        for path in paths
    ]


def _index(path: Path) -> Path:
    return path.with_name("index.html")


def _title(path: Path) -> str:
    found = _TITLE.search(path.read_text(encoding="utf-8"))
    return unescape(found[1]).strip() if found else path.stem


def copy_whole_pages(app: Sphinx, exception: Exception | None) -> None:
    """What Sphinx calls when it has built the site."""
    if exception is not None or app.builder.format != "html":
        return
    for page in whole_pages(Path(app.srcdir)):
        target = Path(app.outdir) / page.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(app.srcdir) / page.path, target)
