"""One event loop in a thread, for those who do not have one."""

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
_ON_PURPOSE = (DulcimerError, ValueError, RuntimeError)
"""What the coroutines raise that users wait for, with a message that says all."""


class Background:
    """An event loop in a thread of its own, while somebody needs it: the first starts it, the last ends it.

    A process that is forked has no such thread: it begins anew, and what its parent has open is not its own.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left_to_parent: list[asyncio.AbstractEventLoop] = []
        self._users = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def is_gone(self) -> bool:
        """Whether the interpreter shuts down: no other thread runs any more."""
        return sys.is_finalizing()

    def is_lost(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether nothing is done in that loop any more: it is the parent process's, or the interpreter shuts down."""
        return self.is_gone or loop in self._left_to_parent

    def begin_anew(self) -> None:
        """In a process that was forked: leave the loop alone.

        It is kept, never closed: its selector is shared with the parent, which would hear no more of its sockets.
        """
        self._lock = threading.Lock()
        self._users = 0
        if self._loop is not None:
            self._left_to_parent.append(self._loop)
        self._loop = self._thread = None

    def acquire(self) -> asyncio.AbstractEventLoop:
        """Need the loop, which is started if it does not run, until `release`."""
        with self._lock:
            self._users += 1
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_run, args=(self._loop,), name="dulcimer-loop", daemon=True)
                self._thread.start()
            return self._loop

    def release(self) -> None:
        """Need the loop no longer. If nobody else does, it ends, and its thread with it."""
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
        """Do it in the loop, with the caller's context variables, and wait for its result.

        Raises RuntimeError in the loop itself, which cannot wait, and where the interpreter shuts down.
        """
        if self.is_gone:  # the thread of the loop does not run any more
            work.close()
            raise RuntimeError("nothing can be sent while the interpreter shuts down")
        if self._thread is threading.current_thread():
            work.close()
            raise RuntimeError("an async handler cannot wait for a blocking method: use AsyncAE, or a plain handler")
        loop = self.acquire()
        try:
            future = asyncio.run_coroutine_threadsafe(work, loop)
            try:
                return future.result()
            except _ON_PURPOSE as error:
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
    """Do it in processes that are forked from this one, where processes can be forked."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=act)


after_fork(BACKGROUND.begin_anew)
