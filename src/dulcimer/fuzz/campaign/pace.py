"""How many cases a batch should have, and how many cases a second are played, now and over all."""

from __future__ import annotations

from collections import deque

from dulcimer.fuzz.campaign.batch import BatchResult

_FIRST = 20
"""Cases of the first batches: enough to measure, and soon over even if each takes a second."""
_GROWTH = 4
"""A batch has at most so many times the cases of the longest one that was played: the first ones may have been luck."""
_MOST = 100_000
_LATE_BATCHES = 8
_WINDOW = 10.0
"""Seconds over which the rate of late is measured."""


class BatchPace:
    """The rate at which batches are played, from their results. `aim`: seconds that a batch should take."""

    def __init__(self, aim: float) -> None:
        self._aim = aim
        self._late: deque[BatchResult] = deque(maxlen=_LATE_BATCHES)
        self._longest = 0
        self._cases = 0
        self._seconds = 0.0

    def played(self, result: BatchResult, lanes: int) -> None:
        """Take a result; `lanes` batches were played side by side."""
        if result.cases and result.seconds > 0:
            self._late.append(result)
            self._longest = max(self._longest, result.cases)
            self._cases += result.cases
            self._seconds += result.seconds / max(lanes, 1)

    @property
    def rate(self) -> float:
        """Cases in a second while cases were played, all workers together; 0 before the first result."""
        return self._cases / self._seconds if self._seconds else 0.0

    def cases(self, seconds_left: float | None, cases_left: int | None) -> int:
        """How many cases the next batch should have, 1 and up, so that it fits in what is left."""
        wanted = _FIRST
        if self._late:
            # A clock that barely moved would give an endless rate.
            rate = min(_MOST, sum(result.cases for result in self._late) / sum(result.seconds for result in self._late))
            seconds = self._aim if seconds_left is None else min(self._aim, max(seconds_left, 0.0))
            wanted = min(int(rate * seconds), _GROWTH * self._longest, _MOST)
        return max(1, wanted if cases_left is None else min(wanted, cases_left))


class LateRate:
    """Cases in a second over the last seconds, for a display."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, int]] = deque()

    def measure(self, now: float, cases: int) -> float:
        """Take the number of cases so far, those of batches under way among them; the rate of late."""
        # A batch that was lost takes its cases with it.
        while self._points and self._points[-1][1] > cases:
            self._points.pop()
        self._points.append((now, cases))
        while len(self._points) > 2 and self._points[1][0] <= now - _WINDOW:
            self._points.popleft()
        begin, before = self._points[0]
        return (cases - before) / (now - begin) if now > begin else 0.0
