"""Ports that servers of this process are about to listen on: who wants an association with one waits a moment for it.

Programs start a server in a thread and request an association at once. A new thread comes as far as `start_server`
before the one that started it goes on, but not as far as a socket that listens.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 5.0
"""Seconds that an association waits for a server of its own process at the most."""


class Beginnings:
    """The ports, and who waits for them."""

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """In a process that was forked: its servers have yet to begin."""
        self._changed = threading.Condition()
        self._ports: Counter[object] = Counter()

    @contextmanager
    def of(self, port: object) -> Iterator[None]:
        """Inside the block a server is about to listen on that port."""
        with self._changed:
            self._ports[port] += 1
        try:
            yield
        finally:
            with self._changed:
                self._ports[port] -= 1
                self._changed.notify_all()

    def wait(self, port: int) -> None:
        """Return when no server is about to listen on that port, or after `PATIENCE`."""
        with self._changed:
            self._changed.wait_for(lambda: not self._ports[port], PATIENCE)
