"""Clients that are started by a command, each for one connection, and a few of them ahead of time."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import subprocess
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import IO

from dulcimer.conformance.processes import tree
from dulcimer.conformance.processes.command import Command
from dulcimer.conformance.processes.server import exit_in_words
from dulcimer.errors import DulcimerError
from dulcimer.fuzz.targets import sanitizer
from dulcimer.fuzz.targets.guard import GUARD
from dulcimer.fuzz.targets.process import TargetDeath

_SHOWN = 4096
"""Bytes of the end of the output that are read."""
_LINES = 20
_STALE = 2.0
"""Seconds that a client may wait for its turn: after some more it may give up by itself, and show no fault."""


class ClientStartError(DulcimerError):
    """The client cannot be started; the message says why."""


class LaunchedClient:
    """One run of the client, which connects to the listener that is its own."""

    def __init__(self, command: Command, host: str, ae_title: str, reports: Path, *, listens: bool = True) -> None:
        """Start it. Without `listens`, nobody is at the port that it is given. Raises ClientStartError."""
        self._listener = socket.create_server((host, 0), backlog=4)
        port = self._listener.getsockname()[1]
        if not listens:
            self._listener.close()
        self._began = time.monotonic()
        self._marker = secrets.token_hex(8)
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # it is closed by `stop`
        words = command.filled(host, port, ae_title)
        try:
            self._process = subprocess.Popen(  # noqa: S603  # the command that the user wants to be tested
                words,
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, **sanitizer.environment(reports, os.environ), tree.MARKER: self._marker},
            )
        except OSError as error:
            self._listener.close()
            raise ClientStartError(f"{words[0]}: {error.strerror or error}") from None
        GUARD.add(self._process.pid)

    @property
    def age(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self._began

    def connection(self, seconds: float) -> socket.socket | None:
        """The connection that it opens; None if it opens none within `seconds`, or ends before."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._listener.settimeout(min(left, 0.5))
            with contextlib.suppress(TimeoutError):
                return self._listener.accept()[0]
            if self._process.poll() is not None:
                return None
        return None

    def ended(self, seconds: float) -> TargetDeath | None:
        """How it has ended within `seconds`; None if it still runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        status = self._process.poll()
        return None if status is None else TargetDeath(exit_in_words(status), status, self.output)

    @property
    def output(self) -> tuple[str, ...]:
        """The last lines that it has written."""
        size = os.fstat(self._output.fileno()).st_size
        text = os.pread(self._output.fileno(), _SHOWN, max(size - _SHOWN, 0)).decode("utf-8", "replace")
        return tuple(line.strip() for line in text.splitlines() if line.strip())[-_LINES:]

    def kill(self) -> None:
        """End its processes, if they run; from another thread, too."""
        if self._process.poll() is None:
            tree.kill_tree(self._process.pid, self._marker)

    def stop(self) -> None:
        """End it, with everything it has started."""
        self._listener.close()
        self.kill()
        GUARD.remove(self._process.pid)
        self._process.wait()
        self._output.close()


class ClientLauncher:
    """Starts clients; `ahead` of them wait for their turn already, since a start takes longer than a case.

    One that has waited for more than `stale` seconds is ended, and another one takes its turn.
    """

    def __init__(
        self, command: Command, host: str, ae_title: str, reports: Path, ahead: int = 2, stale: float = _STALE
    ) -> None:
        self._stale = stale
        self._command, self._host, self._ae_title = command, host, ae_title
        self._reports = reports
        self._ahead = ahead
        self._waiting: deque[LaunchedClient] = deque()

    def next(self) -> LaunchedClient:
        """The next one. Raises ClientStartError."""
        # One that was started before a case that took long is no fresh one.
        while self._waiting and self._waiting[0].age > self._stale:
            self._waiting.popleft().stop()
        while len(self._waiting) <= self._ahead:
            self._waiting.append(LaunchedClient(self._command, self._host, self._ae_title, self._reports))
        return self._waiting.popleft()

    def refused(self) -> LaunchedClient:
        """One whose connection nobody accepts. Raises ClientStartError."""
        return LaunchedClient(self._command, self._host, self._ae_title, self._reports, listens=False)

    def close(self) -> None:
        """End those that wait."""
        while self._waiting:
            self._waiting.popleft().stop()
