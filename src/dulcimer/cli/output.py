"""The console that commands print on."""

from __future__ import annotations

import json
import os
import shutil
import sys

from rich.console import Console
from rich.progress import Progress, ProgressColumn

WIDTH = 100
"""Columns where the terminal does not say how many it has, and at most for text."""


def text_console(*, at_most: int | None = WIDTH) -> Console:
    """A console on standard output of the width of the terminal, but no wider than `at_most` columns.

    Without a terminal it is `WIDTH` columns wide, or as wide as the variable COLUMNS says, and has no colours; the
    variable NO_COLOR is heeded.
    """
    columns = shutil.get_terminal_size((WIDTH, 24)).columns
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit():
        width = columns if at_most is None else min(columns, at_most)
    else:
        width = WIDTH if at_most is not None else columns
    return Console(width=width, highlight=False, markup=False, emoji=False, soft_wrap=False)


def print_json(value: object) -> None:
    """Print `value` as JSON, indented."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def print_json_line(value: object) -> None:
    """Print `value` as JSON in one line, at once."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def say(text: str, *, quiet: bool = False) -> None:
    """Say something beside the results, on standard error."""
    if not quiet:
        print(text, file=sys.stderr, flush=True)


def shown(text: str) -> str:
    r"""`text` of a peer with control characters, which a terminal would obey, as ``\xNN`` or ``\uNNNN``."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{ord(c):04x}" for c in text)


def progress_bar(*columns: ProgressColumn, disable: bool = False) -> Progress:
    """A bar on standard error that goes when it is done; nothing where that is no terminal.

    What is printed meanwhile appears above the bar, and still goes into a file or pipe if standard output is one.
    """
    return Progress(
        *columns,
        console=Console(stderr=True, highlight=False, markup=False, emoji=False),
        transient=True,
        disable=disable or not sys.stderr.isatty(),
        redirect_stdout=sys.stdout.isatty(),
    )
