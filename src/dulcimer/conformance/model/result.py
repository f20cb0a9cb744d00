"""The result of a case."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a case: the verdict of the judge on what was seen, and what the runner has added since.

    `severity`: that of the case if given as "". `close`: how the connection ended. `alternative`: the name of the
    reaction that was recognised. `retry`: timing may have decided; `busy`: the peer had no free association;
    `lost_race`: the peer closed the connection before it could be tested; `late`: a close has yet to be waited for.
    `flaky`: another try gave another verdict.
    `cause`: id of the cause of a deviation, see `causes`; `violated`: id of the rule for what the peer sends that
    it breaks in this case, "" if the case is that rule itself; `seen_in`: the cases in which that rule was broken.
    `endless`: the peer did not stop sending. `refused`: it refused connections. `opened_at`: when the connection of
    `trace` was opened, on the clock of the loop. `duration` in seconds.
    """

    case: Case
    verdict: Verdict
    observed: str
    why: str = ""
    severity: str = ""
    close: str = ""
    alternative: str = ""
    notes: tuple[str, ...] = ()
    duration: float = 0.0
    trace: tuple[dict[str, Any], ...] = ()
    flaky: bool = False
    retry: bool = False
    busy: bool = False
    lost_race: bool = False
    late: bool = False
    cause: str = ""
    violated: str = ""
    seen_in: tuple[str, ...] = ()
    endless: bool = False
    refused: bool = False
    opened_at: float = 0.0
    cells_seen: frozenset[Cell] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "severity", self.severity or self.case.severity)

    @property
    def shown_by(self) -> str:
        """The id of a case that reproduces it."""
        return self.seen_in[0] if self.seen_in else self.case.id

    def with_note(self, note: str) -> Result:
        """The same result with one more note."""
        return replace(self, notes=(*self.notes, note))
