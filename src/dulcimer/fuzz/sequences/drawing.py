"""Which cell is next: those that were visited seldom, and that cost little, are drawn more often."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from itertools import accumulate

from dulcimer.conformance.model.oracle import Cell
from dulcimer.fuzz.choices import Choices
from dulcimer.fuzz.sequences.moves import Script

_SCALE = 1 << 40
"""Of the weights, which are whole numbers so that they are the same on every machine."""


def weight_of(script: Script, hits: int) -> int:
    """The weight of a script whose cell was visited so often: 1 / (1 + hits), divided by the cost."""
    return _SCALE // ((1 + hits) * script.cost) or 1


def draw_script(scripts: Iterable[Script], hits: Mapping[Cell, int], choices: Choices) -> Script:
    """One of the scripts, by the weight of its cell. Raises ValueError if there are none."""
    listed = tuple(scripts)
    if not listed:
        raise ValueError("there are no scripts")
    visited = hits.get
    ends = list(accumulate([weight_of(script, visited(script.path[-1], 0)) for script in listed]))
    return listed[bisect_right(ends, choices.integer(0, ends[-1] - 1))]
