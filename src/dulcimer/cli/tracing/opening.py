"""The trace that a command is about."""

from __future__ import annotations

import io
from pathlib import Path

import typer

from dulcimer.captures.chunks import CaptureSource
from dulcimer.captures.files import is_capture
from dulcimer.counting import counted
from dulcimer.trace.collected import RecordedTrace
from dulcimer.trace.json_lines import TraceFormatError
from dulcimer.trace.masking import Masks
from dulcimer.trace.traced import TracedAssociation

_BEGINNING = 512
"""Bytes that show what a file is."""


def opened_trace(path: Path) -> RecordedTrace:
    """The trace of a file, or of a capture. Raises `typer.BadParameter` if it is neither, OSError."""
    try:
        return RecordedTrace.read(trace_source(path))
    except TraceFormatError as error:
        raise no_trace(path, error) from error


def trace_source(path: Path) -> CaptureSource:
    """What a trace is read from: the file itself, or the trace of a capture. Raises `typer.BadParameter`, OSError."""
    with path.open("rb") as file:
        if not is_capture(file.read(_BEGINNING)):
            return path
    from dulcimer.diagnosis.importing.from_capture import import_capture  # only loaded for a capture

    found = io.BytesIO()
    if not import_capture(path, found, Masks(), path.name).associations:
        raise typer.BadParameter(f"there is no DICOM in {path}", param_hint="'FILE'")
    return found.getvalue()


def no_trace(path: Path, error: TraceFormatError) -> typer.BadParameter:
    """The error for a file that is not a trace."""
    return typer.BadParameter(f"{path} is neither a capture nor a trace that can be read: {error}", param_hint="'FILE'")


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
