"""Servers that tests start by a command line, and that are stopped at the end of the tests."""

from __future__ import annotations

import contextlib
import re
import shlex
import shutil
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from dulcimer.conformance.processes.command import Command
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.errors import DulcimerError
from dulcimer.fuzz.targets.process import SpawnedTarget, TargetDeath

_HOST = "127.0.0.1"
_PORT = "{port}"
_PLAIN = re.compile(r"[\w@%+=:,./{}-]+", re.ASCII)
_TITLES = Titles()


class TargetCommandError(DulcimerError, ValueError):
    """A command line that cannot start a target; the message says what is missing."""


class StartedServer:
    """A server that runs, or has run, at `host` and `port`. `titles`: of the requests that it gets in tests."""

    def __init__(self, command: Command, port: int, directory: Path, titles: Titles) -> None:
        self.command = command
        self.host, self.port, self.titles = _HOST, port, titles
        self.process = SpawnedTarget(command, _HOST, port, directory)
        self.process.start()

    @property
    def output(self) -> tuple[str, ...]:
        """The last lines that it has written."""
        return self.process.output

    @property
    def death(self) -> TargetDeath | None:
        """How it has ended by itself; None while it runs."""
        return self.process.death()

    @property
    def is_running(self) -> bool:
        """Whether it runs."""
        return self.process.is_running

    def restart(self) -> float:
        """End it, and start it again; the seconds that this took. Raises TargetStartError."""
        return self.process.restart()

    def __str__(self) -> str:
        """The command, as it can be given to a shell."""
        return shell_words(self.command.words)

    def __repr__(self) -> str:
        return f"<{self} at {self.host}:{self.port}>"


class ServerStarter:
    """Starts servers; the same command gives the same server, started again if it has ended.

    `directory` makes a directory of its own for each.
    """

    def __init__(self, directory: Callable[[], Path]) -> None:
        self._directory = directory
        self._servers: dict[tuple[tuple[str, ...], Titles], StartedServer] = {}

    def __call__(
        self, command: str | Sequence[str], *, called: str = _TITLES.called, calling: str = _TITLES.calling
    ) -> StartedServer:
        """A server that listens at the port which is filled in for `{port}`, and at 127.0.0.1 for `{host}`.

        `called`, `calling`: AE titles of the requests that it gets. Raises TargetCommandError if the command has no
        `{port}` or does not exist, TargetStartError if it ends or does not listen within 30 seconds.
        """
        words = command_words(command)
        if not any(_PORT in word for word in words):
            raise TargetCommandError(f"the command has no {_PORT}, so it cannot be told where to listen: {command}")
        titles = Titles(calling, called)
        found = self._servers.get((words, titles))
        if found is None:
            found = StartedServer(Command(words), _free_port(), self._directory(), titles)
            self._servers[words, titles] = found
        elif not found.is_running:
            found.restart()
        return found

    def stop(self) -> None:
        """End all servers, with everything that they have started."""
        with contextlib.ExitStack() as stack:
            for server in self._servers.values():
                stack.callback(server.process.stop)
        self._servers.clear()


def command_words(command: str | Sequence[str]) -> tuple[str, ...]:
    """The words of a command line. Raises TargetCommandError if there is no such program."""
    try:
        words = tuple(shlex.split(command)) if isinstance(command, str) else tuple(map(str, command))
    except ValueError as error:
        raise TargetCommandError(f"{command!r}: {error}") from error
    if not words or shutil.which(words[0]) is None:
        raise TargetCommandError(f"there is no command {words[0] if words else ''!r}: {command}")
    return words


def shell_words(words: Sequence[str]) -> str:
    """A command as it can be given to a shell; places such as `{port}` need no quotes there."""
    return " ".join(word if _PLAIN.fullmatch(word) else shlex.quote(word) for word in words)


def _free_port() -> int:
    with socket.create_server((_HOST, 0)) as free:
        port: int = free.getsockname()[1]
    return port
