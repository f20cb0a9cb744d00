"""The part of `dulcimer check` for a server that the check starts itself."""

from __future__ import annotations

import shlex
import shutil
import socket
from typing import NoReturn

import typer

from dulcimer.cli.checking.kinds import nothing_tested
from dulcimer.conformance.processes.command import Command
from dulcimer.conformance.processes.server import SpawnError

_HINT = "'--spawn'"
_HOST = "127.0.0.1"
SPAWN_IS_FOR_SERVERS = "--spawn starts a server: leave out --requestor, --listen and --upper-tester"


def command_and_address(spawn: str | None, words: list[str], *, embedded: bool) -> tuple[Command | None, list[str]]:
    """The command, None without one, and HOST and PORT; a usage error if it cannot be started."""
    if spawn is None:
        return None, words
    if embedded:
        raise typer.BadParameter("--embedded starts its own server: leave out one of the two", param_hint=_HINT)
    try:
        command = Command(tuple(shlex.split(spawn)))
    except ValueError as error:
        raise typer.BadParameter(f"{spawn!r}: {error}", param_hint=_HINT) from error
    if not command.words or shutil.which(command.words[0]) is None:
        raise typer.BadParameter(f"there is no command {spawn!r}", param_hint=_HINT)
    if words:
        return command, words
    if not any("{port}" in word for word in command.words):
        raise typer.BadParameter("the command does not contain {port}: add it, or give HOST and PORT", param_hint=_HINT)
    with socket.create_server((_HOST, 0)) as free:
        return command, [_HOST, str(free.getsockname()[1])]


def not_started(error: SpawnError) -> NoReturn:
    """Print that nothing was tested; raises Exit."""
    nothing_tested(
        "The server does not start",
        expected="a command that keeps running and listens at the address of the check",
        came=str(error),
        advice="run the command by hand, with the same port, and dulcimer echo",
    )
