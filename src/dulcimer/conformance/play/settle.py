"""After the reaction: how the connection ends, and whether the association still works."""

from __future__ import annotations

from dulcimer._generated.codes import PduType
from dulcimer._generated.conformance import Alternative, Echo
from dulcimer._generated.fsm import Events, States
from dulcimer.conformance.model.case import Case, Result, Step, Verdict
from dulcimer.conformance.model.seen import SILENCE, Seen
from dulcimer.conformance.play.acceptor_talk import Talk
from dulcimer.conformance.play.conversation import STAYS_OPEN
from dulcimer.conformance.stimuli.dimse import echo_pdus
from dulcimer.conformance.stimuli.messages import plain_pdu
from dulcimer.conformance.stimuli.requests import Titles, associate_rq
from dulcimer.wire.codec import encode

_ABORT, _RJ, _RP = PduType.A_ABORT.label, PduType.A_ASSOCIATE_RJ.label, PduType.A_RELEASE_RP.label
_RQ, _RELEASE_RQ = PduType.A_ASSOCIATE_RQ.label, PduType.A_RELEASE_RQ.label
_ENDING = (_ABORT, _RJ, _RP)
_AFTER_RP = {"answer-then-close": "close(*)", "answer-then-answer": _RP}
_GOOD = (Verdict.OK, Verdict.NON_STRICT, Verdict.INFORMATIONAL)


