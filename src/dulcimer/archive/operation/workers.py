"""Several processes that serve one port, and a supervisor that starts, watches, restarts and stops them."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import mmap
import os
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO

from dulcimer.archive.operation.metrics import SIZE, Metrics
from dulcimer.counting import counted
from dulcimer.errors import TransportError

logger = logging.getLogger("dulcimer.archive")

_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_STEADY = 10.0
"""A worker that ends after at least this many seconds is restarted without a pause."""
_MARGIN = 5.0
"""Seconds after its grace period after which a worker that has not ended is killed."""
READY = b"+"
AT_ONCE = b"!"
"""Sent to a worker that is ending, on its standard input, to make it end at once."""


class WorkerSupervisor:
    """Keeps `count` processes of `command` running.

    Each gets as arguments its number, and the descriptors of the shared memory and of a pipe on which to send READY. It
    gets `order` as a line on its standard input, which closes when this process ends. `grace` is how many seconds a
    worker may take to end after SIGTERM; on AT_ONCE it has to abort open associations and end.
    """

    def __init__(self, command: Sequence[str], order: bytes, count: int, grace: float) -> None:
        self._command = command
        self._order = order
        self._grace = grace
        self._memory: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it stays as long as the workers do
        self._memory.truncate(SIZE * count)
        self.metrics = shared_metrics(self._memory.fileno())
        self._processes: dict[int, Process] = {}
        self._serving: set[int] = set()
        self._stopping = asyncio.Event()
        self._at_once = False

    @property
    def problem(self) -> str:
        """Why not all workers are serving; "" if all are."""
        missing = len(self.metrics) - len(self._serving)
        return f"{missing} of {counted(len(self.metrics), 'worker')} not serving" if missing else ""

    async def start(self) -> int:
        """Start the workers and wait until they serve: 0. If one fails, stop all: its exit status."""
        if all(await asyncio.gather(*(self._start(number) for number in range(len(self.metrics))))):
            return 0
        failed = [number for number in self._processes if number not in self._serving]
        await self.stop()
        return max(1, *(self._processes[number].returncode or 0 for number in failed))

    async def keep(self) -> None:
        """Restart workers that end, until `stop`."""
        async with asyncio.TaskGroup() as group:
            for number in range(len(self.metrics)):
                group.create_task(self._keep(number))

    async def stop(self, *, at_once: bool = False) -> None:
        """End the workers, `at_once` without a grace period for open associations."""
        self._stopping.set()
        self._at_once = self._at_once or at_once
        processes = list(self._processes.values())
        for process in processes:
            self._end(process)
        try:
            async with asyncio.timeout((0.0 if at_once else self._grace) + _MARGIN):
                await asyncio.gather(*(process.wait() for process in processes))
        except TimeoutError:
            logger.error("a worker does not end: killing it")
            for process in processes:
                _send(process, signal.SIGKILL)
            await asyncio.gather(*(process.wait() for process in processes))

    def _end(self, process: Process) -> None:
        _send(process, signal.SIGTERM)
        if self._at_once and process.stdin is not None:
            process.stdin.write(AT_ONCE)

    async def _start(self, number: int) -> bool:
        read, write = os.pipe()
        with os.fdopen(read, "rb", buffering=0) as pipe:
            try:
                process = await asyncio.create_subprocess_exec(
                    *self._command,
                    *map(str, (number, self._memory.fileno(), write)),
                    stdin=PIPE,
                    pass_fds=(self._memory.fileno(), write),
                    # Ctrl-C is for this process, which then stops the workers.
                    start_new_session=True,
                )
            finally:
                os.close(write)
            self._processes[number] = process
            assert process.stdin is not None
            process.stdin.write(self._order + b"\n")
            serves = await _first_bytes(pipe) == READY
        if serves:
            self._serving.add(number)
        return serves

    async def _keep(self, number: int) -> None:
        loop = asyncio.get_running_loop()
        pause = _SHORTEST_PAUSE
        begin = loop.time()
        while True:
            status = await self._processes[number].wait()
            self._serving.discard(number)
            self.metrics[number].lost()
            if self._stopping.is_set():
                return
            pause = _SHORTEST_PAUSE if loop.time() - begin > _STEADY else min(2 * pause, _LONGEST_PAUSE)
            logger.error("worker %d ended with status %d; it is restarted", number, status)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stopping.wait()
                return
            begin = loop.time()
            await self._start(number)
            if self._stopping.is_set():  # started after `stop` had signalled the others
                self._end(self._processes[number])


def shared_metrics(descriptor: int) -> list[Metrics]:
    """The metrics of all workers, in the shared memory, in their order."""
    memory = memoryview(mmap.mmap(descriptor, 0))
    return [Metrics(memory[start : start + SIZE]) for start in range(0, len(memory), SIZE)]


@contextmanager
def reserved(host: str, port: int) -> Iterator[tuple[str, int]]:
    """Reserve a port for processes that share it, without listening; yields the address, with a free port for 0.

    Raises TransportError if that fails.
    """
    if not hasattr(socket, "SO_REUSEPORT"):
        raise TransportError(f"several processes cannot share a port on {sys.platform}")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # With SO_REUSEPORT we would share the port with any other program that uses that option.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
            address = probe.getsockname()
        holder = socket.socket(family, kind, protocol)
    except OSError as error:
        problem = error.strerror if error.errno in errno.errorcode else str(error)
        raise TransportError(f"cannot listen on {host} port {port}: {problem}") from error
    with holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(address)
        yield str(address[0]), int(address[1])


def _send(process: Process, number: signal.Signals) -> None:
    # Process.send_signal() would reap a process that has just ended, and the loop would then report status 255.
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)


async def _first_bytes(pipe: IO[bytes]) -> bytes:
    """The first bytes from the pipe; empty if it is closed."""
    loop = asyncio.get_running_loop()
    there = asyncio.Event()
    loop.add_reader(pipe, there.set)
    try:
        await there.wait()
    finally:
        loop.remove_reader(pipe)
    return pipe.read(1)
