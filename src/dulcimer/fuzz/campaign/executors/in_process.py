"""One worker in a thread of this process: nothing is pickled, and nothing is started but the target."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Sequence

from dulcimer.fuzz.campaign.batch import BatchOrder
from dulcimer.fuzz.campaign.executors.executor import BatchEvent
from dulcimer.fuzz.campaign.executors.hosting import WorkerHost
from dulcimer.fuzz.campaign.working import BatchDropped, WorkerSetup

_OPENING = 10.0
"""Seconds that a target which is just being started is waited for: it would be left behind."""


class InProcessExecutor:
    """Plays batches in a thread, so that the display and Ctrl-C do not wait for the target.

    A thread cannot be killed: a worker that hangs, hangs. Its target is ended when the campaign is stopped.
    """

    def __init__(self, setup: WorkerSetup) -> None:
        self._orders: queue.SimpleQueue[BatchOrder | None] = queue.SimpleQueue()
        self._events: queue.SimpleQueue[BatchEvent] = queue.SimpleQueue()
        self._dropped = False
        self._host = WorkerHost(setup, 0, lambda: self._dropped)
        self._thread = threading.Thread(target=self._run, name="dulcimer-fuzz", daemon=True)
        self._thread.start()

    @property
    def lanes(self) -> int:
        """One."""
        return 1

    def submit(self, order: BatchOrder) -> None:
        """Have a batch played."""
        self._orders.put(order)

    def wait(self, seconds: float) -> Sequence[BatchEvent]:
        """What has happened."""
        found = []
        with contextlib.suppress(queue.Empty):
            found.append(self._events.get(timeout=seconds))
            while True:
                found.append(self._events.get_nowait())
        return found

    def close(self, seconds: float = 1.0) -> None:
        """Drop the batch under way. If it does not end in time, its target is taken from it."""
        self._dropped = True
        self._orders.put(None)
        self._thread.join(seconds)
        if self._host.is_opening:
            self._thread.join(_OPENING)
        if self._thread.is_alive():
            self._host.close()
            self._thread.join(seconds)

    def _run(self) -> None:
        try:
            while (order := self._orders.get()) is not None and not self._dropped:
                self._events.put(self._host.play(order, self._events.put))
        except BatchDropped:
            pass
        finally:
            self._host.close()
