"""A report as Markdown, short enough for the summary of a job in continuous integration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dulcimer.conformance.model.verdict import MEANINGS, Verdict
from dulcimer.conformance.report import replay
from dulcimer.conformance.report.capture import file_name
from dulcimer.conformance.report.clauses import links
from dulcimer.conformance.report.compare import Row, rows
from dulcimer.conformance.report.contents import LEGEND
from dulcimer.conformance.report.coverage import as_text
from dulcimer.conformance.report.document import Report, read_all
from dulcimer.conformance.report.groups import Group, groups
from dulcimer.conformance.report.quoting import markdown_code as _code
from dulcimer.conformance.report.quoting import markdown_text as _text
from dulcimer.counting import counted

_FOUND = (Verdict.ERROR, Verdict.FAILED)
_MOST = 50
"""Causes that are shown in full; a job summary has little room."""
_CASES = 10
"""Cases of a cause that are named."""


def markdown(documents: Sequence[Mapping[str, Any]]) -> str:
    """One page about one report or several; raises ReportError."""
    reports = read_all(documents)
    lines = ["# dulcimer check", "", *_summary(reports), ""]
    if len(reports) > 1:
        lines += [*_differences(reports), ""]
    for report in reports:
        lines += _since(report)
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
            yield f"**{_text(report.why_not_run)}**. Not run: {counted(len(report.not_run), 'case')}."
        elif not report.healthy:
            yield ""
            yield f"{_text(report.name)} was not healthy, so nothing was tested: {_text(report.unhealthy_because)}"
        if report.died_after:
            yield ""
            yield (
                f"**{_text(report.name)} has stopped responding** after {_text(', '.join(report.died_after))}. "
                f"Not run: {counted(len(report.not_run), 'case')}."
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


def _since(report: Report) -> Iterator[str]:
    if report.since is None:
        return
    yield f"## {_text(report.name)}, since {_text(report.since.earlier)}: {report.since.words}"
    yield ""
    for kind, found in report.since.changes.items():
        for change in found[:_MOST]:
            yield (
                f"- **{kind.replace('_', ' ')}** `{_code(change.id)}`: {_text(change.before or 'not run')} became "
                + _text(change.now or "not run")
            )
        if len(found) > _MOST:
            yield f"- and {len(found) - _MOST} more {kind.replace('_', ' ')}"
    yield ""


def _findings(report: Report) -> Iterator[str]:
    table = [row for row in rows([report]) if row.any.overlay is None]
    found = groups((row for row in table if row.worst in _FOUND), [report])
    mild = groups((row for row in table if row.worst is Verdict.NON_STRICT), [report])
    yield f"## {_text(report.name)}: {_number(found)} to look at"
    yield ""
    for group in found[:_MOST]:
        yield from _finding(group, report)
    if len(found) > _MOST:
        yield f"And {counted(len(found) - _MOST, 'more cause')}, which the other reports show."
        yield ""
    if mild:
        yield f"<details><summary>NON-STRICT, which does no harm: {_number(mild)}</summary>"
        yield ""
        for group in mild[:_MOST]:
            yield f"- {group.severity} {_text(group.title)} {_cases(group)}"
        yield ""
        yield "</details>"
        yield ""


def _number(found: Sequence[Group]) -> str:
    cases = sum(len(group.rows) for group in found)
    return f"{counted(cases, 'case')} of {counted(len(found), 'cause')}" if cases else "0"


def _finding(group: Group, report: Report) -> Iterator[str]:
    case = group.rows[0].any
    yield f"### {case.verdict} {group.severity} {_text(group.title)}"
    yield ""
    if case.requirement != group.title:
        yield f"- demanded: {_text(case.requirement)}"
    places = ", ".join(f"[{_text(link.text)}]({link.address})" for link in links(case.clause))
    yield f"- clause: {_text(case.clause)}" + (f" ({places})" if places else "")
    if case.expected:
        yield f"- expected: {_text(case.expected)}"
    yield f"- observed: **{_text(case.observed)}**" + (f": {_text(case.why)}" if case.why else "")
    yield f"- do: {_text(group.advice)}"
    yield f"- cases: {_cases(group)}"
    for label, command in (("again", report.command(case)), ("replay", replay.command(case, report))):
        if command:
            yield f"- {label}: `{_code(command)}`"
    if case.trace:
        yield f"- capture: `{file_name(case.id)}.pcapng`"
    yield ""


def _cases(group: Group) -> str:
    shown = ", ".join(f"`{_code(row.id)}`" for row in group.rows[:_CASES])
    return shown + (f" and {len(group.rows) - _CASES} more" if len(group.rows) > _CASES else "")


def _map(report: Report) -> Iterator[str]:
    yield f"<details><summary>Table 9-10, {counted(len(report.cases), 'case')}, {_meanings(report)}</summary>"
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
