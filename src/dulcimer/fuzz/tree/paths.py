"""Where a node is in its tree: as numbers of children, for programs, and as names, for people.

The name of a node reads `A-ASSOCIATE-RQ/user_information[0]/maximum_length[0]/item_length`. Elements of a list have the
number of their kind, and so has a field that came twice, from its second time on; a list has no part of its own in the
names of its elements. No two nodes of a tree have the same name. Without the numbers it is the name in the schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from dulcimer.fuzz.tree.nodes import (
    Branch,
    GroupNode,
    LengthNode,
    ListNode,
    Node,
    byte_order,
    with_children,
)
from dulcimer.fuzz.tree.shapes import FOLLOWING
from dulcimer.wire.fields import REST

Path: TypeAlias = tuple[int, ...]
"""The number of the child at each step from the root; () is the root."""


def node_at(tree: Node, path: Path) -> Node:
    """The node at this path. Raises LookupError if there is none."""
    node = tree
    for index in path:
        node = branch_of(node).children[index]
    return node


def branch_of(node: Node) -> Branch:
    """The node as one that has children. Raises LookupError if it is a leaf."""
    if isinstance(node, Branch):
        return node
    raise LookupError(f"{node.shape.name} has no nodes in it")


def branch_at(tree: Node, path: Path) -> Branch:
    """The group or list at this path. Raises LookupError if there is none."""
    return branch_of(node_at(tree, path))


def nodes_in(tree: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Each node with its path, in the order of their first bytes."""
    yield path, tree
    if isinstance(tree, Branch):
        for index, child in enumerate(tree.children):
            yield from nodes_in(child, (*path, index))


def with_node(tree: Node, path: Path, node: Node) -> Node:
    """The tree with another node at this path."""
    return with_nodes(tree, path, (node,))


def with_nodes(tree: Node, path: Path, nodes: tuple[Node, ...]) -> Node:
    """The tree with any number of nodes, none too, instead of the one at this path; exactly one at the root."""
    if not path:
        (tree,) = nodes
        return tree
    branches = [branch_of(tree)]
    for index in path[:-1]:
        branches.append(branch_of(branches[-1].children[index]))
    for branch, index in zip(reversed(branches), reversed(path), strict=True):
        changed = with_children(branch, (*branch.children[:index], *nodes, *branch.children[index + 1 :]))
        nodes = (changed,)
    return changed


def offset_of(tree: Node, path: Path) -> int:
    """How many bytes of the tree are before the node."""
    offset, node = 0, tree
    for index in path:
        branch = branch_of(node)
        offset += sum(map(len, branch.parts[:index]))
        node = branch.children[index]
    return offset


def octets_at(tree: Node, path: Path) -> bytes:
    """The bytes of a node in its tree, where lengths are counted."""
    offset = offset_of(tree, path)
    return tree.octets[offset : offset + len(node_at(tree, path).octets)]


def number_at(tree: Node, path: Path) -> int:
    """The number that a leaf has in its tree."""
    shape = node_at(tree, path).shape
    order = "big" if shape.kind in ("group", "list") else byte_order(shape)  # type: ignore[arg-type]  # a leaf then
    return int.from_bytes(octets_at(tree, path), order)


def lengths_around(tree: Node, path: Path) -> list[Path]:
    """The lengths that govern the node, innermost first."""
    found: list[Path] = []
    node = tree
    for depth, index in enumerate(path):
        branch = branch_of(node)
        name = branch.children[index].shape.name
        here: list[Path] = []
        for place, child in enumerate(branch.children[:index]):
            if isinstance(child, LengthNode):
                if child.shape.governs in (REST, name):
                    here.append((*path[:depth], place))
            elif isinstance(child, GroupNode) and isinstance(branch, ListNode):
                here += [
                    (*path[:depth], place, inner)
                    for inner, leaf in enumerate(child.children)
                    if isinstance(leaf, LengthNode) and leaf.shape.governs == FOLLOWING
                ]
        found += here
        node = branch.children[index]
    found.reverse()
    return found


def with_lengths(tree: Node, lengths: Mapping[Path, bytes]) -> Node:
    """The tree in which these lengths have these bytes, whatever they govern."""
    for path, octets in lengths.items():
        shape = node_at(tree, path).shape
        tree = with_node(tree, path, LengthNode(shape, octets))  # type: ignore[arg-type]  # lengths only
    return tree


