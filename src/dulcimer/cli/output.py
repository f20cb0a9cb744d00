"""The console that commands print on."""

from __future__ import annotations

import json
import os
import shutil
import sys

from rich.console import Console

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
