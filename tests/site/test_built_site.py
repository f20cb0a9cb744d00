"""The site as Sphinx builds it, with few of its pages: it needs no other host, and everybody can use it."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pytest

from support.site.small import accessibility, build

LOADED = re.compile(r'<(?:script|img|iframe|source)\b[^>]*\bsrc="([^"]*)"|<link\b[^>]*\bhref="([^"]*)"')
HOME, CELL = "index.html", "cells/sta7-evt12.html"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("site"))


def links_of(page: Path) -> set[str]:
    found = re.findall(r'<a\b[^>]*\bhref="([^"#]+)', page.read_text(encoding="utf-8"))
    return {str((page.parent / link).resolve()) for link in found if "://" not in link}


def test_newcomer_finds_the_cell_the_rejection_and_the_check_within_two_clicks(site: Path) -> None:
    first = links_of(site / HOME)
    wanted = {str(site / page) for page in (CELL, "guide/troubleshooting.html", "conformance/check.html")}
    assert wanted <= first
    assert str(site / CELL) in links_of(site / "protocol/table-9-10.html")


def test_pages_that_are_whole_are_copied(site: Path) -> None:
    assert "A whole page" in (site / "learn/whole.html").read_text(encoding="utf-8")


def test_nothing_is_loaded_from_another_host(site: Path) -> None:
    pages = [path for path in site.rglob("*.html") if not path.name.startswith("axe-")]
    assert len(pages) > 10
    for page in pages:
        for script, link in LOADED.findall(page.read_text(encoding="utf-8")):
            assert "//" not in script + link, f"{page.name}: {script}{link}"
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\(\s*['\"]?(?:https?:)?//|@import", sheet.read_text(encoding="utf-8")), sheet.name


def test_other_projects_can_link_to_every_noun(site: Path) -> None:
    head, _, body = (site / "objects.inv").read_bytes().partition(b"zlib.\n")
    assert b"dulcimer" in head
    lines = zlib.decompress(body).decode()
    for line in ("Sta6 dul:state ", "Sta6 Evt12 dul:cell ", "A-ABORT dul:pdu ", "A-ABORT.source dul:field "):
        assert line in lines


def test_search_finds_the_cell(site: Path) -> None:
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    assert "Sta7 + Evt12" in index


@pytest.mark.peer("axe-core")
@pytest.mark.parametrize("page", [HOME, CELL])
def test_pages_have_no_serious_fault_of_accessibility_in_light_and_in_dark(site: Path, page: str) -> None:
    found = accessibility(site / page)
    assert set(found) == {"light", "dark"}
    assert [one for rows in found.values() for one in rows if one[0] in ("serious", "critical")] == []
