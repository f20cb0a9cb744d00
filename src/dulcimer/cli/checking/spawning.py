"""The part of `dulcimer check` for a server that the check starts itself."""

from __future__ import annotations

import socket
from typing import NoReturn

import typer

from dulcimer.cli.options.tested_peer import nothing_tested, spawn_command
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
    command = spawn_command(spawn, needs_port=not words)
    if words:
        return command, words
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
