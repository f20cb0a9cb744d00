"""`dulcimer trace export`: a trace for other programs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dulcimer.cli.options.output import Debug
from dulcimer.cli.options.trace_file import TraceSource


class ExportForm(StrEnum):
    """The forms."""

    HTML = "html"
    MERMAID = "mermaid"
    PCAPNG = "pcapng"
    PCAPNG_PDU = "pcapng-pdu"
    QLOG_SEQ = "qlog-seq"
    SVG = "svg"


def command(
    file: TraceSource,
    to: Annotated[ExportForm, typer.Option("--to", metavar="FORM", help="The form to write, see above.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write, - for standard output.")
    ] = Path("-"),
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Write a trace in another form.

    html        one page with the sequence diagram and all fields; no script
    mermaid     a sequence diagram for Markdown: GitHub and many editors draw it
    pcapng      a capture for Wireshark: TCP is made up around the bytes;
                the steps of the machine are comments (frame.comment)
    pcapng-pdu  the same without TCP: each PDU is a packet
    qlog-seq    a sequence of JSON texts (RFC 7464), as readers of qlog take it
    svg         a picture: the states of both ends, and PDUs that cross; what both
                ends have recorded, as in dulcimer play, is one association

    Examples:
      dulcimer trace export association.jsonl --to pcapng -o association.pcapng
      dulcimer trace export association.jsonl --to html -o association.html
      dulcimer trace export game.jsonl --to svg -o game.svg
      dulcimer trace export association.jsonl --to qlog-seq -o association.sqlog
    """
    from dulcimer.cli.tracing.exporting import export

    export(file, str(to), output)
