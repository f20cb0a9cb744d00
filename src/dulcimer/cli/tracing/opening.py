"""The trace that a command is about."""

from __future__ import annotations

from pathlib import Path

import typer

from dulcimer.counting import counted
from dulcimer.trace.collected import RecordedTrace
from dulcimer.trace.json_lines import TraceFormatError
from dulcimer.trace.traced import TracedAssociation


def opened_trace(path: Path) -> RecordedTrace:
    """The trace of a file. Raises `typer.BadParameter` if it is none, OSError."""
    try:
        return RecordedTrace.read(path)
    except TraceFormatError as error:
        raise no_trace(path, error) from error


def no_trace(path: Path, error: TraceFormatError) -> typer.BadParameter:
    """The error for a file that is not a trace."""
    return typer.BadParameter(f"{path} is not a trace that can be read: {error}", param_hint="'FILE'")


def chosen(trace: RecordedTrace, number: int | None) -> tuple[TracedAssociation, ...]:
    """All associations, or the one with this number. Raises `typer.BadParameter` if there is none."""
    if number is None:
        return trace.associations
    if number > len(trace.associations):
        there = counted(len(trace.associations), "association")
        raise typer.BadParameter(
            f"there is no association {number}: the file has {there}", param_hint="'--association'"
        )
    return (trace.associations[number - 1],)
