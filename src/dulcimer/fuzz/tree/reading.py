"""From the bytes of a PDU or item to its tree, whatever the bytes are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TypeAlias

from dulcimer.fuzz.tree.nodes import GroupNode, LeafNode, LengthNode, ListNode, Node
from dulcimer.fuzz.tree.shapes import RAW_BYTES, UNPARSED, GroupShape, LeafShape, ListShape
from dulcimer.fuzz.tree.wire_shapes import shape_of
from dulcimer.wire.fields import Leaf, Length
from dulcimer.wire.items import ITEM_SCHEMAS, UNKNOWN_ITEM, USER_INFORMATION_AC
from dulcimer.wire.layout import Layout
from dulcimer.wire.part import Part
from dulcimer.wire.pdus import PDU, PDU_SCHEMAS, UNRECOGNIZED_PDU, read_one
from dulcimer.wire.stream import Reader

_Fields: TypeAlias = "dict[str, tuple[Leaf, bytes] | dict[int, _Fields]]"
_AFTER = "after_pdu"


def tree_of(data: bytes, schema: Part = PDU) -> GroupNode:
    """The tree of one PDU, or of what `schema` describes; its bytes are `data`, never raises.

    A length that is right is counted again when the tree is changed, a wrong one stays as it is. Bytes that no field
    describes are leaves named ``unparsed_bytes``.
    """
    reader = Reader(data, strict=False, recording=True)
    read_one(schema, reader)
    fields: _Fields = {}
    for leaf, path, start, end, *_ in reader.records or ():
        assert isinstance(leaf, Leaf)
        _place(fields, path)[path.rpartition(".")[2]] = leaf, data[start:end]
    after = fields.pop(_AFTER, None)
    tree = _group(fields) or raw_tree(b"")
    if after is not None:
        rest = LeafNode(UNPARSED, data[len(tree.octets) :])
        return GroupNode(tree.shape, (*with_lengths_kept(tree), rest))
    return tree


def raw_tree(data: bytes) -> GroupNode:
    """Bytes as a tree of one leaf."""
    return GroupNode(RAW_BYTES, [LeafNode(UNPARSED, data)])


def with_lengths_kept(group: GroupNode) -> Iterator[Node]:
    """The nodes of the group, its own lengths as they are now."""
    for child, octets in zip(group.children, group.parts, strict=True):
        yield LengthNode(child.shape, octets) if isinstance(child, LengthNode) else child


def _place(fields: _Fields, path: str) -> _Fields:
    """The fields of the group that the path is in."""
    for step in path.split(".")[:-1]:
        name, _, index = step.partition("[")
        elements = fields.setdefault(name, {})
        assert isinstance(elements, dict)
        fields = elements.setdefault(int(index.removesuffix("]") or 0), {})
    return fields


def _group(fields: _Fields) -> GroupNode | None:
    """The group of these fields, None if they are of no layout."""
    first = next(iter(fields.values()), None)
    layout = _layouts().get(id(first[0])) if isinstance(first, tuple) else None
    if layout is None:
        return None
    shape = shape_of(layout)
    found: list[Node] = []
    read: list[bytes | None] = []
    for member in shape.members:
        given = fields.get(member.name)
        if isinstance(member, ListShape):
            found.append(_list(member, given if isinstance(given, dict) else {}))
            read.append(None)
        elif isinstance(member, LeafShape) and isinstance(given, tuple):
            found.append(LengthNode(member) if isinstance(given[0], Length) else LeafNode(member, given[1]))
            read.append(given[1])
    unparsed = fields.get(UNPARSED.name)
    if isinstance(unparsed, tuple) and UNPARSED.name not in layout.parts:
        found.append(LeafNode(UNPARSED, unparsed[1]))
        read.append(None)
    return with_wrong_lengths(shape, found, read)


def with_wrong_lengths(shape: GroupShape, nodes: list[Node], read: list[bytes | None], label: str = "") -> GroupNode:
    """The group of these nodes; a length that was read as other bytes than it is counted has those bytes."""
    group = GroupNode(shape, nodes, label)
    wrong = {
        index: octets
        for index, (octets, part) in enumerate(zip(read, group.parts, strict=True))
        if isinstance(nodes[index], LengthNode) and octets is not None and octets != part
    }
    if not wrong:
        return group
    for index, octets in wrong.items():
        length = nodes[index]
        assert isinstance(length, LengthNode)
        nodes[index] = LengthNode(length.shape, octets)
    return GroupNode(shape, nodes, label)


def _list(shape: ListShape, elements: dict[int, _Fields]) -> ListNode:
    return ListNode(shape, [_group(fields) or _unparsed(fields) for fields in elements.values()])


def _unparsed(fields: _Fields) -> LeafNode:
    ((_, octets),) = fields.values()
    assert isinstance(octets, bytes)
    return LeafNode(UNPARSED, octets)


@cache
def _layouts() -> dict[int, Layout]:
    """The layout that each leaf is part of, by the identity of the leaf."""
    found: dict[int, Layout] = {}
    pending = [*PDU_SCHEMAS.values(), *ITEM_SCHEMAS.values(), USER_INFORMATION_AC, UNKNOWN_ITEM, UNRECOGNIZED_PDU]
    while pending:
        layout = pending.pop()
        for part in layout.parts.values():
            if isinstance(part, Leaf):
                if id(part) in found:
                    break
                found[id(part)] = layout
            else:
                pending += [inner for _, inner in part.elements()]
    return found
