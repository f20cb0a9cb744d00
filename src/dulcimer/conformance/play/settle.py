"""After the reaction of an acceptor: how the connection ends, and whether the association still works."""

from __future__ import annotations

from dulcimer._generated.codes import PduType
from dulcimer._generated.conformance import Echo
from dulcimer._generated.fsm import Events, States
from dulcimer.conformance.judge.judge import judge_so_far
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.observation import Sequel
from dulcimer.conformance.model.parts import Closes, Settle, WatchFor
from dulcimer.conformance.model.seen import SILENCE, Seen
from dulcimer.conformance.model.steps import Connect, Send
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.acceptor_talk import Talk
from dulcimer.conformance.stimuli.dimse import echo_pdus
from dulcimer.conformance.stimuli.messages import plain_pdu
from dulcimer.conformance.stimuli.requests import Titles, associate_rq
from dulcimer.wire.codec import encode

_ABORT, _RJ, _RP = PduType.A_ABORT.label, PduType.A_ASSOCIATE_RJ.label, PduType.A_RELEASE_RP.label
_RQ, _RELEASE_RQ = PduType.A_ASSOCIATE_RQ.label, PduType.A_RELEASE_RQ.label
_ENDING = (_ABORT, _RJ, _RP)
_AFTER_RP = {Settle.ANSWER_THEN_CLOSE: "close(*)", Settle.ANSWER_THEN_ANSWER: _RP}
_GOOD = (Verdict.OK, Verdict.NON_STRICT, Verdict.INFORMATIONAL)


class Settlement:
    """What follows the reaction on one connection."""

    def __init__(self, talk: Talk, titles: Titles) -> None:
        self._talk = talk
        self._titles = titles
        self._case: Case = talk.case

    async def end(self) -> None:
        """End the connection, and record how it ended."""
        talk = self._talk
        reaction = talk.reaction
        if self._case.expectation.watch is WatchFor.GONE:
            talk.ended("tester")
        elif reaction.is_close or talk.connection.ended:
            talk.ended(reaction.label if reaction.is_close else "peer")
        elif self._case.closing.settle in _AFTER_RP and reaction.name == SILENCE:
            await self._answer_release(_AFTER_RP[self._case.closing.settle])
        elif reaction.name in _ENDING or self._case.closing.closes is Closes.TESTER:
            await self._end_of_association()
        elif self._case.closing.settle is not Settle.NONE and not talk.passed and self._is_in_order():
            await self._settle()
        else:
            talk.ended("tester")

    def _is_in_order(self) -> bool:
        return judge_so_far(self._case, self._talk.observed).verdict in _GOOD

    async def _end_of_association(self) -> None:
        """The peer waits for the tester to close, or closes early; it may send nothing more."""
        talk = self._talk
        reaction = talk.reaction
        if reaction.name in _ENDING and not talk.states.possible:
            talk.states.assume(States.STA_13)
        seen = await talk.after_the_end()
        if seen.is_close:
            talk.ended(f"early-{seen.label}")
            talk.notes.append("the peer did not wait for the tester to close; ARTIM has no lower bound (9.1.5)")
        elif seen.name != SILENCE:
            if reaction.name in _ENDING and not talk.states.possible:
                talk.came_after(Sequel.AFTER_THE_END, seen)
            talk.ended("tester")
        else:
            await self._close()

    async def _close(self) -> None:
        talk = self._talk
        talk.connection.shut_down()
        seen = await talk.next(talk.timing.react)
        deadline = talk.connection.now + 2 * talk.timing.react
        while not seen.is_close and seen.name != SILENCE and talk.connection.now < deadline:
            seen = await talk.next(talk.timing.react)
        if seen.name == SILENCE and self._case.closing.tester_closes:
            seen = await talk.close_due_at_once(seen)
            talk.came_after(Sequel.AFTER_TESTER_CLOSED, seen)
        talk.ended(f"after-tester {seen.label}" if seen.is_close else "open after the tester closed")

    async def _answer_release(self, wanted: str) -> None:
        """The peer has requested a release: send the response, and check that it ends the connection as it must."""
        await self._send_plain(_RP, Events.EVT_13)
        seen = await self._talk.next(self._talk.timing.react)
        if seen.fits((wanted,)) and seen.is_close:
            self._talk.ended(f"after-release {seen.label}")
            return
        if not seen.fits((wanted,)):
            self._talk.came_after(Sequel.INSTEAD_OF_RELEASE, seen, f"the {_RP} that followed")
        await self._close()

    # ------------------------------------------------------------------ the association still works

    async def _settle(self) -> None:
        """Silence is not evidence: show that the association works, by C-ECHO and release."""
        talk, settle = self._talk, self._case.closing.settle
        failed: Seen | None = None
        at = ""
        if isinstance(next(reversed(self._case.injection.steps), None), Connect) and talk.context is None:
            data = encode(associate_rq(self._titles))
            await talk.send(Send(_RQ, data, (Events.EVT_6,)))
            seen = await talk.next(talk.timing.react)
            if seen.is_busy:
                talk.came_after(Sequel.BUSY, seen)
                return
            if talk.acceptance is None:
                failed, at = seen, f"the {_RQ}"
        established = talk.context is not None or (
            talk.acceptance is not None and self._case.closing.settle is Settle.RELEASE
        )
        if not established and failed is None:
            talk.ended("tester")
            return
        if failed is None and settle in (Settle.ECHO, Settle.ECHO_ALONE):
            failed, at = await self._echo(), "the C-ECHO-RQ that followed"
        if failed is None and settle is not Settle.ECHO_ALONE:
            failed, at = await self._release(), f"the {_RELEASE_RQ} that followed"
        if failed is not None:
            talk.came_after(Sequel.INSTEAD_OF_WORK, failed, at)
        elif self._case.closing.linger:
            await talk.next(talk.timing.grace)
        talk.ended("tester")

    async def _echo(self) -> Seen | None:
        """What came instead of a C-ECHO-RSP of status 0000H, None if that came."""
        assert self._talk.context is not None
        data = b"".join(echo_pdus(Echo(message_id=64001), self._talk.context))
        await self._talk.send(Send("C-ECHO-RQ", data, (Events.EVT_10,)))
        return await self._instead_of("C-ECHO-RSP(0000H)")

    async def _release(self) -> Seen | None:
        """What came instead of an A-RELEASE-RP, None if that came."""
        if self._case.closing.settle is not Settle.RELEASED:
            await self._send_plain(_RELEASE_RQ, Events.EVT_12)
        return await self._instead_of(_RP)

    async def _send_plain(self, name: str, event: Events) -> None:
        await self._talk.send(Send(name, encode(plain_pdu(name, self._titles)), (event,)))

    async def _instead_of(self, wanted: str) -> Seen | None:
        while True:
            seen = await self._talk.next(self._talk.timing.react)
            if seen.fits((wanted,)):
                return None
            if not seen.fits(("P-DATA-TF",)):
                return seen
