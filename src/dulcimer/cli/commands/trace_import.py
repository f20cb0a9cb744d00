"""`dulcimer trace import`: a capture as a trace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.options.output import Debug
from dulcimer.cli.options.writable import make_reports_writable


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A capture: pcap, pcapng.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The trace to write, - for standard output.")
    ] = Path("-"),
    raw: Annotated[
        bool, typer.Option("--raw", help="Keep data sets and secrets, which are left out otherwise.")
    ] = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Write the associations of a capture as a trace.

    Segments are put into order, DICOM is found on any port, and each PDU keeps the
    numbers of its frames. What is missing is said in the trace. Data sets and user
    identities are left out, only their lengths are kept.

    Examples:
      dulcimer trace import capture.pcapng -o associations.jsonl
      dulcimer trace import capture.pcapng | gzip > associations.jsonl.gz

    The exit status is 1 if there is no DICOM in the capture.
    """
    from dulcimer.cli.tracing.importing import import_file

    make_reports_writable({"--output": output})
    if not import_file(file, output, raw=raw):
        raise typer.Exit(ExitStatus.PEER_FAILED)
