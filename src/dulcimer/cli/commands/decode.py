"""`dulcimer decode`: what the bytes of PDUs mean."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.options.output import Debug, Json

if TYPE_CHECKING:
    from dulcimer.captures.chunks import CaptureSource


def command(
    source: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE", help="A file, a network capture, hexadecimal digits, or - for standard input."
        ),
    ],
    json_output: Json = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write one HTML page, - for standard output.")
    ] = None,
    debug: Debug = False,  # noqa: ARG001  (read by main when a command fails)
) -> None:
    """Explain the bytes of one or more PDUs, field by field (PS3.8 9.3).

    Every byte gets its offset, the field it belongs to, its value and the clause
    of the standard. What violates the standard is marked PROBLEM. The command
    sets inside P-DATA-TF PDUs are shown, too (PS3.7 6.3.1).

    Digits may be separated by spaces, newlines, colons, commas and 0x, also in a
    file or on standard input. A network capture (pcap, pcapng, also with gzip) may
    have several associations, on any port; each PDU comes with its frame and who
    sent it.

    Examples:
      dulcimer decode 07 00 00 00 00 04 00 00 02 01
      dulcimer decode association.bin
      xclip -o | dulcimer decode -
      dulcimer decode --json association.bin
      dulcimer decode --html association.html association.bin
      dulcimer decode capture.pcapng

    The exit status is 0 if the bytes keep to the standard and 1 if not.
    """
    from dulcimer.captures.files import is_capture
    from dulcimer.cli.show.hexinput import capture_path, read_input

    if html is not None and json_output:
        raise typer.BadParameter("give either --json or --html", param_hint="'--html'")
    captured = capture_path(source)
    data = b"" if captured else read_input(source)
    if html is not None:
        violated = _as_html(data, captured or (data if is_capture(data) else None), html)
    elif captured or is_capture(data):
        from dulcimer.cli.show import capture_dump

        violated = (capture_dump.as_json if json_output else capture_dump.as_text)(captured or data)
    else:
        violated = _as_json(data) if json_output else _as_text(data)
    if violated:
        raise typer.Exit(ExitStatus.PEER_FAILED)


def _as_json(data: bytes) -> bool:
    import json

    from dulcimer.cli.show.dump import pdu_json
    from dulcimer.cli.show.output import json_text
    from dulcimer.cli.show.pdu_stream import PduStream, foreign_format

    print(f'{{\n"schema": 1,\n"looks_like": {json.dumps(foreign_format(data))},\n"pdus": [', end="")
    problems = 0
    for number, pdu in enumerate(PduStream(data)):  # one by one: there may be millions
        problems += len(pdu.problems)
        print(",\n" if number else "\n", json_text(pdu_json(pdu), indent=2), sep="", end="")
    problems += not data
    print(f'\n],\n"problems": {problems}\n}}')
    return problems > 0


def _as_html(data: bytes, capture: CaptureSource | None, output: Path) -> bool:
    from dulcimer.cli.options.writable import make_reports_writable
    from dulcimer.cli.show import capture_dump
    from dulcimer.cli.show.dump_page import PagePdu, dump_page
    from dulcimer.cli.show.pdu_stream import NO_BYTES, PduStream, foreign_format

    make_reports_writable({"--html": output})
    if capture is not None:
        text, violated = capture_dump.as_page(capture)
    else:
        looks_like = foreign_format(data)
        remarks = [f"This looks like {looks_like}."] if looks_like else [] if data else [f"{NO_BYTES}."]
        pdus = (PagePdu(pdu, f"at byte {pdu.offset}") for pdu in PduStream(data))
        text, problems = dump_page("Decoded PDUs", pdus, remarks)
        violated = problems > 0 or not data
    if str(output) == "-":
        print(text, end="")
    else:
        output.write_text(text, encoding="utf-8", newline="\n")
    return violated


def _as_text(data: bytes) -> bool:
    from dulcimer.cli.show.dump import DumpTable, show_count
    from dulcimer.cli.show.output import text_console
    from dulcimer.cli.show.pdu_stream import NO_BYTES, PduStream, foreign_format

    console = text_console(at_most=140)
    table = DumpTable(console)
    count = problems = 0
    for count, pdu in enumerate(PduStream(data), start=1):
        table.show(count, pdu)
        problems += len(pdu.problems)
    if not count:
        console.print(f"PROBLEM: {NO_BYTES}", style="bold red")
        return True
    show_count(console, count, problems)
    if looks_like := foreign_format(data):
        console.print(f"This looks like {looks_like}.")
    return problems > 0
