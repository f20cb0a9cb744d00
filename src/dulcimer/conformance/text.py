"""The report for a reader at a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from dulcimer._generated.conformance import Alternative
from dulcimer._generated.fsm import EVENTS, STATES
from dulcimer.conformance.advice import advice
from dulcimer.conformance.baseline import Comparison
from dulcimer.conformance.case import MEANINGS, Case, Result, Verdict
from dulcimer.conformance.report import LEGEND, SEVERITY_MEANINGS, coverage_map
from dulcimer.conformance.run import Run

_STYLES = {
    Verdict.OK: "green",
    Verdict.NON_STRICT: "yellow",
    Verdict.FAILED: "bold red",
    Verdict.ERROR: "bold red",
    Verdict.INFORMATIONAL: "cyan",
}
_SHOWN = (Verdict.ERROR, Verdict.FAILED, Verdict.NON_STRICT)
_HEX_SHOWN = 40
_NOT_RUN_SHOWN = 10


def show_run(
    console: Console, run: Run, comparison: Comparison | None, failing: Sequence[tuple[Result, str]], *, verbose: bool
) -> None:
    """What was found, what to do about it, and what was covered."""
    peer = run.peer
    name = f"{peer.implementation_version_name or 'unnamed'} ({peer.implementation_class_uid or 'no UID'})"
    where = f"{peer.host}:{peer.port}" if peer.port else peer.host
    console.print(f"[bold]{escape(where)}[/]  {escape(name)}")
    if run.seed is not None:
        console.print(f"The cases ran in the order of seed {run.seed}.", highlight=False)
    for reaction, verdict in run.policy.items():
        console.print(f"The policy counts {escape(reaction)} as {verdict}.", highlight=False)
    if run.serial:
        console.print("It serves one association at a time, so the cases ran one after the other.")
    if not run.listens:
        console.print("It does not listen while it serves; that it then refuses connections counts for nothing.")
    if run.missing:
        console.print(f"Of the sanity probe not all works: {escape(run.missing)}. The other cases were run.")
    overlays = comparison.overlays if comparison else {}
    for verdict in _SHOWN:
        for result in run.results:
            if result.verdict is verdict and (verbose or result.case.id not in overlays):
                _show_result(console, result, str(overlays.get(result.case.id, "")))
    if verbose:
        for result in run.results:
            if result.verdict not in _SHOWN:
                _show_result(console, result, str(overlays.get(result.case.id, "")))
    console.print()
    _show_summary(console, run, overlays)
    console.print("\nTable 9-10, events down and states across:")
    console.print(coverage_map(run), highlight=False, markup=False)
    console.print(_in_lines(LEGEND, console.width), style="dim", highlight=False, markup=False, soft_wrap=True)
    for warning in comparison.warnings if comparison else ():
        console.print(f"[yellow]baseline:[/] {escape(warning)}")
    if run.died_after:
        console.print(f"\n[bold red]The peer serves no more.[/] The last cases were {', '.join(run.died_after)}.")
        if run.unhealthy_because:
            console.print(f"What was wrong in the end: {escape(run.unhealthy_because)}.", highlight=False)
        console.print(
            f"{len(run.not_run)} cases were not run. Start the peer anew and run the last one alone (--case)."
        )
    if run.stopped:
        console.print(
            f"\n[bold red]The run was stopped: {escape(run.stopped)}.[/] {len(run.not_run)} cases were not run:"
        )
        for name in run.not_run[:_NOT_RUN_SHOWN]:
            console.print(f"  {name}", highlight=False, markup=False)
        if len(run.not_run) > _NOT_RUN_SHOWN:
            console.print(f"  and {len(run.not_run) - _NOT_RUN_SHOWN} more; the reports name them all")
    console.print()
    if failing:
        count = "1 result fails" if len(failing) == 1 else f"{len(failing)} results fail"
        console.print(f"[bold red]{count} the run:[/]")
        for result, why in failing:
            console.print(f"  {result.severity} {escape(result.case.id)} {why}", highlight=False)
    elif not run.died_after and not run.stopped:
        console.print(f"[green]Nothing fails the run[/] ({run.seconds:.1f} s).")


def _in_lines(legend: str, width: int) -> str:
    """`legend` in lines of at most `width` columns, broken where two spaces stand between its signs."""
    lines = [""]
    for sign in legend.split("  "):
        longer = f"{lines[-1]}  {sign}" if lines[-1] else sign
        lines[-1:] = [longer] if len(longer) <= width or not lines[-1] else [lines[-1], sign]
    return "\n".join(lines)


def _show_result(console: Console, result: Result, overlay: str) -> None:
    case = result.case
    style = _STYLES.get(result.verdict, "none")
    marks = " ".join(filter(None, (overlay, "FLAKY" if result.flaky else "")))
    console.print(
        f"\n[{style}]{result.verdict}[/] {result.severity} [bold]{escape(case.id)}[/] {marks}", highlight=False
    )
    rows = {
        "demanded": case.requirement,
        "clause": case.clause,
        "expected": case.expected,
        "observed": result.observed + (f"; {result.why}" if result.why else ""),
        "end": result.close,
        "notes": "; ".join(result.notes),
        "do": advice(result.verdict, result.alternative, case),
    }
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in rows.items():
        if text:
            grid.add_row(label, escape(text))
    console.print(grid, highlight=False)
    show_trace(console, result.trace)


def show_trace(console: Console, trace: Sequence[dict[str, Any]]) -> None:
    """One line for each thing that happened."""
    for entry in trace:
        data = str(entry.get("hex", ""))
        shown = data[:_HEX_SHOWN] + ("..." if len(data) > _HEX_SHOWN else "")
        arrow = {"event": "-"}.get(entry["dir"], entry["dir"])
        line = f"   {entry['t']:8.3f} {arrow} {entry['pdu']}"
        console.print(f"{line}  {shown}" if shown else line, style="dim", highlight=False, markup=False, soft_wrap=True)


def _show_summary(console: Console, run: Run, overlays: dict[str, Any]) -> None:
    table = Table(title=None, box=None, padding=(0, 2))
    for heading in ("verdict", "cases", "meaning"):
        table.add_column(heading, justify="right" if heading == "cases" else "left")
    for verdict in Verdict:
        results = [result for result in run.results if result.verdict is verdict]
        if not results:
            continue
        expected = sum(1 for result in results if result.case.id in overlays)
        number = f"{len(results)}" + (f" ({expected} expected)" if expected and verdict is Verdict.FAILED else "")
        table.add_row(f"[{_STYLES.get(verdict, 'none')}]{verdict}[/]", number, MEANINGS[verdict])
    console.print(table)
    failed = [result.severity for result in run.results if result.verdict is Verdict.FAILED]
    for severity, meaning in SEVERITY_MEANINGS.items():
        if severity in failed:
            console.print(f"  {failed.count(severity)} of FAILED are {severity}: {meaning}", highlight=False)


def show_list(console: Console, cases: Sequence[Case]) -> None:
    """Ids and clauses."""
    for case in cases:
        console.print(f"{case.severity} {case.id:<52} {case.clause}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"{len(cases)} cases", highlight=False)


def show_plan(console: Console, cases: Sequence[Case]) -> None:
    """What each case would do and expects, without doing it."""
    for case in cases:
        steps = [*case.drive, *case.inject]
        doing = ", ".join(f"{step.action} {step.label}" if step.label != step.action else step.action for step in steps)
        console.print(f"\n[bold]{escape(case.id)}[/] (revision {case.rev})", highlight=False)
        console.print(f"  {escape(case.requirement)}", highlight=False)
        console.print(f"  steps: {escape(doing or 'wait')}", highlight=False)
        _show_alternatives(console, case.alternatives)
        for follow in case.follows:
            event, state = follow.cell
            console.print(f"  on {EVENTS[event].label} in {STATES[state].label} then:", highlight=False)
            _show_alternatives(console, follow.alternatives)
    console.print(f"\n{len(cases)} cases, nothing was sent", highlight=False)


def _show_alternatives(console: Console, alternatives: Sequence[Alternative]) -> None:
    for row in alternatives:
        why = f": {row.why}" if row.why else ""
        told = f"{', '.join(row.on)} ({row.name}){why}"
        console.print(f"  {row.verdict:<14} {escape(told)}", highlight=False)
