"""Structure: elements and fields doubled, left out, swapped, moved, nested or cut, and lists of wrong length."""

from __future__ import annotations

from collections.abc import Callable

from dulcimer._generated.codes import ItemType
from dulcimer.fuzz.operators.operator import (
    Edit,
    Operator,
    Spot,
    around,
    copies_that_fit,
    counted_around,
    fill,
    group_of,
    leaf_of,
    put,
    shown_bytes,
)
from dulcimer.fuzz.tree.nodes import GroupNode, LeafNode, LengthNode, ListNode, Node, with_children
from dulcimer.fuzz.tree.paths import branch_at, name_of, node_at, nodes_in, number_at, with_node, with_nodes
from dulcimer.fuzz.tree.reading import tree_of, with_lengths_kept
from dulcimer.fuzz.tree.shapes import UNPARSED, GroupShape, LeafShape, ListShape, Shape
from dulcimer.wire.fields import REST
from dulcimer.wire.items import UNKNOWN_ITEM

_LISTED = ("item", "entry", "pdv", "element", "sequence", "sequence_item", "encapsulated", "fragment", "message_pdu")
_PDUS = ("pdu", "message_pdu")
_PDU_HEADER = 6
_SHORTER_THAN_A_HEADER = 3
_LEVELS = (1, 2, 16)
_COPIES = (1, 2, 8, 64, 1024, 16_384)
_LENGTHS = 64
_UNKNOWN_TYPES = tuple(code for code in range(1, 256) if code not in tuple(ItemType))


def is_listed(shape: Shape) -> bool:
    """Whether it is an element of a list."""
    return isinstance(shape, GroupShape) and shape.role in _LISTED


def is_pdu(shape: Shape) -> bool:
    """Whether it is a PDU."""
    return isinstance(shape, GroupShape) and shape.role in _PDUS


def _is_framed(shape: Shape) -> bool:
    """Whether it is a group with a length of all that follows in it."""
    return isinstance(shape, GroupShape) and any(map(_frames, shape.members))


def _is_field(shape: Shape) -> bool:
    return isinstance(shape, LeafShape) and (shape.kind != "reserved" or shape.width is not None)


def _is_field_with_value(shape: Shape) -> bool:
    return isinstance(shape, LeafShape) and shape.kind != "reserved"


def _is_list(shape: Shape) -> bool:
    return isinstance(shape, ListShape)


def _has_items(shape: Shape) -> bool:
    return isinstance(shape, ListShape) and any(one.role == "item" for one in shape.elements())


def _frames(shape: Shape) -> bool:
    return isinstance(shape, LeafShape) and shape.kind == "length" and shape.governs == REST


def _doubled(spot: Spot) -> Edit | None:
    node = spot.node
    wanted = spot.choices.pick(_COPIES)
    if isinstance(node, LengthNode):  # each of them is counted
        wanted = min(wanted, _LENGTHS)
    copies = copies_that_fit(spot, len(node.octets), wanted)
    return put(spot, (node,) * (copies + 1), f"{copies + 1} times") if copies else None


def _left_out(spot: Spot) -> Edit | None:
    return put(spot, (), "left out")


def _swapped(spot: Spot) -> Edit | None:
    """The node and the one after it, or, if it is the last, the one before it."""
    if not spot.path:
        return None
    *_, index = spot.path
    parent = branch_at(spot.tree, spot.path[:-1])
    if len(parent.children) < 2:
        return None
    other = index + 1 if index + 1 < len(parent.children) else index - 1
    children = list(parent.children)
    children[index], children[other] = children[other], children[index]
    where = name_of(spot.tree, (*spot.path[:-1], other)).rpartition("/")[2]
    return Edit(with_node(spot.tree, spot.path[:-1], with_children(parent, children)), f"swapped with {where}")


def _moved(spot: Spot) -> Edit | None:
    """To the end of another list of the tree, or, if there is none, to the other end of its own."""
    if not spot.path:
        return None
    size = len(spot.path)
    lists = [
        path
        for path, node in nodes_in(spot.tree)
        if isinstance(node, ListNode) and path != spot.path[:-1] and path[:size] != spot.path
    ]
    if not lists:
        own = branch_at(spot.tree, spot.path[:-1])
        others = [child for index, child in enumerate(own.children) if index != spot.path[-1]]
        is_last = spot.path[-1] == len(others)
        moved = (spot.node, *others) if is_last else (*others, spot.node)
        tree = with_node(spot.tree, spot.path[:-1], with_children(own, moved))
        return Edit(tree, "moved to the front" if is_last else "moved to the end")
    target = spot.choices.pick(lists)
    new_parent = branch_at(spot.tree, target)
    tree = with_node(spot.tree, target, with_children(new_parent, (*new_parent.children, spot.node)))
    return Edit(with_nodes(tree, spot.path, ()), f"moved to {name_of(spot.tree, target)}")


