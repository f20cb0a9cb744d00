"""Instances that arrive while others are synced are synced together, by few calls of the system."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from dulcimer.services.durable import FileSink
from dulcimer.services.syncing import SyncedTree, SyncMode

_LONGEST = 1 << 20
"""Bytes; a longer instance is synced by itself, so that no shorter one waits for it."""

_LONGEST_WAIT = 0.002
"""Seconds that an instance may wait for others to come, and which part of the time that a sync takes."""
_PART_OF_SYNC = 0.25

T = TypeVar("T")


class GroupPace:
    """How long to wait until those that were in the last group have sent their next instances: with one sender, never.

    Without that, the first one that comes would be synced alone, and the others, who come a moment later, after it.
    """

    def __init__(self) -> None:
        self._size = 1
        self._seconds = 0.0
        self._end = 0.0

    def done(self, size: int, begin: float, end: float) -> None:
        """A group of that size was committed in this time."""
        self._size = size
        self._seconds = end - begin
        self._end = end

    def wanted(self, now: float) -> tuple[int, float]:
        """How many instances to wait for, and for how many seconds at most."""
        patience = min(_LONGEST_WAIT, self._seconds * _PART_OF_SYNC)
        left = self._end + patience - now
        return (self._size, left) if self._size > 1 and left > 0 else (1, 0.0)


@dataclass(eq=False, slots=True)
class _Wish:
    """A received file that is to be durable as `target`; then `durable` is called, in a thread."""

    sink: FileSink
    target: Path
    durable: Callable[[], None]
    answer: asyncio.Future[None]
    error: Exception | None = None


class GroupCommit:
    """Makes received files durable under their names, as `mode` says, in threads of the executor of the event loop.

    A file that comes alone is synced at once. The files that come meanwhile are the next group, of at most `most`.
    After a group of several, the next one waits up to 2 ms for as many (see `GroupPace`). None waits for a file of more
    than 1 MiB. Any number of event loops may use it.
    """

    def __init__(self, root: Path, mode: SyncMode, most: int) -> None:
        self._syncs = mode is not SyncMode.NEVER
        self._gathers = mode is not SyncMode.EACH
        self._most = most
        self._tree = SyncedTree(root)
        self._changed = threading.Condition()
        self._pace = GroupPace()
        self._waiting: deque[_Wish] = deque()
        self._is_led = False

    async def commit(self, sink: FileSink, target: Path, durable: Callable[[], T]) -> T:
        """Make the file durable; then call `durable` in a thread, and return its result.

        Raises OSError if the file cannot be durable; it is removed, unless it has its name already and only that could
        not be synced.
        """
        if not self._gathers or sink.size > _LONGEST:
            return await asyncio.to_thread(self._alone, sink, target, durable)
        results: list[T] = []
        loop = asyncio.get_running_loop()
        wish = _Wish(sink, target, lambda: results.append(durable()), loop.create_future())
        with self._changed:
            self._waiting.append(wish)
            leads, self._is_led = not self._is_led, True
            self._changed.notify()
        if leads:
            try:
                loop.run_in_executor(None, self._lead)
            except RuntimeError:  # the loop is ending
                self._is_led = False
                raise
        await wish.answer
        return results[0]

    def _alone(self, sink: FileSink, target: Path, durable: Callable[[], T]) -> T:
        sink.commit(target, sync=self._syncs)
        return durable()

    def _lead(self) -> None:
        """Commit one group after the other, until no file waits."""
        while group := self._next_group():
            begin = time.monotonic()
            self._commit_group(group)
            self._pace.done(len(group), begin, time.monotonic())
            _answer(group)

    def _commit_group(self, group: Sequence[_Wish]) -> None:
        descriptors: list[int] = []
        _each(group, lambda wish: descriptors.append(wish.sink.to_sync(wish.target)))
        if self._syncs:
            errors = iter(self._tree.sync_files(descriptors))
            _each(group, lambda _: _raise(next(errors)))
        _each(group, lambda wish: wish.sink.take_name(wish.target))
        if self._syncs:
            failed = self._tree.sync_folders({wish.target.parent for wish in group if wish.error is None})
            _each(group, lambda wish: _raise(failed.get(wish.target.parent)))
        _each(group, lambda wish: wish.durable())

    def _next_group(self) -> list[_Wish]:
        """The first ones that wait, each with a target of its own; if none waits, the next one that comes leads."""
        group: dict[Path, _Wish] = {}
        count, seconds = self._pace.wanted(time.monotonic())
        with self._changed:
            self._changed.wait_for(lambda: len(self._waiting) >= count, seconds)
            while self._waiting and len(group) < self._most and self._waiting[0].target not in group:
                wish = self._waiting.popleft()
                group[wish.target] = wish
            self._is_led = bool(group)
        return list(group.values())


def _each(group: Sequence[_Wish], work: Callable[[_Wish], None]) -> None:
    """Do the work for each file for which nothing has failed so far."""
    for wish in group:
        if wish.error is None:
            try:
                work(wish)
            except Exception as error:  # whatever it is, the others have to be answered
                wish.error = error
                wish.sink.discard()


def _raise(error: OSError | None) -> None:
    if error is not None:
        raise error


def _answer(group: Sequence[_Wish]) -> None:
    """Wake each event loop once for all of its files."""
    loops: dict[asyncio.AbstractEventLoop, list[_Wish]] = {}
    for wish in group:
        loops.setdefault(wish.answer.get_loop(), []).append(wish)
    for loop, of_loop in loops.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(_settle, of_loop)


def _settle(wishes: Sequence[_Wish]) -> None:
    for wish in wishes:
        if wish.answer.done():  # cancelled
            continue
        if wish.error is None:
            wish.answer.set_result(None)
        else:
            wish.answer.set_exception(wish.error)
