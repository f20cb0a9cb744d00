"""Does the peer still serve? A probe shows it, and so does each case that ends with a served association.

A probe after each case would take as long as the case. So one probe covers all cases that ended before it began, and
is only made when enough of them wait for it, or when a connection could not be opened. With a health command of the
user, only probes count.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from dulcimer.conformance.model.parts import Settle
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.trace import Kind
from dulcimer.conformance.model.verdict import Verdict

_BACKOFF = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 3.65)
"""Seconds between the retries of a failing probe, 10 s in all; after them the peer counts as dead."""

_PATIENT = 3
"""The last tries, which wait longer for an answer: the machine may only be busy."""

_COMMAND_SECONDS = 30.0
"""If a health command runs longer, the peer does not count as healthy."""

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class HealthCommand:
    """A command of the user: the peer is healthy if its exit status is 0."""

    words: tuple[str, ...]

    async def complaint(self) -> str:
        """Run it; why the peer is not healthy, "" if it is."""
        process = await asyncio.create_subprocess_exec(
            *self.words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(_COMMAND_SECONDS):
                output, _ = await process.communicate()
        except TimeoutError:
            return f"the health command still ran after {_COMMAND_SECONDS:g} s"
        finally:
            if process.returncode is None:
                # process.kill() could take the exit status of a process that has just ended away from the loop.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
                await process.wait()
        if process.returncode == 0:
            return ""
        shown = output.decode("utf-8", "replace").strip()[-_SHOWN:]
        return f"the health command ended with status {process.returncode}" + (f": {shown}" if shown else "")


@dataclass(frozen=True, slots=True)
class _Ended:
    case: str
    at: float


class Health:
    """The health of a peer. `probe` makes one sanity probe, with more time if its argument is true; at most `enough`
    cases wait for one.

    `by_probe_only`: an association that was served does not show that the peer is healthy. `linger`: seconds in which a
    dead peer may come back; `say` informs the user of that wait.
    """

    def __init__(
        self,
        probe: Callable[[bool], Awaitable[Result]],
        enough: int,
        *,
        by_probe_only: bool = False,
        linger: float = 0.0,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._probe = probe
        self._enough = enough
        self._by_probe_only = by_probe_only
        self._linger = linger
        self._say = say
        self._died_at = -1.0
        self._refused: tuple[str, ...] = ()
        self.listens_when_idle = False
        """Whether the peer refuses connections whenever it serves somebody, so that a refusal shows nothing."""
        self._unproven: list[_Ended] = []
        self._served_at = self._answered_at = -1.0
        self._probing = asyncio.Lock()
        self.returned: list[str] = []
        """Cases after which the peer took no connections for a while, in the order in which they ended."""
        self._last = "sanity"
        self.complaint = ""
        """Why the last probe that failed did so."""

    @property
    def suspects(self) -> tuple[str, ...]:
        """The cases that ended since the last sign of life of the peer, or else the last one that it served."""
        return tuple(row.case for row in self._unproven if row.at >= self._answered_at) or (self._last,)

    def note(self, result: Result, began: float) -> bool:
        """Note a case that began at this time on the loop's clock and has just ended; whether it was served fully."""
        now = asyncio.get_running_loop().time()
        if result.verdict is not Verdict.ERROR:
            self._last = result.case.id
        served = _serves(result) and not self._by_probe_only
        if served:
            self._served(began)
        elif result.verdict is not Verdict.ERROR:
            self._unproven.append(_Ended(result.case.id, now))
        if not self._by_probe_only and any(entry["kind"] == Kind.RECEIVED for entry in result.trace):
            self._answered_at = max(self._answered_at, began)
        return served

    @property
    def is_due(self) -> bool:
        """Whether enough cases wait for a probe."""
        return len(self._unproven) >= self._enough

    async def holds(self) -> bool:
        """Probe, with growing pauses, until the peer serves or counts as dead."""
        loop = asyncio.get_running_loop()
        asked = loop.time()
        async with self._probing:
            if self._served_at >= asked:  # another probe, begun after this case, was answered
                return True
            if self._died_at >= asked:
                return False
            if await self._comes_back(_BACKOFF):
                return True
            if self._linger:
                gone = f"The peer has stopped responding ({self.complaint})."
                self._say(f"{gone} Waiting up to {self._linger:g} s for it to come back.")
                if await self._comes_back((1.0,) * int(self._linger)):
                    return True
            self._died_at = loop.time()
            return False

    async def _comes_back(self, pauses: Sequence[float]) -> bool:
        loop = asyncio.get_running_loop()
        for number, pause in enumerate((*pauses, None)):
            began = loop.time()
            result = await self._probe(number > len(pauses) - _PATIENT)
            if result.verdict is Verdict.OK:
                self.returned += self._refused
                self._refused = ()
                self._served(began)
                return True
            self.complaint = result.observed
            if result.verdict is Verdict.ERROR and not self.listens_when_idle:
                self._refused = self.suspects
            if result.refused and self.listens_when_idle:  # the probe has already waited long enough
                return False
            if pause is not None:
                await asyncio.sleep(pause)
        return False

    def _served(self, since: float) -> None:
        self._served_at = max(self._served_at, since)
        self._unproven = [row for row in self._unproven if row.at > since]


def _serves(result: Result) -> bool:
    """Whether the case ended as a sanity probe does, with C-ECHO and release."""
    return result.verdict is Verdict.OK and result.case.closing.settle is Settle.ECHO
