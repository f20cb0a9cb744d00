"""Options of commands that read a trace, or record one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from dulcimer.cli.options.panels import in_panel

TRACE_PANEL = "Trace"
_trace_option = in_panel(TRACE_PANEL)

TestedTrace: TypeAlias = Annotated[
    Path | None,
    _trace_option(
        "--trace",
        metavar="FILE",
        help="Write the connections into this file as a trace, with data sets left out, for dulcimer trace.",
    ),
]
TraceRaw: TypeAlias = Annotated[
    bool, _trace_option("--trace-raw", help="Keep data sets and passwords in the trace: it has patient data then.")
]
Pseudonymise: TypeAlias = Annotated[
    bool,
    _trace_option(
        "--trace-pseudonyms", help="Replace AE titles and addresses in the trace by others of the same length."
    ),
]
TraceSource: TypeAlias = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="A trace, or a capture: pcap, pcapng.",
        exists=True,
        dir_okay=False,
        readable=True,
        show_default=False,
    ),
]
ChosenAssociation: TypeAlias = Annotated[
    int | None,
    typer.Option("--association", metavar="N", min=1, help="Only association N, counted from 1."),
]
