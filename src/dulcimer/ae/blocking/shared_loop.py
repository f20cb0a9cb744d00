"""An event loop that threads run in turn: the one that waits for a result, else one in the background."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

from dulcimer.ae.blocking.postponed_signals import PostponedSignals

_Result = TypeVar("_Result")

_IDLE = 0.005
"""Seconds that nobody has run the loop before the background thread runs it."""
_CALM = 0.05
"""Seconds without two callers at a time before a caller runs the loop again."""
_PATIENCE = 0.05
"""Seconds after which a caller that waits for the loop looks whether a signal has come."""
_ROOM = 300
"""Frames that a caller must have left before Python's limit of recursion: in the loop, the error would hit others."""


class SharedLoop:
    """An event loop without a thread of its own as long as one thread calls it again and again.

    A caller runs the loop itself, in its own thread, until its result is there. If nobody does so for a moment, the
    background thread runs the loop, so that timers, peers and handlers are served; the next caller asks it to stop.
    The background thread serves all callers while there are several, or `servers`, whose peers would notice each gap.
    """

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.servers = 0
        """Number of servers in the loop."""
        self._can_move = isinstance(self.loop, asyncio.SelectorEventLoop)
        self._changed = threading.Condition()
        self._runner: int | None = None
        self._turns = self._waiting = self._asking = 0
        self._shared_at = -_CALM
        self._is_asleep = self._is_ending = False
        self._thread = threading.Thread(target=self._attend, name="dulcimer-loop", daemon=True)
        self._thread.start()

    @property
    def is_run_here(self) -> bool:
        """Whether this thread is running the loop, so that it cannot wait for it."""
        return self._runner == threading.get_ident()

    def call(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Run `work` in the loop, with the caller's context variables, and wait for its result.

        An exception in the caller, such as KeyboardInterrupt, cancels the work and is raised at once.
        """
        task: asyncio.Task[_Result] | None = None
        try:
            if self._may_run_here():
                with PostponedSignals(self._interrupt) as signals:
                    if self._begin_turn(signals):
                        try:
                            task = self.loop.create_task(self._last_in_turn(work))
                            self.loop.run_forever()
                        finally:
                            self._end_turn()
        except BaseException:
            if task is None:
                work.close()
            else:
                self.loop.call_soon_threadsafe(_abandon, task)
            raise
        if task is None:
            return self._wait(work)
        if not task.done():
            return self._wait(_result_of(task))
        try:
            return task.result()
        finally:
            del task  # an error has this frame, and the task has the error

    def end(self) -> None:
        """Cancel what is left in the loop and close it; called once, when there are no callers."""
        with self._changed:
            self._is_ending = True
            if self._runner is not None:
                self._interrupt()
            self._changed.notify_all()
        if self._thread is not threading.current_thread():
            self._thread.join()

    # The thread of a caller

    def _may_run_here(self) -> bool:
        """Whether this thread should run the loop, if no other caller does."""
        if not self._can_move or self._is_needed or time.monotonic() < self._shared_at + _CALM:
            return False
        return asyncio._get_running_loop() is None and not _is_deep()

    def _begin_turn(self, signals: PostponedSignals) -> bool:
        """Take the loop, from the background thread if it has it; False if that is not possible."""
        with self._changed:
            background, turn = self._thread.ident, self._turns
            if self._runner == background and not self._is_needed:
                self._asking += 1
                self._interrupt()
                while self._runner == background and self._turns == turn and not signals.came:
                    self._changed.wait(_PATIENCE)
                self._asking -= 1
            if self._runner is not None or self._is_needed:
                return False
            self._runner = threading.get_ident()
            self._turns += 1
            return True

    def _end_turn(self) -> None:
        with self._changed:
            self._runner = None
            if self._is_asleep or self._is_needed:
                self._changed.notify_all()

    async def _last_in_turn(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        try:
            return await work
        finally:
            self.loop.stop()

    def _wait(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """The result of `work`, which another thread runs."""
        with self._changed:
            self._waiting += 1
            if self._runner is None:
                self._changed.notify_all()
            elif self._waiting > 1 or self._runner != self._thread.ident:
                self._shared_at = time.monotonic()
        try:
            future = asyncio.run_coroutine_threadsafe(work, self.loop)
            try:
                return future.result()
            except BaseException:
                future.cancel()
                raise
        finally:
            with self._changed:
                self._waiting -= 1

    def _interrupt(self) -> None:
        """End the turn of the thread that runs the loop. Without one, a later turn is shorter, which does no harm."""
        self.loop.call_soon_threadsafe(self.loop.stop)

    # The background thread

    @property
    def _is_needed(self) -> bool:
        """Whether the background thread must run the loop all the time."""
        return bool(self._waiting or self.servers)

    def _attend(self) -> None:
        loop = self.loop
        asyncio.set_event_loop(loop)
        try:
            while self._await_turn():
                loop.run_forever()
                with self._changed:
                    self._runner = None
                    self._changed.notify_all()
            loop.call_soon(loop.stop)  # after those that came too late to end a turn
            loop.run_forever()
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            if left:
                loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            loop.close()

    def _await_turn(self) -> bool:
        """Wait until callers leave the loop alone, or need this thread, and begin a turn; False if it is the last."""
        seen: int | None = None
        with self._changed:
            while not (self._runner is None and (self._is_needed or self._is_ending or self._is_idle(seen))):
                if self._runner is None or seen != self._turns:
                    seen = self._turns
                    self._changed.wait(_IDLE)
                else:  # a long turn of a caller: to be told of its end costs less than to look again and again
                    self._is_asleep = True
                    self._changed.wait()
                    self._is_asleep = False
                    seen = None
            self._runner = threading.get_ident()
            self._turns += 1
            return not self._is_ending

    def _is_idle(self, seen: int | None) -> bool:
        return seen == self._turns and not self._asking


def _is_deep() -> bool:
    try:
        sys._getframe(max(0, sys.getrecursionlimit() - _ROOM))
    except ValueError:
        return False
    return True


def _abandon(task: asyncio.Task[Any]) -> None:
    task.cancel()
    task.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody else asks for it


async def _result_of(task: asyncio.Task[_Result]) -> _Result:
    return await task
