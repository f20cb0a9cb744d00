"""The twenty questions with peers that answer now: the cause that was set up comes first."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from dulcimer._generated.diagnosis import QUESTIONS
from support.diagnosis.live_questions import LIVE

_LAST = 20
"""What comes after it is not asked of servers that answer."""


def _marked(number: int) -> ParameterSet:
    marks = [pytest.mark.peer(name) for name in LIVE[number].peers]
    if number == 10:
        reason = "other systems answer when the queue of a listener is full"
        marks.append(pytest.mark.skipif(sys.platform != "linux", reason=reason))
    return pytest.param(number, marks=marks)


def test_each_question_is_asked_live_and_its_cause_answers_it() -> None:
    asked = {one.number: {cause.id for cause in one.causes} for one in QUESTIONS if one.number <= _LAST}
    assert set(LIVE) == set(asked)
    assert all(question.cause in asked[number] for number, question in LIVE.items())


@pytest.mark.parametrize("number", [_marked(number) for number in LIVE])
def test_the_cause_that_was_set_up_comes_first(number: int, tmp_path: Path) -> None:
    assert LIVE[number].play(tmp_path / "peer") == LIVE[number].cause