class Settle:
    """What follows the reaction on one connection; it may change the result."""

    def __init__(self, talk: Talk, titles: Titles) -> None:
        self._talk = talk
        self._titles = titles
        self._case: Case = talk.case

    async def end(self, reaction: Seen, result: Result) -> None:
        """Bring the connection to its end and note how it came."""
        connection = self._talk.connection
        if self._case.watch == "gone":
            result.close = "tester"
        elif reaction.is_close or connection.ended:
            result.close = reaction.label if reaction.is_close else "peer"
        elif self._case.settle in _AFTER_RP and reaction.name == SILENCE:
            await self._answer_release(_AFTER_RP[self._case.settle], result)
        elif reaction.name in _ENDING or self._case.close == "tester":
            await self._end_of_association(reaction, result)
        elif self._case.settle != "none" and not self._talk.passed and result.verdict in _GOOD:
            await self._settle(result)
        else:
            result.close = "tester"

    async def _end_of_association(self, reaction: Seen, result: Result) -> None:
        """The peer waits for the tester to close, or closes early; it sends nothing of the association any more."""
        talk = self._talk
        if reaction.name in _ENDING and not talk.states.possible:
            talk.states.assume(States.STA_13)
        seen = await talk.after_the_end()
        if seen.is_close:
            result.close = f"early-{seen.label}"
            talk.notes.append("the peer did not wait for the tester to close; ARTIM has no lower bound (9.1.5)")
            return
        if seen.name != SILENCE:
            if reaction.name in _ENDING and not talk.states.possible:
                result.verdict, result.alternative = Verdict.FAILED, "speaks-after-the-end"
                result.observed = f"{result.observed}, then {seen.label}"
                result.why = "nothing is sent after the end of the association"
                result.retry = True
            result.close = "tester"
            return
        await self._close(result)

    async def _close(self, result: Result) -> None:
        talk = self._talk
        talk.connection.shut_down()
        seen = await talk.next(talk.timing.react)
        deadline = talk.connection.now + 2 * talk.timing.react
        while not seen.is_close and seen.name != SILENCE and talk.connection.now < deadline:
            seen = await talk.next(talk.timing.react)
        if seen.name == SILENCE and self._case.closes:
            seen = await talk.close_behind(seen)
            self._closed_late(seen, result)
        result.close = f"after-tester {seen.label}" if seen.is_close else "open after the tester closed"

    def _closed_late(self, seen: Seen, result: Result) -> None:
        """The tester has closed its direction, and the peer did not close then: how late did it, if ever?"""
        if seen.label == STAYS_OPEN and result.verdict in (Verdict.OK, Verdict.NON_STRICT):
            result.verdict, result.alternative, result.severity = Verdict.FAILED, "stays-open", "S2"
            result.observed = f"{result.observed}, then {STAYS_OPEN}"
            result.why = "the association is over and the tester has closed, and the connection is still open"
        elif seen.is_close and result.verdict is Verdict.OK:
            result.verdict, result.alternative = Verdict.NON_STRICT, "late-close"
            result.observed = f"{result.observed}, then {seen.label}"
            result.why = "the connection was closed only some time after the tester had closed it"

    async def _answer_release(self, wanted: str, result: Result) -> None:
        """The peer has asked for release and waits for the answer: give it, and see that it ends as it must."""
        await self._send_plain(_RP, Events.EVT_13)
        seen = await self._talk.next(self._talk.timing.react)
        if not seen.fits((wanted,)):
            self._fail(seen, f"the {_RP} that followed", result, "the release does not come to its end")
        elif seen.is_close:
            result.close = f"after-release {seen.label}"
            return
        await self._close(result)

    # ------------------------------------------------------------------ the association still works

    async def _settle(self, result: Result) -> None:
        """Silence is not evidence: show that the association works, by C-ECHO and release."""
        talk = self._talk
        failed: Seen | None = None
        at = ""
        if self._case.inject[-1:] and self._case.inject[-1].action == "connect" and talk.context is None:
            data = encode(associate_rq(self._titles))
            await talk.send(Step("send", _RQ, data, (Events.EVT_6,)))
            seen = await talk.next(talk.timing.react)
            if seen.is_busy:
                result.verdict, result.busy = Verdict.INCONCLUSIVE, True
                return
            if talk.acceptance is None:
                failed, at = seen, f"the {_RQ}"
        established = talk.context is not None or (talk.acceptance is not None and self._case.settle == "release")
        if not established and failed is None:
            result.close = "tester"
            return
        if failed is None and self._case.settle in ("echo", "echo-alone"):
            failed, at = await self._echo(), "the C-ECHO-RQ that followed"
        if failed is None and self._case.settle != "echo-alone":
            failed, at = await self._release(), f"the {_RELEASE_RQ} that followed"
        if failed is not None:
            self._unsettled(failed, at, result)
        elif self._case.linger:
            await talk.next(talk.timing.grace)
        result.close = "tester"

    async def _echo(self) -> Seen | None:
        """What came instead of a C-ECHO-RSP of status 0000H, None if that came."""
        assert self._talk.context is not None
        data = b"".join(echo_pdus(Echo(message_id=64001), self._talk.context))
        await self._talk.send(Step("send", "C-ECHO-RQ", data, (Events.EVT_10,)))
        return await self._instead_of("C-ECHO-RSP(0000H)")

    async def _release(self) -> Seen | None:
        """What came instead of an A-RELEASE-RP, None if that came."""
        if self._case.settle != "released":
            await self._send_plain(_RELEASE_RQ, Events.EVT_12)
        return await self._instead_of(_RP)

    async def _send_plain(self, name: str, event: Events) -> None:
        await self._talk.send(Step("send", name, encode(plain_pdu(name, self._titles)), (event,)))

    async def _instead_of(self, wanted: str) -> Seen | None:
        while True:
            seen = await self._talk.next(self._talk.timing.react)
            if seen.fits((wanted,)):
                return None
            if not seen.fits(("P-DATA-TF",)):
                return seen

    def _unsettled(self, seen: Seen, at: str, result: Result) -> None:
        """The association did not work afterwards: a late reaction if the case names one, a failure otherwise."""
        row = self._alternative(seen) if result.observed == SILENCE else None
        if row is not None and row.verdict != "FAILED":
            result.verdict, result.why, result.alternative = Verdict(row.verdict), row.why, row.name
            result.severity = row.severity or self._case.severity
            result.observed = f"{seen.label} (after {at})"
            return
        self._fail(seen, at, result, "the association does not work afterwards")

    def _alternative(self, seen: Seen) -> Alternative | None:
        return next((row for row in self._case.alternatives if seen.fits(row.on)), None)

    def _fail(self, seen: Seen, at: str, result: Result, why: str) -> None:
        result.observed = f"{result.observed}; {seen.label} on {at}"
        result.alternative = "does-not-settle"
        if self._case.open:
            result.verdict, result.why = Verdict.INFORMATIONAL, self._case.open
            return
        result.verdict, result.retry, result.why = Verdict.FAILED, True, why
