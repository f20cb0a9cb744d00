"""The shapes of PDUs and items, made from their schemas in `wire`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from dulcimer._generated.codes import PduType
from dulcimer.fuzz.tree.shapes import GroupShape, LeafShape, ListShape, Shape
from dulcimer.wire.fields import REST, Coded, Const, Leaf, Length
from dulcimer.wire.layout import Layout, LayoutList
from dulcimer.wire.lists import ItemsToEnd
from dulcimer.wire.pdus import PDU_SCHEMAS, PRESENTATION_DATA_VALUE, UNRECOGNIZED_PDU

_KIND_OF_ITEM = re.compile(r"[ -](?:sub-)?item$")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


@cache
def shape_of(layout: Layout) -> GroupShape:
    """The shape of a PDU or item; an item that is not allowed in a list is no element of it."""
    code = layout.type_code
    is_pdu = PDU_SCHEMAS.get(code) is layout
    name = PduType(code).label if is_pdu else _name(layout.title)
    is_any_pdu = is_pdu or layout is UNRECOGNIZED_PDU
    role = (
        "pdu" if is_any_pdu else "pdv" if layout is PRESENTATION_DATA_VALUE else "item" if layout.framing else "entry"
    )
    members = tuple(_member(layout, field, part) for field, part in layout.parts.items())
    return GroupShape(name, layout.clause, role, members, code)


def _name(title: str) -> str:
    """The title of a table as a name: `presentation_context_rq`."""
    return _NOT_IN_NAMES.sub("_", _KIND_OF_ITEM.sub("", title).lower()).strip("_")


def _member(layout: Layout, name: str, part: Leaf | LayoutList) -> Shape:
    if isinstance(part, Leaf):
        return leaf_shape(part, holds_lengths=isinstance(part, Length) and _holds_lengths(layout, name, part))
    layouts = tuple(layout for key, layout in part.elements() if _may_occur(part, key))
    return ListShape(name, layout.clause, lambda: tuple(map(shape_of, layouts)))


def leaf_shape(leaf: Leaf, *, holds_lengths: bool = False) -> LeafShape:
    """The shape of a field."""
    return LeafShape(
        leaf.name,
        leaf.kind,
        leaf.width,
        leaf.clause,
        governs=leaf.governs if isinstance(leaf, Length) else REST,
        codes=_codes(leaf),
        holds_lengths=holds_lengths,
        is_context_id=leaf.name == "presentation_context_id",
        is_control_header=leaf.name == "message_control_header",
        leaf=leaf,
    )


def _holds_lengths(layout: Layout, name: str, length: Length) -> bool:
    names = list(layout.parts)
    later = names[names.index(name) + 1 :]
    governed = [layout.parts[other] for other in later if length.governs in (REST, other)]
    return any(isinstance(part, Length | LayoutList) for part in governed)


def _may_occur(part: LayoutList, key: str) -> bool:
    if not isinstance(part, ItemsToEnd):
        return True
    return part.occurrences[int(key.removesuffix("H"), 16)].maximum != 0


def _codes(leaf: Leaf) -> tuple[int, ...]:
    if isinstance(leaf, Const):
        return (int(leaf.code),)
    if not isinstance(leaf, Coded):
        return ()
    sets = leaf.codes.values() if isinstance(leaf.codes, Mapping) else (leaf.codes,)
    return tuple(sorted({int(code) for codes in sets for code in codes}))
