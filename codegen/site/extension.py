"""The Sphinx extension of the site: makes its pages before the docs are read, and knows the domain ``dul``."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from codegen.site.diagrams import MermaidText
from codegen.site.domain import DicomUpperLayerDomain
from codegen.site.made import MadePage, write_pages
from codegen.site.navigation import BEFORE_THE_THEME, SharedNavigation
from codegen.site.outside import lead_links_outside_somewhere
from codegen.site.pages import api, dimse, machine, pdus, project, protocol, recipes, rules
from codegen.site.whole import copy_whole_pages

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

ROOT = Path(__file__).resolve().parents[2]
"""The folder of the project."""
_NEW_OBJECTS = 100_000
"""After so many the garbage collector begins."""


def made_pages() -> Iterator[MadePage]:
    """Every page that is made when the site is built."""
    yield from protocol.pages(ROOT)
    yield from machine.pages()
    yield from pdus.pages()
    yield from dimse.pages()
    yield from rules.pages()
    yield from api.pages()
    yield from recipes.pages(ROOT)
    yield from project.pages(ROOT)


def _make(app: Sphinx) -> None:
    wanted = re.compile(app.config.dul_pages)
    write_pages(Path(app.srcdir), (page for page in made_pages() if wanted.fullmatch(page.name)))
    # What is loaded by now stays to the end. The processes that read and write pages need not look at it, nor copy it.
    gc.freeze()


def setup(app: Sphinx) -> ExtensionMetadata:
    """Called by Sphinx."""
    # A page is ten thousands of small objects that live together and die together: the garbage collector, which by
    # default begins after 700 new ones, looked at the same ones again and again.
    gc.set_threshold(_NEW_OBJECTS)
    # A pattern for the names of the pages that are made: fewer are quicker, while one of them is looked at.
    app.add_config_value("dul_pages", ".*", "env", str)
    app.add_domain(DicomUpperLayerDomain)
    app.add_directive("mermaid", MermaidText)
    app.connect("builder-inited", _make)
    app.connect("source-read", lead_links_outside_somewhere)
    app.connect("build-finished", copy_whole_pages)
    app.connect("html-page-context", SharedNavigation().give, priority=BEFORE_THE_THEME)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
