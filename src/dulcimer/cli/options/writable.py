"""Files and directories that a command is to write: a mistake is known before a long run."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Mapping
from pathlib import Path

import typer

from dulcimer.cli.show.output import say
from dulcimer.conformance.report.writing import STANDARD_OUTPUT


def make_writable(option: str, directory: Path, path: Path | None = None) -> None:
    """Create the directory if it is missing; a usage error if `path`, or a file in it, cannot be written.

    A directory that is created for a file is named on standard error: the user asked for the file only, and may have
    made a typing error.
    """
    is_new = not directory.exists()
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = "is not a directory" if isinstance(error, FileExistsError | NotADirectoryError) else error.strerror
        name = error.filename or directory
        raise typer.BadParameter(
            f"{path or directory} cannot be written: {name} {why}", param_hint=f"'{option}'"
        ) from error
    place = path if path is not None and path.exists() else directory
    if not os.access(place, os.W_OK):
        why = os.strerror(errno.EACCES)
        raise typer.BadParameter(f"{path or directory} cannot be written: {why}", param_hint=f"'{option}'")
    if is_new and path is not None:
        # With -q the log of a command has errors only.
        quiet = not logging.getLogger("dulcimer").isEnabledFor(logging.WARNING)
        say(f"{option}: the directory {path.parent} did not exist and was created.", quiet=quiet)


def make_reports_writable(files: Mapping[str, Path | None]) -> None:
    """`make_writable` for the file of each option; None and standard output are left out."""
    for option, path in files.items():
        if path is not None and str(path) != STANDARD_OUTPUT:
            if path.is_dir():
                raise typer.BadParameter(f"{path} is a directory", param_hint=f"'{option}'")
            make_writable(option, path.absolute().parent, path)


def goes_to_standard_output(files: Mapping[str, Path | None]) -> bool:
    """Whether a report goes to standard output, so that nothing else may; a usage error if several do."""
    there = [option for option, path in files.items() if path is not None and str(path) == STANDARD_OUTPUT]
    if len(there) > 1:
        raise typer.BadParameter("only one report can go to standard output", param_hint=" and ".join(there))
    return bool(there)
