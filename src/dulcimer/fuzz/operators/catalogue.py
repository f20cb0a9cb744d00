"""All operators, which of them fit a node, and every pair of node and operator: the measure of coverage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from dulcimer.fuzz.choices import Choices
from dulcimer.fuzz.operators.data_sets import DATA_SETS
from dulcimer.fuzz.operators.fitting import FITTING
from dulcimer.fuzz.operators.fragments import FRAGMENTS
from dulcimer.fuzz.operators.havoc import HAVOC
from dulcimer.fuzz.operators.lengths import LENGTHS
from dulcimer.fuzz.operators.operator import MOST_BYTES, Application, Operator
from dulcimer.fuzz.operators.strings import STRINGS
from dulcimer.fuzz.operators.structure import STRUCTURE
from dulcimer.fuzz.operators.values import VALUES
from dulcimer.fuzz.tree.any_pdus import SHAPES_OF_PDUS
from dulcimer.fuzz.tree.nodes import Node
from dulcimer.fuzz.tree.paths import Path, nodes_in, path_named
from dulcimer.fuzz.tree.shapes import Shape, shapes_in

FAMILIES: Mapping[str, tuple[Operator, ...]] = {
    "lengths": LENGTHS,
    "values": VALUES,
    "strings": STRINGS,
    "structure": STRUCTURE,
    "fragments": (*FRAGMENTS, FITTING),
    "data sets": DATA_SETS,
    "havoc": HAVOC,
}
"""The operators by what they change."""

OPERATORS: tuple[Operator, ...] = tuple(operator for family in FAMILIES.values() for operator in family)
"""Every operator; their names differ."""

BY_NAME = {operator.name: operator for operator in OPERATORS}
"""The operators by their names."""

Pair = tuple[str, str]
"""The name of a node in the schema, and the name of an operator."""


@cache
def operators_for(shape: Shape) -> tuple[Operator, ...]:
    """The operators that fit what has this shape."""
    return tuple(operator for operator in OPERATORS if operator.applies(shape))


def applicable(node: Node) -> tuple[Operator, ...]:
    """The operators that fit this node."""
    return operators_for(node.shape)


def all_pairs(schema: Shape) -> frozenset[Pair]:
    """Every node of a schema with every operator that fits it."""
    return pairs_of(shapes_in(schema))


def pairs_of(named: Iterable[tuple[str, Shape]]) -> frozenset[Pair]:
    """The nodes of these names and shapes, each with every operator that fits it."""
    return frozenset((name, operator.name) for name, shape in named for operator in operators_for(shape))


@cache
def all_campaign_pairs() -> frozenset[Pair]:
    """Every pair that a campaign can try, the same ones for both roles: those of the trees of what is sent at once."""
    return frozenset[Pair]().union(*map(all_pairs, SHAPES_OF_PDUS))


def places(tree: Node) -> Iterator[tuple[Path, Operator]]:
    """Every node of a tree with every operator that fits it."""
    for path, node in nodes_in(tree):
        for operator in applicable(node):
            yield path, operator


def apply_named(
    tree: Node, operator: str, node: str, choices: Choices, *, most: int = MOST_BYTES
) -> Application | None:
    """Apply an operator to a node, both by their names; None if there is no such operator, or no such node any more."""
    try:
        return BY_NAME[operator].apply(tree, path_named(tree, node), choices, most=most)
    except LookupError:
        return None
