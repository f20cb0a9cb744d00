"""Where each pair of schema node and operator can be tried, over all sequences of a corpus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dulcimer._generated.codes import PduType
from dulcimer.fuzz.choices import Choices
from dulcimer.fuzz.operators.catalogue import BY_NAME, Pair, places
from dulcimer.fuzz.sequences.steps import FuzzSequence, SendBytes, TargetRole
from dulcimer.fuzz.tree.any_pdus import tree_of_pdus
from dulcimer.fuzz.tree.paths import schema_name_of

_LONGEST = 8192
"""Bytes of a step whose places are listed; longer ones have nothing that shorter ones have not."""
_MOST_PLACES = 12
"""Places that are kept for a pair."""
_CANDIDATES = 8
_FIRST: dict[TargetRole, str] = {"acceptor": PduType.A_ASSOCIATE_RQ.label, "requestor": PduType.A_ASSOCIATE_AC.label}
"""The PDU of the negotiation that a target reads field by field."""


@dataclass(frozen=True, slots=True)
class AtlasPlace:
    """A step of a sequence, in which the pair can be tried."""

    sequence: FuzzSequence
    step: int


class Atlas:
    """The pairs that can be tried with some sequences, in strata: PDUs, and the parts of messages.

    A stratum with few pairs is drawn as often as one with many, so that the thousands of pairs in data sets do not keep
    those of the negotiation waiting; those that a target of this `role` looks into are drawn more often.
    """

    def __init__(self, role: TargetRole, sequences: Iterable[FuzzSequence]) -> None:
        self._where: dict[Pair, list[AtlasPlace]] = {}
        seen: set[bytes] = set()
        for sequence in sequences:
            for number, step in enumerate(sequence.steps):
                if isinstance(step, SendBytes) and 0 < len(step.data) <= _LONGEST and step.data not in seen:
                    seen.add(step.data)
                    self._add(AtlasPlace(sequence, number), step.data)
        self.pairs: Sequence[Pair] = tuple(sorted(self._where))
        strata: dict[str, list[Pair]] = {}
        for pair in self.pairs:
            strata.setdefault(_stratum(pair[0]), []).append(pair)
        self._strata = tuple(tuple(strata[name]) for name in sorted(strata) for _ in range(_weight(role, name)))

    def _add(self, place: AtlasPlace, data: bytes) -> None:
        tree = tree_of_pdus(data)
        for pair in {(schema_name_of(tree, path), operator.name) for path, operator in places(tree)}:
            known = self._where.setdefault(pair, [])
            if len(known) < _MOST_PLACES:
                known.append(place)

    def draw(self, tried: Mapping[Pair, int], choices: Choices) -> tuple[AtlasPlace, Pair]:
        """One of the pairs that were tried least, of a few, and a place for it. Raises ValueError if there are none."""
        stratum = choices.pick(self._strata)
        drawn = [choices.pick(stratum) for _ in range(_CANDIDATES)]
        pair = min(drawn, key=lambda each: tried.get(each, 0) // BY_NAME[each[1]].variants)
        return choices.pick(self._where[pair]), pair


def _stratum(node: str) -> str:
    """The PDU of a node; of a message, its part."""
    return "/".join(node.split("/")[:2]) if node.startswith(PduType.P_DATA_TF.label) else node.partition("/")[0]


def _weight(role: TargetRole, stratum: str) -> int:
    """How often a stratum is drawn, compared with others."""
    if stratum == _FIRST[role]:
        return 8
    return 2 if stratum.startswith(PduType.P_DATA_TF.label) else 1
