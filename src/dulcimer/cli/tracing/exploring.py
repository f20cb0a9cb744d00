"""The page of `dulcimer explore`: made, written, opened in the browser."""

from __future__ import annotations

import tempfile
import webbrowser
from pathlib import Path

import typer

from dulcimer.cli.options.writable import make_reports_writable
from dulcimer.cli.show.output import say
from dulcimer.cli.tracing.checking import judged_file
from dulcimer.cli.tracing.opening import opened_trace
from dulcimer.conformance.report.writing import write_report
from dulcimer.escaping import escaped
from dulcimer.learn.explorer.page import explorer_page


def write_page(source: Path | None, output: Path) -> None:
    """Write the page. Raises `typer.BadParameter` for a file that cannot be read or written, OSError."""
    make_reports_writable({"--output": output})
    write_report(output, _page(source))


def show_page(source: Path | None) -> None:
    """Write the page to a new folder for temporary files, and open it. Raises as `write_page`."""
    text = _page(source)
    path = Path(tempfile.mkdtemp(prefix="dulcimer-")) / "explorer.html"
    write_report(path, text)
    print(path)
    if not webbrowser.open(path.as_uri()):
        say("No browser could be started: open this file in one.")


def _page(source: Path | None) -> str:
    if source is None:
        return explorer_page()
    trace = opened_trace(source)
    if not trace.associations:
        raise typer.BadParameter(f"there is no association in {source}", param_hint="'FILE'")
    return explorer_page(trace, judged_file(source), escaped(source.name))
