"""The server under test as a child process: started, watched, restarted when it ends, and stopped."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
from collections import deque
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from dulcimer.conformance.processes import tree
from dulcimer.conformance.processes.command import Command
from dulcimer.errors import DulcimerError

START_SECONDS = 30.0
"""Seconds in which a server has to listen, or it counts as not started."""
_MOST_ENDS = 3
"""A server that ends this often before it ever listens counts as not started, too."""
_LOOK = 0.05
_NOTICE = 0.15
"""Seconds between the end of a connection and the moment when the end of its process is noticed."""
_TERM_SECONDS = 5.0
_MOST_LINES = 5000
_LONGEST_LINE = 300
_PIPE = 1 << 16


class SpawnError(DulcimerError):
    """The server does not start; the message says how it ended, with the last lines that it wrote."""


@dataclass(frozen=True, slots=True)
class Death:
    """The server has ended by itself, `how` in words, at this time on the loop's clock."""

    at: float
    how: str


class ServerWatch:
    """What a run may ask about the process of the peer; nothing is known of one that somebody else has started."""

    knows = False
    """Whether it learns of each end of the server."""

    async def ready(self) -> bool:
        """Wait until the server listens again, if it has ended; False if it cannot be restarted."""
        return True

    async def death_since(self, began: float, *, patient: bool) -> Death | None:  # noqa: ARG002
        """Whether the server has ended since this time; a `patient` caller waits until that would be noticed."""
        return None

    def absences(self) -> list[tuple[float, float]]:
        """When the server was away, from and to, since the last call."""
        return []

    def output_between(self, start: float, end: float) -> list[tuple[float, str]]:  # noqa: ARG002
        """Lines that the server wrote between these times, each with its time."""
        return []


