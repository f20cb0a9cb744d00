"""Threads for handlers that are not async."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeAlias

_Job: TypeAlias = tuple["Future[Any]", Callable[[], Any]]
_JOIN = 1.0


class Workers(Executor):
    """As many threads as there are handlers that run in parallel; idle threads wait for the next handler.

    So no handler waits for another, and one that never returns delays neither others nor the end of the process.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[SimpleQueue[_Job | None]] = []
        self._threads: set[threading.Thread] = set()
        self._shifts = 0

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run the function in an idle thread, or in a new one."""
        future: Future[Any] = Future()
        with self._lock:
            if self._idle:
                queue = self._idle.pop()
            else:
                queue = SimpleQueue()
                thread = threading.Thread(
                    target=self._run, args=(queue, self._shifts), name="dulcimer-handler", daemon=True
                )
                self._threads.add(thread)
                thread.start()
        queue.put((future, partial(function, *args, **kwargs)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002
        """End the threads, and wait a moment for the idle ones; further work starts new threads."""
        with self._lock:
            self._shifts += 1
            idle, self._idle = self._idle, []
            ending = [thread for thread in self._threads if thread is not threading.current_thread()]
        for queue in idle:
            queue.put(None)
        if wait and len(ending) == len(idle):
            for thread in ending:
                thread.join(_JOIN)

    def _run(self, queue: SimpleQueue[_Job | None], shift: int) -> None:
        goes_on = True
        while goes_on and (job := queue.get()) is not None:
            future, function = job
            if not future.set_running_or_notify_cancel():
                goes_on = self._is_free(queue, shift)
                continue
            try:
                result = function()
            except BaseException as error:
                goes_on = self._is_free(queue, shift)
                future.set_exception(error)
            else:
                goes_on = self._is_free(queue, shift)
                future.set_result(result)
            del job, future, function
        with self._lock:
            self._threads.discard(threading.current_thread())

    def _is_free(self, queue: SimpleQueue[_Job | None], shift: int) -> bool:
        """Mark the thread as idle; False after a shutdown. Called before the result is set, for the next job."""
        with self._lock:
            if shift != self._shifts:
                return False
            self._idle.append(queue)
            return True
