"""What the tester sends to the peer in one case, and what comes back; everything is checked as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from dulcimer._generated.codes import ContextResult
from dulcimer._generated.fsm import Events
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.observation import Violation
from dulcimer.conformance.model.oracle import PossibleStates
from dulcimer.conformance.model.parts import WatchFor
from dulcimer.conformance.model.seen import SILENCE, Seen
from dulcimer.conformance.model.steps import Oversize, Send
from dulcimer.conformance.play.conversation import Conversation
from dulcimer.conformance.play.target import Timing
from dulcimer.conformance.sender_rules.acceptor import AcceptorCheck
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.conformance.stimuli.dimse import oversize_pdu
from dulcimer.conformance.stimuli.requests import CONTEXT_ID, SERVICE_CONTEXT_ID, VERIFICATION
from dulcimer.conformance.wire_peer.connection import Connection
from dulcimer.wire.model import AssociateAc

LONGEST = 4 << 20
"""Bytes; a peer that accepts longer P-DATA-TF than this is not tested with one that is too long."""


class Talk(Conversation):
    """One connection of a case.

    `acceptance`: the A-ASSOCIATE-AC, None if none has come. `context`: a presentation context for Verification that
    the peer accepted, None if there is none; `service` that of the service of the case. `maximum_length`: what the
    peer announced, in bytes. `passed`: what showed that the peer had left the state before it handled the stimulus, ""
    if nothing did.
    """

    def __init__(self, case: Case, timing: Timing, connection: Connection, log: SenderLog) -> None:
        super().__init__(case, timing, connection, PossibleStates())
        self.acceptance: AssociateAc | None = None
        self.context: int | None = None
        self.service: int | None = None
        self.maximum_length: int | None = None
        self.passed = ""
        self._sender = AcceptorCheck(case, log)

    @property
    def violations(self) -> list[Violation]:
        """Where the peer broke, on this connection, the rules for everything that it sends."""
        return self._sender.violations

    async def send(self, step: Send) -> None:
        """Carry out a step that sends."""
        data = step.data
        if isinstance(step.made, Oversize):
            limit = self.maximum_length or 0
            data = oversize_pdu(step.made.echo, self.service or CONTEXT_ID, limit)
        self._sender.sent(data)
        for event in step.events:
            self.states.inject(event)
        await self.transmit(step, data)

    async def next(self, seconds: float) -> Seen:
        """The next observation; it narrows down the possible states."""
        return self._noted(await self.connection.next(seconds))

    def check_the_rest(self) -> None:
        """Check against the rules what came and was not awaited."""
        for seen in self.connection.not_looked_at():
            self._check_rules(seen)

    def _noted(self, seen: Seen) -> Seen:
        if seen.name == SILENCE:
            return seen
        self.states.observe(seen.name, seen.source)
        self._check_rules(seen)
        if isinstance(seen.pdu, AssociateAc):
            self._note(seen.pdu)
        return seen

    def _check_rules(self, seen: Seen) -> None:
        if seen.data:
            for problem in self._sender.received(seen):
                self.connection.trace.note_alike(f"not as the standard demands: {problem}")

    def _note(self, pdu: AssociateAc) -> None:
        self.acceptance = pdu
        accepted = [
            item.presentation_context_id
            for item in pdu.presentation_contexts
            if item.result_reason == ContextResult.ACCEPTANCE and item.transfer_syntax is not None
        ]
        proposed = self._sender.proposed
        fitting = [number for number in accepted if proposed.get(number, VERIFICATION) == VERIFICATION]
        self.context = next(iter(fitting), None)
        self.service = SERVICE_CONTEXT_ID if SERVICE_CONTEXT_ID in accepted else None
        self.maximum_length = pdu.maximum_length

    @property
    def can_exceed(self) -> bool:
        """Whether the peer has a maximum length that the tester may exceed."""
        return bool(self.maximum_length) and (self.maximum_length or 0) <= LONGEST

    # ------------------------------------------------------------------ watching

    async def watch(self) -> Seen:
        """The reaction to the stimulus: see `WatchFor`."""
        match self.case.expectation.watch:
            case WatchFor.GONE:
                return Seen(self.connection.now, "gone", ("gone",))
            case WatchFor.ARTIM:
                return await self._artim()
            case WatchFor.CLOSE:
                return await self.close_due_at_once(await self.next_reaction())
            case _:
                return await self.next_reaction()

    async def next_reaction(self) -> Seen:
        """The first observation that is not skipped, within one deadline."""
        deadline = self.connection.now + self.timing.react
        overtaken = self.case.expectation.overtaken
        while True:
            seen = await self.next(max(deadline - self.connection.now, 0.001))
            if overtaken is not None and not self.passed and seen.fits((overtaken.by,)):
                self.passed, deadline = seen.label, self.connection.now + self.timing.react
                continue
            skip = overtaken.skip if overtaken is not None and self.passed else self.case.expectation.skip
            if seen.fits(self._wanted()) or not seen.fits(skip):
                return seen

    def _wanted(self) -> Iterable[str]:
        rows = self.case.expectation.rows(passed=bool(self.passed))
        return {pattern for row in rows if row.verdict == "OK" for pattern in row.on}

    async def _artim(self) -> Seen:
        """Wait for the peer to close, and measure how long it takes."""
        drip = asyncio.create_task(self._drip())
        try:
            return await self.close_by_artim()
        finally:
            drip.cancel()
            await asyncio.wait([drip])

    async def _drip(self) -> None:
        """Send one octet after the other, so slowly that some are left when the time to watch is over."""
        pause = min(1.0, self.timing.artim_limit / 8)
        for position in range(len(self.case.injection.drip)):
            if not await self.connection.send(self.case.injection.drip[position : position + 1], "one octet"):
                return
            await asyncio.sleep(pause)

    def close_began(self) -> None:
        """The tester closes its direction: event 17 at the peer."""
        self.states.inject(Events.EVT_17)
        self.connection.shut_down()