class Supervisor(ServerWatch):
    """A server that is started by `command`, in which `{host}` and `{port}` are filled in.

    Use it as an async context manager: entering it waits until the server listens and raises SpawnError if it does not,
    leaving it stops the server and everything it has started.
    """

    knows = True

    def __init__(self, command: Command, host: str, port: int) -> None:
        self._words = command.filled(host, port, "")
        self._host, self._port = host, port
        self._patience = START_SECONDS
        self._marker = secrets.token_hex(8)
        self._process: asyncio.subprocess.Process | None = None
        self._lines: deque[tuple[float, str]] = deque(maxlen=_MOST_LINES)
        self._up = asyncio.Event()
        self._ended = asyncio.Condition()
        self._deaths: list[Death] = []
        self._away: list[tuple[float, float]] = []
        self._given_up = ""
        self._supervision: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start the server and wait until it listens."""
        self._supervision = asyncio.create_task(self._supervise())
        await self._up.wait()
        if self._given_up:
            await self._stop()
            raise SpawnError(self._given_up)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """Stop the server."""
        await self._stop()

    # ------------------------------------------------------------------ what the run asks

    async def ready(self) -> bool:
        """See `ServerWatch`."""
        await self._up.wait()
        return not self._given_up

    async def death_since(self, began: float, *, patient: bool) -> Death | None:
        """See `ServerWatch`."""
        if patient and not self._died(began):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_NOTICE), self._ended:
                    await self._ended.wait_for(lambda: self._died(began))
        return self._deaths[-1] if self._died(began) else None

    def _died(self, began: float) -> bool:
        return bool(self._deaths) and self._deaths[-1].at >= began

    def absences(self) -> list[tuple[float, float]]:
        """See `ServerWatch`."""
        found, self._away = self._away, []
        return found

    def output_between(self, start: float, end: float) -> list[tuple[float, str]]:
        """See `ServerWatch`."""
        return [(at, line) for at, line in self._lines if start <= at <= end]

    # ------------------------------------------------------------------ restarts

    async def _supervise(self) -> None:
        """Start the server, and restart it whenever it ends by itself."""
        loop = asyncio.get_running_loop()
        died_at = None
        while await self._start():
            if died_at is not None:
                self._away.append((died_at, loop.time()))
            self._up.set()
            assert self._process is not None
            status = await self._process.wait()
            if status == 0 and await self._listens():
                return  # it has put itself into the background
            died_at = loop.time()
            self._up.clear()
            await asyncio.sleep(_LOOK)  # its last lines are read by then
            async with self._ended:
                self._deaths.append(Death(died_at, exit_in_words(status)))
                self._ended.notify_all()
            await asyncio.to_thread(tree.kill_tree, self._process.pid, self._marker)
        self._up.set()

    async def _start(self) -> bool:
        """Start the server and wait until it listens; try again if it ends first."""
        loop = asyncio.get_running_loop()
        deadline, pause, ends = loop.time() + self._patience, _LOOK, 0
        how = "does not listen"
        while True:
            try:
                self._process = await self._launch()
            except OSError as error:
                self._given_up = f"{self._words[0]}: {error.strerror or error}"
                return False
            while self._process.returncode is None and loop.time() < deadline:
                if await self._listens():
                    return True
                await asyncio.sleep(_LOOK)
            if self._process.returncode is not None:
                how, ends = exit_in_words(self._process.returncode), ends + 1
            if loop.time() >= deadline or (ends >= _MOST_ENDS and not self._deaths):
                last_lines = "; ".join(line for _, line in list(self._lines)[-5:])
                wrote = f"; it wrote: {last_lines}" if last_lines else ""
                self._given_up = f"the server {how}, and nothing listens at {self._host}:{self._port}{wrote}"
                return False
            await asyncio.sleep(pause)
            pause = min(2 * pause, 2.0)

    async def _launch(self) -> asyncio.subprocess.Process:
        read_end, write_end = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *self._words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write_end,
                stderr=write_end,
                start_new_session=True,
                env={**os.environ, tree.MARKER: self._marker},
            )
        except BaseException:
            os.close(read_end)
            raise
        finally:
            os.close(write_end)
        os.set_blocking(read_end, False)
        _LineReader(read_end, self._lines).begin()
        return process

    async def _listens(self) -> bool:
        try:
            async with asyncio.timeout(1.0):
                _, writer = await asyncio.open_connection(self._host, self._port)
        except OSError:
            return False
        writer.close()
        return True

    async def _stop(self) -> None:
        if self._supervision is not None:
            self._supervision.cancel()
            await asyncio.wait([self._supervision])
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TERM_SECONDS):
                    await process.wait()
        await asyncio.to_thread(tree.kill_tree, process.pid, self._marker)
        await process.wait()


class _LineReader:
    """Reads the lines that come through a pipe, each with its time, until the other end is closed."""

    def __init__(self, descriptor: int, lines: deque[tuple[float, str]]) -> None:
        self._descriptor = descriptor
        self._lines = lines
        self._rest = b""
        self._loop = asyncio.get_running_loop()

    def begin(self) -> None:
        self._loop.add_reader(self._descriptor, self._take)

    def _take(self) -> None:
        try:
            data = os.read(self._descriptor, _PIPE)
        except BlockingIOError:
            return
        *whole, self._rest = (self._rest + data).split(b"\n")
        if not data or len(self._rest) > _PIPE:
            whole, self._rest = [*whole, self._rest], b""
        now = self._loop.time()
        for line in whole:
            text = line.decode("utf-8", "replace").strip()
            if text:
                self._lines.append((now, text if len(text) <= _LONGEST_LINE else f"{text[:_LONGEST_LINE]} ..."))
        if not data:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)


def exit_in_words(status: int) -> str:
    """How a process has ended, by its exit status; a negative one is a signal."""
    if status >= 0:
        return f"ended with status {status}"
    with contextlib.suppress(ValueError):
        return f"died of {signal.Signals(-status).name}"
    return f"died of signal {-status}"
