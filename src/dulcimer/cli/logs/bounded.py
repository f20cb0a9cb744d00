"""A log that peers cannot fill: a few similar warnings are shown each second, the others are counted."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

MOST_ALIKE = 10
"""Lines of one kind that are shown within `_WINDOW`."""
_WINDOW = 1.0
"""Seconds."""


@dataclass(slots=True)
class _Kind:
    """The records of one log statement within a second: how many were shown or left out, and one that was left out."""

    until: float
    shown: int = 0
    left_out: int = 0
    example: logging.LogRecord | None = None


class BoundedHandler(logging.StreamHandler[IO[str]]):
    """Writes records to a stream; at most MOST_ALIKE warnings and errors of one statement each second.

    One line says how many were left out, after the second or when the handler is closed.
    """

    def __init__(self, stream: IO[str], clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stream)
        self._clock = clock
        self._kinds: dict[tuple[str, int, object], _Kind] = {}
        self._timer: threading.Timer | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, or count it."""
        if record.levelno < logging.WARNING:
            super().emit(record)
            return
        now = self._clock()
        self._sum_up(now)
        kind = self._kinds.setdefault((record.name, record.levelno, record.msg), _Kind(now + _WINDOW))
        if kind.shown < MOST_ALIKE:
            kind.shown += 1
            super().emit(record)
            return
        kind.left_out += 1
        kind.example = kind.example or record
        self._wait()

    def close(self) -> None:
        """Write what was left out, and close."""
        with self._own_lock:
            if self._timer is not None:
                self._timer.cancel()
            self._sum_up(None)
        super().close()

    @property
    def _own_lock(self) -> threading.RLock:
        assert self.lock is not None
        return self.lock

    def _wait(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(_WINDOW, self._on_time)
            self._timer.daemon = True
            self._timer.start()

    def _on_time(self) -> None:
        with self._own_lock:
            self._timer = None
            self._sum_up(self._clock())
            if any(kind.left_out for kind in self._kinds.values()):
                self._wait()

    def _sum_up(self, now: float | None) -> None:
        """Write the summaries of the kinds whose second is over; of all kinds without `now`."""
        for key, kind in tuple(self._kinds.items()):
            if now is None or now >= kind.until:
                del self._kinds[key]
                if kind.example is not None:
                    super().emit(_summary(kind.example, kind.left_out))


def _summary(example: logging.LogRecord, count: int) -> logging.LogRecord:
    return logging.LogRecord(
        example.name,
        example.levelno,
        example.pathname,
        example.lineno,
        "... and %d more like it: %s",
        (count, example.getMessage()),
        None,
    )
