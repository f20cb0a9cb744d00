"""The thread that writes stored instances into the index, and retries those it could not write."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from dulcimer.archive.index.database import Index
from dulcimer.archive.index.extract import Record
from dulcimer.archive.index.pending import IndexIncomplete, Pending
from dulcimer.archive.index.statuses import message_of
from dulcimer.services.storage import StoredInstance

logger = logging.getLogger("dulcimer.archive")

_BATCH = 500
_MOST_GATHERED = 2000
"""Maximum number of instances gathered for one write; a query right after them waits about a second."""
_QUIET = 0.05
"""Seconds without a new instance after which the waiting ones are indexed."""
_SHORTEST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
"""Seconds until a retry of what could not be written, unless a query asks for it earlier."""
_POLL = 0.05
_ATTEMPTS = 5
"""Attempts for an instance that cannot be written although others can."""
_CONSECUTIVE = 3


@dataclass(slots=True)
class _Task:
    stored: StoredInstance
    attempts: int = 0


class _Asked(threading.Event):
    """A request to wait for everything added before; `problem` says why it cannot be indexed."""

    problem = ""


class Indexer:
    """Indexes instances in the order of arrival, after a moment without new ones or when a query needs them.

    `read` returns the records of an instance, or raises OSError if it is to be retried; `index` writes
    them. If the database cannot be written, or the disk is full, records are kept and retried with the next
    query or after a pause. `on_backlog` is called with the number of instances that are not indexed yet, `on_trouble`
    with the number of those that could not be.
    """

    def __init__(
        self,
        read: Callable[[StoredInstance], Sequence[Record]],
        index: Index,
        pending: Pending,
        on_backlog: Callable[[int], None],
        on_trouble: Callable[[int], None],
    ) -> None:
        self.read = read
        self.problem = ""
        """Why the index cannot be written, "" if it can."""
        self._index = index
        self._pending = pending
        self._on_backlog = on_backlog
        self._on_trouble = on_trouble
        self._queue: queue.SimpleQueue[StoredInstance | _Asked | None] = queue.SimpleQueue()
        self._hurry = threading.Event()
        self._complete = True
        self._left: list[_Task] = []
        self._retry_at = 0.0
        self._pause = _SHORTEST_PAUSE
        self._thread = threading.Thread(target=self._run, name="dulcimer-index", daemon=True)
        self._thread.start()

    def add(self, stored: StoredInstance) -> None:
        """Add an instance to index; does not block."""
        self._pending.take()
        self._on_backlog(self._pending.backlog)
        self._queue.put(stored)

    def flush(self) -> None:
        """Wait until everything added so far is indexed. Raises IndexIncomplete if that fails, RuntimeError after
        `close`.
        """
        if not self._thread.is_alive():
            raise RuntimeError("the archive is closed")
        asked = _Asked()
        self._queue.put(asked)
        self._hurry.set()
        asked.wait()
        if asked.problem:
            raise IndexIncomplete(f"some stored instances cannot be indexed: {asked.problem}")

    def close(self) -> bool:
        """Index what was added, and end the thread; True if everything is in the index."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._hurry.set()
            self._thread.join()
        return self._complete and not self._left

    @property
    def is_open(self) -> bool:
        """Whether `close` has not been called."""
        return self._thread.is_alive()

    def _run(self) -> None:
        running = True
        while running:
            new, asking, running = self._gather()
            again = self._left and (asking or not running or self._pending.is_asked() or monotonic() >= self._retry_at)
            tasks = [_Task(stored) for stored in new]
            if again:
                tasks, self._left = self._left + tasks, []
            if tasks:
                self._take(tasks)
            for asked in asking:
                asked.problem = self.problem if self._left else ""
                asked.set()

    def _gather(self) -> tuple[list[StoredInstance], list[_Asked], bool]:
        """The instances to index now, the requests that wait for them, and whether more may come."""
        taken: list[StoredInstance] = []
        asking: list[_Asked] = []
        running = True
        try:
            entry = self._queue.get(timeout=_POLL if self._left else None)
        except queue.Empty:
            return taken, asking, running
        while True:
            if entry is None:
                running = False
            elif isinstance(entry, _Asked):
                asking.append(entry)
            else:
                taken.append(entry)
            if self._queue.empty():
                if asking or not running or len(taken) >= _MOST_GATHERED or self._pending.is_awaited:
                    break
                # While instances keep arriving, storing them gets the whole processor, unless a query waits.
                self._hurry.wait(_QUIET)
                self._hurry.clear()
                if self._queue.empty():
                    break
            entry = self._queue.get()
        return taken, asking, running

    def _take(self, tasks: list[_Task]) -> None:
        problem = ""
        for start in range(0, len(tasks), _BATCH):
            batch = tasks[start : start + _BATCH]
            left, problem = self._index_batch(batch)
            self._left += left
            self._pending.done(len(batch) - len(left))
            if problem:
                self._left += tasks[start + _BATCH :]
                break
        self._note(problem)
        self._on_backlog(self._pending.backlog)

    def _note(self, problem: str) -> None:
        """Log that the index cannot be written, or can be again, and set when to retry."""
        if problem and not self.problem:
            logger.error("the index cannot be written, and queries are refused until it can be: %s", problem)
        elif self.problem and not problem:
            logger.warning("the index can be written again")
        self.problem = problem
        self._pause = min(2 * self._pause, _LONGEST_PAUSE) if self._left else _SHORTEST_PAUSE
        self._retry_at = monotonic() + self._pause
        self._pending.tried(len(self._left) if problem else 0)
        self._on_trouble(len(self._left) if problem else 0)

    def _index_batch(self, tasks: list[_Task]) -> tuple[list[_Task], str]:
        """The tasks to retry, and why the index as a whole cannot be written."""
        pairs: list[tuple[_Task, Record]] = []
        left: list[_Task] = []
        problem = ""
        for task in tasks:
            try:
                pairs += [(task, record) for record in self.read(task.stored)]
            except OSError as error:
                problem = message_of(error)
                left.append(task)
        if not pairs:
            return left, problem
        try:
            self._index.write([record for _, record in pairs])
        except Exception as error:  # whatever the error, the files are safe, and later ones must be indexed
            more, problem_of_index = self._one_by_one(pairs, error)
            return left + more, problem_of_index or problem
        return left, problem

    def _one_by_one(self, pairs: list[tuple[_Task, Record]], error: Exception) -> tuple[list[_Task], str]:
        """Write each record alone, so that one that the database rejects does not block the others."""
        failed: list[tuple[_Task, Exception]] = []
        written = 0
        if len(pairs) == 1:
            failed, pairs = [(pairs[0][0], error)], []
        for number, (task, record) in enumerate(pairs, 1):
            try:
                self._index.write([record])
                written += 1
            except Exception as one:  # as above
                failed.append((task, one))
                if not written and len(failed) == _CONSECUTIVE and all(_is_database_down(error) for _, error in failed):
                    return [task for task, _ in failed] + [task for task, _ in pairs[number:]], message_of(one)
        left = [task for task, one in failed if not self._given_up(task, one)]
        is_down = left and not written and all(_is_database_down(one) for _, one in failed)
        return left, message_of(failed[-1][1]) if is_down else ""

    def _given_up(self, task: _Task, error: Exception) -> bool:
        task.attempts += 1
        if task.attempts < _ATTEMPTS or _is_database_down(error):
            return False
        # The next process to open the archive will see that it was not closed, and retry.
        logger.error("stored, but not indexed: %s: %s", task.stored.path, message_of(error))
        self._complete = False
        return True


def _is_database_down(error: Exception) -> bool:
    """Whether the error is about the database or the disk, not about the records."""
    if isinstance(error, DBAPIError):
        damaged = type(error) is DatabaseError  # what SQLite raises for a damaged file
        return damaged or isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
    return isinstance(error, OSError | MemoryError | SQLAlchemyError)
