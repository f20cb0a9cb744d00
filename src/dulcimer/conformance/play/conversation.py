"""One connection of a case, for a tester in either role: sending, and waiting for its end."""

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
from dulcimer.counting import counted

_ABORT = PduType.A_ABORT.label
_CLOSING = (WatchFor.CLOSE, WatchFor.GONE)


class LeftError(Exception):
    """A case cannot get to its reaction: `hindrance` says why."""

    def __init__(self, obstacle: Obstacle, observed: str, why: str = "") -> None:
        super().__init__(observed)
        self.hindrance = Hindrance(obstacle, observed, why)


class Conversation(ABC):
    """A connection, the states that the peer on it may be in, what was observed so far, and notes for the report.

    `still_open`: the peer has yet to close the connection, and the tester has not waited for that.
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
        """Where the peer broke, on this connection, the rules for everything that it sends."""
        return []

    @abstractmethod
    async def next(self, seconds: float) -> Seen:
        """The next observation; it narrows down the possible states."""

    def reacted(self, reaction: Seen, passed: str = "") -> None:
        """Record the reaction, and whether the states that the peer can be in allow it.

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
        """The reaction to the stimulus; there has to be one by now."""
        assert self.observed.reaction is not None
        return self.observed.reaction

    def came_after(self, sequel: Sequel, seen: Seen, at: str = "") -> None:
        """Record what came after the reaction; `at`: in answer to what the tester had sent."""
        self.observed = replace(self.observed, afterwards=(*self.observed.afterwards, Afterwards(sequel, seen, at)))

    def ended(self, close: str) -> None:
        """Record how the connection ended."""
        self.observed = replace(self.observed, close=close)

    async def transmit(self, step: Send, data: bytes) -> None:
        """Send the bytes of a step: at once, octet by octet, or with a pause after the first part."""
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
        """Check that the peer has not closed the connection before the stimulus is sent; raises LeftError.

        In Sta13 it may close at any time (PS3.8 9.1.5). Where the stimulus leads to a close, too, or to nothing
        visible, the tester first waits a moment for an earlier close.
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
        """Wait for the answer to the PDU that came before the stimulus; raises LeftError."""
        while True:
            seen = await self.next(self.timing.react)
            if seen.fits((self.case.opening.answer,)):
                return
            if not seen.fits(harmless):
                wanted = f"the state was not reached: {self.case.opening.answer} did not come"
                raise LeftError(Obstacle.ELSEWHERE, seen.label, wanted)

    async def close_due_at_once(self, reaction: Seen) -> Seen:
        """Wait for a close that is due at once: the close, how late it came, or that it did not come.

        `reaction`: what came within the time for a reaction. ARTIM does not apply here (PS3.8 9.1.5), so `Timing.close`
        limits the wait.
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
        """Silence means that the connection is open after ARTIM, if that was declared."""
        over = seen.name == SILENCE and self.timing.artim is not None
        return Seen(seen.t, SILENCE, ("open-after-artim",)) if over else seen

    async def after_the_end(self) -> Seen:
        """What comes shortly after the end of the association; more A-ABORTs are only counted."""
        seen = await self.next(self.timing.grace)
        repeated = 0
        deadline = self.connection.now + self.timing.react
        while seen.name == _ABORT and self.connection.now < deadline:
            repeated += 1  # harmless: the peer takes the rest of the bytes for another PDU
            seen = await self.next(self.timing.grace)
        if repeated:
            self.notes.append(f"{counted(repeated, 'more A-ABORT')} after the reaction")
        return seen


async def excess_of(connection: Connection) -> Excess | None:
    """What the peer has sent, if it does not stop sending; reads for a moment to find out."""
    await connection.see_whether_it_stops()
    intake = connection.intake
    return Excess(intake.excess, intake.of_data) if intake.excess else None
