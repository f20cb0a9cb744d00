"""The memory that the messages of a process may take together."""

from __future__ import annotations

import threading


class Budget:
    """Bytes for all data sets that are gathered in memory; thread-safe."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0
        self._lock = threading.Lock()

    def take(self, count: int) -> bool:
        """Take `count` bytes; False if fewer are left."""
        with self._lock:
            if self.taken + count > self.limit:
                return False
            self.taken += count
            return True

    def give(self, count: int) -> None:
        """Give `count` bytes back."""
        with self._lock:
            self.taken -= count
