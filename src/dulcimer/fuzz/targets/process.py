"""A server that is started by a command, watched, and restarted; with everything that it has started itself."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from dulcimer.conformance.processes import tree
from dulcimer.conformance.processes.command import Command
from dulcimer.conformance.processes.server import exit_in_words
from dulcimer.errors import DulcimerError
from dulcimer.fuzz.targets import sanitizer
from dulcimer.fuzz.targets.children import EndedChild, ended_children
from dulcimer.fuzz.targets.guard import GUARD
from dulcimer.fuzz.targets.vitals import Vitals, vitals_of

_PATIENCE = 30.0
"""Seconds in which a target has to listen, or it counts as not started."""
_LOOK = 0.002
"""Seconds between two looks whether it listens."""
_TERM = 2.0
"""Seconds between SIGTERM and SIGKILL."""
_MOST_LINES = 500
_LONGEST_LINE = 300
_QUOTED = 5
"""Lines of a target that does not start, in the message."""
_FRAME = " \u2502\u2500\u256d\u256e\u2570\u256f"
"""What some commands draw around their errors."""


class TargetStartError(DulcimerError):
    """The target does not start; the message says how it ended, with the last lines that it wrote."""


@dataclass(frozen=True, slots=True)
class TargetDeath:
    """The target has ended by itself: how, in words, its exit status (negative for a signal), its last lines."""

    how: str
    status: int
    output: tuple[str, ...]


class SpawnedTarget:
    """A server at `host` and `port`, started by `command`, in whose words `{host}` and `{port}` are filled in.

    `directory` is a directory of its own for reports of sanitizers. Use it as a context manager: entering it starts the
    server and waits until it listens, leaving it ends the server and all that it has started. Its process group ends
    with this process, also when that is killed. Not for several threads.
    """

    def __init__(self, command: Command, host: str, port: int, directory: Path) -> None:
        self._words = command.filled(host, port, "")
        self._host, self._port = host, port
        self._directory = directory
        self._marker = secrets.token_hex(8)
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: deque[str] = deque(maxlen=_MOST_LINES)
        self._reader: threading.Thread | None = None
        self._known_children: set[EndedChild] = set()
        self.starts = 0
        """How often it was started."""

    def __enter__(self) -> Self:
        """Start it. Raises TargetStartError."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """End it."""
        self.stop()

    @property
    def output(self) -> tuple[str, ...]:
        """The last lines that it has written, to standard output and standard error."""
        return tuple(self._lines)

    def start(self) -> None:
        """Start it, and wait until it listens. Raises TargetStartError."""
        self.starts += 1
        self._lines.clear()
        self._known_children.clear()
        try:
            process = subprocess.Popen(  # noqa: S603  # the command that the user wants to be tested
                self._words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, **sanitizer.environment(self._directory, os.environ), tree.MARKER: self._marker},
            )
        except OSError as error:
            raise TargetStartError(f"{self._words[0]}: {error.strerror or error}") from None
        self._process = process
        GUARD.add(process.pid)
        assert process.stdout is not None
        reader = threading.Thread(target=self._drain, args=(process.stdout,), daemon=True)
        reader.start()
        self._reader = reader  # not before it runs: another thread may end the target meanwhile
        deadline = time.monotonic() + _PATIENCE
        while not self._listens():
            if process.poll() is not None or time.monotonic() > deadline:
                status = process.returncode
                how = f"runs for {_PATIENCE:g} seconds" if status is None else exit_in_words(status)
                self.stop()
                unframed = (line.strip(_FRAME) for line in self._lines)
                last = "; ".join(list(filter(None, unframed))[-_QUOTED:])
                wrote = f"; it wrote: {last}" if last else ""
                raise TargetStartError(f"the target {how}, and nothing listens at {self._host}:{self._port}{wrote}")
            time.sleep(_LOOK)

    @property
    def is_running(self) -> bool:
        """Whether it was started, and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def has_ended(self) -> bool:
        """Whether it has ended by itself."""
        return self._process is not None and self._process.poll() is not None

    @property
    def is_reporting(self) -> bool:
        """Whether one of its sanitizers has begun to write a report; the target answers nothing meanwhile."""
        return sanitizer.has_begun(self._directory)

    def await_report(self, seconds: float) -> None:
        """Wait until what its sanitizers have begun to write is complete, or it has ended; `seconds` at most."""
        deadline = time.monotonic() + seconds
        while not (self.has_ended or sanitizer.is_complete(self._directory)) and time.monotonic() < deadline:
            time.sleep(_LOOK)

    def death(self, seconds: float = 0.0) -> TargetDeath | None:
        """How it has ended, if it has, or does within `seconds`."""
        process = self._process
        if process is None:
            return None
        if seconds and process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
        if process.poll() is None:
            return None
        return TargetDeath(exit_in_words(process.returncode), process.returncode, self.output)

    def ended_children(self) -> list[EndedChild]:
        """Those of its children that have ended since the last call, as far as it has left them; the newest last."""
        if self._process is None:
            return []
        found = set(ended_children(self._process.pid))
        news = found - self._known_children
        self._known_children = found
        return sorted(news, key=lambda child: child.started)

    def restart(self) -> float:
        """End it, however it is, and start it; the seconds that this took. Raises TargetStartError."""
        began = time.monotonic()
        self.stop(politely=False)
        self.start()
        return time.monotonic() - began

    def vitals(self) -> Vitals:
        """What it takes of the machine now."""
        return Vitals() if self._process is None else vitals_of(self._process.pid)

    def sanitizer_reports(self) -> Iterator[sanitizer.SanitizerReport]:
        """What its sanitizers have reported since the last call."""
        return sanitizer.reports(self._directory)

    def stop(self, *, politely: bool = True) -> None:
        """End it and everything it has started, with SIGTERM first if `politely`, so that leaks are reported."""
        process = self._process
        if process is None:
            return
        if politely and process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_TERM)
        tree.kill_tree(process.pid, self._marker)
        GUARD.remove(process.pid)
        process.wait()
        if self._reader is not None:
            self._reader.join(_TERM)  # its last lines
        self._process = None

    def _listens(self) -> bool:
        try:
            socket.create_connection((self._host, self._port), timeout=1.0).close()
        except OSError:
            return False
        return True

    def _drain(self, pipe: IO[bytes]) -> None:
        """Read what it writes, so that it never waits for room; the last lines are kept."""
        with pipe:
            while line := pipe.readline(_LONGEST_LINE):
                text = line.decode("utf-8", "replace").strip()
                if text:
                    self._lines.append(text)
