"""Cells that were visited seldom are drawn more often, by choices that decide everything."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.conformance.model.oracle import Cell
from dulcimer.fuzz.choices import OctetChoices, SeededChoices
from dulcimer.fuzz.sequences.drawing import draw_script, weight_of
from dulcimer.fuzz.sequences.moves import Script
from dulcimer.fuzz.sequences.planner import Planner

SCRIPTS = tuple(Planner("acceptor").scripts.values())
hits = st.dictionaries(st.sampled_from([script.cell for script in SCRIPTS]), st.integers(0, 10**6), max_size=20)


@given(hits, st.binary(max_size=20))
def test_the_same_choices_draw_the_same_script(counted: dict[Cell, int], data: bytes) -> None:
    first, second = (draw_script(SCRIPTS, counted, OctetChoices(data)) for _ in range(2))
    assert first is second
    assert first in SCRIPTS


@given(st.sampled_from(SCRIPTS), st.sampled_from(SCRIPTS), st.integers(0, 10**6), st.integers(0, 10**6))
def test_weights_fall_with_visits_and_with_cost(one: Script, other: Script, few: int, many: int) -> None:
    cheap, dear = sorted((one, other), key=lambda script: script.cost)
    few, many = sorted((few, many))
    assert weight_of(cheap, few) >= weight_of(dear, few) >= weight_of(dear, many) > 0


def test_all_cells_are_drawn_and_none_is_drawn_much_more_often_than_its_cost_allows() -> None:
    choices, counted = SeededChoices(1), Counter[Cell]()
    quick = [script for script in SCRIPTS if script.cost < 100]
    for _ in range(40 * len(quick)):
        counted[draw_script(quick, counted, choices).cell] += 1
    assert set(counted) == {script.cell for script in quick}
    assert max(counted.values()) < 12 * min(counted.values())


def test_there_has_to_be_a_script() -> None:
    with pytest.raises(ValueError, match="no scripts"):
        draw_script((), {}, SeededChoices(1))
