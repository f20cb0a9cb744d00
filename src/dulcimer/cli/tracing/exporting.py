"""Writes a trace in other forms."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import typer

from dulcimer.cli.options.writable import make_reports_writable
from dulcimer.cli.tracing.opening import no_trace, opened_trace, trace_source
from dulcimer.conformance.report.writing import STANDARD_OUTPUT
from dulcimer.trace.json_lines import TraceFormatError
from dulcimer.trace.qlog import qlog_sequence


def _pcapng(source: Path, *, with_tcp: bool = True) -> Iterator[bytes]:
    from dulcimer.trace.to_pcapng import pcapng_of

    return pcapng_of(opened_trace(source), with_tcp=with_tcp)


def _mermaid(source: Path) -> Iterator[bytes]:
    from dulcimer.trace.mermaid import mermaid_of

    return (f"{line}\n".encode() for line in mermaid_of(opened_trace(source).associations))


def _html(source: Path) -> Iterator[bytes]:
    from dulcimer.trace.html import trace_page

    return iter([trace_page(opened_trace(source)).encode()])


def _svg(source: Path) -> Iterator[bytes]:
    from dulcimer.trace.svg import trace_svg

    return iter([trace_svg(opened_trace(source)).encode()])


FORMS: dict[str, Callable[[Path], Iterator[bytes]]] = {
    "html": _html,
    "mermaid": _mermaid,
    "pcapng": _pcapng,
    "pcapng-pdu": partial(_pcapng, with_tcp=False),
    "qlog-seq": lambda source: qlog_sequence(trace_source(source)),
    "svg": _svg,
}
_BINARY = ("pcapng", "pcapng-pdu")


def export(source: Path, form: str, output: Path) -> None:
    """Write it, piece by piece. Raises `typer.BadParameter` for a file that cannot be read or written."""
    make_reports_writable({"--output": output})
    if form in _BINARY and str(output) == STANDARD_OUTPUT and sys.stdout.isatty():
        raise typer.BadParameter("this form is not for a terminal: give a file", param_hint="'--output'")
    try:
        pieces = FORMS[form](source)
        first = next(pieces, b"")
        if str(output) == STANDARD_OUTPUT:
            sys.stdout.flush()
            _write(sys.stdout.buffer.write, first, pieces)
            return
        with output.open("wb") as file:
            _write(file.write, first, pieces)
    except TraceFormatError as error:
        raise no_trace(source, error) from error


def _write(write: Callable[[bytes], object], first: bytes, others: Iterator[bytes]) -> None:
    write(first)
    for piece in others:
        write(piece)
