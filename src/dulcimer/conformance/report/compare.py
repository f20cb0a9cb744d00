"""Several reports side by side: one row for each case, one column for each peer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dulcimer.conformance.model.verdict import RANK, Verdict
from dulcimer.conformance.report.document import CaseReport, Report


@dataclass(frozen=True, slots=True)
class Row:
    """One case with every peer; None where it was not run."""

    id: str
    cases: tuple[CaseReport | None, ...]

    @property
    def any(self) -> CaseReport:
        """The case with the first peer that has it."""
        return next(case for case in self.cases if case is not None)

    @property
    def worst(self) -> Verdict:
        """The worst verdict among the peers."""
        return max((case.verdict for case in self.cases if case), key=lambda verdict: RANK[verdict])

    @property
    def severity(self) -> str:
        """The gravest severity among the peers with the worst verdict."""
        return min(case.severity for case in self.cases if case and case.verdict is self.worst)

    @property
    def differs(self) -> bool:
        """Whether two peers that have the case have different verdicts."""
        return len({case.verdict for case in self.cases if case}) > 1


def rows(reports: Sequence[Report]) -> tuple[Row, ...]:
    """The cases in the order of the first report, followed by those that only later reports have."""
    by_id = [{case.id: case for case in report.cases} for report in reports]
    order = dict.fromkeys(identifier for cases in by_id for identifier in cases)
    return tuple(Row(identifier, tuple(cases.get(identifier) for cases in by_id)) for identifier in order)
