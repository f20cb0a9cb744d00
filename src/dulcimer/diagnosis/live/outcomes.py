"""What the ladder tells: its steps, and the causes of the first that fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dulcimer._generated.diagnosis import QUESTIONS, DiagnosticQuestion, PossibleCause
from dulcimer.diagnosis.causes.findings import CAUSES
from dulcimer.diagnosis.causes.sureness import Sureness

_QUESTION_OF = {cause.id: question for question in QUESTIONS for cause in question.causes}


class StepMark(StrEnum):
    """How a step ended. `REMARK`: it works, and something about it may matter."""

    TICK = "ok"
    CROSS = "failed"
    REMARK = "remark"
    SKIPPED = "not tried"


@dataclass(frozen=True, slots=True)
class LadderStep:
    """One step: what was `tried`, what `came`, the `clause` that it is about, how many seconds it took."""

    name: str
    mark: StepMark
    tried: str
    came: str
    clause: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class LiveCause:
    """A cause of the specification, by its id: how sure, its proof line by line, and what is filled into its texts."""

    id: str
    sure: Sureness
    proof: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def row(self) -> PossibleCause:
        """The row of the specification."""
        return CAUSES[self.id]

    @property
    def question(self) -> DiagnosticQuestion:
        """The question that it answers."""
        return _QUESTION_OF[self.id]


@dataclass(frozen=True, slots=True)
class LadderReport:
    """All steps, and the causes of the first that failed, the most likely first; none if all is well.

    `hints`: causes of what works, but not well.
    """

    steps: tuple[LadderStep, ...]
    causes: tuple[LiveCause, ...] = ()
    hints: tuple[LiveCause, ...] = ()

    @property
    def crossed(self) -> LadderStep | None:
        """The step that failed."""
        return next((step for step in self.steps if step.mark is StepMark.CROSS), None)


class LadderCrossedError(Exception):
    """Ends the ladder: a step has failed, with these causes."""

    def __init__(self, *causes: LiveCause) -> None:
        super().__init__()
        self.causes = causes
