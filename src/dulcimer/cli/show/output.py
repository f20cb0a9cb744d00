"""The console that commands print on."""

from __future__ import annotations

import json
import os
import shutil
import sys

from rich.console import Console
from rich.progress import Progress, ProgressColumn

from dulcimer.escaping import escaped_json

WIDTH = 100
"""Default and maximum width of text in columns."""


def text_console(*, at_most: int | None = WIDTH) -> Console:
    """A console on standard output of the width of the terminal, but no wider than `at_most` columns.

    Without a terminal it is no wider than `WIDTH` either, or as wide as the variable COLUMNS says, and has no colours;
    the variable NO_COLOR is respected.
    """
    columns = shutil.get_terminal_size((WIDTH, 24)).columns
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit():
        width = columns if at_most is None else min(columns, at_most)
    else:
        width = min(WIDTH, at_most) if at_most is not None else columns
    return Console(width=width, highlight=False, markup=False, emoji=False, soft_wrap=False)


def json_text(value: object, *, indent: int | None = None) -> str:
    r"""`value` as JSON for standard output: ``\uNNNN`` for what that cannot encode, and for control characters."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return escaped_json(json.dumps(value, indent=indent, ensure_ascii=False), encoding)


def print_json(value: object) -> None:
    """Print `value` as JSON, indented."""
    print(json_text(value, indent=2))


def print_json_line(value: object) -> None:
    """Print `value` as JSON in one line, at once."""
    print(json_text(value), flush=True)


def say(text: str, *, quiet: bool = False) -> None:
    """Print something besides the results, on standard error."""
    if not quiet:
        print(text, file=sys.stderr, flush=True)


def progress_bar(*columns: ProgressColumn, disable: bool = False) -> Progress:
    """A bar on standard error that disappears at the end; nothing if that is not a terminal.

    Lines printed inside the block appear above the bar, or in the file or pipe if standard output is one.
    """
    return Progress(
        *columns,
        console=Console(stderr=True, highlight=False, markup=False, emoji=False),
        transient=True,
        disable=disable or not sys.stderr.isatty(),
        redirect_stdout=sys.stdout.isatty(),
    )
