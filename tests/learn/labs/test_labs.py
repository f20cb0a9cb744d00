"""Labs: each has one thing to find, the model answers are right, and each wrong answer is named with its reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.diagnosis.judging.verdicts import WireOutcome
from dulcimer.learn.labs.breaches import broken_rules
from dulcimer.learn.labs.catalogue import all_kinds
from dulcimer.learn.labs.files import ANSWERS, SHEET, GivenAnswers, LabSet, read_answers, write_labs
from dulcimer.learn.labs.grading import grade
from dulcimer.learn.labs.kinds import LabForm, LabKind, LabTopic
from dulcimer.learn.labs.making import Lab, make_labs
from dulcimer.learn.labs.questions import AnswerForm, LabQuestion
from dulcimer.learn.labs.seen import SeenCapture

THIRTY = LabSet(30, seed=11)
CLAUSE = re.compile(r"PS3\.\d+")
PLACE = re.compile(r"[Ff]rames? \d+|trace check finds no breach")


@pytest.fixture(scope="module")
def labs() -> tuple[Lab, ...]:
    return THIRTY.labs()


def model(labs: tuple[Lab, ...]) -> dict[str, dict[str, str]]:
    return {lab.name: {question.id: question.model for question in lab.questions} for lab in labs}


def wrong_answer(question: LabQuestion) -> str:
    """An answer of the right form that is wrong."""
    match question.form:
        case AnswerForm.LETTER:
            return next(letter for letter, _ in question.lettered if letter not in question.accepted)
        case AnswerForm.STATE:
            return "Sta1"
        case _:
            return "9999"


def test_there_are_thirty_kinds_and_more_of_each_topic_several() -> None:
    kinds = all_kinds()
    assert len(kinds) >= 30
    assert len({kind.id for kind in kinds}) == len(kinds)
    for topic in LabTopic:
        assert sum(kind.topic is topic for kind in kinds) >= 3, topic


@pytest.mark.parametrize("kind", all_kinds(), ids=lambda kind: kind.id)
def test_a_lab_has_what_was_planted_and_nothing_else(kind: LabKind) -> None:
    lab = Lab(1, kind, "a seed")
    seen = SeenCapture(lab.capture)
    rules = {breach.rule for breach in seen.breaches}
    if kind.form is LabForm.FAULT:
        (end,) = {breach.end for breach in seen.breaches}
        assert str(end) in kind.title
        planted = next((one.rule for one in broken_rules() if kind.title.endswith(f" breaks {one.rule}")), "")
        assert planted in rules or (not planted and rules == {"ul.fsm.impossible"})
    elif kind.form is LabForm.CLEAN:
        assert rules == set()
        assert {one.outcome for one in seen.verdicts} == {WireOutcome.CONSISTENT}
    assert len(lab.questions) >= 2
    for question in lab.questions:
        assert question.takes(question.model), question
        assert not question.takes(wrong_answer(question)), question
        assert len(dict(question.lettered)) == len(question.options) == len(set(question.options))
        assert PLACE.search(question.why), question
        assert CLAUSE.search(question.why), question


def test_model_answers_of_thirty_labs_get_full_marks(labs: tuple[Lab, ...]) -> None:
    found = grade(labs, GivenAnswers(THIRTY, "", model(labs)))
    assert (found.right, found.percent) == (found.questions, 100)
    assert {lab.kind.form for lab in labs} == set(LabForm)
    assert len({lab.kind.id for lab in labs}) == 30


def test_each_of_thirty_wrong_answers_is_named_with_frame_clause_and_reason(labs: tuple[Lab, ...]) -> None:
    answers = model(labs)
    planted = {}
    for number, lab in enumerate(labs):
        question = lab.questions[number % len(lab.questions)]
        answers[lab.name][question.id] = wrong_answer(question)
        planted[lab.name] = question.id
    found = grade(labs, GivenAnswers(THIRTY, "", answers))
    wrong = {one.lab.name: [mark.question.id for mark in one.marks if not mark.is_right] for one in found.labs}
    assert wrong == {name: [question] for name, question in planted.items()}
    assert found.right == found.questions - 30
    for one in found.labs:
        for mark in one.marks:
            assert PLACE.search(mark.question.why)
            assert CLAUSE.search(mark.question.why)


def test_same_seed_makes_the_same_bytes_and_another_one_others() -> None:
    first, again, other = (make_labs(seed, 6) for seed in (3, 3, 4))
    assert [lab.capture for lab in first] == [lab.capture for lab in again]
    assert [lab.capture for lab in first] != [lab.capture for lab in other]


def test_no_kind_comes_twice_before_all_of_its_form_have_come() -> None:
    found = [lab.kind for lab in make_labs(1, 60)]
    for form in (LabForm.FAULT, LabForm.STORY):
        mine = [kind.id for kind in found if kind.form is form]
        number = sum(kind.form is form for kind in all_kinds())
        assert len(set(mine[:number])) == min(number, len(mine))


def test_a_topic_has_labs_of_that_topic_only() -> None:
    assert {lab.kind.topic for lab in make_labs(1, 20, LabTopic.RELEASE)} == {LabTopic.RELEASE}


def test_no_answer_is_in_the_files_of_a_student(tmp_path: Path) -> None:
    folder, key = tmp_path / "labs", tmp_path / "key.json"
    made = write_labs(folder, LabSet(12, seed=21), key)
    template = read_answers(folder / ANSWERS)
    assert template.labs.seed is None
    assert {answer for answers in template.answers.values() for answer in answers.values()} == {""}
    assert read_answers(key).answers == model(made)
    everything = b"\n".join(path.read_bytes() for path in folder.iterdir())
    for lab in made:
        assert lab.kind.title.encode() not in everything
        assert lab.kind.id.encode() not in (folder / SHEET).read_bytes()
        assert all(question.why.encode() not in everything for question in lab.questions)
    assert sorted(path.suffix for path in folder.iterdir()) == [".json", ".md", *[".pcapng"] * 12]


@given(st.sampled_from(AnswerForm), st.one_of(st.none(), st.text(), st.integers(), st.lists(st.integers())))
def test_any_answer_has_a_normal_form_or_none(form: AnswerForm, answer: object) -> None:
    question = LabQuestion("q", "?", form, ("A",), "", ("one", "two"))
    normal = question.normal(answer)
    assert question.normal(normal) == normal


@pytest.mark.parametrize(
    ("form", "answer", "normal"),
    [
        (AnswerForm.LETTER, " b) ", "B"),
        (AnswerForm.LETTER, "z", ""),
        (AnswerForm.NUMBER, "frame 12", "12"),
        (AnswerForm.NUMBER, 12, "12"),
        (AnswerForm.NUMBER, "12 or 14", ""),
        (AnswerForm.NUMBERS, [7, 3], "3, 7"),
        (AnswerForm.NUMBERS, "7 and 3", "3, 7"),
        (AnswerForm.STATE, "sta 6", "Sta6"),
    ],
)
def test_answers_may_be_written_in_several_ways(form: AnswerForm, answer: object, normal: str) -> None:
    assert LabQuestion("q", "?", form, ("A",), "", ("one", "two")).normal(answer) == normal
