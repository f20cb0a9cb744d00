"""Which node and operator are next: pairs that were seldom applied come first; and changes that are made again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dulcimer.fuzz.choices import Choices, OctetChoices, RecordedChoices
from dulcimer.fuzz.operators.catalogue import BY_NAME, Pair, apply_named, places
from dulcimer.fuzz.operators.operator import MOST_BYTES, Application
from dulcimer.fuzz.tree.nodes import Node
from dulcimer.fuzz.tree.paths import Path, schema_name_of

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
        self._where: dict[Pair, list[tuple[int, Path]]] = {}
        for number, base in enumerate(self._bases):
            names: dict[Path, str] = {}
            for path, operator in places(base):
                name = names.get(path) or names.setdefault(path, schema_name_of(base, path))
                self._where.setdefault((name, operator.name), []).append((number, path))
        self.pairs = tuple(sorted(self._where))

    def draw(self, hits: Mapping[Pair, int], choices: Choices, *, most: int = MOST_BYTES) -> MadeChange:
        """Apply one of the pairs. Raises ValueError if there are none.

        Of a few pairs the one with the fewest `hits` is taken; a pair is hit when its application changed something.
        """
        drawn = [choices.pick(self.pairs) for _ in range(_CANDIDATES)]
        return self.make(min(drawn, key=lambda pair: hits.get(pair, 0)), choices, most=most)

    def make(self, pair: Pair, choices: Choices, *, most: int = MOST_BYTES) -> MadeChange:
        """Apply this pair at one of the nodes where it can be applied. Raises KeyError if there is none."""
        number, path = choices.pick(self._where[pair])
        recorded = RecordedChoices(choices)
        application = BY_NAME[pair[1]].apply(self._bases[number], path, recorded, most=most)
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
