"""Choices: what is drawn can be repeated and recorded, and no bytes draw the simplest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.fuzz.choices import Choices, OctetChoices, RecordedChoices, SeededChoices

Draw = Callable[[Choices], object]
numbers = st.integers(-(2**40), 2**40)
draws: st.SearchStrategy[Draw] = st.one_of(
    st.tuples(numbers, numbers).map(lambda ends: lambda choices: choices.integer(min(ends), max(ends))),
    st.lists(numbers, min_size=1).map(lambda items: lambda choices: choices.pick(items)),
    st.integers(0, 40).map(lambda length: lambda choices: choices.octets(length)),
    st.tuples(st.integers(0, 9), st.integers(9, 99)).map(lambda parts: lambda choices: choices.chance(*parts)),
)
sources: st.SearchStrategy[Callable[[], Choices]] = st.one_of(
    st.integers().map(lambda seed: lambda: SeededChoices(seed)),
    st.binary().map(lambda seed: lambda: SeededChoices(seed)),
    st.binary().map(lambda data: lambda: OctetChoices(data)),
)


@given(sources, st.lists(draws, max_size=20))
def test_same_source_draws_the_same(source: Callable[[], Choices], script: list[Draw]) -> None:
    first, second = source(), source()
    assert [draw(first) for draw in script] == [draw(second) for draw in script]


@given(sources, st.lists(draws, max_size=20))
def test_recorded_choices_are_drawn_again_from_their_bytes(source: Callable[[], Choices], script: list[Draw]) -> None:
    recorded = RecordedChoices(source())
    drawn = [draw(recorded) for draw in script]
    again = OctetChoices(recorded.data)
    assert drawn == [draw(again) for draw in script]
    assert again.is_exhausted


@given(sources, numbers, st.integers(0, 2**70))
def test_number_is_in_its_range(source: Callable[[], Choices], low: int, span: int) -> None:
    assert low <= source().integer(low, low + span) <= low + span


@given(sources, st.integers(0, 300))
def test_as_many_bytes_are_drawn_as_are_asked_for(source: Callable[[], Choices], length: int) -> None:
    assert len(source().octets(length)) == length


def test_no_bytes_draw_the_simplest() -> None:
    choices = OctetChoices(b"")
    assert choices.is_exhausted
    assert choices.integer(-7, 9) == -7
    assert choices.pick("xyz") == "x"
    assert choices.octets(3) == bytes(3)
    assert not choices.chance(98, 99)
    assert choices.chance(99, 99)


def test_bytes_run_out_in_the_middle() -> None:
    choices = OctetChoices(b"\x02\x01")
    assert choices.pick("xyz") == "z"
    assert not choices.is_exhausted
    assert choices.integer(0, 0xFFFF) == 0x0100
    assert choices.is_exhausted


@pytest.mark.parametrize("source", [SeededChoices(1), OctetChoices(b"")], ids=["seeded", "octets"])
def test_nothing_to_choose_from_is_refused(source: Choices) -> None:
    with pytest.raises(ValueError, match="no number from 1 to 0"):
        source.integer(1, 0)
    with pytest.raises(ValueError, match="no number"):
        source.pick([])


def test_seeds_differ() -> None:
    seeds: list[int | bytes] = [0, 1, -1, 2**64, b"", b"0", b"1"]
    assert len({SeededChoices(seed).octets(16) for seed in seeds}) == len(seeds)


def test_seeded_choices_stay_the_same_in_all_versions() -> None:
    choices = SeededChoices(7)
    assert [choices.integer(0, 9) for _ in range(8)] == [6, 4, 3, 6, 7, 5, 1, 6]
    assert choices.octets(4).hex() == "f9345caa"


def test_each_number_is_as_likely_as_the_others() -> None:
    choices = SeededChoices(3)
    found = Counter(choices.integer(10, 15) for _ in range(6000))
    assert set(found) == set(range(10, 16))
    assert all(850 < count < 1150 for count in found.values())
    assert 400 < sum(choices.chance(1, 4) for _ in range(2000)) < 600