def name_of(tree: Node, path: Path) -> str:
    """The name of a node in its tree."""
    parts = [_label(tree)]
    node = tree
    for depth, index in enumerate(path):
        branch = branch_of(node)
        node = branch.children[index]
        if isinstance(node, ListNode) and depth + 1 < len(path):
            continue
        label = _label(node)
        earlier = _labels(branch.children[:index]).count(label)
        if not isinstance(branch, ListNode):
            earlier += len(_elements_named(branch, label))
        parts.append(f"{label}[{earlier}]" if earlier or isinstance(branch, ListNode) else label)
    return "/".join(parts)


def schema_name_of(tree: Node, path: Path) -> str:
    """The name of the node in the schema, as `shapes.shapes_in` gives it."""
    parts = [tree.shape.name]
    of_data_set = 1
    node = tree
    for depth, index in enumerate(path):
        node = branch_of(node).children[index]
        if isinstance(node, ListNode) and depth + 1 < len(path):
            if node.shape.is_nested:
                del parts[of_data_set:]
            continue
        parts.append(node.shape.name)
        if isinstance(node, GroupNode) and node.shape.role == "data_set":
            of_data_set = len(parts)
    return "/".join(parts)


def schema_names_in(tree: Node) -> Iterator[tuple[Path, Node, str]]:
    """Each node as `nodes_in` gives it, with the name that `schema_name_of` gives it."""
    name = tree.shape.name
    yield (), tree, name
    if isinstance(tree, Branch):
        for index, child in enumerate(tree.children):
            yield from _named(child, (index,), (name,), 1)


def _named(node: Node, path: Path, parts: tuple[str, ...], of_data_set: int) -> Iterator[tuple[Path, Node, str]]:
    """The node and those in it; `parts` of the names stand before it, so many of them for what is in a data set."""
    inside = (*parts, node.shape.name)
    yield path, node, "/".join(inside)
    if isinstance(node, GroupNode):
        if node.shape.role == "data_set":
            of_data_set = len(inside)
    elif isinstance(node, ListNode):
        inside = parts[:of_data_set] if node.shape.is_nested else parts
    else:
        return
    for index, child in enumerate(node.children):
        yield from _named(child, (*path, index), inside, of_data_set)


def path_named(tree: Node, name: str) -> Path:
    """The path of the node with this name. Raises LookupError if there is none."""
    first, *rest = name.split("/")
    if first != _label(tree):
        raise LookupError(f"this is {_label(tree)}, not {first}")
    path: Path = ()
    node = tree
    for part in rest:
        step = _step(branch_of(node), part)
        path += step
        node = node_at(node, step)
    return path


def _step(branch: Branch, part: str) -> Path:
    label, _, number = part.removesuffix("]").partition("[")
    own = [(index,) for index, other in enumerate(_labels(branch.children)) if other == label]
    found: list[Path] = [*_elements_named(branch, label), *own] if number else [*own]
    place = int(number or 0) if number.isdecimal() or not number else len(found)
    if place >= len(found):
        raise LookupError(f"{_label(branch)} has no {part}")
    return found[place]


def _elements_named(branch: Branch, label: str) -> list[Path]:
    """The elements with this label in the lists of a group."""
    if not isinstance(branch, GroupNode):
        return []
    return [
        (index, inner)
        for index, child in enumerate(branch.children)
        if isinstance(child, ListNode)
        for inner, other in enumerate(_labels(child.children))
        if other == label
    ]


def _label(node: Node) -> str:
    return node.label or node.shape.name if isinstance(node, GroupNode) else node.shape.name


def _labels(nodes: Iterable[Node]) -> list[str]:
    """As `_label` gives them; without a call for each, since lists may have thousands of elements."""
    return [(node.__class__ is GroupNode and node.label) or node.shape.name for node in nodes]


def boundaries(tree: Node) -> tuple[int, ...]:
    """The offsets at which a field begins, without 0: where bytes can be cut so that each piece has whole fields."""
    found: set[int] = set()
    for path, node in nodes_in(tree):
        if not isinstance(node, Branch) and node.octets:
            found.add(offset_of(tree, path))
    return tuple(sorted(found - {0}))
