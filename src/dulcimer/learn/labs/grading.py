"""Marks for answers: one for each question, and the reason where an answer is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dulcimer.learn.labs.files import GivenAnswers, LabFileError
from dulcimer.learn.labs.making import Lab
from dulcimer.learn.labs.questions import LabQuestion, is_blank


@dataclass(frozen=True, slots=True)
class QuestionMark:
    """The mark for one answer. `answer`: in its normal form, or as it was given if it has none."""

    question: LabQuestion
    answer: str
    is_right: bool
    is_blank: bool


@dataclass(frozen=True, slots=True)
class LabMarks:
    """The marks for one lab."""

    lab: Lab
    marks: tuple[QuestionMark, ...]

    @property
    def right(self) -> int:
        """How many answers are right."""
        return sum(mark.is_right for mark in self.marks)

    @property
    def is_complete(self) -> bool:
        """Whether all questions were answered."""
        return not any(mark.is_blank for mark in self.marks)

    @property
    def is_untouched(self) -> bool:
        """Whether none was."""
        return all(mark.is_blank for mark in self.marks)


@dataclass(frozen=True, slots=True)
class LabGrade:
    """The marks of somebody."""

    name: str
    labs: tuple[LabMarks, ...]

    @property
    def right(self) -> int:
        """How many answers are right."""
        return sum(one.right for one in self.labs)

    @property
    def questions(self) -> int:
        """How many questions there are."""
        return sum(len(one.marks) for one in self.labs)

    @property
    def percent(self) -> int:
        """The right answers of a hundred, rounded down."""
        return 100 * self.right // self.questions


def grade(labs: Sequence[Lab], given: GivenAnswers) -> LabGrade:
    """The marks. Raises LabFileError for answers to labs or questions that there are not."""
    known = {lab.name: {question.id for question in lab.questions} for lab in labs}
    for name, answers in given.answers.items():
        if name not in known:
            raise LabFileError(f"there is no lab {name!r}: they are {labs[0].name} to {labs[-1].name}")
        if wrong := [one for one in answers if one not in known[name]]:
            asked = ", ".join(sorted(known[name]))
            raise LabFileError(f"lab {name} has no question {wrong[0]!r}: they are {asked}")
    return LabGrade(given.name, tuple(_of(lab, given.answers.get(lab.name, {})) for lab in labs))


def _of(lab: Lab, answers: Mapping[str, Any]) -> LabMarks:
    return LabMarks(lab, tuple(_mark(question, answers.get(question.id)) for question in lab.questions))


def _mark(question: LabQuestion, answer: object) -> QuestionMark:
    if is_blank(answer):
        return QuestionMark(question, "", is_right=False, is_blank=True)
    shown = question.normal(answer) or str(answer)
    return QuestionMark(question, shown, question.takes(answer), is_blank=False)
