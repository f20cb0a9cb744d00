"""Where instances go that a command receives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dulcimer.services.storage import InstanceDirectory, StoredInstance


@dataclass(frozen=True, slots=True)
class ReceivingOptions:
    """A directory, or nowhere."""

    output_directory: Annotated[
        Path,
        typer.Option(
            "-od",
            "--output-directory",
            metavar="DIRECTORY",
            file_okay=False,
            help="Keep instances here; made if missing.",
        ),
    ] = Path()
    ignore: Annotated[bool, typer.Option("--ignore", help="Take instances, and keep none of them.")] = False

    def open(self, on_stored: Callable[[StoredInstance], None]) -> InstanceDirectory:
        """Where they go; `typer.BadParameter` if the directory cannot be used."""
        from dulcimer.services.storage import InstanceDirectory

        try:
            return InstanceDirectory(None if self.ignore else self.output_directory, on_stored)
        except OSError as error:
            raise typer.BadParameter(f"the directory cannot be used: {error}", param_hint="'-od'") from error
