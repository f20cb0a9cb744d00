"""Writes a report to a file, or to standard output."""

from __future__ import annotations

import os
from pathlib import Path

STANDARD_OUTPUT = "-"
"""The file name that means standard output."""


def write_report(path: Path, text: str) -> None:
    """Write the whole text or nothing, to standard output if `path` says so; an OSError names the file."""
    if str(path) == STANDARD_OUTPUT:
        print(text, end="")
        return
    try:
        whole = path.resolve()
        place = whole.with_name(f".{whole.name}.new")
        if (whole.exists() and not whole.is_file()) or not os.access(whole.parent, os.W_OK):
            place = whole  # such as /dev/stdout
        place.write_text(text, encoding="utf-8", newline="\n")
        if place != whole:
            place.replace(whole)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
