"""What is waited for, and until when; pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

_Name = TypeVar("_Name")


class Deadlines(Generic[_Name]):
    """Waits by name, in seconds of any clock."""

    def __init__(self) -> None:
        self.next: float | None = None
        """When the first of them ends; None while nothing is waited for."""
        self._waits: dict[_Name, tuple[float, float]] = {}

    def wait_for(self, name: _Name, begin: float, seconds: float | None) -> None:
        """Wait from `begin` on, instead of an earlier wait of that name; None is for ever, which ends nothing."""
        self._waits.pop(name, None)
        if seconds is not None:
            self._waits[name] = begin + seconds, seconds
        self._look()

    def forget(self, *names: _Name) -> None:
        """Wait for these no more."""
        for name in names:
            self._waits.pop(name, None)
        self._look()

    def clear(self) -> None:
        """Wait for nothing more."""
        self._waits.clear()
        self._look()

    def over(self, now: float) -> Iterator[tuple[_Name, float]]:
        """The waits that are over, which end here, with their length in seconds; one that ends meanwhile is none."""
        for name in [name for name, (due, _) in self._waits.items() if due <= now]:
            if (wait := self._waits.pop(name, None)) is not None:
                self._look()
                yield name, wait[1]

    def _look(self) -> None:
        self.next = min((due for due, _ in self._waits.values()), default=None)
