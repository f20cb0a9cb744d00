"""The site as Sphinx builds it, with few of its pages: it needs no other host, and everybody can use it."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page

from support.browser.accessibility import faults_of, page_in_chromium
from support.site.small import build

LOADED = re.compile(r'<(?:script|img|iframe|source)\b[^>]*\bsrc="([^"]*)"|<link\b[^>]*\bhref="([^"]*)"')
HOME, CELL, LESSON = "index.html", "cells/sta7-evt12.html", "learn/3-release.html"


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
    pages = list(site.rglob("*.html"))
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


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with page_in_chromium() as found:
        yield found


@pytest.mark.peer("axe-core")
@pytest.mark.parametrize("name", [HOME, CELL, LESSON], ids=["home", "a cell", "a lesson"])
def test_pages_have_no_serious_fault_of_accessibility_in_light_and_in_dark(site: Path, page: Page, name: str) -> None:
    assert faults_of(page, site / name) == []


@pytest.mark.peer("Chromium")
@pytest.mark.parametrize("system", ["light", "dark"])
def test_picture_of_the_machine_follows_the_switch_of_the_page_and_else_the_system(
    site: Path, page: Page, system: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=system, reduced_motion="reduce")
    page.goto((site / "states/sta7.html").as_uri())
    seen = {}
    for theme in ("light", "dark", "auto"):
        page.evaluate("(theme) => { document.body.dataset.theme = theme; }", theme)
        seen[theme] = brightness(page, page.locator("article img[src$='.svg']").screenshot())
    assert seen["light"] > 200 > 80 > seen["dark"]
    assert seen["auto"] == seen[system]


def brightness(page: Page, picture: bytes) -> float:
    """The mean of all dots of a picture, from 0 to 255."""
    return float(
        page.evaluate(
            """async (digits) => {
              const bytes = Uint8Array.from(atob(digits), (one) => one.charCodeAt(0));
              const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
              const drawn = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
              drawn.drawImage(picture, 0, 0);
              const dots = drawn.getImageData(0, 0, picture.width, picture.height).data;
              return dots.reduce((sum, value, place) => sum + (place % 4 === 3 ? 0 : value), 0) / (dots.length * 0.75);
            }""",
            base64.b64encode(picture).decode(),
        )
    )
