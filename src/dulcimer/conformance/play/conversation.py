"""One connection of a case, as it is for a tester in either role: sending, and waiting for what ends it."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import replace

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import States
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.observation import (
    Afterwards,
    Excess,
    Hindrance,
    Observation,
    Obstacle,
    Sequel,
    Violation,
)
from dulcimer.conformance.model.oracle import CLOSE, PossibleStates
from dulcimer.conformance.model.parts import WatchFor
from dulcimer.conformance.model.seen import SILENCE, STAYS_OPEN, Seen
from dulcimer.conformance.model.steps import Send
from dulcimer.conformance.play.target import ARTIM_MARGIN, Timing
from dulcimer.conformance.wire_peer.connection import Connection

_ABORT = PduType.A_ABORT.label
_CLOSING = (WatchFor.CLOSE, WatchFor.GONE)


class LeftError(Exception):
    """A case cannot come to its reaction: `hindrance` says why."""

    def __init__(self, obstacle: Obstacle, observed: str, why: str = "") -> None:
        super().__init__(observed)
        self.hindrance = Hindrance(obstacle, observed, why)


class Conversation(ABC):
    """A connection, the states that the peer on it may be in, what was observed so far, and notes for the report.

    `still_open`: the peer has yet to close it, which was not waited for.
    """

    def __init__(self, case: Case, timing: Timing, connection: Connection, states: PossibleStates) -> None:
        self.case = case
        self.timing = timing
        self.connection = connection
        self.states = states
        self.observed = Observation()
        self.notes: list[str] = []
        self.still_open = False

    @property
    def violations(self) -> list[Violation]:
        """What the peer has sent on this connection against the rules for everything that it sends."""
        return []

    @abstractmethod
    async def next(self, seconds: float) -> Seen:
        """The next observation, which the possible states are filtered by."""

    def reacted(self, reaction: Seen, passed: str = "") -> None:
        """Take the reaction down, and whether the states that the peer can be in allow it.

        `passed`: what showed that the peer had left the state before.
        """
        states = self.states
        self.observed = replace(
            self.observed,
            reaction=reaction,
            passed=passed,
            possible=states.possible,
            may_be_silent=states.allows_silence(),
        )

    @property
    def reaction(self) -> Seen:
        """What the peer made of the stimulus; there has to be one by now."""
        assert self.observed.reaction is not None
        return self.observed.reaction

    def came_after(self, sequel: Sequel, seen: Seen, at: str = "") -> None:
        """Take down what came behind the reaction; `at`: on what the tester had sent."""
        self.observed = replace(self.observed, afterwards=(*self.observed.afterwards, Afterwards(sequel, seen, at)))

    def ended(self, close: str) -> None:
        """Take down how the connection ended."""
        self.observed = replace(self.observed, close=close)

    async def transmit(self, step: Send, data: bytes) -> None:
        """Send the bytes of a step: at once, octet by octet, or with a pause behind the first of them."""
        if step.octets:
            for position in range(len(data)):
                text = f"{step.label}, one octet at a time"
                if not await self.connection.send(data[position : position + 1], text, octet=True):
                    return
                await asyncio.sleep(0)
        elif step.split:
            await self.connection.send(data[: step.split], f"{step.label}: the first {step.split} bytes")
            await asyncio.sleep(self.timing.grace)
            await self.connection.send(data[step.split :], f"{step.label}: the rest")
        else:
            await self.connection.send(data, step.label)

    async def still_there(self) -> None:
        """See that the peer has not closed the connection before the stimulus is sent; raises LeftError.

        In Sta13 it may close at any time (PS3.8 9.1.5): where the stimulus brings about a close, too, or nothing that
        can be seen, the close before it has to be told from that.
        """
        case = self.case
        left = self.connection.ended
        if (
            case.cell is not None
            and case.cell[1] is States.STA_13
            and not case.opening.answer
            and case.expectation.watch in _CLOSING
        ):
            left = (await self.next(self.timing.grace)).is_close
        if left:
            why = "the peer had closed the connection, as it may, before the stimulus was sent"
            raise LeftError(Obstacle.ELSEWHERE, CLOSE, why)

    async def provoked(self, harmless: Iterable[str]) -> None:
        """Wait for the answer to the PDU that the peer had to take before the stimulus; raises LeftError."""
        while True:
            seen = await self.next(self.timing.react)
            if seen.fits((self.case.opening.answer,)):
                return
            if not seen.fits(harmless):
                wanted = f"the state could not be reached: {self.case.opening.answer} was awaited"
                raise LeftError(Obstacle.ELSEWHERE, seen.label, wanted)

    async def close_behind(self, reaction: Seen) -> Seen:
        """What follows what makes the peer close: the close, how late it came, or that it did not come.

        `reaction`: what came in the time for a reaction. ARTIM has no part in it (PS3.8 9.1.5), so that a window of its
        own bounds how long is waited.
        """
        if reaction.is_close and self.case.opening.answer:
            return Seen(reaction.t, CLOSE, (f"left({reaction.label})",))
        if reaction.name != SILENCE:
            return reaction
        if not self.timing.waits:
            self.still_open = True
            return reaction
        seen = await self.next(max(self.timing.close - self.timing.react, self.timing.react))
        if seen.is_close:
            return Seen(seen.t, CLOSE, (f"late-{seen.label}",))
        return Seen(seen.t, SILENCE, (STAYS_OPEN,)) if seen.name == SILENCE else seen

    async def close_by_artim(self) -> Seen:
        """Wait for the peer to close, and measure how long it takes."""
        started = self.connection.now
        seen = await self.next(self.timing.artim_limit)
        waited = max(seen.t - started, 0.0)
        if not seen.is_close:
            return self._open_after(seen)
        self.notes.append(f"the peer closed the connection after {waited:.2f} s")
        artim = self.timing.artim
        if waited < (self.timing.grace if artim is None else artim * (1 - ARTIM_MARGIN)):
            return Seen(seen.t, CLOSE, (f"early-{seen.label}",))
        if artim is not None and waited > artim * (1 + ARTIM_MARGIN) + self.timing.grace:
            return Seen(seen.t, CLOSE, (f"late-{seen.label}",))
        return seen

    def _open_after(self, seen: Seen) -> Seen:
        """Silence is an open connection after ARTIM if that was declared."""
        over = seen.name == SILENCE and self.timing.artim is not None
        return Seen(seen.t, SILENCE, ("open-after-artim",)) if over else seen

    async def after_the_end(self) -> Seen:
        """What comes soon after the end of the association, but for more A-ABORT."""
        seen = await self.next(self.timing.grace)
        repeated = 0
        deadline = self.connection.now + self.timing.react
        while seen.name == _ABORT and self.connection.now < deadline:
            repeated += 1  # harmless, and the answer to bytes that the peer takes for another PDU
            seen = await self.next(self.timing.grace)
        if repeated:
            self.notes.append(f"{repeated} more A-ABORT after the reaction")
        return seen


async def excess_of(connection: Connection) -> Excess | None:
    """What the peer sends without end, if it does; what it has sent is read on for a moment to see that."""
    await connection.see_whether_it_stops()
    intake = connection.intake
    return Excess(intake.excess, intake.of_data) if intake.excess else None