def _nested(spot: Spot) -> Edit | None:
    """In itself, as the last element of its list, or after its fields."""
    node = group_of(spot)
    levels = copies_that_fit(spot, len(node.octets), spot.choices.pick(_LEVELS))
    inner = node
    for _ in range(levels):
        inner = _with_last(node, inner)
    return put(spot, (inner,), f"in itself {levels} times") if levels else None


def _with_last(node: GroupNode, inner: Node) -> GroupNode:
    last = node.children[-1] if node.children else None
    if isinstance(last, ListNode):
        return GroupNode(node.shape, [*node.children[:-1], with_children(last, (*last.children, inner))], node.label)
    return GroupNode(node.shape, [*node.children, inner], node.label)


def _with_trailing(spot: Spot) -> Edit | None:
    """More bytes at the end of a group, which its own length counts or not."""
    node = group_of(spot)
    more = fill(spot, spot.choices.pick((1, 8, 300)))
    children = with_lengths_kept(node) if spot.choices.chance(1, 3) else iter(node.children)
    longer = GroupNode(node.shape, [*children, LeafNode(UNPARSED, more)], node.label)
    return put(spot, (longer,), f"followed by {shown_bytes(more)}")


def _followed(spot: Spot) -> Edit | None:
    """More bytes after a PDU, which its length does not count."""
    node = group_of(spot)
    kinds: tuple[Callable[[], bytes], ...] = (
        lambda: b"\0",
        lambda: node.octets[:_PDU_HEADER],
        lambda: node.octets,
        lambda: fill(spot, 300),
    )
    more = kinds[spot.choices.integer(0, len(kinds) - 1)]()
    after = GroupNode(node.shape, [*with_lengths_kept(node), LeafNode(UNPARSED, more)], node.label)
    return put(spot, (after,), f"followed by {shown_bytes(more)}")


def _cut(spot: Spot) -> Edit | None:
    """Only the first bytes, 1 or more, as they were."""
    octets = spot.octets
    if len(octets) < 2:
        return None
    left = spot.choices.integer(1, len(octets) - 1)
    return _only(spot, octets[:left], f"cut after {left} of {len(octets)} bytes")


def _header_only(spot: Spot) -> Edit | None:
    return _only(spot, spot.octets[:_PDU_HEADER], f"its first {_PDU_HEADER} bytes only")


def _only(spot: Spot, octets: bytes, text: str) -> Edit | None:
    leaf = LeafNode(UNPARSED, octets)
    if not spot.path or not isinstance(branch_at(spot.tree, spot.path[:-1]), ListNode):
        node = group_of(spot)
        return put(spot, (GroupNode(node.shape, [leaf], node.label),), text)
    return put(spot, (leaf,), text)


def _emptied(spot: Spot) -> Edit | None:
    """Nothing after the length of all that follows."""
    node = group_of(spot)
    ends = [index for index, child in enumerate(node.children) if _frames(child.shape)]
    if not ends:
        return None
    return put(
        spot, (GroupNode(node.shape, node.children[: ends[0] + 1], node.label),), "without what its length counts"
    )


def _list(spot: Spot, elements: tuple[Node, ...], text: str = "") -> Edit:
    node = spot.node
    assert isinstance(node, ListNode)
    text = text or f"{len(node.children)} -> {len(elements)} elements"
    return around(spot, with_node(spot.tree, spot.path, ListNode(node.shape, elements)), text)


def _elements(spot: Spot) -> tuple[Node, ...]:
    node = spot.node
    assert isinstance(node, ListNode)
    return node.children


def _of_length(wanted: int) -> Callable[[Spot], Edit | None]:
    def change(spot: Spot) -> Edit | None:
        elements = _elements(spot)
        if wanted <= len(elements):
            return _list(spot, elements[:wanted])
        return _many(spot, wanted)

    return change


def _many(spot: Spot, wanted: int) -> Edit | None:
    """As many elements, copies of those that repeat best, and no more than there is room for."""
    elements = _elements(spot)
    groups = [element for element in elements if isinstance(element, GroupNode)]
    if not groups:
        return None
    one = max(groups, key=lambda group: sum(other.shape is group.shape for other in groups))
    first = elements.index(one)
    copies = copies_that_fit(spot, len(one.octets), wanted - len(elements))
    if copies < 1:
        return None
    numbered = _numbered(one, copies, elements)
    return _list(spot, (*elements[: first + 1], *numbered, *elements[first + 1 :]))


def _numbered(group: GroupNode, copies: int, elements: tuple[Node, ...]) -> tuple[GroupNode, ...]:
    """Copies of a group; if it has a context ID, with those that no element has, as long as there are such."""
    place = next((index for index, child in enumerate(group.children) if _is_context_id(child)), None)
    if place is None:
        return (group,) * copies
    used = {
        child.octets
        for one in elements
        if isinstance(one, GroupNode)
        for child in one.children
        if _is_context_id(child)
    }
    unused = [octets for value in range(1, 256, 2) if (octets := bytes((value,))) not in used] or [b"\1"]
    before, after = group.children[:place], group.children[place + 1 :]
    shape = leaf_of(group.children[place].shape)
    made = [
        GroupNode(group.shape, (*before, LeafNode(shape, octets), *after), group.label) for octets in unused[:copies]
    ]
    return tuple(made[index % len(made)] for index in range(copies))


