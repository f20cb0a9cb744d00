"""The nodes of a tree. They never change; a changed tree shares with the one before it all that is the same.

Each node has its bytes from the beginning, so a tree with one change costs as much as the nodes around that change.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias, cast

from dulcimer.fuzz.tree.shapes import FOLLOWING, GroupShape, LeafShape, ListShape
from dulcimer.wire.fields import REST


class LeafNode:
    """The bytes of one field."""

    __slots__ = ("octets", "shape")

    def __init__(self, shape: LeafShape, octets: bytes) -> None:
        self.shape = shape
        self.octets = octets


class LengthNode:
    """A length; `fixed` are its bytes whatever it governs, None if it is counted when the tree is written."""

    __slots__ = ("fixed", "octets", "shape")

    def __init__(self, shape: LeafShape, fixed: bytes | None = None) -> None:
        self.shape = shape
        self.fixed = fixed
        self.octets = bytes(shape.width or 0) if fixed is None else fixed

    def of(self, length: int) -> bytes:
        """The bytes of this length; of one that is too large, as many of the lower bytes as there is room for."""
        return number_octets(length, self.shape)


class GroupNode:
    """Nodes one after the other; `parts` are their bytes, lengths counted. `label` stands for the name, if given."""

    __slots__ = ("_awaits", "children", "label", "octets", "parts", "shape")

    def __init__(self, shape: GroupShape, children: Iterable[Node], label: str = "") -> None:
        self.shape = shape
        self.children = tuple(children)
        self.label = label
        self._awaits = -1
        parts: list[bytes] = [child.octets for child in self.children]
        for index, child in enumerate(self.children):
            if child.__class__ is LengthNode and child.fixed is None:
                governs = child.shape.governs
                if governs == REST:
                    length = sum(map(len, parts[index + 1 :]))
                elif governs == FOLLOWING:
                    self._awaits = index
                    continue
                else:
                    length = sum(
                        len(part)
                        for part, other in zip(parts[index + 1 :], self.children[index + 1 :], strict=True)
                        if other.shape.name == governs
                    )
                parts[index] = child.of(length)
        self.parts = parts
        self.octets: bytes = b"".join(parts)

    @property
    def awaits_following(self) -> bool:
        """Whether a length in it is known only in the list around it."""
        return self._awaits >= 0

    def before(self, following: int) -> bytes:
        """Its bytes if this many bytes follow it in its list."""
        parts = self.parts.copy()
        parts[self._awaits] = cast("LengthNode", self.children[self._awaits]).of(following)
        return b"".join(parts)


class ListNode:
    """Groups one after the other."""

    __slots__ = ("children", "octets", "parts", "shape")

    def __init__(self, shape: ListShape, children: Iterable[Node]) -> None:
        self.shape = shape
        self.children = tuple(children)
        parts: list[bytes] = [child.octets for child in self.children]
        groups = [child for child in self.children if child.__class__ is GroupNode and child._awaits >= 0]
        if groups:
            following = 0
            for index in range(len(parts) - 1, -1, -1):
                child = self.children[index]
                if isinstance(child, GroupNode) and child.awaits_following:
                    parts[index] = child.before(following)
                following += len(parts[index])
        self.parts = parts
        self.octets: bytes = b"".join(parts)


Node: TypeAlias = LeafNode | LengthNode | GroupNode | ListNode
Branch: TypeAlias = GroupNode | ListNode


def number_octets(number: int, shape: LeafShape) -> bytes:
    """A number in the width and order of a field; what does not fit is cut off at the top."""
    width = shape.width or 0
    return (number & (1 << 8 * width) - 1).to_bytes(width, byte_order(shape))


def byte_order(shape: LeafShape) -> Literal["little", "big"]:
    """The byte order of the numbers of a field."""
    return "little" if shape.little else "big"


def with_children(branch: Branch, children: Iterable[Node]) -> Branch:
    """The same group or list with other nodes in it."""
    if isinstance(branch, GroupNode):
        return GroupNode(branch.shape, children, branch.label)
    return ListNode(branch.shape, children)


def octets_of(tree: Node) -> bytes:
    """The bytes of a tree."""
    return tree.octets
