"""What came of a run, for a reader at a terminal: short by default, with every case and its trace if wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from dulcimer.conformance.judge.advice import advice
from dulcimer.conformance.judge.baseline import Comparison, Overlay
from dulcimer.conformance.judge.causes import Cause, grouped, with_causes
from dulcimer.conformance.model.case import MEANINGS, RANK, Result, Verdict
from dulcimer.conformance.model.trace import Kind
from dulcimer.conformance.report.contents import LEGEND, SEVERITY_MEANINGS, coverage_map
from dulcimer.conformance.report.replay import command_line
from dulcimer.conformance.report.since import FIXED, NEW, Since
from dulcimer.conformance.run.record import CASE, Run

STYLES = {
    Verdict.OK: "green",
    Verdict.NON_STRICT: "yellow",
    Verdict.FAILED: "bold red",
    Verdict.ERROR: "bold red",
    Verdict.INFORMATIONAL: "cyan",
}
_WITH_TRACE = 3
"""So many causes are told with the trace of a case."""
_MOST_CAUSES = 8
"""So many causes of failures are told in full, the others in one line each."""
_MOST_MILD = 40
_MOST_FAILING = 40
_IDS_SHOWN = 3
_CHANGES_SHOWN = 10
_CHANGE_STYLES = {FIXED: "green", NEW: "bold red"}
_LINES_SHOWN = 14
_HEX_SHOWN = 40
"""Digits of the bytes of one line; the JSON, the captures and the page have all of them."""


def show_run(
    console: Console,
    run: Run,
    comparison: Comparison | None,
    failing: Sequence[tuple[Result, str]],
    *,
    verbose: bool,
    since: Since | None = None,
) -> None:
    """What was found, what to do about it, and what was covered; `since`: what is otherwise than before."""
    run = replace(run, results=with_causes(run.results))
    _show_head(console, run)
    overlays = comparison.overlays if comparison else {}
    if verbose:
        for result in sorted(run.results, key=lambda row: (-_weight(row.verdict), row.severity, row.cause)):
            _show_result(console, result, str(overlays.get(result.case.id, "")))
    else:
        told = [result for result in run.results if result.case.id not in overlays]
        _show_errors(console, [result for result in told if result.verdict is Verdict.ERROR])
        _show_failures(console, told, run)
        _show_mild(console, told)
    if since is not None:
        _show_since(console, since, most=_MOST_FAILING if verbose else _CHANGES_SHOWN)
    console.print()
    _show_summary(console, run, overlays)
    if len({result.case.cell for result in run.results if result.case.cell}) > 1:
        console.print("\nTable 9-10, events down and states across (dulcimer explain Sta6 says what a state is):")
        console.print(coverage_map(run), markup=False, soft_wrap=True)
        console.print(_in_lines(LEGEND, console.width), style="dim", markup=False, soft_wrap=True)
    for warning in comparison.warnings if comparison else ():
        console.print(f"[yellow]baseline:[/] {escape(warning)}")
    _show_end(console, run)
    show_failing(console, run, failing)


def show_failing(console: Console, run: Run, failing: Sequence[tuple[Result, str]]) -> None:
    """What decides the exit status."""
    console.print()
    if failing:
        count = "1 result fails" if len(failing) == 1 else f"{len(failing)} results fail"
        console.print(f"[bold red]{count} the run:[/]")
        for result, why in failing[:_MOST_FAILING]:
            console.print(f"  {result.severity} {result.case.id} {why}", markup=False, soft_wrap=True)
        if len(failing) > _MOST_FAILING:
            console.print(f"  and {len(failing) - _MOST_FAILING} more (-v, or any of the reports)")
    elif not run.died_after and not run.stopped:
        console.print(f"[green]Nothing fails the run[/] ({run.seconds:.1f} s).")


def _weight(verdict: Verdict) -> int:
    """What asks for attention first, then what is good, then what could not be tested."""
    order = (Verdict.OK, Verdict.UNIMPLEMENTED, Verdict.UNOBSERVABLE, Verdict.INFORMATIONAL, Verdict.INCONCLUSIVE)
    return order.index(verdict) if verdict in order else len(order) + RANK[verdict]


def _show_head(console: Console, run: Run) -> None:
    peer = run.peer
    name = f"{peer.implementation_version_name or 'unnamed'} ({peer.implementation_class_uid or 'no UID'})"
    where = f"{peer.host}:{peer.port}" if peer.port else peer.host
    console.print(f"[bold]{escape(where)}[/]  {escape(name)}", soft_wrap=True)
    if run.seed is not None:
        console.print(f"The cases ran in the order of seed {run.seed}.")
    for reaction, verdict in run.policy.items():
        console.print(f"The policy counts {escape(reaction)} as {verdict}.")
    if run.serial:
        console.print("It serves one association at a time, so the cases ran one after the other.")
    if not run.listens:
        console.print("It does not listen while it serves; that it then refuses connections counts for nothing.")
    if run.missing:
        console.print(f"Of the sanity probe not all works: {escape(run.missing)}. The other cases were run.")


def _show_errors(console: Console, errors: Sequence[Result]) -> None:
    if not errors:
        return
    console.print(f"\n[{STYLES[Verdict.ERROR]}]ERROR[/] {_cases(len(errors))} could not be tested")
    alike: dict[str, list[str]] = {}
    for result in errors:
        alike.setdefault(_observed(result), []).append(result.case.id)
    for observed, ids in alike.items():
        console.print(f"  {observed}: {_some(ids)}", markup=False)


# ---------------------------------------------------------------------- failures, by their causes


def _show_failures(console: Console, told: Sequence[Result], run: Run) -> None:
    failed = [result for result in told if result.verdict is Verdict.FAILED]
    causes = grouped(failed)
    if not causes:
        return
    number = f"{_cases(len(failed))} of {_count(len(causes), 'cause')}"
    worst = ", the worst first" if len(causes) > 1 else ""
    console.print(f"\n[{STYLES[Verdict.FAILED]}]FAILED[/] {number}{worst}")
    by_id = {result.case.id: result for result in failed}
    for cause in causes[:_MOST_CAUSES]:
        _show_cause(console, cause, by_id[cause.cases[0]], run, with_trace=len(causes) <= _WITH_TRACE)
    if len(causes) > _MOST_CAUSES:
        console.print()
        _show_lines(console, causes[_MOST_CAUSES:], STYLES[Verdict.FAILED])


def _show_cause(console: Console, cause: Cause, first: Result, run: Run, *, with_trace: bool) -> None:
    console.print(f"\n[{STYLES[Verdict.FAILED]}]{cause.severity}[/] [bold]{escape(cause.title)}[/]")
    case = first.case
    rows = {
        "demanded": case.requirement if case.requirement != cause.title else "",
        "clause": case.clause,
        "expected": case.expected,
        "observed": _observed(first),
        "do": advice(first.verdict, first.alternative, case, first.observed, first.violated),
        "cases" if len(cause.cases) > 1 else "case": _some(cause.cases),
    }
    _show_rows(console, rows)
    if run.again:
        console.print(f"   [dim]again[/]  {escape(run.again.replace(CASE, first.shown_by))}", soft_wrap=True)
    if run.replay and (first.seen_in or any(row["kind"] == Kind.SENT for row in first.trace)):
        command = command_line(run.replay, case.id, run.peer.host, run.peer.port)
        console.print(f"  [dim]replay[/]  {escape(command)}", soft_wrap=True)
    if with_trace:
        _show_some_trace(console, first.trace)


def _show_mild(console: Console, told: Sequence[Result]) -> None:
    causes = grouped(result for result in told if result.verdict is Verdict.NON_STRICT)
    if not causes:
        return
    number = sum(len(cause.cases) for cause in causes)
    style = STYLES[Verdict.NON_STRICT]
    console.print(f"\n[{style}]NON-STRICT[/] {_cases(number)} of {_count(len(causes), 'cause')} (-v tells of each)")
    _show_lines(console, causes[:_MOST_MILD], style)
    if len(causes) > _MOST_MILD:
        console.print(f"  and {len(causes) - _MOST_MILD} causes more")


def _show_lines(console: Console, causes: Sequence[Cause], style: str) -> None:
    """One line for each cause: its severity, how many cases, the first of them and what it is about."""
    for cause in causes:
        told = f" {len(cause.cases):>3}  {cause.cases[0]}: {cause.observed}. {cause.title}"
        line = Text.assemble((f"  {cause.severity}", style), told)
        console.print(line, no_wrap=True, overflow="ellipsis")


def _observed(result: Result) -> str:
    return result.observed + (f"; {result.why}" if result.why else "")


def _some(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _IDS_SHOWN} more" if len(ids) > _IDS_SHOWN else ""
    return ", ".join(ids[:_IDS_SHOWN]) + more


def _cases(number: int) -> str:
    return _count(number, "case")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _show_since(console: Console, since: Since, most: int) -> None:
    console.print(f"\n[bold]Since {escape(since.earlier)}[/] {since.words}")
    for kind, found in since.changes.items():
        for change in found[:most]:
            told = f"  {kind.replace('_', ' '):<8} {change}"
            console.print(told, style=_CHANGE_STYLES.get(kind, "none"), markup=False, soft_wrap=True)
        if len(found) > most:
            console.print(f"  {kind.replace('_', ' '):<8} and {len(found) - most} more")


# ---------------------------------------------------------------------- one case


def _show_result(console: Console, result: Result, overlay: str) -> None:
    case = result.case
    style = STYLES.get(result.verdict, "none")
    marks = " ".join(filter(None, (overlay, "FLAKY" if result.flaky else "")))
    console.print(f"\n[{style}]{result.verdict}[/] {result.severity} [bold]{escape(case.id)}[/] {marks}")
    rows = {
        "demanded": case.requirement,
        "clause": case.clause,
        "expected": case.expected,
        "observed": _observed(result),
        "end": result.close,
        "notes": "; ".join(result.notes),
        "do": advice(result.verdict, result.alternative, case, result.observed, result.violated),
    }
    _show_rows(console, rows)
    show_trace(console, result.trace)


def _show_rows(console: Console, rows: Mapping[str, str]) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in rows.items():
        if text:
            grid.add_row(label, escape(text))
    console.print(grid)


def _show_some_trace(console: Console, trace: Sequence[dict[str, Any]]) -> None:
    if len(trace) <= _LINES_SHOWN:
        show_trace(console, trace)
        return
    half = _LINES_SHOWN // 2
    show_trace(console, trace[:half])
    console.print(f"   {'...':>8} {len(trace) - 2 * half} lines more (-v)", style="dim")
    show_trace(console, trace[-half:])


def show_trace(console: Console, trace: Sequence[dict[str, Any]]) -> None:
    """One line for each thing that happened."""
    for entry in trace:
        for line in _lines_of(entry):
            console.print(line, style="dim", markup=False, soft_wrap=True)


def _lines_of(entry: Mapping[str, Any]) -> Iterator[str]:
    data = str(entry.get("hex", ""))
    shown = data[:_HEX_SHOWN] + ("..." if len(data) > _HEX_SHOWN else "")
    arrow = {"event": "-"}.get(entry["dir"], entry["dir"])
    times = f"{entry['times']} times: " if entry.get("times", 1) > 1 else ""
    first, *rest = str(entry["pdu"]).splitlines() or [""]
    yield f"   {entry['t']:8.3f} {arrow} {times}{first}" + (f"  {shown}" if shown else "")
    yield from (f"              {line}" for line in rest)


# ---------------------------------------------------------------------- the whole


def _show_summary(console: Console, run: Run, overlays: Mapping[str, Overlay]) -> None:
    table = Table(title=None, box=None, padding=(0, 2))
    for heading in ("verdict", "cases", "meaning"):
        table.add_column(heading, justify="right" if heading == "cases" else "left")
    for verdict in Verdict:
        results = [result for result in run.results if result.verdict is verdict]
        if not results:
            continue
        expected = sum(1 for result in results if result.case.id in overlays)
        number = f"{len(results)}" + (f" ({expected} expected)" if expected and verdict is Verdict.FAILED else "")
        table.add_row(f"[{STYLES.get(verdict, 'none')}]{verdict}[/]", number, MEANINGS[verdict])
    console.print(table)
    failed = [result.severity for result in run.results if result.verdict is Verdict.FAILED]
    told = {result.severity for result in run.results if result.verdict in (Verdict.FAILED, Verdict.NON_STRICT)}
    for severity, meaning in SEVERITY_MEANINGS.items():
        if severity in told:
            number = f" ({failed.count(severity)} of FAILED)" if severity in failed else ""
            console.print(f"  {severity} {meaning}{number}")


def _in_lines(legend: str, width: int) -> str:
    """`legend` in lines of at most `width` columns, broken where two spaces stand between its signs."""
    lines = [""]
    for sign in legend.split("  "):
        longer = f"{lines[-1]}  {sign}" if lines[-1] else sign
        lines[-1:] = [longer] if len(longer) <= width or not lines[-1] else [lines[-1], sign]
    return "\n".join(lines)


def _show_end(console: Console, run: Run) -> None:
    """Why the run came to its end early, if it did."""
    if run.stopped:
        left = f"{_cases(len(run.not_run))} not run"
        console.print(f"\n[bold red]The run was stopped: {escape(run.stopped)}.[/] {left}: {_some(run.not_run)}")
    if not run.died_after:
        return
    console.print(f"\n[bold red]The peer has stopped responding.[/] The last cases were {', '.join(run.died_after)}.")
    if run.unhealthy_because:
        console.print(f"Last error: {run.unhealthy_because}.", markup=False)
    console.print(
        f"{_cases(len(run.not_run))} not run. Restart the peer and rerun the last one alone (--case); --exclude skips "
        "it, and --spawn COMMAND restarts the peer by itself."
    )
