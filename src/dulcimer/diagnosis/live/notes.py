"""The steps of a ladder as they are taken: each is told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.live.failures import error_causes
from dulcimer.diagnosis.live.outcomes import LadderCrossedError, LadderStep, LiveCause, StepMark
from dulcimer.diagnosis.live.target import DiagnosedTarget
from dulcimer.errors import DulcimerError


@dataclass
class OpenStep:
    """A step that is being taken."""

    name: str
    tried: str
    clause: str
    began: float = field(default_factory=perf_counter)
    came: str = ""
    mark: StepMark = StepMark.TICK


class LadderNotes:
    """Collects the steps, and tells each to `heed`. `values`: what is filled into the texts of causes."""

    def __init__(self, target: DiagnosedTarget, heed: Callable[[LadderStep], None]) -> None:
        self.steps: list[LadderStep] = []
        self.hints: list[LiveCause] = []
        self._target = target
        self._heed = heed

    @contextmanager
    def step(self, name: str, tried: str, clause: str = "") -> Iterator[OpenStep]:
        """A step; it ends with the block."""
        step = OpenStep(name, tried, clause)
        try:
            yield step
        except LadderCrossedError:
            step.mark = StepMark.CROSS
            raise
        except DulcimerError as error:
            step.mark, step.came = StepMark.CROSS, str(error)
            raise LadderCrossedError(*error_causes(self, error)) from error
        finally:
            self._add(step)

    def skipped(self, name: str, why: str) -> None:
        """A step that cannot be taken."""
        self._add(OpenStep(name, "", "", came=why, mark=StepMark.SKIPPED))

    def _add(self, step: OpenStep) -> None:
        taken = LadderStep(step.name, step.mark, step.tried, step.came, step.clause, perf_counter() - step.began)
        self.steps.append(taken)
        self._heed(taken)

    def cause(self, cause_id: str, sure: Sureness, *proof: str, **values: str) -> LiveCause:
        """A cause with its proof; `values` are added to those of the target."""
        found: Mapping[str, str] = {**self._target.values, **values}
        return LiveCause(cause_id, sure, tuple(line for line in proof if line), found)
