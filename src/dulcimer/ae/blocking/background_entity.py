"""An application entity that lives in the event loop in the background."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from dulcimer.ae.blocking.background import BACKGROUND
from dulcimer.ae.core.entity import Entity

_Result = TypeVar("_Result")


class BackgroundEntity(Entity):
    """What the associations and servers of an `AE` know of it: it does in the background what is asked for."""

    def _in_background(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Do it in the event loop and wait for the result; no thread is left if that was the end of everything."""
        try:
            return BACKGROUND.call(work)
        finally:
            if not self._is_busy:
                self._workers.shutdown()

    def _begun(self) -> None:
        """Something has begun that needs the event loop."""
        BACKGROUND.acquire()

    def _ended(self) -> None:
        """It is over."""
        super()._ended()
        BACKGROUND.release()
