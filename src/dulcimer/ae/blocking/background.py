"""One event loop in a background thread, for programs without an event loop."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from dulcimer.errors import DulcimerError
from dulcimer.logging_setup import shortened

_Result = TypeVar("_Result")
_USER_ERRORS = (DulcimerError, ValueError, RuntimeError)
"""Errors that coroutines raise for users; their message says everything, so that the traceback is shortened."""


class Background:
    """An event loop in its own thread: the first user starts it, and it stops with the last one.

    A forked process does not have this thread: it starts without one, and never uses what its parent has open.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left_to_parent: list[asyncio.AbstractEventLoop] = []
        self._users = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def is_gone(self) -> bool:
        """Whether the interpreter is shutting down, so that no other thread runs."""
        return sys.is_finalizing()

    def is_lost(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether that loop no longer runs here: it is the parent process's, or the interpreter is shutting down."""
        return self.is_gone or loop in self._left_to_parent

    def reset_after_fork(self) -> None:
        """Called in a forked process: do not use the parent's loop.

        It is kept, not closed: its selector is shared with the parent, which would get no more events of its sockets.
        """
        self._lock = threading.Lock()
        self._users = 0
        if self._loop is not None:
            self._left_to_parent.append(self._loop)
        self._loop = self._thread = None

    def acquire(self) -> asyncio.AbstractEventLoop:
        """Use the loop until `release`; it is started if it is not running."""
        with self._lock:
            self._users += 1
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_run, args=(self._loop,), name="dulcimer-loop", daemon=True)
                self._thread.start()
            return self._loop

    def release(self) -> None:
        """Stop using the loop. With the last user the loop and its thread end."""
        with self._lock:
            self._users -= 1
            if self._users or self._loop is None:
                return
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        loop.call_soon_threadsafe(loop.stop)
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def call(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Run `work` in the loop, with the caller's context variables, and wait for its result.

        Raises RuntimeError in the loop itself, which cannot wait, and while the interpreter is shutting down.
        """
        if self.is_gone:  # the thread of the loop no longer runs
            work.close()
            raise RuntimeError("nothing can be sent while the interpreter is shutting down")
        if self._thread is threading.current_thread():
            work.close()
            raise RuntimeError("an async handler cannot wait for a blocking method: use AsyncAE, or a plain handler")
        loop = self.acquire()
        try:
            future = asyncio.run_coroutine_threadsafe(work, loop)
            try:
                return future.result()
            except _USER_ERRORS as error:
                raise shortened(error)  # noqa: B904 - it is the same error
            except BaseException:
                future.cancel()
                raise
        finally:
            self.release()


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()


BACKGROUND = Background()
"""The loop of all blocking application entities of the process."""


def after_fork(act: Callable[[], None]) -> None:
    """Call `act` in every process forked from this one, on systems that can fork."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=act)


after_fork(BACKGROUND.reset_after_fork)
