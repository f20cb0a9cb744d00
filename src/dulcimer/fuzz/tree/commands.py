"""Command sets as trees: group 0000H in Implicit VR Little Endian (PS3.7 6.3.1)."""

from __future__ import annotations

from struct import Struct

from dulcimer._generated.commands import ELEMENTS, MESSAGES, NO_DATA_SET, CommandField, Element, Priority
from dulcimer.dimse.command_set import DATA_SET_FOLLOWS
from dulcimer.fuzz.tree.nodes import GroupNode, LeafNode, LengthNode, ListNode, Node
from dulcimer.fuzz.tree.shapes import FOLLOWING, UNPARSED, GroupShape, LeafShape, ListShape
from dulcimer.wire.fields import REST

_HEADER = Struct("<HHI")
_CLAUSE = "PS3.7 6.3.1"
_WIDTHS = {"US": 2, "UL": 4}
_KINDS = {"US": "integer", "UL": "integer", "UI": "uid", "AT": "bytes"}
_GROUP_LENGTH = 0x00000000
_CODES: dict[int, tuple[int, ...]] = {
    0x00000100: tuple(int(field) for field in CommandField),
    0x00000700: tuple(int(priority) for priority in Priority),
    0x00000800: (DATA_SET_FOLLOWS, NO_DATA_SET),
}
"""The defined values of coded elements, by tag."""


def _element(name: str, value: LeafShape, tag_codes: tuple[int, ...] = ()) -> GroupShape:
    tag = LeafShape("tag", "tag", 4, _CLAUSE, little=True, codes=tag_codes)
    length = LeafShape("value_length", "length", 4, _CLAUSE, little=True, governs=REST)
    return GroupShape(name, value.clause, "element", (tag, length, value))


def _known(element: Element) -> GroupShape:
    codes = _CODES.get(element.tag, ())
    kind = "enum" if codes else "length" if element.tag == _GROUP_LENGTH else _KINDS.get(element.vr, "text")
    width = _WIDTHS.get(element.vr) if element.vm == "1" else None
    value = LeafShape(
        "value",
        kind if width or kind not in ("integer", "enum") else "bytes",
        width,
        element.clause,
        little=True,
        governs=FOLLOWING if kind == "length" else REST,
        codes=codes,
        holds_lengths=kind == "length",
    )
    return _element(element.attribute, value, (element.tag,))


ELEMENT_SHAPES: dict[int, GroupShape] = {tag: _known(element) for tag, element in ELEMENTS.items()}
"""The shape of each element of group 0000H, by tag."""

UNKNOWN_ELEMENT = _element("unknown_element", LeafShape("value", "bytes", None, _CLAUSE, little=True))
"""An element that the standard does not define."""

_IN_MESSAGES = {name for message in MESSAGES.values() for name, _, _ in message.elements}
_IN_ALL_MESSAGES = {"command_group_length", "command_field", "command_data_set_type"}
_USED = tuple(
    shape for shape in ELEMENT_SHAPES.values() if shape.name in _IN_MESSAGES or shape.name in _IN_ALL_MESSAGES
)

COMMAND_SET = GroupShape("command_set", _CLAUSE, "command_set", (ListShape("elements", _CLAUSE, lambda: _USED),))
"""A command set; in the schema are the elements that messages have."""


def command_tree(data: bytes) -> GroupNode:
    """The tree of a command set; its bytes are `data`, never raises.

    Where an element runs over the end, all from there on is one leaf named ``unparsed_bytes``.
    """
    found: list[Node] = []
    read: list[bytes] = []
    offset = 0
    while offset < len(data):
        start = offset + _HEADER.size
        length = _HEADER.unpack_from(data, offset)[2] if start <= len(data) else len(data)
        end = start + length
        if end > len(data):
            found.append(LeafNode(UNPARSED, data[offset:]))
            read.append(data[offset:])
            break
        found.append(_element_node(data[offset:start], data[start:end]))
        read.append(data[offset:end])
        offset = end
    (shape,) = COMMAND_SET.members
    assert isinstance(shape, ListShape)
    elements = ListNode(shape, found)
    if elements.octets != data:
        kept = [
            node if octets == part else _element_node(octets[: _HEADER.size], octets[_HEADER.size :], fixed=True)
            for node, octets, part in zip(found, read, elements.parts, strict=True)
        ]
        elements = ListNode(shape, kept)
    return GroupNode(COMMAND_SET, [elements])


def _element_node(header: bytes, value: bytes, *, fixed: bool = False) -> GroupNode:
    """An element; `fixed`: its number of following bytes is wrong, and stays as it is."""
    group, number, _ = _HEADER.unpack(header)
    shape = ELEMENT_SHAPES.get(group << 16 | number, UNKNOWN_ELEMENT)
    tag_shape, length_shape, value_shape = shape.members
    assert isinstance(tag_shape, LeafShape)
    assert isinstance(length_shape, LeafShape)
    assert isinstance(value_shape, LeafShape)
    node: Node = LeafNode(value_shape, value)
    if value_shape.kind == "length" and len(value) == value_shape.width:
        node = LengthNode(value_shape, value if fixed else None)
    return GroupNode(shape, [LeafNode(tag_shape, header[:4]), LengthNode(length_shape), node])
