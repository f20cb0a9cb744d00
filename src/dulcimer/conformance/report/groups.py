"""Deviations by their causes: the cases of one cause together, the worst cause first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dulcimer.conformance.judge.advice import advice
from dulcimer.conformance.model.verdict import RANK, Verdict
from dulcimer.conformance.report.compare import Row
from dulcimer.conformance.report.document import CaseReport, Report


@dataclass(frozen=True, slots=True)
class Group:
    """Cases of one cause. `seen`: what was observed in the first of them, with each peer that has the worst verdict."""

    title: str
    worst: Verdict
    severity: str
    seen: tuple[str, ...]
    advice: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class CauseInReport:
    """A cause with those of its cases that are shown together."""

    title: str
    observed: str
    verdict: Verdict
    severity: str
    cases: tuple[CaseReport, ...]


def causes_of(cases: Iterable[CaseReport], report: Report) -> list[CauseInReport]:
    """The causes of these cases of a report, the worst first: by verdict, severity and number of cases."""
    known = {cause.id: cause for cause in report.causes}
    alike: dict[str, list[CaseReport]] = {}
    for case in cases:
        if case.cause in known:
            alike.setdefault(case.cause, []).append(case)
    found = []
    for name, rows in alike.items():
        worst = max((case.verdict for case in rows), key=lambda verdict: RANK[verdict])
        severity = min(case.severity for case in rows if case.verdict is worst)
        found.append(CauseInReport(known[name].title, known[name].observed, worst, severity, tuple(rows)))
    return sorted(found, key=lambda cause: (-RANK[cause.verdict], cause.severity, -len(cause.cases)))


def groups(rows: Iterable[Row], reports: Sequence[Report]) -> list[Group]:
    """The rows by their causes: by verdict, severity and number of cases."""
    titles = {cause.id: cause.title for report in reports for cause in report.causes}
    alike: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        causes = tuple(case.cause for case in row.cases if case and case.cause)
        alike.setdefault(causes or (row.any.requirement, *_seen(row, reports)), []).append(row)
    found = [_group(tuple(sorted(rows, key=_weight)), titles, reports) for rows in alike.values()]
    return sorted(found, key=lambda group: (-RANK[group.worst], group.severity, -len(group.rows)))


def _weight(row: Row) -> tuple[int, str]:
    return -RANK[row.worst], row.severity


def _group(rows: tuple[Row, ...], titles: dict[str, str], reports: Sequence[Report]) -> Group:
    first = rows[0]
    case = next(case for case in first.cases if case and case.verdict is first.worst)
    title = titles.get(case.cause, case.requirement)
    remedy = advice(case.verdict, case.alternative, case, case.observed, case.violated)
    return Group(title, first.worst, first.severity, tuple(_seen(first, reports)), remedy, rows)


def _seen(row: Row, reports: Sequence[Report]) -> Iterator[str]:
    """What was observed with each peer that has the worst verdict."""
    for case, report in zip(row.cases, reports, strict=True):
        if case and case.verdict is row.worst:
            yield (f"{report.name}: " if len(reports) > 1 else "") + in_short(case)


def in_short(case: CaseReport) -> str:
    """What was observed, and why it has this verdict."""
    return f"{case.observed}: {case.why}" if case.why else case.observed
