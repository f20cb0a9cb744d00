"""Lists of cases, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from dulcimer._generated.conformance import Alternative
from dulcimer._generated.fsm import EVENTS, STATES
from dulcimer.conformance.model.case import Case
from dulcimer.counting import counted


def show_list(console: Console, cases: Sequence[Case]) -> None:
    """Print ids and clauses."""
    for case in cases:
        console.print(f"{case.severity} {case.id:<52} {case.clause}", highlight=False, markup=False, soft_wrap=True)
    console.print(counted(len(cases), "case"), highlight=False)


def show_plan(console: Console, cases: Sequence[Case]) -> None:
    """Print what each case would do and expect; nothing is sent."""
    for case in cases:
        steps = [*case.opening.steps, *case.injection.steps]
        doing = ", ".join(f"{step.verb} {step.label}" if step.label != step.verb else step.verb for step in steps)
        console.print(f"\n[bold]{escape(case.id)}[/] (revision {case.rev})", highlight=False)
        console.print(f"  {escape(case.requirement)}", highlight=False)
        console.print(f"  steps: {escape(doing or 'wait')}", highlight=False)
        _show_alternatives(console, case.expectation.alternatives)
        for follow in case.follows:
            event, state = follow.cell
            console.print(f"  on {EVENTS[event].label} in {STATES[state].label} then:", highlight=False)
            _show_alternatives(console, follow.alternatives)
    console.print(f"\n{counted(len(cases), 'case')}, nothing was sent", highlight=False)


def _show_alternatives(console: Console, alternatives: Sequence[Alternative]) -> None:
    for row in alternatives:
        why = f": {row.why}" if row.why else ""
        text = f"{', '.join(row.on)} ({row.name}){why}"
        console.print(f"  {row.verdict:<14} {escape(text)}", highlight=False)
