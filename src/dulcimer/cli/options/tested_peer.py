"""The peer that is tested: where it is, whether it may be tested, the command that starts it."""

from __future__ import annotations

import shlex
import shutil
import textwrap
from collections.abc import Sequence
from typing import NoReturn

import typer
from rich.console import Console

from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.conformance.processes.command import Command

_HINT = "'--spawn'"


def host_and_port(words: Sequence[str]) -> tuple[str, int]:
    """Host and port; a usage error if the words are something else."""
    if len(words) != 2:
        missing = "PORT is missing" if len(words) == 1 else f"expected HOST and PORT, found {' '.join(words)!r}"
        raise typer.BadParameter(missing)
    host, text = words
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise typer.BadParameter(f"{text!r} is not a port from 1 to 65535", param_hint="'PORT'")
    return host, int(text)


def spawn_command(spawn: str, *, needs_port: bool) -> Command:
    """The command; a usage error if it cannot be started."""
    try:
        command = Command(tuple(shlex.split(spawn)))
    except ValueError as error:
        raise typer.BadParameter(f"{spawn!r}: {error}", param_hint=_HINT) from error
    if not command.words or shutil.which(command.words[0]) is None:
        raise typer.BadParameter(f"there is no command {spawn!r}", param_hint=_HINT)
    if needs_port and not any("{port}" in word for word in command.words):
        raise typer.BadParameter("the command does not contain {port}: add it, or give HOST and PORT", param_hint=_HINT)
    return command


def nothing_tested(headline: str, *, expected: str, came: str, advice: str) -> NoReturn:
    """Print on standard error that nothing was tested; raises Exit."""
    console = Console(stderr=True, highlight=False)
    lines = textwrap.wrap(f"{headline}, so nothing was tested.", console.width, break_on_hyphens=False)
    for label, text in (("expected", expected), ("came", came), ("advice", advice)):
        first = f"  {label:<10}"
        lines += textwrap.wrap(
            text, console.width, initial_indent=first, subsequent_indent=" " * len(first), break_on_hyphens=False
        )
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
    raise typer.Exit(ExitStatus.UNREACHABLE)
