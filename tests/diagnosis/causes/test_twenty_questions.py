"""Captures of the twenty questions and of variations: the right cause first, and never a wrong one called certain."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dulcimer._generated.diagnosis import QUESTIONS
from dulcimer.diagnosis.causes.engine import causes_of
from dulcimer.diagnosis.causes.findings import CauseFinding, CauseWeight
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.evidence.captured import evidence_of_capture
from support.diagnosis.twenty_questions import CLEAN, TWENTY, VARIATIONS

BY_NUMBER = {question.number: question for question in QUESTIONS}
Made = Callable[[], bytes]


def findings(make: Made) -> tuple[CauseFinding, ...]:
    return causes_of(evidence_of_capture(make())).findings


def told(found: tuple[CauseFinding, ...]) -> str:
    return "\n".join(f"{one.weight.name} {one.sure} {one.id}: {[p.words for p in one.proof]}" for one in found)


@pytest.mark.parametrize("number", TWENTY)
def test_capture_of_a_question_has_its_cause_first(number: int) -> None:
    cause, make = TWENTY[number]
    found = findings(make)
    assert found and found[0].id == cause, told(found)
    assert found[0].question is BY_NUMBER[number]


@pytest.mark.parametrize("name", VARIATIONS)
def test_variation_has_its_cause_first(name: str) -> None:
    cause, make = VARIATIONS[name]
    found = findings(make)
    assert found and found[0].id == cause, told(found)


@pytest.mark.parametrize(
    ("cause", "make"),
    [*TWENTY.values(), *VARIATIONS.values()],
    ids=lambda each: each if isinstance(each, str) else "made",
)
def test_nothing_else_is_called_certain(cause: str, make: Made) -> None:
    found = findings(make)
    wrong = [
        one for one in found if one.sure is Sureness.CERTAIN and one.weight is CauseWeight.FAILURE and one.id != cause
    ]
    assert not wrong, told(found)


@pytest.mark.parametrize("name", CLEAN)
def test_clean_capture_has_no_cause(name: str) -> None:
    report = causes_of(evidence_of_capture(CLEAN[name]()))
    assert report.is_clean, told(report.findings)
    assert report.seen


@pytest.mark.parametrize("number", TWENTY)
def test_every_finding_has_proof_with_a_frame_of_the_capture(number: int) -> None:
    for one in findings(TWENTY[number][1]):
        assert one.proof
        assert all(point.place.number >= 1 and point.words for point in one.proof)
