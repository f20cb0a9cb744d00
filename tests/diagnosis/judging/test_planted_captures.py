"""Twenty captures: each planted violation is named with its end and frame, and nothing in a clean one."""

from __future__ import annotations

import pytest

from dulcimer.diagnosis.judging.verdicts import WireOutcome
from support.captures.judged_captures import judged, violations
from support.captures.planted_captures import CAPTURES, Planted, together

BROKEN = [one for one in CAPTURES if one.end is not None]
CLEAN = [one for one in CAPTURES if one.end is None]


def test_there_are_fifteen_broken_ones_and_five_clean_ones() -> None:
    assert (len(BROKEN), len(CLEAN)) == (15, 5)


@pytest.mark.parametrize("planted", BROKEN, ids=lambda one: one.name)
def test_a_planted_violation_is_named_with_its_frame(planted: Planted) -> None:
    capture, frame = planted.made()
    (found,) = judged(capture)
    told = violations(found)
    named = [one for one in told if one.rule in planted.rules and one.end is planted.end]
    assert named, [(one.end, one.rule, one.observed) for one in told]
    if planted.rules != ("ul.fsm.close",):
        # The frame that ends the PDU, where Wireshark shows it; the field may be in one before.
        assert named[0].story[-1].frame == frame
        assert 0 < named[0].place.frames[0] <= named[0].place.frames[-1] <= frame
    assert {one.end for one in told} == {planted.end}


@pytest.mark.parametrize("planted", CLEAN, ids=lambda one: one.name)
def test_a_clean_capture_has_no_violation(planted: Planted) -> None:
    capture, _ = planted.made()
    (found,) = judged(capture)
    assert [(one.end, one.rule, one.observed) for one in violations(found)] == []
    assert found.outcome is (WireOutcome.CONSISTENT if planted.is_whole else WireOutcome.INCONCLUSIVE)


def test_all_of_them_in_one_file_on_the_same_ports() -> None:
    capture, frames = together()
    found = sorted(judged(capture), key=lambda one: one.number)
    assert len(found) == len(CAPTURES)
    for planted, verdict, frame in zip(CAPTURES, found, frames, strict=True):
        told = {one.rule: one for one in violations(verdict)}
        assert bool(told) == (planted.end is not None), (planted.name, told)
        if planted.end is not None and planted.rules != ("ul.fsm.close",):
            named = next(told[rule] for rule in planted.rules if rule in told)
            assert (named.end, named.story[-1].frame) == (planted.end, frame)
