"""`dulcimer trace import`: the capture is read, the trace written, and what was left out is said."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import typer

from dulcimer.captures.files import is_capture
from dulcimer.cli.show.output import say
from dulcimer.conformance.report.writing import STANDARD_OUTPUT
from dulcimer.counting import counted
from dulcimer.diagnosis.importing.from_capture import ImportedCapture, import_capture
from dulcimer.diagnosis.judging.verdicts import OtherConnection
from dulcimer.trace.masking import Masks

_BEGINNING = 4096


def import_file(path: Path, output: Path, *, raw: bool) -> int:
    """How many associations were written. Raises `typer.BadParameter` if the file is no capture, OSError."""
    with path.open("rb") as file:
        if not is_capture(file.read(_BEGINNING)):
            raise typer.BadParameter(f"{path} is no capture (pcap, pcapng)", param_hint="'FILE'")
    masks = Masks(data_sets=not raw, secrets=not raw)
    if str(output) == STANDARD_OUTPUT:
        imported = import_capture(path, sys.stdout.buffer, masks, path.name)
        sys.stdout.buffer.flush()
    else:
        with output.open("wb") as written:
            imported = import_capture(path, written, masks, path.name)
    _say(imported)
    return imported.associations


def _say(imported: ImportedCapture) -> None:
    say(f"{counted(imported.frames, 'frame')}, {counted(imported.associations, 'association')} written.")
    others = Counter(one.name for one in imported.verdicts if isinstance(one, OtherConnection))
    for name, number in sorted(others.items()):
        say(f"Left out: {counted(number, 'connection')}, {name}.")
    for remark in imported.remarks:
        say(remark)
    if imported.damage:
        say(f"The capture is damaged: {imported.damage}.")
