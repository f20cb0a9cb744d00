"""A ladder in a terminal of 80 columns: a tick or a cross for each step, then the cause."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from typing import Any

from dulcimer.cli.diagnosing.cause_parts import cause_parts
from dulcimer.diagnosis.causes.wording import command_line, sentence
from dulcimer.diagnosis.live.outcomes import LadderReport, LadderStep, LiveCause, StepMark
from dulcimer.escaping import escaped

WIDTH = 80
_SIGNS = {StepMark.TICK: "\u2713", StepMark.CROSS: "\u2717", StepMark.REMARK: "!", StepMark.SKIPPED: "-"}
_PLAIN_SIGNS = {**_SIGNS, StepMark.TICK: "ok", StepMark.CROSS: "X"}
_STYLES = {StepMark.CROSS: "bold red", StepMark.REMARK: "yellow", StepMark.SKIPPED: "dim"}
Show = Callable[[str, str], None]


def show_step(step: LadderStep, show: Show) -> None:
    """Print one step."""
    sign = _signs()[step.mark]
    text = step.came if not step.tried else f"{step.tried}{'' if step.tried[-1] == '?' else ':'} {step.came}"
    _wrapped(f"{sign:<2} {step.name:<12} ", text, show, _STYLES.get(step.mark, ""))


def show_causes(report: LadderReport, show: Show) -> None:
    """Print the causes of the first step that failed, and what may matter besides."""
    show("", "")
    crossed = report.crossed
    if crossed is None:
        show("Everything that was tried works." + (" But:" if report.hints else ""), "")
    elif not report.causes:
        text = f"{crossed.name} failed, and what came does not say why: {crossed.came}. See the log of the server."
        _wrapped("", text, show, "bold")
    for number, cause in enumerate((*report.causes, *report.hints), 1):
        if number > 1:
            show("", "")
        _wrapped(f"{number}  ", sentence(cause.row.cause, cause.values), show, "bold")
        for label, text in cause_parts(cause.row, cause.question, cause.sure, cause.proof, cause.values):
            _wrapped(f"   {label:<10} ", text, show, "")


def _wrapped(head: str, text: str, show: Show, style: str) -> None:
    for line in textwrap.wrap(
        escaped(text), WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False
    ):
        show(line, style)


def _signs() -> dict[StepMark, str]:
    """Ticks and crosses, if the terminal has them."""
    try:
        "".join(_SIGNS.values()).encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return _PLAIN_SIGNS
    return _SIGNS


def report_json(report: LadderReport) -> dict[str, Any]:
    """All of it for programs."""
    return {
        "works": report.crossed is None,
        "steps": [step_json(step) for step in report.steps],
        "causes": [_cause_json(one) for one in report.causes],
        "hints": [_cause_json(one) for one in report.hints],
    }


def step_json(step: LadderStep) -> dict[str, Any]:
    """One step."""
    return {
        "name": step.name,
        "mark": str(step.mark),
        "tried": step.tried,
        "came": step.came,
        "clause": step.clause,
        "seconds": round(step.seconds, 4),
    }


def _cause_json(cause: LiveCause) -> dict[str, Any]:
    row = cause.row
    return {
        "id": cause.id,
        "question": cause.question.id,
        "sure": str(cause.sure),
        "cause": sentence(row.cause, cause.values),
        "proof": list(cause.proof),
        "requestor": sentence(row.requestor, cause.values),
        "acceptor": sentence(row.acceptor, cause.values),
        "elsewhere": sentence(row.elsewhere, cause.values),
        "clause": row.clause,
        "settle": row.settle,
        "next": command_line(row.next, cause.values),
    }
