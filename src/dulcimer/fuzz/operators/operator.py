"""An operator changes a tree at one node; an application says what was changed, and where, in words and as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from dulcimer.fuzz.choices import Choices
from dulcimer.fuzz.tree.nodes import GroupNode, LeafNode, LengthNode, Node, byte_order
from dulcimer.fuzz.tree.paths import (
    Path,
    lengths_around,
    name_of,
    node_at,
    octets_at,
    schema_name_of,
    with_lengths,
    with_node,
    with_nodes,
)
from dulcimer.fuzz.tree.shapes import LeafShape, Shape

MOST_BYTES = 1 << 20
"""An application gives at most so many bytes, unless asked to, or unless the tree had more before."""
_AROUND = 16
"""Lengths around a node that are repaired or follow, at most; only a PDU that was changed before has more."""
_NOTORIOUS = 8
"""How many times as often such an operator is drawn, until all that it can do was tried."""
_SHOWN = 24
"""Bytes of a value that are shown."""
_IN_HEX = ("const", "enum", "tag", "reserved", "vr")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an operator works: a node of a tree, the choices it draws from, and how many more bytes there may be."""

    tree: Node
    path: Path
    choices: Choices
    room: int

    @property
    def node(self) -> Node:
        """The node to change."""
        return node_at(self.tree, self.path)

    @property
    def octets(self) -> bytes:
        """The bytes of the node."""
        return octets_at(self.tree, self.path)


class Edit(NamedTuple):
    """A changed tree, and the change in words."""

    tree: Node
    text: str


@dataclass(frozen=True, slots=True)
class Application:
    """What an operator made of a tree.

    `node` is the name of the node, `schema_node` the same without numbers. Not `changed`: the bytes are the same as
    before, and `text` says why, if there is a reason. `str()` gives the change with its place.
    """

    tree: Node
    operator: str
    node: str
    schema_node: str
    clause: str
    text: str
    changed: bool

    @property
    def octets(self) -> bytes:
        """The bytes of the changed tree."""
        return self.tree.octets

    def __str__(self) -> str:
        """As in `A-ASSOCIATE-RQ/user_information[0]/maximum_length[0]/item_length: 4 -> 3`."""
        return f"{self.node}: {self.text}"


@dataclass(frozen=True, slots=True, eq=False)
class Operator:
    """One way to change a node. `applies` says to which shapes; `change` gives None if this node is no use for it.

    `clause` is what the change is about, "" for the clause of the node. `variants`: about how many different changes it
    makes at one node; it is tried so many times as often as one with a single change. `is_notorious`: parsers of other
    software have fallen over it more often than over other changes, so it comes sooner.
    """

    name: str
    applies: Callable[[Shape], bool]
    change: Callable[[Spot], Edit | None]
    clause: str = ""
    variants: int = 1
    is_notorious: bool = False

    @property
    def weight(self) -> int:
        """How often it is drawn, compared with other operators."""
        return self.variants * (_NOTORIOUS if self.is_notorious else 1)

    def apply(self, tree: Node, path: Path, choices: Choices, *, most: int = MOST_BYTES) -> Application:
        """The tree with the node at `path` changed; the same choices give the same tree, never raises.

        At a node that is not there, or that it does not apply to, it changes nothing. The result has at most `most`
        bytes, or as many as the tree if that has more.
        """
        try:
            node = node_at(tree, path)
        except LookupError:
            return self._unchanged(tree, (), "there is no such node")
        if not self.applies(node.shape):
            return self._unchanged(tree, path, f"{self.name} does not apply here")
        size = len(tree.octets)
        edit = self.change(Spot(tree, path, choices, max(most - size, 0)))
        if edit is None:
            return self._unchanged(tree, path, f"{self.name} finds nothing to change")
        if len(edit.tree.octets) > max(most, size):
            return self._unchanged(tree, path, f"{self.name} would give more than {most} bytes")
        if edit.tree.octets == tree.octets:
            return self._unchanged(tree, path, f"{self.name} gives the same bytes")
        return self._application(edit.tree, tree, path, edit.text, changed=True)

    def _unchanged(self, tree: Node, path: Path, why: str) -> Application:
        return self._application(tree, tree, path, f"unchanged, {why}", changed=False)

    def _application(self, result: Node, tree: Node, path: Path, text: str, *, changed: bool) -> Application:
        return Application(
            result,
            self.name,
            name_of(tree, path),
            schema_name_of(tree, path),
            self.clause or node_at(tree, path).shape.clause,
            text,
            changed,
        )


