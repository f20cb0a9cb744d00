"""How the connections of an event loop share its time.

What a connection brings is handled at once, for some milliseconds at the most. What is left is kept, its reading
paused, and handled in rounds that take no longer, between which the loop does all else that there is to do. So one
peer, or many, that send what costs the receiver more than the sender delay others by milliseconds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol
from weakref import WeakKeyDictionary, ref

TURN = 0.005
"""Seconds for new input in one turn of the loop, and as many again for what is left from earlier ones."""
MOST_KEPT = 16 << 20
"""Bytes kept for all connections of a loop together, beyond which each may bring little at a time."""
MOST_READ, SMALL_READ = 1 << 20, 16 << 10
"""Bytes read at once at the most, and where there are many already."""
MOST_GATHERED = 32 << 20
"""Bytes of unfinished PDUs of all who have no association; who has more than SMALL_READ of them waits for others."""
_UNNOTICED = TURN / 4
"""Seconds of work after which a turn's beginning is looked for: not at each message, for it costs a turn."""


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
    """Who has input left: a driver."""

    def go_on(self, until: float) -> bool:
        """Handle some of it, and more before `until`; whether there is some left that can be handled."""


class Turns:
    """Deals out the time of one event loop, or of one kind of its connections."""

    def __init__(self, clock: Clock) -> None:
        self._clock = ref(clock)  # which it is kept for, by weak reference
        self.spent = 0.0
        """Seconds that new input has taken in this turn of the loop; TURN are to be had."""
        self._new: deque[Worker] = deque()
        self._old: deque[Worker] = deque()
        self._noticed = self._round_due = False

    def spend(self, seconds: float) -> None:
        """So long new input has been handled."""
        self.spent += seconds
        if self.spent > _UNNOTICED and not self._noticed:
            self._noticed = True
            self._soon(self._begin)

    def wait(self, worker: Worker) -> None:
        """Let `worker` go on in one of the next turns."""
        self._new.append(worker)
        self._arm()

    def _begin(self) -> None:
        self.spent = 0.0
        self._noticed = False

    def _round(self) -> None:
        """Let those that wait go on: first those that have not had a round, then the others in turn."""
        self._round_due = False
        try:
            for queue in (self._new, self._old):
                now = self._time()
                end = now + TURN
                share = TURN / max(1, len(queue))
                for _ in range(len(queue)):
                    worker = queue.popleft()
                    if worker.go_on(min(now + share, end)):
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
    """The time of one event loop: a share for associations, and one for all who are none, or none any more.

    So who opens connections by the thousand delays others who open some, and no association.
    """

    def __init__(self, clock: Clock) -> None:
        self.associations = Turns(clock)
        self.others = Turns(clock)
        self.kept = 0
        """Bytes that are kept for connections, read and not handled."""
        self.gathered = 0
        """Bytes of the unfinished PDUs of all who have no association."""
        self._crowded: deque[Callable[[], None]] = deque()
        self._room = 0

    @property
    def most_read(self) -> int:
        """Bytes that a connection may bring at a time."""
        plenty = self.kept < MOST_KEPT and self.gathered < MOST_GATHERED
        return MOST_READ if plenty else SMALL_READ

    def gather(self, size: int) -> None:
        """An unfinished PDU of somebody without an association has grown, or shrunk, by `size` bytes."""
        self.gathered += size
        self._room = self._room + max(0, -size) if self._crowded else 0
        while self._crowded and self._room >= SMALL_READ:
            self._room -= SMALL_READ
            self._crowded.popleft()()

    def is_crowded(self, size: int, go_on: Callable[[], None]) -> bool:
        """Whether one with `size` bytes gathered has to wait; `go_on` is called when there is room again."""
        crowded = size > SMALL_READ and self.gathered > MOST_GATHERED
        if crowded:
            self._crowded.append(go_on)
        return crowded

    @staticmethod
    def of(clock: Clock) -> LoopTime:
        """That of this event loop."""
        found = _times.get(clock)
        if found is None:
            found = _times[clock] = LoopTime(clock)
        return found


_times: WeakKeyDictionary[Clock, LoopTime] = WeakKeyDictionary()
