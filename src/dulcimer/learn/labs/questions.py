"""A question about a capture, and which answers are right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from string import ascii_uppercase
from typing import Final

_NUMBER: Final = re.compile(r"\d+")


class AnswerForm(StrEnum):
    """What an answer looks like."""

    LETTER = "a letter"
    NUMBER = "a number"
    NUMBERS = "numbers, such as 3, 7"
    STATE = "a state, such as Sta6"


@dataclass(frozen=True, slots=True)
class LabQuestion:
    """A question.

    `id`: its name among those of the lab; `options`: what the letters stand for, in their order; `accepted`: right
    answers in their normal form, the model answer first; `why`: where it is seen in the capture, and the clause.
    """

    id: str
    text: str
    form: AnswerForm
    accepted: tuple[str, ...]
    why: str
    options: tuple[str, ...] = ()

    @property
    def model(self) -> str:
        """The model answer."""
        return self.accepted[0]

    @property
    def lettered(self) -> list[tuple[str, str]]:
        """The options with their letters."""
        return list(zip(ascii_uppercase, self.options, strict=False))

    def normal(self, answer: object) -> str:
        """An answer in its normal form; "" if there is none, or if it has not this form."""
        text = ", ".join(map(str, answer)) if isinstance(answer, list) else str(answer).strip()
        numbers = sorted({int(found) for found in _NUMBER.findall(text)})
        match self.form:
            case AnswerForm.LETTER:
                letter = text.strip("() .").upper()
                return letter if letter in dict(self.lettered) else ""
            case AnswerForm.NUMBER:
                return str(numbers[0]) if len(numbers) == 1 else ""
            case AnswerForm.NUMBERS:
                return ", ".join(map(str, numbers))
            case _:
                return f"Sta{numbers[0]}" if len(numbers) == 1 else ""

    def takes(self, answer: object) -> bool:
        """Whether an answer is right."""
        return self.normal(answer) in self.accepted

    def shown(self, answer: str) -> str:
        """An answer in its normal form, for a reader: a letter with what it stands for."""
        told = dict(self.lettered).get(answer, "")
        return f"{answer}: {told}" if told else answer


def is_blank(answer: object) -> bool:
    """Whether a question was left without an answer."""
    return answer is None or (isinstance(answer, str | list) and not answer) or str(answer).strip() == ""


def lettered(
    id: str,
    text: str,
    options: Sequence[str],
    right: str,
    why: str,
) -> LabQuestion:
    """A question with options, one of which is right."""
    return LabQuestion(id, text, AnswerForm.LETTER, (ascii_uppercase[options.index(right)],), why, tuple(options))


def numbered(id: str, text: str, right: Sequence[int], why: str) -> LabQuestion:
    """A question for a number; several may be right, the model answer first."""
    return LabQuestion(id, text, AnswerForm.NUMBER, tuple(map(str, dict.fromkeys(right))), why)
