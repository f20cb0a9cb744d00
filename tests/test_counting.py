"""Numbers in front of nouns."""

from __future__ import annotations

import pytest

from dulcimer.counting import counted


@pytest.mark.parametrize(("number", "text"), [(0, "0 cases"), (1, "1 case"), (2, "2 cases"), (11, "11 cases")])
def test_one_is_singular_and_every_other_number_plural(number: int, text: str) -> None:
    assert counted(number, "case") == text


def test_plural_may_be_given() -> None:
    assert [counted(number, "match", "matches") for number in (1, 2)] == ["1 match", "2 matches"]
