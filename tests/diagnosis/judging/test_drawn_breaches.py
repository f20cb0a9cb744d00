"""Breaches drawn at random, in lawful runs that are drawn, too: nearly all are named, and nobody else is blamed."""

from __future__ import annotations

from dulcimer.captures import pcapng
from support.captures.drawn_breaches import drawn_breaches
from support.captures.judged_captures import judged
from support.captures.lawful_associations import played

_COUNT = 100
_NAMED = 0.95


def test_of_the_breaches_that_are_visible_nearly_all_are_named_and_their_twins_are_clean() -> None:
    drawn = list(drawn_breaches(1, _COUNT))
    missed = [one.name for one in drawn if not one.is_named]
    assert len(missed) <= (1 - _NAMED) * _COUNT, missed
    assert [(one.name, told) for one in drawn if (told := one.of_the_other)] == []
    for one in drawn:
        (twin,) = judged(pcapng.write(played(one.numbers).packets, application="test"))
        assert [(breach.rule, breach.observed) for end in twin.ends for breach in end.breaches] == []
