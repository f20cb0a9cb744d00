"""Python source as text, in the layout of `ruff format` (lines of at most 120 characters)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

WIDTH = 120


@dataclass(frozen=True)
class Group:
    """Something in brackets: on one line if it fits and is allowed to, else one element per line.

    `elements` are pairs of a prefix (`"key": ` or `name=`) and a node.
    """

    opening: str
    elements: tuple[tuple[str, Node], ...]
    closing: str
    one_a_line: bool = False


Node: TypeAlias = str | Group


def text(value: str) -> str:
    """A string literal."""
    if not value.isprintable():
        return '"' + "".join(map(_escaped, value)) + '"'
    if '"' in value and "'" not in value:
        return "'" + value.replace("\\", "\\\\") + "'"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _escaped(character: str) -> str:
    if character == '"':
        return '\\"'
    if character.isprintable() and character != "\\":
        return character
    return character.encode("unicode_escape").decode("ascii")


def cited(sentence: str, clause: str) -> str:
    """A sentence with its clause, for a docstring."""
    return f"{sentence.removesuffix('.')} ({clause})."


def call(name: str, *arguments: Node) -> Group:
    """A call with positional arguments."""
    return Group(name + "(", tuple(("", argument) for argument in arguments), ")")


def tuple_of(elements: Iterable[Node], *, one_a_line: bool = False) -> Node:
    """A tuple display."""
    nodes = tuple(("", element) for element in elements)
    return Group("(", nodes, ")", one_a_line and len(nodes) > 1) if nodes else "()"


def dict_of(elements: Iterable[tuple[str, Node]], *, one_a_line: bool = True) -> Node:
    """A dictionary display; keys are given as source."""
    pairs = tuple((f"{key}: ", node) for key, node in elements)
    return Group("{", pairs, "}", one_a_line) if pairs else "{}"


def assign(target: str, value: Node, indent: int = 0) -> str:
    """`target = value`."""
    return "\n".join(_lines(f"{target} = ", value, "", indent))


def _flat(node: Node) -> str:
    if isinstance(node, str):
        return node
    inner = ", ".join(prefix + _flat(element) for prefix, element in node.elements)
    one_tuple = node.opening == "(" and len(node.elements) == 1
    return node.opening + inner + ("," if one_tuple else "") + node.closing


def _is_spread(node: Node) -> bool:
    return isinstance(node, Group) and (node.one_a_line or any(_is_spread(part) for _, part in node.elements))


def _lines(prefix: str, node: Node, suffix: str, indent: int) -> list[str]:
    margin = " " * indent
    line = margin + prefix + _flat(node) + suffix
    if isinstance(node, str) or (len(line) <= WIDTH and not _is_spread(node)):
        return [line]
    lines = [margin + prefix + node.opening]
    for key, element in node.elements:
        lines += _lines(key, element, ",", indent + 4)
    return [*lines, margin + node.closing + suffix]


def module(source: str, title: str, imports: str, *blocks: str) -> str:
    """A generated module: where it comes from, its imports, its blocks two blank lines apart."""
    opening = f'"""{title}\n\nGenerated from {source} by `python -m codegen`: do not edit.\n"""\n\n'
    return opening + "\n\n\n".join(part.strip("\n") for part in (imports, *blocks)) + "\n"
