"""Diagnoses files for the command line."""

from __future__ import annotations

from pathlib import Path

import typer

from dulcimer.cli.diagnosing.causes_text import report_json, report_text
from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.show.output import print_json
from dulcimer.diagnosis.causes.engine import causes_of
from dulcimer.diagnosis.sources import evidence_of_file, kind_of
from dulcimer.trace.json_lines import TraceFormatError


def diagnose_file(path: Path, *, json: bool = False, verbose: bool = False) -> None:
    """Print the causes that a file shows; exits with 1 if there are any. Raises `typer.BadParameter`, OSError."""
    kind = kind_of(path)
    if kind is None:
        raise typer.BadParameter(
            f"{path} is not a capture, a trace, or a log of software that is known here", param_hint="'FILE'"
        )
    try:
        evidence = evidence_of_file(path, kind)
    except TraceFormatError as error:
        raise typer.BadParameter(f"{path} is not a trace that can be read: {error}", param_hint="'FILE'") from error
    found = causes_of(evidence)
    if json:
        print_json(report_json(str(path), kind.value, evidence, found))
    else:
        print(report_text(path.name, kind.value, evidence, found, verbose=verbose))
    if not found.is_clean:
        raise typer.Exit(ExitStatus.PEER_FAILED)
