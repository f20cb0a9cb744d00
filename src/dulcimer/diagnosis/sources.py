"""The evidence of a file, whatever it is: a capture, a trace or a log."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from dulcimer.captures.files import is_capture
from dulcimer.diagnosis.evidence.captured import evidence_of_capture, evidence_of_trace
from dulcimer.diagnosis.evidence.conversations import Evidence
from dulcimer.diagnosis.logs.lines import is_text
from dulcimer.diagnosis.logs.reading import evidence_of_log, knows_log
from dulcimer.trace.reading import is_trace

_BEGINNING = 512
"""Bytes that show what a file is."""


class SourceKind(StrEnum):
    """What a file is."""

    CAPTURE = "capture"
    TRACE = "trace"
    LOG = "log"


def kind_of(path: Path) -> SourceKind | None:
    """What a file is, by its first bytes; None if it is nothing of that. Raises OSError."""
    with path.open("rb") as file:
        beginning = file.read(_BEGINNING)
    if is_capture(beginning):
        return SourceKind.CAPTURE
    if is_trace(beginning):
        return SourceKind.TRACE
    return SourceKind.LOG if is_text(beginning) and knows_log(path) else None


def evidence_of_file(path: Path, kind: SourceKind) -> Evidence:
    """The evidence of a file of this kind. Raises OSError, TraceFormatError."""
    match kind:
        case SourceKind.CAPTURE:
            return evidence_of_capture(path)
        case SourceKind.TRACE:
            return evidence_of_trace(path)
        case SourceKind.LOG:
            return evidence_of_log(path)
