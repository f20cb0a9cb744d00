"""How a server is stopped: by signals, or by its supervisor."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any


class Stop:
    """The first signal ends the server in order, the second one at once, unless it is `patient`."""

    def __init__(self, *, patient: bool = False) -> None:
        self.asked = asyncio.Event()
        self._hurried = asyncio.Event()
        self._patient = patient
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C is a KeyboardInterrupt there
                loop.add_signal_handler(number, self)

    def __call__(self) -> None:
        """Request an end in order."""
        if not self.asked.is_set():
            self.asked.set()
        elif not self._patient:
            self._hurried.set()

    def at_once(self) -> None:
        """Request an end at once."""
        self.asked.set()
        self._hurried.set()

    @property
    def problem(self) -> str:
        """Why the server is not healthy, in words; "" if it is."""
        return "shutting down" if self.asked.is_set() else ""

    async def unless_hurried(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do the work, but stop it after a second signal; True if it was completed."""
        task = asyncio.ensure_future(work)
        hurry = asyncio.ensure_future(self._hurried.wait())
        await asyncio.wait((task, hurry), return_when=asyncio.FIRST_COMPLETED)
        done: bool = task.done()
        for one in (task, hurry):
            one.cancel()
        await asyncio.gather(task, hurry, return_exceptions=True)
        return done
