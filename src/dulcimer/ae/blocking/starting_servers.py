"""Ports that servers of this process will soon listen on, so that `associate` can wait a moment for them.

Programs start a server in a thread and request an association at once. The new thread reaches `start_server` before the
first thread continues, but the socket does not listen yet.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 5.0
"""Maximum time in seconds that an association request waits for a server of its own process."""


class StartingServers:
    """The ports of the servers that are starting, and a condition to wait on."""

    def __init__(self) -> None:
        self.reset_after_fork()

    def reset_after_fork(self) -> None:
        """Called in a forked process: it is starting no server."""
        self._changed = threading.Condition()
        self._ports: Counter[object] = Counter()

    @contextmanager
    def starting(self, port: object) -> Iterator[None]:
        """Inside the block a server is starting to listen on that port."""
        with self._changed:
            self._ports[port] += 1
        try:
            yield
        finally:
            with self._changed:
                self._ports[port] -= 1
                self._changed.notify_all()

    def wait(self, port: int) -> None:
        """Return when no server is starting on that port, or after `PATIENCE`."""
        with self._changed:
            self._changed.wait_for(lambda: not self._ports[port], PATIENCE)
