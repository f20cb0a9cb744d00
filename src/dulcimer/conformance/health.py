"""Does the peer still serve? A probe says so, and so does each case that ends with a served association.

A probe after each case would cost as much as the case. So one vouches for all cases that ended before it began, and
is only made when enough of them wait for it, or when a connection could not be opened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from dulcimer.conformance.case import Result, Verdict

_BACKOFF = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Seconds between the tries of a probe that fails: a peer is declared dead only after all of them."""


@dataclass(frozen=True, slots=True)
class _Ended:
    case: str
    at: float


class Health:
    """What is known of a peer's health. `probe` makes one sanity probe; `enough` cases wait for one at most."""

    def __init__(self, probe: Callable[[], Awaitable[Result]], enough: int) -> None:
        self._probe = probe
        self._enough = enough
        self._unproven: list[_Ended] = []
        self._served_at = self._answered_at = -1.0
        self._probing = asyncio.Lock()
        self.returned: list[str] = []
        """Cases before the peer took no connections for a while, in the order in which they ended."""

    @property
    def suspects(self) -> tuple[str, ...]:
        """The cases that have ended since the peer gave its last sign of life."""
        return tuple(row.case for row in self._unproven if row.at >= self._answered_at)

    def note(self, result: Result, began: float) -> bool:
        """A case that began at this time on the loop's clock has ended now: was it served to the end?"""
        now = asyncio.get_running_loop().time()
        served = _serves(result)
        if served:
            self._served(began)
        elif result.verdict is not Verdict.ERROR:
            self._unproven.append(_Ended(result.case.id, now))
        if any(entry["dir"] == "<" for entry in result.trace):
            self._answered_at = max(self._answered_at, began)
        return served

    @property
    def is_due(self) -> bool:
        """Whether enough cases wait for a probe."""
        return len(self._unproven) >= self._enough

    async def holds(self) -> bool:
        """Probe, and again with growing pauses, until the peer serves or is declared dead."""
        loop = asyncio.get_running_loop()
        asked = loop.time()
        async with self._probing:
            if self._served_at >= asked:  # somebody else's probe, begun after this case, has answered
                return True
            refused: tuple[str, ...] = ()
            for pause in (*_BACKOFF, None):
                began = loop.time()
                result = await self._probe()
                if result.verdict is Verdict.OK:
                    self.returned += refused
                    self._served(began)
                    return True
                if result.verdict is Verdict.ERROR:
                    refused = self.suspects
                if pause is not None:
                    await asyncio.sleep(pause)
            return False

    def _served(self, since: float) -> None:
        self._served_at = max(self._served_at, since)
        self._unproven = [row for row in self._unproven if row.at > since]


def _serves(result: Result) -> bool:
    """Whether the end of the case was what a sanity probe is: association, C-ECHO and release went well."""
    return result.verdict is Verdict.OK and result.case.settle == "echo"
