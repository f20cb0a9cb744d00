"""A question with a few answers, one of them right."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

OPTIONS: Final = 4
"""Answers of a question."""


@dataclass(frozen=True, slots=True)
class QuizQuestion:
    """One question. `lines`: bytes or PDUs that it is about; `right`: place of the right answer, from 0.

    `why`: a sentence that says why it is right; `clause`: where the standard says so; `look`: what to ask
    ``dulcimer explain`` for more, "" if there is nothing. `end`: the end whose cell `look` is, "" if it is about bytes;
    `data`: those bytes, of a PDU; `offset`: the first one that the answer is about, from 0.
    """

    kind: str
    text: str
    lines: tuple[str, ...]
    options: tuple[str, ...]
    right: int
    why: str
    clause: str
    look: str = ""
    end: str = ""
    data: bytes = b""
    offset: int = -1

    @property
    def letter(self) -> str:
        """The letter of the right answer: a, b, c or d."""
        return letter(self.right)

    def as_json(self) -> dict[str, object]:
        """The same for programs."""
        return {
            "kind": self.kind,
            "text": self.text,
            "lines": list(self.lines),
            "options": list(self.options),
            "right": self.right,
            "why": self.why,
            "clause": self.clause,
            "look": self.look,
        }


def letter(place: int) -> str:
    """The letter of an answer, counted from 0."""
    return "abcdefgh"[place]


def options_with(
    right: str, others: Iterable[str], chance: random.Random, *, most: int = OPTIONS
) -> tuple[tuple[str, ...], int]:
    """The right answer among others, the first of `others` preferred; and its place."""
    wrong = [one for one in dict.fromkeys(others) if one != right][: most - 1]
    options = [right, *wrong]
    chance.shuffle(options)
    return tuple(options), options.index(right)
