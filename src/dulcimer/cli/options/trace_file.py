"""Options of commands that read a trace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

TraceFile: TypeAlias = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="A trace.", exists=True, dir_okay=False, readable=True, show_default=False),
]
ChosenAssociation: TypeAlias = Annotated[
    int | None,
    typer.Option("--association", metavar="N", min=1, help="Only association N, counted from 1."),
]
