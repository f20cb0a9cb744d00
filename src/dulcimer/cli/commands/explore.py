"""`dulcimer explore`: both machines, the wire and the bytes in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dulcimer.cli.options.output import Debug


def command(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]", exists=True, dir_okay=False, help="A trace or a capture (pcap, pcapng) to replay."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the page there, and do not open it; - for stdout."),
    ] = None,
    debug: Debug = False,  # noqa: ARG001  (read by main when a command fails)
) -> None:
    """Explore the protocol in a browser: one page, which loads nothing.

    Explore: fire events at both ends; what they send travels between them, and may
    cross. A cell of Table 9-10 that is blank says why, and the page finds the
    shortest way to any cell. Replay: step through a recorded association, or
    through a story such as a release collision; what breaks the standard is
    marked, as in 'dulcimer trace check'. Quiz: ten questions.

    Each moment has the cell, the steps of its action, the clause, and the bytes of
    the PDU, field by field. The address of the page holds the moment.

    Examples:
      dulcimer explore
      dulcimer explore association.jsonl
      dulcimer explore capture.pcapng --output lesson.html
    """
    from dulcimer.cli.tracing.exploring import show_page, write_page

    if output is not None:
        write_page(file, output)
    else:
        show_page(file)
