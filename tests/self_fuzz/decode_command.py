"""`dulcimer decode`: any file as text and as JSON."""

from __future__ import annotations

import io
import json
import re
import tempfile
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any

import typer

from dulcimer.captures.files import is_capture
from dulcimer.cli.commands.decode import command
from dulcimer.cli.show.hexinput import bytes_of
from dulcimer.fuzz.campaign.making import make_case
from dulcimer.fuzz.choices import Choices
from self_fuzz import capture_files, pdus
from self_fuzz.material import disturbed, sequences
from self_fuzz.surface import Allowance, Surface, demand

_MOST, _MOST_OF_A_CAPTURE = 1 << 9, 1 << 12
"""Bytes of an input: laying out a table takes some milliseconds for a row."""
_NOT_SHOWN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters that steer a terminal, or turn text around."""


def make(choices: Choices) -> bytes:
    """A changed PDU, all that a changed sequence sends, a changed capture, or one of these as digits."""
    match choices.integer(0, 7):
        case 0:
            given = capture_files.make(choices)[:_MOST_OF_A_CAPTURE]
        case 1 | 2 | 3:
            given = make_case(choices.pick(sequences()), choices, {}).sequence.sent
        case _:
            given = pdus.make(choices)
    if not is_capture(given):
        given = given[:_MOST]
    if choices.integer(0, 15):
        return given
    return disturbed(given.hex(choices.pick((" ", ":", ","))).encode(), choices, 1)


def check(given: bytes) -> None:
    """Both forms have the same exit status, the JSON can be read and has all bytes, nothing steers the terminal."""
    text, text_status = _run(given, json_output=False)
    written, json_status = _run(given, json_output=True)
    demand(text_status == json_status, f"exit status {text_status} as text, {json_status} as JSON")
    for output in (text, written):
        demand(not (found := _NOT_SHOWN.findall(output)), f"the output has the characters {found[:5]}")
    if text_status == _REFUSED:
        return
    document = json.loads(written)
    demand(bool(document["problems"]) == bool(json_status) or not document["pdus"], "problems and status differ")
    data = bytes_of(given)
    if not is_capture(data):
        _has_all_bytes(document["pdus"], data)


def _has_all_bytes(shown: list[dict[str, Any]], data: bytes) -> None:
    octets = b"".join(bytes.fromhex(field["hex"]) for pdu in shown for field in pdu["fields"])
    demand(octets == data, "the fields in the JSON do not have all bytes")
    at = 0
    for pdu in shown:
        demand(pdu["offset"] == at, f"a PDU at byte {pdu['offset']}, not {at}")
        at += pdu["size"]


_REFUSED = 2


@cache
def _directory() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="self-fuzz-")


def _run(given: bytes, *, json_output: bool) -> tuple[str, int]:
    path = Path(_directory().name, "given.bin")
    path.write_bytes(given)
    output = io.StringIO()
    try:
        with redirect_stdout(output):
            command([str(path)], json_output=json_output)
    except typer.BadParameter:
        return output.getvalue(), _REFUSED
    except typer.Exit as end:
        return output.getvalue(), end.exit_code
    return output.getvalue(), 0


SURFACE = Surface(
    "decode",
    "dulcimer decode: bytes, digits and captures, as text and as JSON",
    make,
    check,
    Allowance(calls=2_000_000, calls_per_byte=6000, memory=32 << 20, memory_per_byte=8000),
)
