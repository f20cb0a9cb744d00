"""What a worker says while it plays: passed on some times a second, and the place where it is told to end."""

from __future__ import annotations

import time
from collections.abc import Callable

from dulcimer.fuzz.campaign.working import BatchDropped, Heard

_SECONDS = 0.25
"""Between two words that are passed on."""


class Hearing:
    """A `Heard` that passes on to another one, but not every word. Raises BatchDropped once `is_dropped` says so."""

    def __init__(self, pass_on: Heard, is_dropped: Callable[[], bool]) -> None:
        self._pass_on = pass_on
        self._is_dropped = is_dropped
        self._next = 0.0

    def __call__(self, doing: str, cases: int) -> None:
        """Say what the worker does, and how many cases of the batch it has played."""
        if self._is_dropped():
            raise BatchDropped
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _SECONDS
            self._pass_on(doing, cases)
