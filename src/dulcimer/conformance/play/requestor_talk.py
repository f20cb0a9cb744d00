"""What the tester sends to a requestor in one case, and what comes back; everything is checked as it comes."""

from __future__ import annotations

from dulcimer._generated.fsm import Events, States
from dulcimer._generated.requestor import AcceptanceVariant, Response
from dulcimer.conformance.model.observation import Violation
from dulcimer.conformance.model.oracle import PossibleStates
from dulcimer.conformance.model.requestor_case import RequestorCase
from dulcimer.conformance.model.seen import SILENCE, Seen
from dulcimer.conformance.model.steps import Send
from dulcimer.conformance.play.conversation import Conversation
from dulcimer.conformance.play.target import Timing
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.conformance.sender_rules.requestor import RequestorCheck
from dulcimer.conformance.stimuli.answers import DimseRequest, Requests, acceptance_bytes, response_bytes
from dulcimer.conformance.wire_peer.connection import Connection
from dulcimer.wire.model import AssociateRq, PDataTf


class RequestorTalk(Conversation):
    """One connection of a case.

    `request`: the A-ASSOCIATE-RQ of the peer, None if none has come. `pending`: the complete DIMSE request that
    waits for its response. `called`: the AE title that the peer was asked to call, "" if that is not known.
    """

    def __init__(
        self, case: RequestorCase, timing: Timing, connection: Connection, log: SenderLog, called: str = ""
    ) -> None:
        super().__init__(case, timing, connection, PossibleStates(States.STA_4, is_requestor=True))
        self.states.inject(Events.EVT_2)
        self.request: AssociateRq | None = None
        self.pending: DimseRequest | None = None
        self._answered: DimseRequest | None = None
        self._request_bytes = b""
        self._requests = Requests()
        self._check = RequestorCheck(case, log, called)

    @property
    def violations(self) -> list[Violation]:
        """Where the peer broke, on this connection, the rules for everything that it sends."""
        return self._check.violations

    async def send(self, step: Send) -> None:
        """Carry out a step that sends."""
        data = step.data + self.made(step)
        self._check.sent(data)
        for event in step.events:
            self.states.inject(event)
        await self.transmit(step, data)

    async def answer(self) -> None:
        """Answer the pending request with success, if there is one."""
        if self.pending is None:
            return
        request, self.pending = self.pending, None
        if request.wants_response:
            self._answered = request
            data = response_bytes(request, Response(), self._limit)
            await self.send(Send("the response", data, (Events.EVT_10,)))

    async def next(self, seconds: float) -> Seen:
        """The next observation; it narrows down the possible states."""
        seen = await self.connection.next(seconds)
        if seen.name != SILENCE:
            self.note(seen)
        return seen

    def check_the_rest(self) -> None:
        """Check against the rules what came and was not awaited."""
        for seen in self.connection.not_looked_at():
            self._check_rules(seen)

    def note(self, seen: Seen) -> None:
        """Take an observation into account."""
        self.states.observe(seen.name, seen.source)
        if isinstance(seen.pdu, AssociateRq) and self.request is None:
            self.request, self._request_bytes = seen.pdu, seen.data
        if isinstance(seen.pdu, PDataTf):
            self.pending = self._requests.add(seen.pdu, seen.command) or self.pending
        self._check_rules(seen)

    def _check_rules(self, seen: Seen) -> None:
        if seen.data:
            for problem in self._check.received(seen):
                self.connection.trace.note_alike(f"not as the standard demands: {problem}")

    @property
    def _limit(self) -> int:
        return (self.request.maximum_length if self.request else None) or 0

    def made(self, step: Send) -> bytes:
        """The part of a step that depends on what the peer has sent."""
        how = step.made
        if isinstance(how, AcceptanceVariant) and self.request is not None:
            return acceptance_bytes(self.request, self._request_bytes, how, self.case.opening.maximum_length)
        if not isinstance(how, Response):
            return b""
        request = self.pending or self._answered
        if self.pending is not None and how == Response():
            self.pending, self._answered = None, self.pending
        if request is None or not request.wants_response:
            request = DimseRequest.echo()
        return response_bytes(request, how, self._limit)
