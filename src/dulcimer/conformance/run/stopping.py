"""Ending a run before its end, in order: what is done by then stays."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class Stopper:
    """Ends the work that it runs when it is told to; `reason` says why, "" if it was not."""

    def __init__(self) -> None:
        self.reason = ""
        self._work: asyncio.Task[None] | None = None

    def stop(self, reason: str) -> None:
        """End the work; what it holds open is closed."""
        self.reason = self.reason or reason
        if self._work is not None:
            self._work.cancel()

    async def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Do the work, to its end or until it is stopped. Raises what the work raises."""
        self._work = asyncio.ensure_future(work)
        if self.reason:
            self._work.cancel()
        try:
            await self._work
        except asyncio.CancelledError:
            if not self.reason:
                raise
        finally:
            self._work = None
