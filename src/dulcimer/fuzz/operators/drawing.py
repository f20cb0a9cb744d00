"""Which node and operator are next: pairs that were seldom applied come first; and changes that are made again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dulcimer.fuzz.choices import Choices, OctetChoices, RecordedChoices
from dulcimer.fuzz.operators.catalogue import BY_NAME, Pair, apply_named, operators_for, pairs_of
from dulcimer.fuzz.operators.operator import MOST_BYTES, Application
from dulcimer.fuzz.tree.nodes import Node
from dulcimer.fuzz.tree.paths import Path, schema_names_in
from dulcimer.fuzz.tree.shapes import Shape

_CANDIDATES = 4
"""Pairs of which the one with the fewest hits is taken."""


@dataclass(frozen=True, slots=True)
class MadeChange:
    """An application, which base it was made from, and the bytes that its choices are drawn from again."""

    base: int
    application: Application
    choices: bytes


class FollowedChanges(NamedTuple):
    """A tree after its changes, and the changes in words."""

    tree: Node
    texts: tuple[str, ...]


class PairIndex:
    """Every pair of a schema node and an operator in some base trees, and where it can be applied."""

    def __init__(self, bases: Sequence[Node]) -> None:
        self._bases = tuple(bases)
        self._nodes: dict[str, list[tuple[int, Path, Shape]]] = {}
        for number, base in enumerate(self._bases):
            for path, node, name in schema_names_in(base):
                self._nodes.setdefault(name, []).append((number, path, node.shape))
        shapes = {(name, shape) for name, nodes in self._nodes.items() for _, _, shape in nodes}
        self.pairs = tuple(sorted(pairs_of(shapes)))

    def draw(self, hits: Mapping[Pair, int], choices: Choices, *, most: int = MOST_BYTES) -> MadeChange:
        """Apply one of the pairs. Raises ValueError if there are none.

        Of a few pairs the one with the fewest `hits` is taken; a pair is hit when its application changed something.
        """
        drawn = [choices.pick(self.pairs) for _ in range(_CANDIDATES)]
        return self.make(min(drawn, key=lambda pair: hits.get(pair, 0)), choices, most=most)

    def make(self, pair: Pair, choices: Choices, *, most: int = MOST_BYTES) -> MadeChange:
        """Apply this pair at one of the nodes where it can be applied. Raises KeyError if there is none."""
        name, operator = pair[0], BY_NAME[pair[1]]
        fitting = [(number, path) for number, path, shape in self._nodes[name] if operator in operators_for(shape)]
        if not fitting:
            raise KeyError(pair)
        number, path = choices.pick(fitting)
        recorded = RecordedChoices(choices)
        application = operator.apply(self._bases[number], path, recorded, most=most)
        return MadeChange(number, application, recorded.data)


def follow(tree: Node, changes: Iterable[tuple[str, str, bytes]], *, most: int = MOST_BYTES) -> FollowedChanges | None:
    """Make changes in their order, each given as operator, name of the node, and bytes of its choices.

    None if one of them changes nothing, for example since the node that it needs came from a change that is left out.
    """
    texts: list[str] = []
    for operator, node, choices in changes:
        application = apply_named(tree, operator, node, OctetChoices(choices), most=most)
        if application is None or not application.changed:
            return None
        tree = application.tree
        texts.append(str(application))
    return FollowedChanges(tree, tuple(texts))
