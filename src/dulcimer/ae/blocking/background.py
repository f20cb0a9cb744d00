"""One event loop for all blocking entities of a process, for programs without an event loop."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from dulcimer.ae.blocking.shared_loop import SharedLoop
from dulcimer.errors import DulcimerError
from dulcimer.logging_setup import shortened

_Result = TypeVar("_Result")
_USER_ERRORS = (DulcimerError, ValueError, RuntimeError)
"""Errors that coroutines raise for users; their message says everything, so that the traceback is shortened."""


class Background:
    """The event loop of those who use it: the first one starts it, and it ends with the last one.

    A forked process starts without a loop, and never uses what its parent has open.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._left_to_parent: list[asyncio.AbstractEventLoop] = []
        self._users = 0
        self._shared: SharedLoop | None = None

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
        self._lock = threading.RLock()
        self._users = 0
        if self._shared is not None:
            self._left_to_parent.append(self._shared.loop)
        self._shared = None

    def acquire(self, servers: int = 0) -> SharedLoop:
        """Use the loop until `release`, with so many servers; it is started if there is none."""
        with self._lock:
            self._users += 1
            if self._shared is None:
                self._shared = SharedLoop()
            self._shared.servers += servers
            return self._shared

    def release(self, servers: int = 0) -> None:
        """Stop using the loop. With the last user the loop and its thread end."""
        with self._lock:
            self._users -= 1
            if self._shared is None:
                return
            self._shared.servers -= servers
            if self._users:
                return
            shared, self._shared = self._shared, None
        shared.end()

    def call(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Run `work` in the loop, with the caller's context variables, and wait for its result.

        Raises RuntimeError in the loop itself, which cannot wait, and while the interpreter is shutting down.
        """
        if self.is_gone:  # the thread of the loop no longer runs
            work.close()
            raise RuntimeError("nothing can be sent while the interpreter is shutting down")
        if self._shared is not None and self._shared.is_run_here:
            work.close()
            raise RuntimeError("an async handler cannot wait for a blocking method: use AsyncAE, or a plain handler")
        shared = self.acquire()
        try:
            return shared.call(work)
        except _USER_ERRORS as error:
            raise shortened(error)  # noqa: B904 - it is the same error
        finally:
            self.release()


BACKGROUND = Background()
"""The loop of all blocking application entities of the process."""


def after_fork(act: Callable[[], None]) -> None:
    """Call `act` in every process forked from this one, on systems that can fork."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=act)


after_fork(BACKGROUND.reset_after_fork)
