"""`dulcimer diagnose`: why does it not work, and what is to be changed?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dulcimer.cli.options.output import Json, Verbose


def command(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", exists=True, dir_okay=False, readable=True, help="A network capture or a trace."
        ),
    ],
    verbose: Verbose = False,
    json_output: Json = False,
) -> None:
    """Find out from a capture or a trace why something does not work.

    It names the causes, the most important one first: with the proof, what to
    change at each end, the clause, how sure it is, and what would settle it. A
    cause is called certain only if what is there can have no other one. Captures
    are pcap or pcapng, also with gzip; DICOM is found on any port, and connections
    without DICOM are looked at, too.

    Examples:
      dulcimer diagnose capture.pcapng
      dulcimer diagnose capture.pcapng -v
      dulcimer diagnose --json trace.jsonl

    Exit status: 0 nothing is wrong that the file shows; 1 there is a cause.
    """
    from dulcimer.cli.diagnosing.file_run import diagnose_file

    diagnose_file(file, json=json_output, verbose=verbose)