def of_kind(*kinds: str) -> Callable[[Shape], bool]:
    """Whether a shape is a leaf, or a branch, of one of these kinds."""
    return lambda shape: shape.kind in kinds


def leaf_of(shape: Shape) -> LeafShape:
    """The shape as that of a leaf."""
    assert isinstance(shape, LeafShape)
    return shape


def shown(octets: bytes, shape: LeafShape) -> str:
    """A value in words: numbers as numbers, all else as bytes."""
    numeric = shape.width is not None and len(octets) == shape.width and len(octets) in (1, 2, 4)
    if numeric and shape.kind in ("integer", "length"):
        return str(int.from_bytes(octets, byte_order(shape)))
    if numeric and shape.kind in _IN_HEX and shape.kind != "vr":
        return f"{octets[::-1].hex() if shape.little else octets.hex()}H".upper()
    return shown_bytes(octets)


def shown_bytes(octets: bytes) -> str:
    """Bytes as text with escapes, the first of them if they are many."""
    text = ascii(octets[:_SHOWN].decode("latin-1"))
    return text if len(octets) <= _SHOWN else f"{text}... ({len(octets)} bytes)"


def set_octets(spot: Spot, octets: bytes) -> Edit:
    """The leaf with these bytes."""
    shape = leaf_of(spot.node.shape)
    before = spot.octets
    node: Node = LengthNode(shape, octets) if shape.kind == "length" else LeafNode(shape, octets)
    return around(spot, with_node(spot.tree, spot.path, node), f"{shown(before, shape)} -> {shown(octets, shape)}")


def put(spot: Spot, nodes: tuple[Node, ...], text: str) -> Edit | None:
    """These nodes instead of the one at the spot; the root stays one node."""
    if not spot.path:
        if len(nodes) != 1:
            return None
        return Edit(nodes[0], text)
    return around(spot, with_nodes(spot.tree, spot.path, nodes), text)


def around(spot: Spot, tree: Node, text: str) -> Edit:
    """The changed tree; if it is longer or shorter, lengths around the change are repaired: all of them, or only some.

    Repaired are those nearest to the change; the others stay as they were.
    """
    if len(tree.octets) == len(spot.tree.octets):
        return Edit(tree, text)
    lengths = counted_around(spot)
    if not lengths or not spot.choices.chance(1, 3):
        return Edit(tree, text)
    repaired = spot.choices.integer(0, len(lengths) - 1)
    kept = {path: octets_at(spot.tree, path) for path in lengths[repaired:]}
    return Edit(with_lengths(tree, kept), f"{text} ({repaired} of {len(lengths)} lengths around it repaired)")


def counted_around(spot: Spot) -> list[Path]:
    """The lengths around the node that are counted, innermost first; of very many, as after one was doubled, some."""
    found = ((path, node_at(spot.tree, path)) for path in lengths_around(spot.tree, spot.path))
    return list(islice((path for path, node in found if isinstance(node, LengthNode) and node.fixed is None), _AROUND))


def copies_that_fit(spot: Spot, size: int, wanted: int) -> int:
    """At most as many copies of this size as there is room for."""
    return min(wanted, spot.room // max(size, 1))


def fill(spot: Spot, most: int) -> bytes:
    """From 1 to `most` bytes, as long as there is room: zeros, letters, or any bytes."""
    length = min(spot.choices.integer(1, most), max(spot.room, 1))
    kind = spot.choices.integer(0, 2)
    return spot.choices.octets(length) if kind == 2 else (b"\0", b"A")[kind] * length


def group_of(spot: Spot) -> GroupNode:
    """The node at the spot as a group."""
    node = spot.node
    assert isinstance(node, GroupNode)
    return node
