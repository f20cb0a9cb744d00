"""What the messages of a process may take in memory together."""

from __future__ import annotations

import threading


class Budget:
    """Bytes that all the data sets together may take which are gathered in memory; used from any thread."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0
        self._lock = threading.Lock()

    def take(self, count: int) -> bool:
        """So many more, if there are as many."""
        with self._lock:
            if self.taken + count > self.limit:
                return False
            self.taken += count
            return True

    def give(self, count: int) -> None:
        """So many are free again."""
        with self._lock:
            self.taken -= count
