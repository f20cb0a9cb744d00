"""A report as Markdown, short enough for the summary of a job in continuous integration."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dulcimer.conformance.advice import advice
from dulcimer.conformance.case import MEANINGS, Verdict
from dulcimer.conformance.report import LEGEND, SEVERITIES
from dulcimer.conformance.reports.clauses import links
from dulcimer.conformance.reports.compare import Row, rows
from dulcimer.conformance.reports.coverage import as_text
from dulcimer.conformance.reports.document import CaseReport, Report, read_all

_SPECIAL = re.compile(r"([\\`*_\[\]#|~@$])")
_FOUND = (Verdict.ERROR, Verdict.FAILED)
_MOST = 50
"""Findings told in full; a job summary has little room."""


def markdown(documents: Sequence[Mapping[str, Any]]) -> str:
    """One page about one report or several; raises ReportError."""
    reports = read_all(documents)
    lines = ["# dulcimer check", "", *_summary(reports), ""]
    if len(reports) > 1:
        lines += [*_differences(reports), ""]
    for report in reports:
        lines += _findings(report)
        lines += _map(report)
    return "\n".join(lines).rstrip() + "\n"


def _summary(reports: Sequence[Report]) -> Iterator[str]:
    yield "| peer | " + " | ".join(Verdict) + " |"
    yield "|---|" + "--:|" * len(Verdict)
    for report in reports:
        counts = " | ".join(str(report.count(verdict) or "") for verdict in Verdict)
        yield f"| **{_text(report.name)}** {_text(report.address)} | {counts} |"
    for report in reports:
        if report.stopped:
            yield ""
            yield f"**{_text(report.why_not_run)}**; {len(report.not_run)} cases were not run."
        elif not report.healthy:
            yield ""
            yield f"{_text(report.name)} was not healthy, so nothing was tested: {_text(report.unhealthy_because)}"
        if report.died_after:
            yield ""
            yield (
                f"**{_text(report.name)} serves no more** after {_text(', '.join(report.died_after))}; "
                f"{len(report.not_run)} cases were not run."
            )


def _differences(reports: Sequence[Report]) -> Iterator[str]:
    yield "## Where the peers differ"
    yield ""
    yield "| case | " + " | ".join(_text(report.name) for report in reports) + " |"
    yield "|---|" + "---|" * len(reports)
    for row in rows(reports):
        if row.differs:
            yield f"| `{_code(row.id)}` | " + " | ".join(_verdicts(row)) + " |"


def _verdicts(row: Row) -> Iterator[str]:
    for case in row.cases:
        yield f"{case.verdict} {_text(case.observed)}" if case else ""


def _findings(report: Report) -> Iterator[str]:
    found = [case for case in report.cases if case.verdict in _FOUND and case.overlay is None]
    found.sort(key=lambda case: SEVERITIES.index(case.severity))
    yield f"## {_text(report.name)}: {len(found)} to look at"
    yield ""
    for case in found[:_MOST]:
        yield from _finding(case)
    if len(found) > _MOST:
        yield f"And {len(found) - _MOST} more, which the other forms of this report tell."
        yield ""


def _finding(case: CaseReport) -> Iterator[str]:
    yield f"### {case.verdict} {case.severity} `{_code(case.id)}`"
    yield ""
    yield f"- demanded: {_text(case.requirement)}"
    places = ", ".join(f"[{_text(link.text)}]({link.address})" for link in links(case.clause))
    yield f"- clause: {_text(case.clause)}" + (f" ({places})" if places else "")
    if case.expected:
        yield f"- expected: {_text(case.expected)}"
    yield f"- observed: **{_text(case.observed)}**" + (f": {_text(case.why)}" if case.why else "")
    yield f"- do: {_text(advice(case.verdict, case.alternative, case))}"
    yield ""


def _map(report: Report) -> Iterator[str]:
    yield f"<details><summary>Table 9-10, {len(report.cases)} cases, {_meanings(report)}</summary>"
    yield ""
    yield "```text"
    yield as_text(report)
    yield LEGEND
    yield "```"
    yield ""
    yield "</details>"
    yield ""


def _meanings(report: Report) -> str:
    return ", ".join(f"{report.count(verdict)} {MEANINGS[verdict]}" for verdict in Verdict if report.count(verdict))


def _text(text: str) -> str:
    """Text that Markdown and HTML leave as it is, on one line."""
    plain = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", plain)


def _code(text: str) -> str:
    """Text that can stand between two backticks."""
    return " ".join(text.replace("`", "'").replace("|", "/").split()) or "?"
