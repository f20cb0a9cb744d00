"""Workers in processes of this machine. Those that die or hang are replaced."""

from __future__ import annotations

import contextlib
import multiprocessing
import secrets
import signal
import time
from collections.abc import Sequence
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for
from multiprocessing.context import SpawnProcess

from dulcimer.conformance.processes.tree import kill_tree
from dulcimer.fuzz.campaign.batch import BatchOrder
from dulcimer.fuzz.campaign.executors.executor import PATIENCE, BatchEvent, BatchHeard, BatchLost
from dulcimer.fuzz.campaign.executors.packing import OrderPacker, PackedOrder
from dulcimer.fuzz.campaign.executors.worker_process import STARTED, VARIABLE, work
from dulcimer.fuzz.campaign.working import WorkerSetup

_STARTING = 120.0
"""Seconds that a process may take to start, on a machine that is busy."""
# A process that is forked would have the sockets and threads of this one.
_SPAWN = multiprocessing.get_context("spawn")


class _Seat:
    """The place of one worker: its process, and the batch that it plays."""

    def __init__(self, setup: WorkerSetup, number: int) -> None:
        self._setup = setup
        self._number = number
        self.order: BatchOrder | None = None
        self.heard_at = 0.0
        self._start()

    def _start(self) -> None:
        self._has_started = False
        self._marker = secrets.token_hex(8)
        ours, theirs = _SPAWN.Pipe()
        self.connection: Connection[PackedOrder | None, BatchEvent] = ours
        self.process: SpawnProcess = _SPAWN.Process(
            target=work,
            args=(theirs, self._setup, self._number, self._marker),
            name=f"dulcimer-fuzz-{self._number}",
            daemon=True,
        )
        resource_tracker.ensure_running()  # or `start` does that, and lets the signal in again
        # Ctrl-C is for the whole group of the terminal, in which the process is until it can leave it.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self.process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        theirs.close()

    def give(self, order: BatchOrder, packed: PackedOrder) -> None:
        """Have the worker play a batch."""
        self.order = order
        self.heard_at = time.monotonic()
        # If it has died, the next `wait` finds that.
        with contextlib.suppress(OSError):
            self.connection.send(packed)

    def take(self) -> BatchEvent | None:
        """What the worker has sent; None if it has ended. What it sent before that comes first."""
        try:
            event = self.connection.recv()
        except Exception:  # half a message of one that was killed may be anything
            return None
        self.heard_at = time.monotonic()
        self._has_started = True
        if not isinstance(event, BatchHeard):
            self.order = None
        return event

    def is_silent(self, patience: float) -> bool:
        """Whether it has a batch, and has said nothing for so many seconds."""
        seconds = patience if self._has_started else max(patience, _STARTING)
        return self.order is not None and time.monotonic() - self.heard_at > seconds

    def replace(self, why: str) -> BatchEvent | None:
        """Kill what is left, and start another process; its batch is lost, if it had one."""
        self.kill()
        order, self.order = self.order, None
        status = self.process.exitcode
        self.connection.close()
        self._start()
        return None if order is None else BatchLost(order.number, why or f"the worker ended with status {status}")

    def kill(self) -> None:
        """End the process and all that it has started, at once."""
        assert self.process.pid is not None
        self.process.kill()
        kill_tree(self.process.pid, self._marker, VARIABLE)
        self.process.join()


class LocalProcesses:
    """Plays batches in `count` processes, 1 and up.

    A worker that says nothing for `patience` seconds while it has a batch is killed, with its target. When the process
    of the coordinator ends, in whatever way, the workers end by themselves.
    """

    def __init__(self, setup: WorkerSetup, count: int, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._packer = OrderPacker()
        self._seats = [_Seat(setup, number) for number in range(count)]

    @property
    def lanes(self) -> int:
        """As many as there are processes."""
        return len(self._seats)

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes of the workers, at the moment."""
        return tuple(seat.process.pid for seat in self._seats if seat.process.pid is not None)

    def submit(self, order: BatchOrder) -> None:
        """Have a batch played."""
        next(seat for seat in self._seats if seat.order is None).give(order, self._packer.pack(order))

    def wait(self, seconds: float) -> Sequence[BatchEvent]:
        """What has happened."""
        ready = wait_for([seat.connection for seat in self._seats], seconds)
        events: list[BatchEvent | None] = []
        for seat in self._seats:
            if seat.connection in ready:
                event = seat.take()
                events.append(seat.replace("") if event is None else event)
            elif seat.is_silent(self._patience):
                events.append(seat.replace(f"the worker said nothing for {self._patience:g} seconds"))
        return [event for event in events if event not in (None, STARTED)]

    def close(self, seconds: float = 1.0) -> None:
        """Drop what is under way and end the processes; those that take longer are killed."""
        for seat in self._seats:
            with contextlib.suppress(OSError):
                seat.connection.send(None)
        until = time.monotonic() + seconds
        for seat in self._seats:
            seat.process.join(max(0.0, until - time.monotonic()))
            seat.kill()
            seat.connection.close()