def _is_context_id(node: Node) -> bool:
    return isinstance(node, LeafNode) and node.shape.is_context_id


def _most(spot: Spot) -> Edit | None:
    """As many as the lengths around the list can count."""
    elements = _elements(spot)
    left = spot.room
    for path in counted_around(spot):
        width = leaf_of(node_at(spot.tree, path).shape).width or 0
        left = min(left, (1 << 8 * width) - 1 - number_at(spot.tree, path))
    smallest = min((len(element.octets) for element in elements), default=0)
    return _many(Spot(spot.tree, spot.path, spot.choices, left), len(elements) + left) if smallest else None


def _reversed(spot: Spot) -> Edit | None:
    return _list(spot, _elements(spot)[::-1], "in reverse order")


def _with_foreign(spot: Spot) -> Edit | None:
    """With an element that another list of the tree has; if there is none, with the whole tree."""
    own = {id(shape) for shape in spot.node.shape.elements()} if isinstance(spot.node, ListNode) else set()
    found = [
        (path, node)
        for path, node in nodes_in(spot.tree)
        if isinstance(node, GroupNode) and is_listed(node.shape) and id(node.shape) not in own
    ]
    if not found:
        whole = LeafNode(UNPARSED, spot.tree.octets)
        return _list(spot, (*_elements(spot), whole), f"with {name_of(spot.tree, ())}")
    path, element = spot.choices.pick(found)
    return _list(spot, (*_elements(spot), element), f"with {name_of(spot.tree, path)}")


def _with_unknown(spot: Spot) -> Edit | None:
    """With an item of unknown type, which receivers skip."""
    code = spot.choices.pick(_UNKNOWN_TYPES)
    body = fill(spot, 8) if spot.choices.chance(3, 4) else b""
    data = bytes((code, 0)) + len(body).to_bytes(2, "big") + body
    elements = _elements(spot)
    at = spot.choices.integer(0, len(elements))
    return _list(spot, (*elements[:at], tree_of(data, UNKNOWN_ITEM), *elements[at:]), f"with an item {code:02X}H")


def _with_rest(spot: Spot) -> Edit | None:
    """With bytes at its end that are too few for the header of an element."""
    more = spot.choices.octets(spot.choices.integer(1, _SHORTER_THAN_A_HEADER))
    return _list(spot, (*_elements(spot), LeafNode(UNPARSED, more)), f"followed by {shown_bytes(more)}")


def _reordered(spot: Spot) -> Edit | None:
    """With its last element first."""
    elements = _elements(spot)
    return _list(spot, (*elements[-1:], *elements[:-1]), "with its last element first")


STRUCTURE = (
    Operator("element-doubled", is_listed, _doubled, variants=len(_COPIES)),
    Operator("element-left-out", is_listed, _left_out, is_notorious=True),
    Operator("element-swapped", is_listed, _swapped),
    Operator("element-moved", is_listed, _moved, variants=4),
    Operator("element-in-itself", is_listed, _nested, variants=len(_LEVELS), is_notorious=True),
    Operator("element-with-trailing-bytes", is_listed, _with_trailing, variants=6),
    Operator("element-cut", is_listed, _cut, variants=8),
    Operator("group-emptied", _is_framed, _emptied),
    Operator("field-left-out", _is_field, _left_out),
    Operator("field-doubled", _is_field, _doubled, variants=len(_COPIES)),
    Operator("field-swapped", _is_field_with_value, _swapped),
    Operator("list-empty", _is_list, _of_length(0)),
    Operator("list-one", _is_list, _of_length(1)),
    Operator("list-128", _is_list, _of_length(128)),
    Operator("list-129", _is_list, _of_length(129)),
    Operator("list-most", _is_list, _most),
    Operator("list-reversed", _is_list, _reversed),
    Operator("list-last-first", _is_list, _reordered),
    Operator("list-with-foreign-element", _is_list, _with_foreign, variants=4),
    Operator("list-with-unknown-item", _has_items, _with_unknown, "PS3.8 9.3.1", variants=4),
    Operator("list-with-rest", _is_list, _with_rest, variants=3),
    Operator("pdu-followed", is_pdu, _followed, variants=4),
    Operator("pdu-with-trailing-bytes", is_pdu, _with_trailing, variants=6),
    Operator("pdu-in-itself", is_pdu, _nested, variants=len(_LEVELS)),
    Operator("pdu-cut", is_pdu, _cut, variants=8),
    Operator("pdu-header-only", is_pdu, _header_only),
)
