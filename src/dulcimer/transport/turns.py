"""How the connections of an event loop share its time.

Input is handled at once, for some milliseconds at most. The rest is kept, reading is paused, and the rest is handled in
rounds of the same length; between them the loop does its other work. So peers whose input costs the receiver more than
the sender delay others only by milliseconds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol
from weakref import WeakKeyDictionary, ref

TURN = 0.005
"""Seconds for new input in one turn of the loop, and as many again for input left from earlier turns."""
MOST_KEPT = 16 << 20
"""Bytes kept for all connections of a loop together; beyond that, each read is small."""
MOST_READ, SMALL_READ = 1 << 20, 16 << 10
"""Most bytes in one read, and in one read while many are kept already."""
MOST_GATHERED = 32 << 20
"""Bytes of unfinished PDUs of all connections without association; beyond that, one with more than SMALL_READ waits."""
_UNNOTICED = TURN / 4
"""Seconds of work after which the next turn is waited for: not after each message, for each wait costs a turn."""


class Timer(Protocol):
    """A running timer."""

    def cancel(self) -> None:
        """Stop it."""


class Clock(Protocol):
    """Time in seconds; an asyncio event loop is one."""

    def time(self) -> float:
        """Now."""

    def call_at(self, when: float, callback: Callable[[], object]) -> Timer:
        """Call back at `when`."""


class Worker(Protocol):
    """One with input left to handle: a driver."""

    def handle_some(self, until: float) -> bool:
        """Handle some of it, and more until `until`; return whether there is more that can be handled."""


class Turns:
    """Shares out the time of one event loop among its connections, or among one kind of them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = ref(clock)  # weak, as `_times` keeps this object as long as the clock exists
        self.spent = 0.0
        """Seconds that new input has taken in this turn of the loop; TURN are available."""
        self._new: deque[Worker] = deque()
        self._old: deque[Worker] = deque()
        self._noticed = self._round_due = False

    def spend(self, seconds: float) -> None:
        """Count the time that new input has taken."""
        self.spent += seconds
        if self.spent > _UNNOTICED and not self._noticed:
            self._noticed = True
            self._soon(self._begin)

    def wait(self, worker: Worker) -> None:
        """Let `worker` continue in one of the next turns."""
        self._new.append(worker)
        self._arm()

    def _begin(self) -> None:
        self.spent = 0.0
        self._noticed = False

    def _round(self) -> None:
        """Let the waiting workers continue: first those that have not had a round, then the others in turn."""
        self._round_due = False
        try:
            for queue in (self._new, self._old):
                now = self._time()
                end = now + TURN
                share = TURN / max(1, len(queue))
                for _ in range(len(queue)):
                    worker = queue.popleft()
                    if worker.handle_some(min(now + share, end)):
                        self._old.append(worker)
                    now = self._time()
                    if now >= end:
                        break
        finally:
            self._arm()

    def _arm(self) -> None:
        if (self._new or self._old) and not self._round_due:
            self._round_due = True
            self._soon(self._round)

    def _time(self) -> float:
        clock = self._clock()
        assert clock is not None
        return clock.time()

    def _soon(self, callback: Callable[[], object]) -> None:
        clock = self._clock()
        assert clock is not None
        clock.call_at(clock.time(), callback)


class LoopTime:
    """The time of one event loop: a share for associations, and one for connections without an association.

    So a peer that opens thousands of connections delays other new connections, but no association.
    """

    def __init__(self, clock: Clock) -> None:
        self.associations = Turns(clock)
        self.others = Turns(clock)
        self.kept = 0
        """Bytes that were read and are not handled yet."""
        self.gathered = 0
        """Bytes of the unfinished PDUs of all connections without an association."""
        self._crowded: deque[Callable[[], None]] = deque()
        self._room = 0

    @property
    def most_read(self) -> int:
        """Most bytes in one read."""
        plenty = self.kept < MOST_KEPT and self.gathered < MOST_GATHERED
        return MOST_READ if plenty else SMALL_READ

    def gather(self, size: int) -> None:
        """The unfinished PDU of a connection without an association has grown, or shrunk, by `size` bytes."""
        self.gathered += size
        self._room = self._room + max(0, -size) if self._crowded else 0
        while self._crowded and self._room >= SMALL_READ:
            self._room -= SMALL_READ
            self._crowded.popleft()()

    def is_crowded(self, size: int, resume: Callable[[], None]) -> bool:
        """Whether a connection with `size` bytes gathered has to wait; `resume` is called when there is room again."""
        crowded = size > SMALL_READ and self.gathered > MOST_GATHERED
        if crowded:
            self._crowded.append(resume)
        return crowded

    @staticmethod
    def of(clock: Clock) -> LoopTime:
        """The shares of this event loop."""
        found = _times.get(clock)
        if found is None:
            found = _times[clock] = LoopTime(clock)
        return found


_times: WeakKeyDictionary[Clock, LoopTime] = WeakKeyDictionary()
