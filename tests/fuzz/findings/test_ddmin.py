"""What is left is needed, and all that is needed is left."""

from __future__ import annotations

import hashlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dulcimer.fuzz.findings.ddmin import minimised

NUMBERS = st.lists(st.integers(0, 60), unique=True, max_size=40).map(tuple)


@given(NUMBERS, st.data())
def test_of_parts_that_must_come_together_only_these_are_left(parts: tuple[int, ...], data: st.DataObject) -> None:
    needed = data.draw(st.sets(st.sampled_from(parts))) if parts else set()
    found = minimised(parts, needed.issubset)
    assert found == tuple(part for part in parts if part in needed)


@given(NUMBERS, st.integers(), st.integers(1, 4))
def test_whatever_the_question_no_single_part_can_be_left_out(parts: tuple[int, ...], seed: int, odds: int) -> None:
    def holds(some: tuple[Any, ...]) -> bool:
        return some == parts or hashlib.sha256(repr((seed, some)).encode()).digest()[0] % odds == 0

    found = minimised(parts, holds)
    assert holds(found)
    assert not any(holds(found[:at] + found[at + 1 :]) for at in range(len(found)))
    assert found == tuple(part for part in parts if part in found)


@given(st.binary(min_size=200, max_size=400), st.data())
def test_one_byte_among_many_takes_few_questions(octets: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(octets) - 1))
    marked = octets[:at].replace(b"!", b"?") + b"!" + octets[at + 1 :].replace(b"!", b"?")
    asked = 0

    def holds(some: bytes) -> bool:
        nonlocal asked
        asked += 1
        return b"!" in some

    assert minimised(marked, holds) == b"!"
    assert asked < 50
