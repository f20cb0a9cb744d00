"""Stopping a run early and in order: the results so far are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class Stopper:
    """Runs work that can be stopped; `reason` says why it was, "" if it was not."""

    def __init__(self) -> None:
        self.reason = ""
        self._work: asyncio.Task[None] | None = None

    def stop(self, reason: str) -> None:
        """Stop the work; it closes what it holds open."""
        self.reason = self.reason or reason
        if self._work is not None:
            self._work.cancel()

    async def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Do the work until it is done or stopped. Raises what the work raises."""
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
