"""`dulcimer trace check`: captures and traces are read and judged, and the reports written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from dulcimer.captures.chunks import CaptureError
from dulcimer.captures.files import is_capture
from dulcimer.captures.following import CaptureReader
from dulcimer.cli.show.output import text_console
from dulcimer.conformance.report.writing import write_report
from dulcimer.diagnosis.judging.judge import EventJudge, Judged
from dulcimer.diagnosis.judging.verdicts import AssociationVerdict, OtherConnection
from dulcimer.diagnosis.reporting.judged_file import JudgedFile
from dulcimer.diagnosis.reporting.text import WIDTH, VerdictLine, lines_of, summary_of
from dulcimer.trace.as_capture import TraceAsCapture
from dulcimer.trace.json_lines import TraceFormatError
from dulcimer.trace.reading import TraceReader, is_trace

_BEGINNING = 4096


def judged_file(path: Path) -> JudgedFile:
    """The verdicts on a capture or a trace. Raises `typer.BadParameter` if it is neither, OSError."""
    with path.open("rb") as file:
        beginning = file.read(_BEGINNING)
    if is_capture(beginning):
        return _judged_capture(path)
    if is_trace(beginning):
        return _judged_trace(path)
    raise typer.BadParameter(f"{path} is neither a capture (pcap, pcapng) nor a trace", param_hint="'FILE'")


def _judged_capture(path: Path) -> JudgedFile:
    reader = CaptureReader(path)
    judge = EventJudge()
    found = [one for event in reader if (one := judge.take(event)) is not None]
    associations, others = _sorted(found)
    remarks = tuple(reader.remarks())
    return JudgedFile(str(path), associations, others, reader.frames, "frame", reader.damage, remarks)


def _judged_trace(path: Path) -> JudgedFile:
    try:
        reader = TraceReader(path)
    except (TraceFormatError, CaptureError) as error:
        raise typer.BadParameter(f"{path} is not a trace that can be read: {error}", param_hint="'FILE'") from error
    events = TraceAsCapture(reader, reader.header.begun)
    judge = EventJudge(was_masked=events.was_masked)
    found: list[Judged] = []
    lines = 0
    for event in events:
        lines = max(lines, event.frame)
        if (one := judge.take(event)) is not None:
            found.append(one)
    associations, others = _sorted(found)
    return JudgedFile(str(path), associations, others, lines, "line", "", tuple(reader.remarks()))


def _sorted(found: Sequence[Judged]) -> tuple[tuple[AssociationVerdict, ...], tuple[OtherConnection, ...]]:
    ordered = sorted(found, key=lambda one: one.number)
    associations = tuple(one for one in ordered if isinstance(one, AssociationVerdict))
    return associations, tuple(one for one in ordered if isinstance(one, OtherConnection))


def print_verdicts(files: Sequence[JudgedFile]) -> None:
    """All verdicts as text, on standard output."""
    console = text_console(at_most=WIDTH)

    def show(line: VerdictLine) -> None:
        console.print(line.text, style=line.style or None, soft_wrap=True)

    for number, one in enumerate(files):
        if number:
            console.print()
        for line in lines_of(one):
            show(line)
    for line in summary_of(files):
        show(line)


def write_verdicts(
    files: Sequence[JudgedFile], *, sarif: Path | None, junit: Path | None, html: Path | None
) -> dict[str, object]:
    """The JSON document, and the reports that are made from it. Raises OSError."""
    from dulcimer.diagnosis.reporting.document import verdicts_json

    document = verdicts_json(files)
    if sarif is not None:
        from dulcimer.diagnosis.reporting.sarif import verdicts_sarif

        write_report(sarif, verdicts_sarif(document))
    if junit is not None:
        from dulcimer.diagnosis.reporting.junit import verdicts_junit

        write_report(junit, verdicts_junit(document))
    if html is not None:
        from dulcimer.diagnosis.reporting.html import verdicts_html

        write_report(html, verdicts_html(document))
    return document
