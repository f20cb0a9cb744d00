"""Writes `docs/reference/pdus.md`: the bytes of every PDU and item, from the schemas that read and write them."""

from __future__ import annotations

from collections.abc import Iterator

from codegen.pages.markdown import anchor, hexadecimal, page, table
from dulcimer.wire.fields import Coded, Leaf, Length
from dulcimer.wire.layout import Layout, LayoutList
from dulcimer.wire.lists import ItemsToEnd, Occurrence, RunOf
from dulcimer.wire.pdus import PDU_SCHEMAS

SOURCE = "src/dulcimer/wire/pdus.py and items.py"

_COLUMNS = ("offset", "bytes", "field", "meaning", "clause")
_INTRODUCTION = """
The contents of each byte. The same schemas read and write the PDUs, and `dulcimer decode` shows bytes with them; see
[Schemas](../guide/schemas.md) for how to use them in programs.

Offsets and sizes are in bytes; offsets are counted from 0, from the first byte of the PDU or item. *n* is a size that a
length gives, or all that is left; a field after such a field has no fixed offset. Numbers are unsigned and big
endian, text is one character per byte. Reserved bytes are 0 when sent, and receivers do not test them. Items of a type
that is not listed are skipped (PS3.8 9.3.1).
"""
_COUNTS = {
    (0, 0): "not allowed here",
    (0, 1): "none or one",
    (1, 1): "exactly one",
    (0, None): "any number",
    (1, None): "one or more",
}


def generate() -> str:
    """The text of the page."""
    pdus = list(PDU_SCHEMAS.values())
    inner = _inner(pdus)
    titles = _titles([*pdus, *inner])
    return page(
        "PDUs byte by byte",
        SOURCE,
        _INTRODUCTION,
        "## PDUs",
        *(part for layout in pdus for part in _section(layout, titles)),
        "## Items",
        *(part for layout in inner for part in _section(layout, titles)),
    )


def _inner(layouts: list[Layout]) -> list[Layout]:
    """The layouts inside these, at any depth, by type; each is there once."""
    found: dict[int, Layout] = {}

    def add(layout: Layout) -> None:
        for part in layout.parts.values():
            if not isinstance(part, Leaf):
                for _, element in part.elements():
                    if id(element) not in found:
                        found[id(element)] = element
                        add(element)

    for layout in layouts:
        add(layout)
    return sorted(found.values(), key=lambda layout: layout.type_code or 0x100)


def _titles(layouts: list[Layout]) -> dict[int, str]:
    """A heading for each layout; the clause distinguishes those that have the same title."""
    plain = [_title(layout) for layout in layouts]
    return {
        id(layout): title if plain.count(title) == 1 else f"{title}, {layout.clause}"
        for layout, title in zip(layouts, plain, strict=True)
    }


def _title(layout: Layout) -> str:
    code = f"{hexadecimal(layout.type_code, 2)} " if layout.type_code else ""
    return code + layout.title[0].upper() + layout.title[1:]


def _section(layout: Layout, titles: dict[int, str]) -> Iterator[str]:
    yield f"### {titles[id(layout)]}"
    where = [
        title
        for outer in [*PDU_SCHEMAS.values(), *_inner(list(PDU_SCHEMAS.values()))]
        if (title := titles[id(outer)]) and any(element is layout for element, _ in _elements(outer))
    ]
    size = "" if layout.fixed is None else f" {layout.header_size + layout.fixed} bytes."
    within = f" Used in {', '.join(map(_link, where))}." if where else ""
    yield f"{layout.clause}.{size}{within}"
    yield table(_COLUMNS, [_row(layout, name, part) for name, part in layout.parts.items()])
    rows = [[_link(titles[id(element)]), _count(occurrence)] for element, occurrence in _elements(layout)]
    if rows:
        yield table(("items in the list", "how many"), rows)


def _elements(layout: Layout) -> Iterator[tuple[Layout, Occurrence]]:
    for part in layout.parts.values():
        if isinstance(part, ItemsToEnd):
            for occurrence in part.occurrences.values():
                yield occurrence.layout, occurrence
        elif isinstance(part, RunOf):
            yield part.layout, Occurrence(part.layout, part.minimum)


def _count(occurrence: Occurrence) -> str:
    unique = f"; no two with the same `{occurrence.unique}`" if occurrence.unique else ""
    return _COUNTS[occurrence.minimum, occurrence.maximum] + unique


def _row(layout: Layout, name: str, part: Leaf | LayoutList) -> list[str]:
    try:
        offset = str(layout.offset_of(name))
    except KeyError:
        offset = ""
    if not isinstance(part, Leaf):
        return [offset, "*n*", f"`{name}`", layout._subcons[name].docs, layout.clause]
    size = "*n*" if part.width is None else str(part.width)
    return [offset, size, f"`{name}`", part.doc + _more(part), part.clause]


def _more(leaf: Leaf) -> str:
    """What else the schema knows about a field."""
    if isinstance(leaf, Length) and leaf.governs:
        return f": `{leaf.governs}`"
    if isinstance(leaf, Coded):
        kinds = leaf.codes.values() if not isinstance(leaf.codes, type) else (leaf.codes,)
        names = ", ".join(f"[{kind.__name__}](codes.md#{anchor(kind.__name__)})" for kind in kinds)
        return f": {names}"
    return ""


def _link(title: str) -> str:
    return f"[{title}](#{anchor(title)})"
