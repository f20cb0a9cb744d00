"""What the nodes of a tree can be, from the schemas: their names, kinds, widths and clauses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from dulcimer.wire.fields import REST, Leaf

FOLLOWING = "following"
"""The `governs` of a length of all elements that follow the one it is in, as Command Group Length (0000,0000) has."""


@dataclass(frozen=True, slots=True, eq=False)
class LeafShape:
    """A field that is not divided further.

    `kind` is that of a wire `Leaf`, or one of a data set: tag, vr, number, delimiter. `width` in bytes, None if it
    varies. `governs`, of a length: the name of a field, `REST` or `FOLLOWING`. `codes` are the defined values of a
    coded field, of a tag or of a length, the only one that it can have. `holds_lengths`: what the length governs has
    lengths, too. `leaf` is the field in the wire schema.
    """

    name: str
    kind: str
    width: int | None
    clause: str
    little: bool = False
    governs: str = REST
    codes: tuple[int, ...] = ()
    holds_lengths: bool = False
    is_context_id: bool = False
    is_control_header: bool = False
    leaf: Leaf | None = None

    @property
    def order(self) -> str:
        """The byte order of numbers, as `int.from_bytes` takes it."""
        return "little" if self.little else "big"


@dataclass(frozen=True, slots=True, eq=False)
class ListShape:
    """A list of groups up to the end of what a length governs; `elements` may refer to shapes made later.

    `is_nested`: it is in an element of a data set and has elements as those of the data set itself, whose names in the
    schema they share.
    """

    name: str
    clause: str
    elements: Callable[[], tuple[GroupShape, ...]]
    is_nested: bool = False

    @property
    def kind(self) -> str:
        """That of every list."""
        return "list"


@dataclass(frozen=True, slots=True, eq=False)
class GroupShape:
    """Named fields one after the other.

    `role`: pdu, item, entry (of a list without types), pdv, element, sequence, sequence_item, encapsulated, fragment
    (of encapsulated pixel data), command_set, data_set, message_pdu (one of several) or raw. `type_code` is the type
    of an item or PDU, 0 if it has none.
    """

    name: str
    clause: str
    role: str
    members: tuple[Shape, ...] = field(repr=False)
    type_code: int = 0

    @property
    def kind(self) -> str:
        """That of every group."""
        return "group"

    def member(self, name: str) -> Shape:
        """The member of this name. Raises KeyError if there is none."""
        for shape in self.members:
            if shape.name == name:
                return shape
        raise KeyError(name)


Shape: TypeAlias = LeafShape | GroupShape | ListShape

UNPARSED = LeafShape("unparsed_bytes", "bytes", None, "PS3.8 9.3.1")
"""Bytes that no field describes."""

RAW_BYTES = GroupShape("bytes", "PS3.8 9.3.1", "raw", (UNPARSED,))
"""Bytes that are not cut into fields at all."""


def shapes_in(shape: Shape, path: str = "") -> Iterator[tuple[str, Shape]]:
    """Each shape with its path, as `A-ASSOCIATE-RQ/user_information/maximum_length/item_length`, outermost first.

    Elements of a list stand below the group around the list.
    """
    where = f"{path}/{shape.name}" if path else shape.name
    yield where, shape
    if isinstance(shape, LeafShape):
        return
    if isinstance(shape, ListShape):
        members: tuple[Shape, ...] = () if shape.is_nested else shape.elements()
    else:
        members = shape.members
    below = path if isinstance(shape, ListShape) and path else where
    for member in members:
        yield from shapes_in(member, below)
