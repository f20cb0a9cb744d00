"""Every other case at first: the shortest way to each cell that was not surely visited yet, with nothing changed.

Cells are drawn by chance as well, but then the last of them take minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from itertools import islice

from dulcimer._generated.fsm import EVENTS, TABLE
from dulcimer.conformance.model.oracle import Cell
from dulcimer.fuzz.oracle.closing import WATCHED
from dulcimer.fuzz.sequences.moves import Script
from dulcimer.fuzz.sequences.planner import Planner
from dulcimer.fuzz.sequences.rendering import BasePdus, sequence_of
from dulcimer.fuzz.sequences.steps import AwaitReply, FuzzSequence, HalfClose, Pause, SendBytes, TargetRole

MOST_VISITS = 12
"""Tries to visit a cell, each by another way if there are so many; then it is left to chance."""
_AGAIN = 2
"""More tries in one batch for cells that were missed before."""
_PLACES_APART = 20
"""Cells between those that two batches begin with which are handed out at once."""
_LOOK = Pause(2 * WATCHED)
_TIMED = frozenset(state for event, state in TABLE if EVENTS[event].kind == "timer")
"""The states in which the target may close by itself when its timer expires."""


class CellVisits:
    """The ways to all cells of targets of one role, but for those that wait for timers."""

    def __init__(self, role: TargetRole, bases: BasePdus) -> None:
        planner = Planner(role)
        self._bases = bases
        self._ways: dict[Cell, tuple[Script, ...]] = {}
        for cell, script in sorted(planner.scripts.items(), key=lambda item: item[1].cost):
            ways = [way for way in islice(planner.ways(cell), MOST_VISITS) if not way.waits_for_timers]
            if ways and not script.waits_for_timers:
                self._ways[cell] = tuple(ways)
        self._cells = tuple(self._ways)

    def due(self, certain: Set[Cell], tries: Mapping[Cell, int], batch: int) -> Iterator[FuzzSequence]:
        """The visits that a batch begins with, the most urgent first.

        `certain`: the cells that were surely visited; `tries`: how often each was tried. Batches that are handed out at
        once, before any of them has a result, begin with different cells.
        """
        cells, first = self._cells, batch * _PLACES_APART
        missed = [
            (tries.get(cell, 0) + more, (place - first) % len(cells), cell)
            for place, cell in enumerate(cells)
            if cell not in certain
            for more in range(1 + (_AGAIN if tries.get(cell, 0) else 0))
        ]
        for tried, _, cell in sorted(missed):
            if tried < MOST_VISITS:
                ways = self._ways[cell]
                yield watched(ways[tried % len(ways)], self._bases)


def watched(script: Script, bases: BasePdus) -> FuzzSequence:
    """The sequence of a script; a target that may close by itself is watched for a moment before the last acts.

    Then what it does after them is known to come of them.
    """
    sequence = sequence_of(script, bases)
    acts = [number for number, step in enumerate(sequence.steps) if isinstance(step, SendBytes | HalfClose)]
    shown = max((number for number, move in enumerate(script.moves[:-1]) if move.shows), default=-1)
    if not acts or not any(state in _TIMED for _, state in script.path[shown + 1 :]):
        return sequence
    awaited = [number for number, step in enumerate(sequence.steps[: acts[-1]]) if isinstance(step, AwaitReply)]
    place = next(number for number in acts if not awaited or number > awaited[-1])
    steps = (*sequence.steps[:place], _LOOK, *sequence.steps[place:])
    return FuzzSequence(sequence.role, steps, sequence.cell)
