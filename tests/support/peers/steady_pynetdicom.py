"""pynetdicom without the race between the thread of an association and what the caller sends on it.

The thread says that it is paused just before it waits; for a moment after the wait it still says so. What is sent in
that moment has its response taken by the thread, which drops it: "Received unexpected ... service message". The caller
then waits for 30 seconds in vain. On a busy machine that happens once in many thousand operations.
"""

from __future__ import annotations

import threading
from typing import Any


class SteadyCheckpoint(threading.Event):
    """An event that takes back what the thread says of itself in the moment in which the wait ends."""

    def __init__(self, association: Any) -> None:
        super().__init__()
        self._association = association
        self._moment = threading.Lock()

    def clear(self) -> None:
        with self._moment:
            super().clear()

    def wait(self, timeout: float | None = None) -> bool:
        while True:
            found = super().wait(timeout)
            with self._moment:
                if not found or self.is_set():
                    self._association._is_paused = False
                    return found


def make_steady() -> None:
    """Close the race for all associations from now on. It may be called again."""
    from pynetdicom.association import Association

    begin = Association.__init__
    if getattr(begin, "is_steady", False):
        return

    def __init__(self: Any, *given: Any, **named: Any) -> None:  # noqa: N807 - it takes the place of the constructor
        begin(self, *given, **named)
        checkpoint = SteadyCheckpoint(self)
        checkpoint.set()
        self._reactor_checkpoint = checkpoint

    __init__.is_steady = True  # type: ignore[attr-defined]  # so that it is done once
    Association.__init__ = __init__  # type: ignore[method-assign]  # of a peer, in the tests only
