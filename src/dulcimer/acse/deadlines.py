"""Waits with deadlines; pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

_Name = TypeVar("_Name")


class Deadlines(Generic[_Name]):
    """Waits by name, in seconds of any clock."""

    def __init__(self) -> None:
        self.next: float | None = None
        """The earliest deadline; None while nothing is waited for."""
        self._waits: dict[_Name, tuple[float, float]] = {}

    def wait_for(self, name: _Name, begin: float, seconds: float | None) -> None:
        """Wait from `begin` on, in place of an earlier wait of that name; None waits forever, without a deadline."""
        self._waits.pop(name, None)
        if seconds is not None:
            self._waits[name] = begin + seconds, seconds
        self._update_next()

    def forget(self, *names: _Name) -> None:
        """Stop these waits."""
        for name in names:
            self._waits.pop(name, None)
        self._update_next()

    def clear(self) -> None:
        """Stop all waits."""
        self._waits.clear()
        self._update_next()

    def over(self, now: float) -> Iterator[tuple[_Name, float]]:
        """Stop and yield the waits whose deadline has passed, with their length in seconds."""
        for name in [name for name, (due, _) in self._waits.items() if due <= now]:
            if (wait := self._waits.pop(name, None)) is not None:
                self._update_next()
                yield name, wait[1]

    def _update_next(self) -> None:
        self.next = min((due for due, _ in self._waits.values()), default=None)
