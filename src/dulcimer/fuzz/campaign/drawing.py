"""Which case is next: of the table, of the corpus, or of the pair of node and operator that was tried least."""

from __future__ import annotations

from collections.abc import Mapping

from dulcimer._generated.fsm import Events
from dulcimer.conformance.model.oracle import Cell
from dulcimer.fuzz.campaign.atlas import Atlas
from dulcimer.fuzz.campaign.making import MadeCase, as_it_is, make_case, make_case_of
from dulcimer.fuzz.choices import Choices
from dulcimer.fuzz.corpus.streams import steps_of
from dulcimer.fuzz.operators.catalogue import Pair
from dulcimer.fuzz.sequences.drawing import draw_script
from dulcimer.fuzz.sequences.moves import Act, Script
from dulcimer.fuzz.sequences.planner import Planner
from dulcimer.fuzz.sequences.rendering import BasePdus, sequence_of
from dulcimer.fuzz.sequences.steps import FuzzSequence, FuzzStep, TargetRole

_TABLE, _CORPUS, _ALL = 4, 7, 10
"""Of ten cases, so many are of the table, then of the corpus, then of the pairs."""


class CaseDrawer:
    """Draws cases for targets of one role. Scripts that wait for a timer are none of them.

    `served`: the digests of sequences whose messages the target answers; they are changed more often than others.
    """

    def __init__(self, role: TargetRole, bases: BasePdus, served: frozenset[str] = frozenset()) -> None:
        planner = Planner(role)
        self._role = role
        self._bases = bases
        self._served = served
        self._message = _message(role, bases)
        self._scripts = tuple(script for script in planner.scripts.values() if not _waits(script))
        self._ways = {
            script.cell: tuple(way for way in planner.ways(script.cell) if not _waits(way)) or (script,)
            for script in self._scripts
        }
        self._rendered: dict[Script, FuzzSequence] = {}
        self._corpus: tuple[FuzzSequence, ...] = ()
        self._atlas: tuple[tuple[FuzzSequence, ...], Atlas] | None = None
        self._preferred: tuple[int, tuple[tuple[FuzzSequence, ...], ...]] | None = None

    def case(
        self,
        corpus: tuple[FuzzSequence, ...],
        choices: Choices,
        cells: Mapping[Cell, int],
        pairs: Mapping[Pair, int],
    ) -> MadeCase:
        """The next case. The same corpus, choices and counts give the same one."""
        kind = choices.integer(0, _ALL - 1)
        atlas = self._atlas_of(corpus)
        if kind >= _CORPUS and atlas.pairs:
            place, pair = atlas.draw(pairs, choices)
            return make_case_of(place.sequence, place.step, pair, choices, self._bases.maximum)
        if kind >= _TABLE and corpus:
            drawn = choices.pick(choices.pick(self._preferences(corpus)))
            return make_case(drawn, choices, pairs, self._bases.maximum, self._message)
        base = self._drawn(cells, choices)
        if not kind:
            return as_it_is(base)
        return make_case(base, choices, pairs, self._bases.maximum, self._message)

    def _drawn(self, cells: Mapping[Cell, int], choices: Choices) -> FuzzSequence:
        """The sequence of a cell that was visited seldom, by its cheapest way or by another one."""
        script = draw_script(self._scripts, cells, choices)
        if choices.chance(1, 2):
            script = choices.pick(self._ways[script.cell])
        return self._sequence(script)

    def _sequence(self, script: Script) -> FuzzSequence:
        found = self._rendered.get(script)
        if found is None:
            found = self._rendered[script] = sequence_of(script, self._bases)
        return found

    def _preferences(self, corpus: tuple[FuzzSequence, ...]) -> tuple[tuple[FuzzSequence, ...], ...]:
        """All; and so that they come more often, those in which nothing was changed; and those that are served."""
        if self._preferred is None or self._preferred[0] != len(corpus):
            lawful = tuple(each for each in corpus if not each.operators) or corpus
            served = tuple(each for each in corpus if self._served and each.digest in self._served) or lawful
            self._preferred = (len(corpus), (lawful, served, served, corpus))
        return self._preferred[1]

    def _atlas_of(self, corpus: tuple[FuzzSequence, ...]) -> Atlas:
        """The places in those sequences of the corpus in which nothing was changed.

        It follows from the corpus alone: a worker that has just begun draws what one draws that has seen it grow.
        """
        if self._atlas is None or corpus is not self._corpus:
            self._corpus = corpus
            lawful = tuple(each for each in corpus if not each.operators)
            if self._atlas is None or lawful != self._atlas[0]:
                rendered = map(self._sequence, self._scripts)
                self._atlas = (lawful, Atlas(self._role, (*lawful, *rendered), self._served))
        return self._atlas[1]


def _message(role: TargetRole, bases: BasePdus) -> tuple[FuzzStep, ...]:
    """What a tester may ask for in any association; a requestor is not asked for anything."""
    if role == "requestor":
        return ()
    return tuple(steps_of(bases.pdus(role, Events.EVT_10)))


def _waits(script: Script) -> bool:
    return script.waits_for_timers or any(move.act is Act.REFUSE for move in script.moves)
