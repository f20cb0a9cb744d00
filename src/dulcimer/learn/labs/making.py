"""The labs of a seed: the same ones on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from dulcimer.fuzz.choices import SeededChoices
from dulcimer.learn.labs.catalogue import all_kinds
from dulcimer.learn.labs.kinds import LabForm, LabKind, LabTopic
from dulcimer.learn.labs.questions import LabQuestion
from dulcimer.learn.labs.seen import SeenCapture
from dulcimer.learn.labs.staging import LabStage

MOST_LABS: Final = 999
_ROUND: Final = (LabForm.FAULT, LabForm.STORY, LabForm.FAULT, LabForm.STORY, LabForm.FAULT, LabForm.CLEAN)
"""In what proportion the forms come, in any order."""


@dataclass(frozen=True)
class Lab:
    """One of the labs of a seed; `number` counts them from 1."""

    number: int
    kind: LabKind
    seed: str

    @property
    def name(self) -> str:
        """How its files are called, such as ``07``."""
        return f"{self.number:02}"

    @cached_property
    def capture(self) -> bytes:
        """The capture: a pcapng file."""
        stage = LabStage(SeededChoices(f"{self.seed}/capture".encode()))
        return stage.capture(self.kind.play(stage))

    @cached_property
    def questions(self) -> tuple[LabQuestion, ...]:
        """The questions with their answers, which come from the judge of `trace check` and from `diagnose`."""
        draw = SeededChoices(f"{self.seed}/questions".encode())
        return tuple(self.kind.ask(SeenCapture(self.capture), draw))


def make_labs(seed: int, count: int, topic: LabTopic | None = None) -> tuple[Lab, ...]:
    """`count` labs, all of one topic if one is given; no kind comes twice before all have come."""
    draw = SeededChoices(f"{seed}/{topic or ''}".encode())
    kinds = [one for one in all_kinds() if topic in (None, one.topic)]
    left: dict[LabForm, list[LabKind]] = {form: [] for form in LabForm}
    found: list[LabKind] = []
    while len(found) < count:
        for form in _shuffled(draw, _ROUND):
            mine = [one for one in kinds if one.form is form]
            if not mine:
                continue
            left[form] = left[form] or list(mine)
            found.append(left[form].pop(draw.integer(0, len(left[form]) - 1)))
    return tuple(
        Lab(number, kind, f"{seed}/{topic or ''}/{number}") for number, kind in enumerate(found[:count], start=1)
    )


def _shuffled(draw: SeededChoices, forms: Sequence[LabForm]) -> list[LabForm]:
    left = list(forms)
    return [left.pop(draw.integer(0, len(left) - 1)) for _ in forms]
