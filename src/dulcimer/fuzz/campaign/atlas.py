"""Where each pair of schema node and operator can be tried, over all sequences of a corpus."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from dulcimer._generated.codes import PduType
from dulcimer.fuzz.choices import Choices
from dulcimer.fuzz.operators.catalogue import BY_NAME, Pair, pairs_of
from dulcimer.fuzz.sequences.steps import FuzzSequence, SendBytes, TargetRole
from dulcimer.fuzz.tree.any_pdus import tree_of_pdus
from dulcimer.fuzz.tree.nodes import Node
from dulcimer.fuzz.tree.paths import nodes_in, schema_names_in

_LONGEST = 8192
"""Bytes of a step whose places are listed; longer ones have nothing that shorter ones have not."""
_KEPT = 1024
"""Steps whose pairs are kept."""
_MOST_PLACES = 12
"""Places that are kept for a pair."""
_MOST_ALIKE = 2
"""Of these, places in steps that have the same PDUs and ask for the same service."""
WEAK_SPOTS = frozenset(
    (
        ("P-DATA-TF/command_pdv/command_set/affected_sop_instance_uid/value", "string-path"),
        ("P-DATA-TF/explicit_data_set_pdv/explicit_data_set", "data-nested-deeply"),
        ("P-DATA-TF/implicit_data_set_pdv/implicit_data_set", "data-nested-deeply"),
        ("A-ASSOCIATE-AC/user_information/maximum_length/maximum_length_received", "value-below-a-header"),
        ("A-ASSOCIATE-RQ/user_information/maximum_length/maximum_length_received", "value-below-a-header"),
    )
)
"""Where receivers have fallen over: what archives name files by, data sets that are read by recursion, and the size
that fragments are cut to."""
_SOONER = 8
"""How many times as often these are drawn as other nodes with the same operator, until all it can do was tried."""
_CANDIDATES = 8
_DRAWN_STRATA = 2
_SERVED = 3, 4
"""Of so many places so many are in a sequence that the target serves, if there is one."""
_COMMAND_FIELD = "command_field"
_COMMAND = "command_pdv"
_MESSAGE_PARTS = (_COMMAND, "explicit_data_set_pdv", "implicit_data_set_pdv")
_FIRST: dict[TargetRole, str] = {"acceptor": PduType.A_ASSOCIATE_RQ.label, "requestor": PduType.A_ASSOCIATE_AC.label}
"""The PDU of the negotiation that a target reads field by field."""


@dataclass(frozen=True, slots=True)
class AtlasPlace:
    """A step of a sequence, in which the pair can be tried."""

    sequence: FuzzSequence
    step: int
    is_served: bool = False


@dataclass(frozen=True, slots=True)
class _Stratum:
    """Pairs that are drawn from together, and how often, compared with others."""

    pairs: tuple[Pair, ...]
    ends: tuple[int, ...]
    weight: int

    @classmethod
    def of(cls, pairs: Sequence[Pair], weight: int) -> _Stratum:
        weights = (BY_NAME[pair[1]].weight * (_SOONER if pair in WEAK_SPOTS else 1) for pair in pairs)
        return cls(tuple(pairs), tuple(accumulate(weights)), weight)

    def draw(self, tried: Mapping[Pair, int], choices: Choices) -> Pair:
        """Of a few pairs, drawn by their weights, the one that was tried least for what can be tried there."""
        drawn = [bisect_right(self.ends, choices.integer(0, self.ends[-1] - 1)) for _ in range(_CANDIDATES)]
        return min((self.pairs[index] for index in drawn), key=lambda pair: _rounds(tried, pair))


class Atlas:
    """The pairs that can be tried with some sequences, in strata: PDUs, and the parts of messages.

    A stratum with few pairs is drawn as often as one with many, so that the thousands of pairs in data sets do not keep
    those of the negotiation waiting; but of two strata the one is taken that was tried less, so that small ones give
    way when they have had their turns. What a target of this `role` looks into is tried more often, and mostly in
    sequences whose messages it answers (`served`: their digests).
    """

    def __init__(
        self, role: TargetRole, sequences: Iterable[FuzzSequence], served: frozenset[str] = frozenset()
    ) -> None:
        self._where: dict[Pair, list[AtlasPlace]] = {}
        self._alike: Counter[tuple[object, ...]] = Counter()
        seen: set[bytes] = set()
        for sequence in sorted(sequences, key=lambda each: each.digest not in served):
            for number, step in enumerate(sequence.steps):
                if isinstance(step, SendBytes) and 0 < len(step.data) <= _LONGEST and step.data not in seen:
                    seen.add(step.data)
                    self._add(AtlasPlace(sequence, number, sequence.digest in served), step.data)
        self.pairs: Sequence[Pair] = tuple(sorted(self._where))
        strata: dict[str, list[Pair]] = {}
        for pair in self.pairs:
            strata.setdefault(stratum_of(pair[0]), []).append(pair)
        weighed = [_Stratum.of(strata[name], _weight(role, name)) for name in sorted(strata)]
        self._strata = tuple(stratum for stratum in weighed for _ in range(stratum.weight))

    def _add(self, place: AtlasPlace, data: bytes) -> None:
        """Take the pairs of a step; of steps that ask for the same, only a few, so that others have room."""
        pairs, command = _found_in(data)
        like = place.step > 0, data[0], command
        for pair in pairs:
            known = self._where.setdefault(pair, [])
            if len(known) < _MOST_PLACES and self._alike[pair, like] < _MOST_ALIKE:
                self._alike[pair, like] += 1
                known.append(place)

    def draw(self, tried: Mapping[Pair, int], choices: Choices) -> tuple[AtlasPlace, Pair]:
        """One of the pairs that were tried least, of a few, and a place for it. Raises ValueError if there are none."""
        drawn = [choices.pick(self._strata) for _ in range(_DRAWN_STRATA)]
        found = [(stratum.draw(tried, choices), stratum.weight) for stratum in drawn]
        pair, _ = min(found, key=lambda each: _rounds(tried, each[0]) / each[1])
        known = self._where[pair]
        served = [place for place in known if place.is_served]
        return choices.pick(served if served and choices.chance(*_SERVED) else known), pair


def _rounds(tried: Mapping[Pair, int], pair: Pair) -> int:
    """How often all that its operator can do was tried, about."""
    return tried.get(pair, 0) // BY_NAME[pair[1]].variants


@lru_cache(_KEPT)
def _found_in(data: bytes) -> tuple[frozenset[Pair], bytes]:
    """The pairs of a step, and its command field: the corpus grows, and most of it was there before."""
    tree = tree_of_pdus(data)
    return pairs_of({(name, node.shape) for _, node, name in schema_names_in(tree)}), _command_in(tree)


def _command_in(tree: Node) -> bytes:
    """The bytes of the command field of a message: which service it asks for, or answers."""
    fields = (node for _, node in nodes_in(tree) if node.shape.name == _COMMAND_FIELD)
    return next((node.octets for node in fields), b"")


def stratum_of(node: str) -> str:
    """The PDU of a node; of a message, its part, of which all that frames it is one."""
    kind, _, rest = node.partition("/")
    part = rest.partition("/")[0]
    return f"{kind}/{part}" if part in _MESSAGE_PARTS else kind


def _weight(role: TargetRole, stratum: str) -> int:
    """How often a stratum is drawn, compared with others."""
    if stratum == _FIRST[role]:
        return 9
    if stratum.endswith(_MESSAGE_PARTS):
        return 6 if stratum.endswith(_COMMAND) else 3
    return 2 if stratum == PduType.P_DATA_TF.label else 1
