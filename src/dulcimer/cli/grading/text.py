"""Marks as text of 80 columns, and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, Final

from dulcimer import __version__
from dulcimer.counting import counted
from dulcimer.escaping import escaped
from dulcimer.learn.labs.grading import LabGrade, LabMarks, QuestionMark

WIDTH: Final = 80
_LABEL: Final = 13
_INDENT: Final = 4
_MOST_NAME: Final = 30
_HARD: Final = 3
"""Questions that are listed as the ones that most answers got wrong."""

GradeLine = tuple[str, str]
"""A line, and its style."""


def grade_lines(grade: LabGrade) -> Iterator[GradeLine]:
    """The marks of one person, with a reason for each wrong answer."""
    for one in grade.labs:
        yield from _lab(one)
    yield "", ""
    yield from _total(grade)


def table_lines(grades: Sequence[LabGrade], names: Sequence[str]) -> Iterator[GradeLine]:
    """A line for each person, and what most got wrong."""
    width = min(_MOST_NAME, max(map(len, names)))
    for grade, name in zip(grades, names, strict=True):
        missed = [f"{one.lab.name} {mark.question.id}" for one in grade.labs for mark in one.marks if not mark.is_right]
        shown = f"{escaped(name)[:width]:<{width}}  {grade.right:>3} of {grade.questions}  {grade.percent:>3} %"
        begin = f"{shown}  not right: " if missed else shown
        text = ", ".join(missed)
        first, *others = textwrap.wrap(begin + text, WIDTH, subsequent_indent=" " * (width + 4)) or [begin]
        yield first, ""
        yield from ((line, "") for line in others)
    counts: dict[str, int] = {}
    for grade in grades:
        for one in grade.labs:
            for mark in one.marks:
                if not mark.is_right:
                    key = f"{one.lab.name} {mark.question.id}"
                    counts[key] = counts.get(key, 0) + 1
    hardest = sorted(counts, key=lambda key: (-counts[key], key))[:_HARD]
    if hardest:
        yield "", ""
        listed = "; ".join(f"{key} (not right {counted(counts[key], 'time')})" for key in hardest)
        yield from ((line, "dim") for line in textwrap.wrap(f"Hardest: {listed}.", WIDTH))


def _total(grade: LabGrade) -> Iterator[GradeLine]:
    name = f"{escaped(grade.name)}: " if grade.name else ""
    blank = sum(mark.is_blank for one in grade.labs for mark in one.marks)
    rest = f", {blank} not answered" if blank else ""
    style = "bold green" if grade.right == grade.questions else "bold"
    yield f"{name}{grade.right} of {grade.questions} right ({grade.percent} %){rest}.", style


def _lab(one: LabMarks) -> Iterator[GradeLine]:
    if one.is_untouched:
        yield f"{one.lab.name}  not answered", "dim"
        return
    title = f"  {one.lab.kind.title}" if one.is_complete else ""
    style = "green" if one.right == len(one.marks) else "bold"
    yield f"{one.lab.name}  {one.right} of {len(one.marks)} right{title}", style
    for mark in one.marks:
        yield from _mark(mark)


def _mark(mark: QuestionMark) -> Iterator[GradeLine]:
    if mark.is_right:
        return
    name = f"{mark.question.id:<{_LABEL - 2}}"
    if mark.is_blank:
        yield f"{' ' * _INDENT}{name}not answered", "dim"
        return
    question = mark.question
    yield from _row(name, f"your answer is {escaped(question.shown(mark.answer))}", "bold red")
    yield from _row("", f"right is {question.shown(question.model)}", "")
    yield from _row("", question.why, "")


def _row(label: str, text: str, style: str) -> Iterator[GradeLine]:
    begin = f"{' ' * _INDENT}{label:<{_LABEL - 2}}"
    rest = " " * (_INDENT + _LABEL - 2)
    for line in textwrap.wrap(text, WIDTH, initial_indent=begin, subsequent_indent=rest, break_on_hyphens=False):
        yield line, style


def grade_json(grades: Sequence[LabGrade], files: Sequence[str]) -> dict[str, Any]:
    """All of it for a program; of questions that were not answered the right answer is left out."""
    return {
        "schema": 1,
        "tool": f"dulcimer {__version__}",
        "grades": [
            {
                "file": file,
                "name": grade.name,
                "right": grade.right,
                "questions": grade.questions,
                "percent": grade.percent,
                "labs": [_lab_json(one) for one in grade.labs],
            }
            for grade, file in zip(grades, files, strict=True)
        ],
    }


def _lab_json(one: LabMarks) -> dict[str, Any]:
    return {
        "lab": one.lab.name,
        "right": one.right,
        "answers": [
            {
                "question": mark.question.id,
                "answer": mark.answer,
                "is_right": mark.is_right,
                **({} if mark.is_blank else {"right": mark.question.model, "why": mark.question.why}),
            }
            for mark in one.marks
        ],
    }
