"""A server that a test has started, as the check watches it: its end is noticed, and it is started again."""

from __future__ import annotations

import asyncio

from dulcimer.conformance.processes.server import Death, ServerWatch
from dulcimer.errors import DulcimerError
from dulcimer.testing.targets import StartedServer

_NOTICE = 0.2
"""Seconds in which the system shows the end of a process whose connection is gone."""


class StartedServerWatch(ServerWatch):
    """Looks whether the server has ended when the run asks, and before each connection."""

    knows = True

    def __init__(self, server: StartedServer) -> None:
        self._server = server
        self._deaths: list[Death] = []
        self._away: list[tuple[float, float]] = []
        self._starting = asyncio.Lock()
        self._noted = 0

    async def ready(self) -> bool:
        """See `ServerWatch`."""
        async with self._starting:
            if not self._has_ended():
                return True
            try:
                await asyncio.to_thread(self._server.restart)
            except DulcimerError:
                return False
            self._away.append((self._deaths[-1].at, asyncio.get_running_loop().time()))
            return True

    async def death_since(self, began: float, *, patient: bool) -> Death | None:
        """See `ServerWatch`."""
        if patient:
            await asyncio.to_thread(self._server.process.death, _NOTICE)
        self._has_ended()
        return self._deaths[-1] if self._deaths and self._deaths[-1].at >= began else None

    def absences(self) -> list[tuple[float, float]]:
        """See `ServerWatch`."""
        found, self._away = self._away, []
        return found

    def _has_ended(self) -> bool:
        """Whether the server has ended; each end is noted once."""
        death, start = self._server.death, self._server.process.starts
        if death is not None and start != self._noted:
            self._noted = start
            self._deaths.append(Death(asyncio.get_running_loop().time(), death.how))
        return death is not None
