"""An application entity that runs in the background event loop."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from dulcimer.ae.blocking.background import BACKGROUND
from dulcimer.ae.core.entity import Entity

_Result = TypeVar("_Result")


class BackgroundEntity(Entity):
    """The part of `AE` that its associations and servers use: it runs work in the background event loop."""

    def _in_background(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Run `work` in the event loop and wait for the result; afterwards an idle entity has no threads left."""
        try:
            return BACKGROUND.call(work)
        finally:
            if not self._is_busy:
                self._workers.shutdown()

    def _acquire_loop(self, servers: int = 0) -> None:
        """Keep the event loop for one more association or server."""
        BACKGROUND.acquire(servers)

    def _release_loop(self, servers: int = 0) -> None:
        """Undo one `_acquire_loop`."""
        super()._release_loop(servers)
        BACKGROUND.release(servers)
