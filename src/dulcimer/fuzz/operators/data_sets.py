"""Data sets: sequences nested deeply, delimitation items out of place, lengths that are defined or not."""

from __future__ import annotations

from collections.abc import Callable

from dulcimer.fuzz.operators.operator import Edit, Operator, Spot, around, group_of, put
from dulcimer.fuzz.tree.data_sets import ITEM, ITEM_DELIMITATION, SEQUENCE_DELIMITATION, UNDEFINED
from dulcimer.fuzz.tree.nodes import GroupNode, LeafNode, LengthNode, ListNode, Node
from dulcimer.fuzz.tree.paths import with_node
from dulcimer.fuzz.tree.shapes import UNPARSED, GroupShape, Shape

_CLAUSE = "PS3.5 7.5"
_TAG = b"\x08\x00\x40\x11"
"""Referenced Image Sequence (0008,1140)."""
_LEVELS = (8, 64, 512, 4096, 65_536)
_ITEM_HEADER = 8
_END = len(ITEM_DELIMITATION) + len(SEQUENCE_DELIMITATION)


def _holds_elements(shape: Shape) -> bool:
    return isinstance(shape, GroupShape) and shape.role in ("data_set", "sequence_item")


def _may_be_undefined(shape: Shape) -> bool:
    return isinstance(shape, GroupShape) and shape.role in ("sequence", "sequence_item")


def _may_be_counted(shape: Shape) -> bool:
    return isinstance(shape, GroupShape) and shape.role in ("sequence", "sequence_item", "encapsulated")


def _with_element(spot: Spot, octets: bytes, text: str) -> Edit | None:
    """These bytes among the elements of a data set or item, at any place."""
    group = group_of(spot)
    for index, child in enumerate(group.children):
        if isinstance(child, ListNode):
            at = spot.choices.integer(0, len(child.children))
            elements = (*child.children[:at], LeafNode(UNPARSED, octets), *child.children[at:])
            path = (*spot.path, index)
            tree = with_node(spot.tree, path, ListNode(child.shape, elements))
            inside = Spot(spot.tree, path, spot.choices, spot.room)
            return around(inside, tree, f"{text} after {at} of {len(child.children)} elements")
    return None


def _misplaced(octets: bytes, what: str) -> Callable[[Spot], Edit | None]:
    return lambda spot: _with_element(spot, octets, what)


def _is_explicit(spot: Spot) -> bool:
    lists = [child.shape for child in group_of(spot).children if isinstance(child, ListNode)]
    return any(member.kind == "vr" for shape in lists for one in shape.elements() for member in one.members)


def _bomb(spot: Spot) -> Edit | None:
    """Sequences in sequences, of undefined length with or without their ends, or of defined length."""
    header = _TAG + (b"SQ\0\0" if _is_explicit(spot) else b"")
    form = spot.choices.integer(0, 2)
    level = len(header) + 4 + _ITEM_HEADER
    levels = min(spot.choices.pick(_LEVELS), spot.room // (level + _END))
    if not levels:
        return None
    if form == 2:
        sizes = [level * inside for inside in range(levels, 0, -1)]
        octets = b"".join(
            header + _number(size - level + _ITEM_HEADER) + ITEM + _number(size - level) for size in sizes
        )
    else:
        octets = (header + UNDEFINED + ITEM + UNDEFINED) * levels
        octets += (ITEM_DELIMITATION + SEQUENCE_DELIMITATION) * levels if form == 0 else b""
    form_in_words = ("of undefined length", "without ends", "of defined length")[form]
    return _with_element(spot, octets, f"{levels} sequences in each other {form_in_words}")


def _number(value: int) -> bytes:
    return value.to_bytes(4, "little")


def _undefined(spot: Spot) -> Edit | None:
    """Its length is undefined, and its end is there or not."""
    group = group_of(spot)
    found = _length_of(group)
    if found is None:
        return None
    index, length = found
    children: list[Node] = [*group.children]
    children[index] = LengthNode(length.shape, UNDEFINED)
    end = spot.choices.chance(1, 2) and not any(child.shape.kind == "delimiter" for child in children)
    if end:
        mark = ITEM_DELIMITATION if group.shape.role == "sequence_item" else SEQUENCE_DELIMITATION
        children.append(LeafNode(UNPARSED, mark))
    text = f"of undefined length {'with' if end else 'without'} a new end"
    return put(spot, (GroupNode(group.shape, children, group.label),), text)


def _counted(spot: Spot) -> Edit | None:
    """Its length is counted, even if it has an end."""
    group = group_of(spot)
    found = _length_of(group)
    if found is None:
        return None
    index, length = found
    children = (*group.children[:index], LengthNode(length.shape), *group.children[index + 1 :])
    return put(spot, (GroupNode(group.shape, children, group.label),), "of defined length")


def _length_of(group: GroupNode) -> tuple[int, LengthNode] | None:
    return next(((index, child) for index, child in enumerate(group.children) if isinstance(child, LengthNode)), None)


DATA_SETS = (
    Operator("data-nested-deeply", _holds_elements, _bomb, _CLAUSE, variants=3 * len(_LEVELS), is_notorious=True),
    Operator("data-with-item", _holds_elements, _misplaced(ITEM + bytes(4), "an item"), _CLAUSE),
    Operator("data-with-item-end", _holds_elements, _misplaced(ITEM_DELIMITATION, "the end of an item"), _CLAUSE),
    Operator(
        "data-with-sequence-end", _holds_elements, _misplaced(SEQUENCE_DELIMITATION, "the end of a sequence"), _CLAUSE
    ),
    Operator("sequence-undefined", _may_be_undefined, _undefined, _CLAUSE, variants=2),
    Operator("sequence-counted", _may_be_counted, _counted, _CLAUSE),
)
