"""The reference pages: their links lead somewhere, and the tables of bytes are those of the standard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from codegen.pages.markdown import anchor
from dulcimer.wire.items import ITEM_SCHEMAS
from dulcimer.wire.pdus import PDU_SCHEMAS

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
PAGES = sorted(REFERENCE.glob("*.md"))
LINK = re.compile(r"\]\(([^)#:]*)#([^)]+)\)")
FILE = re.compile(r"\]\(([^)#:]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
SPAN = re.compile(r'<span id="([^"]+)">')
HEADER = ("0 1", "1 1", "2 4")
ITEM = ("0 1", "1 1", "2 2")
PRINTED = {
    # Offset and size in bytes of each field, typed from PS3.8 9.3 and Annex D, PS3.7 D.3.3; n where it varies.
    "01H": (*HEADER, "6 2", "8 2", "10 16", "26 16", "42 32", "74 n"),
    "02H": (*HEADER, "6 2", "8 2", "10 16", "26 16", "42 32", "74 n"),
    "03H": (*HEADER, "6 1", "7 1", "8 1", "9 1"),
    "04H": (*HEADER, "6 n"),
    "05H": (*HEADER, "6 4"),
    "06H": (*HEADER, "6 4"),
    "07H": (*HEADER, "6 1", "7 1", "8 1", "9 1"),
    "10H": (*ITEM, "4 n"),
    "20H": (*ITEM, "4 1", "5 1", "6 1", "7 1", "8 n"),
    "21H": (*ITEM, "4 1", "5 1", "6 1", "7 1", "8 n"),
    "30H": (*ITEM, "4 n"),
    "40H": (*ITEM, "4 n"),
    "50H": (*ITEM, "4 n"),
    "51H": (*ITEM, "4 4"),
    "52H": (*ITEM, "4 n"),
    "53H": (*ITEM, "4 2", "6 2"),
    "54H": (*ITEM, "4 2", "6 n", "1", "1"),
    "55H": (*ITEM, "4 n"),
    "56H": (*ITEM, "4 2", "6 n", "n"),
    "57H": (*ITEM, "4 2", "6 n", "2", "n", "2", "n", "n"),
    "58H": (*ITEM, "4 1", "5 1", "6 2", "8 n", "2", "n"),
    "59H": (*ITEM, "4 2", "6 n"),
    "Presentation-data-value item": ("0 4", "4 1", "5 1", "6 n"),
    "Related general SOP class": ("0 2", "2 n"),
}


def byte_tables() -> Iterator[tuple[str, tuple[str, ...]]]:
    for section in (REFERENCE / "pdus.md").read_text(encoding="utf-8").split("\n### ")[1:]:
        title, _, text = section.partition("\n")
        rows = re.findall(r"^\| (\d*) \| (\d+|\*n\*) \| `\w+` \|", text, re.MULTILINE)
        yield title, tuple(f"{offset} {size}".strip().replace("*", "") for offset, size in rows)


def anchors(page: Path) -> set[str]:
    text = page.read_text(encoding="utf-8")
    return {anchor(heading) for heading in HEADING.findall(text)} | set(SPAN.findall(text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_heading_or_a_file(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    known = {other.name: anchors(other) for other in PAGES}
    for target, place in LINK.findall(text):
        assert place in known[target or page.name], f"{target}#{place}"
    for target in FILE.findall(text):
        assert (REFERENCE / target).exists(), target
    headings = HEADING.findall(text)
    assert len(headings) == len(set(headings))


def test_fields_have_the_offsets_of_the_standard() -> None:
    found = list(byte_tables())
    titles = {title.split()[0] if title[0].isdigit() else title for title, _ in found}
    assert titles == set(PRINTED)
    for title, rows in found:
        assert rows == PRINTED[title.split()[0] if title[0].isdigit() else title], title


def test_every_pdu_and_item_is_there() -> None:
    titles = [title for title, _ in byte_tables()]
    for code, layout in [*PDU_SCHEMAS.items(), *ITEM_SCHEMAS.items()]:
        assert any(title.startswith(f"{code:02X}H {layout.title}") for title in titles)
