"""The report of a run at a terminal: short, or with every case and its trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from dulcimer.conformance.judge.advice import advice
from dulcimer.conformance.model.trace import Kind
from dulcimer.conformance.model.verdict import MEANINGS, RANK, Verdict
from dulcimer.conformance.report.contents import LEGEND, SEVERITY_MEANINGS
from dulcimer.conformance.report.coverage import with_names
from dulcimer.conformance.report.document import CaseReport, Report, TraceEntry
from dulcimer.conformance.report.groups import CauseInReport, causes_of
from dulcimer.conformance.report.replay import command_line
from dulcimer.conformance.report.since import FIXED, NEW, Since
from dulcimer.counting import counted

Failing: TypeAlias = tuple[CaseReport, str]
"""A result that fails the run, and why."""

STYLES = {
    Verdict.OK: "green",
    Verdict.NON_STRICT: "yellow",
    Verdict.FAILED: "bold red",
    Verdict.ERROR: "bold red",
    Verdict.INFORMATIONAL: "cyan",
}
_WITH_TRACE = 3
"""Causes up to which each is shown with the trace of a case."""
_MOST_CAUSES = 8
"""Causes of failures that are shown in full; the others have one line each."""
_MOST_MILD = 40
_MOST_FAILING = 40
_IDS_SHOWN = 3
_CHANGES_SHOWN = 10
_CHANGE_STYLES = {FIXED: "green", NEW: "bold red"}
_LINES_SHOWN = 14
_HEX_SHOWN = 40
"""Hexadecimal digits in one line; the JSON, the captures and the page have all bytes."""


def show_run(console: Console, report: Report, failing: Sequence[Failing], *, verbose: bool) -> None:
    """What was found, what to do about it, what was covered, and what has changed since an earlier report."""
    _show_head(console, report)
    if verbose:
        for case in sorted(report.cases, key=lambda row: (-_weight(row.verdict), row.severity, row.cause)):
            _show_result(console, case)
    else:
        unexpected = [case for case in report.cases if case.overlay is None]
        _show_errors(console, [case for case in unexpected if case.verdict is Verdict.ERROR])
        _show_failures(console, unexpected, report)
        _show_mild(console, unexpected, report)
    if report.since is not None:
        _show_since(console, report.since, most=_MOST_FAILING if verbose else _CHANGES_SHOWN)
    console.print()
    _show_summary(console, report)
    if report.has_table:
        console.print("\nTable 9-10, events down and states across (dulcimer explain Sta6 says what a state is):")
        console.print(with_names(report), markup=False, soft_wrap=True)
        console.print(_in_lines(LEGEND, console.width), style="dim", markup=False, soft_wrap=True)
    for warning in report.warnings:
        console.print(f"[yellow]baseline:[/] {escape(warning)}")
    _show_end(console, report)
    show_failing(console, report, failing)


def show_failing(console: Console, report: Report, failing: Sequence[Failing]) -> None:
    """What decides the exit status."""
    console.print()
    if failing:
        console.print(f"[bold red]{counted(len(failing), 'result fails', 'results fail')} the run:[/]")
        for case, why in failing[:_MOST_FAILING]:
            console.print(f"  {case.severity} {case.id} {why}", markup=False, soft_wrap=True)
        if len(failing) > _MOST_FAILING:
            console.print(f"  and {len(failing) - _MOST_FAILING} more (-v, or any of the reports)")
    elif not report.died_after and not report.stopped:
        console.print(f"[green]Nothing fails the run[/] ({report.seconds:.1f} s).")


def _weight(verdict: Verdict) -> int:
    """What needs attention first, then what is good, then what could not be tested."""
    order = (Verdict.OK, Verdict.UNIMPLEMENTED, Verdict.UNOBSERVABLE, Verdict.INFORMATIONAL, Verdict.INCONCLUSIVE)
    return order.index(verdict) if verdict in order else len(order) + RANK[verdict]


def _show_head(console: Console, report: Report) -> None:
    name = f"{report.implementation or 'unnamed'} ({report.implementation_uid or 'no UID'})"
    console.print(f"[bold]{escape(report.address)}[/]  {escape(name)}", soft_wrap=True)
    if report.seed is not None:
        console.print(f"The cases ran in the order of seed {report.seed}.")
    for reaction, verdict in report.policy.items():
        console.print(f"The policy counts {escape(reaction)} as {verdict}.")
    if report.serial:
        console.print("It serves one association at a time, so the cases ran one after the other.")
    if not report.listens:
        console.print("It does not listen while it serves, so refused connections do not count against it.")
    if report.missing:
        console.print(f"The sanity probe works only in part: {escape(report.missing)}. The other cases were run.")


def _show_errors(console: Console, errors: Sequence[CaseReport]) -> None:
    if not errors:
        return
    console.print(f"\n[{STYLES[Verdict.ERROR]}]ERROR[/] {counted(len(errors), 'case')} could not be tested")
    alike: dict[str, list[str]] = {}
    for case in errors:
        alike.setdefault(_observed(case), []).append(case.id)
    for observed, ids in alike.items():
        console.print(f"  {observed}: {_some(ids)}", markup=False)


# ---------------------------------------------------------------------- failures, by their causes


def _show_failures(console: Console, cases: Sequence[CaseReport], report: Report) -> None:
    failed = [case for case in cases if case.verdict is Verdict.FAILED]
    causes = causes_of(failed, report)
    if not causes:
        return
    number = f"{counted(len(failed), 'case')} of {counted(len(causes), 'cause')}"
    worst = ", the worst first" if len(causes) > 1 else ""
    console.print(f"\n[{STYLES[Verdict.FAILED]}]FAILED[/] {number}{worst}")
    for cause in causes[:_MOST_CAUSES]:
        _show_cause(console, cause, report, with_trace=len(causes) <= _WITH_TRACE)
    if len(causes) > _MOST_CAUSES:
        console.print()
        _show_lines(console, causes[_MOST_CAUSES:], STYLES[Verdict.FAILED])


def _show_cause(console: Console, cause: CauseInReport, report: Report, *, with_trace: bool) -> None:
    console.print(f"\n[{STYLES[Verdict.FAILED]}]{cause.severity}[/] [bold]{escape(cause.title)}[/]")
    case = cause.cases[0]
    rows = {
        "demanded": case.requirement if case.requirement != cause.title else "",
        "clause": case.clause,
        "expected": case.expected,
        "observed": _observed(case),
        "do": advice(case.verdict, case.alternative, case, case.observed, case.violated),
        "cases" if len(cause.cases) > 1 else "case": _some([row.id for row in cause.cases]),
    }
    _show_rows(console, rows)
    if report.again:
        console.print(f"   [dim]again[/]  {escape(report.command(case))}", soft_wrap=True)
    if report.replay and (case.seen_in or any(entry.kind is Kind.SENT for entry in case.trace)):
        command = command_line(report.replay, case.id, report.host, report.port)
        console.print(f"  [dim]replay[/]  {escape(command)}", soft_wrap=True)
    if with_trace:
        _show_some_trace(console, case.trace)


def _show_mild(console: Console, cases: Sequence[CaseReport], report: Report) -> None:
    causes = causes_of([case for case in cases if case.verdict is Verdict.NON_STRICT], report)
    if not causes:
        return
    number = counted(sum(len(cause.cases) for cause in causes), "case")
    style = STYLES[Verdict.NON_STRICT]
    console.print(f"\n[{style}]NON-STRICT[/] {number} of {counted(len(causes), 'cause')} (-v shows each)")
    _show_lines(console, causes[:_MOST_MILD], style)
    if len(causes) > _MOST_MILD:
        console.print(f"  and {counted(len(causes) - _MOST_MILD, 'more cause')}")


def _show_lines(console: Console, causes: Sequence[CauseInReport], style: str) -> None:
    """One line for each cause: its severity, how many cases, the first of them and what it is about."""
    for cause in causes:
        words = f" {len(cause.cases):>3}  {cause.cases[0].id}: {cause.observed}. {cause.title}"
        line = Text.assemble((f"  {cause.severity}", style), words)
        console.print(line, no_wrap=True, overflow="ellipsis")


def _observed(case: CaseReport) -> str:
    return case.observed + (f"; {case.why}" if case.why else "")


def _some(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _IDS_SHOWN} more" if len(ids) > _IDS_SHOWN else ""
    return ", ".join(ids[:_IDS_SHOWN]) + more


def _show_since(console: Console, since: Since, most: int) -> None:
    console.print(f"\n[bold]Since {escape(since.earlier)}[/] {since.words}")
    for kind, found in since.changes.items():
        for change in found[:most]:
            line = f"  {kind.replace('_', ' '):<8} {change}"
            console.print(line, style=_CHANGE_STYLES.get(kind, "none"), markup=False, soft_wrap=True)
        if len(found) > most:
            console.print(f"  {kind.replace('_', ' '):<8} and {len(found) - most} more")


# ---------------------------------------------------------------------- one case


def _show_result(console: Console, case: CaseReport) -> None:
    style = STYLES.get(case.verdict, "none")
    marks = " ".join(filter(None, (str(case.overlay or ""), "FLAKY" if case.flaky else "")))
    console.print(f"\n[{style}]{case.verdict}[/] {case.severity} [bold]{escape(case.id)}[/] {marks}")
    rows = {
        "demanded": case.requirement,
        "clause": case.clause,
        "expected": case.expected,
        "observed": _observed(case),
        "end": case.close,
        "notes": "; ".join(case.notes),
        "do": advice(case.verdict, case.alternative, case, case.observed, case.violated),
    }
    _show_rows(console, rows)
    show_trace(console, case.trace)


def _show_rows(console: Console, rows: Mapping[str, str]) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in rows.items():
        if text:
            grid.add_row(label, escape(text))
    console.print(grid)


def _show_some_trace(console: Console, trace: Sequence[TraceEntry]) -> None:
    if len(trace) <= _LINES_SHOWN:
        show_trace(console, trace)
        return
    half = _LINES_SHOWN // 2
    show_trace(console, trace[:half])
    console.print(f"   {'...':>8} {counted(len(trace) - 2 * half, 'more line')} (-v)", style="dim")
    show_trace(console, trace[-half:])


def show_trace(console: Console, trace: Sequence[TraceEntry]) -> None:
    """One line for each entry of the trace."""
    for entry in trace:
        for line in _lines_of(entry):
            console.print(line, style="dim", markup=False, soft_wrap=True)


def _lines_of(entry: TraceEntry) -> Iterator[str]:
    data = entry.data.hex()
    shown = data[:_HEX_SHOWN] + ("..." if len(data) > _HEX_SHOWN else "")
    arrow = {"event": "-"}.get(entry.direction, entry.direction)
    first, *rest = entry.words.splitlines() or [""]
    yield f"   {entry.t:8.3f} {arrow} {first}" + (f"  {shown}" if shown else "")
    yield from (f"              {line}" for line in rest)


# ---------------------------------------------------------------------- the whole


def _show_summary(console: Console, report: Report) -> None:
    table = Table(title=None, box=None, padding=(0, 2))
    for heading in ("verdict", "cases", "meaning"):
        table.add_column(heading, justify="right" if heading == "cases" else "left")
    for verdict in Verdict:
        cases = [case for case in report.cases if case.verdict is verdict]
        if not cases:
            continue
        expected = sum(1 for case in cases if case.overlay is not None)
        number = f"{len(cases)}" + (f" ({expected} expected)" if expected and verdict is Verdict.FAILED else "")
        table.add_row(f"[{STYLES.get(verdict, 'none')}]{verdict}[/]", number, MEANINGS[verdict])
    console.print(table)
    failed = [case.severity for case in report.cases if case.verdict is Verdict.FAILED]
    found = {case.severity for case in report.cases if case.verdict in (Verdict.FAILED, Verdict.NON_STRICT)}
    for severity, meaning in SEVERITY_MEANINGS.items():
        if severity in found:
            number = f" ({counted(failed.count(severity), 'failure')})" if severity in failed else ""
            console.print(f"  {severity} {meaning}{number}")


def _in_lines(legend: str, width: int) -> str:
    """`legend` in lines of at most `width` columns, broken between its signs."""
    lines = [""]
    for sign in legend.split("  "):
        longer = f"{lines[-1]}  {sign}" if lines[-1] else sign
        lines[-1:] = [longer] if len(longer) <= width or not lines[-1] else [lines[-1], sign]
    return "\n".join(lines)


def _show_end(console: Console, report: Report) -> None:
    """Why the run ended early, if it did."""
    if report.stopped:
        left = f"{counted(len(report.not_run), 'case')} not run"
        console.print(f"\n[bold red]The run was stopped: {escape(report.stopped)}.[/] {left}: {_some(report.not_run)}")
    if not report.died_after:
        return
    console.print(f"\n[bold red]The peer has stopped responding.[/] Last played: {', '.join(report.died_after)}.")
    if report.unhealthy_because:
        console.print(f"Last error: {report.unhealthy_because}.", markup=False)
    console.print(
        f"{counted(len(report.not_run), 'case')} not run. Restart the peer and rerun the last one alone (--case); "
        "--exclude skips it, and --spawn COMMAND restarts the peer by itself."
    )
