"""Cases that go on where those of the catalogue end: is the peer really in Sta13 after its last PDU?

Each is a case of a cell after which the peer waits for the tester to close. The tester does not close. It waits until
ARTIM must have closed the connection ("then-artim"), or sends an A-ASSOCIATE-AC, which is ignored in Sta13 and in no
other state of an open connection ("then-ignores").
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import Events, States
from dulcimer.conformance.case import Case, Result, Step, Verdict, revision
from dulcimer.conformance.messages import plain_pdu
from dulcimer.conformance.play import Play
from dulcimer.conformance.requestor.case import RequestorCase, RequestorStep
from dulcimer.conformance.requestor.play import RequestorPlay
from dulcimer.conformance.requestor.talk import RequestorTalk
from dulcimer.conformance.requests import Titles
from dulcimer.conformance.seen import SILENCE, Seen
from dulcimer.conformance.talk import Talk
from dulcimer.conformance.target import Timing
from dulcimer.wire.codec import encode

THEN_ARTIM, THEN_IGNORES = "then-artim", "then-ignores"
_REQUIREMENTS = {
    THEN_ARTIM: "If nobody closes the connection then, ARTIM does.",
    THEN_IGNORES: "An A-ASSOCIATE-AC that comes then is ignored.",
}
_AC, _ABORT = PduType.A_ASSOCIATE_AC.label, PduType.A_ABORT.label
_ENDING = (_ABORT, PduType.A_ASSOCIATE_RJ.label, PduType.A_RELEASE_RP.label)
_GOOD = (Verdict.OK, Verdict.NON_STRICT)
_OTHERS = ("enc.version.0000", "enc.req.result.1")
"""Cases of no cell that end an association in another way than those of the cells."""


@dataclass(frozen=True, slots=True)
class EndCase(Case):
    """A case of an acceptor that goes on; `then` is how."""

    then: str = THEN_ARTIM


@dataclass(frozen=True, slots=True)
class RequestorEndCase(RequestorCase):
    """A case of a requestor that goes on; `then` is how."""

    then: str = THEN_ARTIM


def ending_cases(cases: Iterable[Case]) -> Iterator[Case]:
    """Both ways of going on for one case of each cell, and of each way to its state, that ends in Sta13."""
    done: set[object] = set()
    for case in cases:
        if case.watch != "reaction" or not ((case.cell and case.close == "tester") or case.id in _OTHERS):
            continue
        key = (case.cell or case.id, case.drive, case.answer, case.passed)
        if key not in done:
            done.add(key)
            for then in _REQUIREMENTS:
                yield _going_on(case, then)


def _going_on(case: Case, then: str) -> Case:
    values: dict[str, Any] = {row.name: getattr(case, row.name) for row in fields(case)}
    values["id"] = f"{case.id}.{then}"
    values["rev"] = revision(then, case.rev)
    values["requirement"] = f"{case.requirement} {_REQUIREMENTS[then]}"
    if isinstance(case, RequestorCase):
        return RequestorEndCase(**values, then=then)
    return EndCase(**values, then=then)


class EndPlay(Play):
    """A run of an `EndCase`."""

    async def _once(self, talk: Talk) -> Result:
        assert isinstance(self.case, EndCase)
        if self.case.drive:
            talk.states.inject(Events.EVT_5)
        for step in self.case.drive:
            await self._drive(talk, step)
        for step in self.case.inject:
            await self._inject(talk, step)
        if self.case.answer:
            await self._provoked(talk)
        reaction = await talk.watch()
        result = self._judge(talk, reaction)

        async def send() -> None:
            await talk.send(Step("send", _AC, encode(plain_pdu(_AC, self.target.titles)), (Events.EVT_3,)))

        if _is_over(reaction, result) and not talk.connection.ended:
            if not talk.states.possible:
                talk.states.assume(States.STA_13)
            await _go_on(self.case.then, result, self.timing, talk.next, send)
        return result


class RequestorEndPlay(RequestorPlay):
    """A run of a `RequestorEndCase`."""

    async def _end(self, talk: RequestorTalk, reaction: Seen, result: Result) -> None:
        assert isinstance(self.case, RequestorEndCase)
        if not _is_over(reaction, result) or talk.connection.ended:
            return
        if not talk.states.possible:
            talk.states.assume(States.STA_13)

        async def send() -> None:
            await talk.send(RequestorStep("send", _AC, encode(plain_pdu(_AC, Titles())), (Events.EVT_3,)))

        await _go_on(self.case.then, result, self.timing, talk.next, send)


def _is_over(reaction: Seen, result: Result) -> bool:
    return result.verdict in _GOOD and (reaction.name in _ENDING or reaction.name == SILENCE)


async def _go_on(
    then: str,
    result: Result,
    timing: Timing,
    following: Callable[[float], Awaitable[Seen]],
    send: Callable[[], Awaitable[None]],
) -> None:
    """Wait, or send the A-ASSOCIATE-AC, and judge what follows."""
    if then == THEN_IGNORES:
        await send()
    seen = await following(timing.artim_limit if then == THEN_ARTIM else timing.react)
    if seen.is_close or (seen.name == SILENCE and then == THEN_IGNORES):
        return  # ARTIM has no lower bound (9.1.5)
    result.observed = f"{result.observed}, then {seen.label}"
    result.retry = True
    if seen.name == SILENCE and timing.artim is None:
        result.verdict, result.alternative = Verdict.INCONCLUSIVE, "not-yet"
        result.why = "the connection was not closed in the time watched; declare the ARTIM time of the peer"
    elif seen.name == SILENCE:
        result.verdict, result.alternative = Verdict.FAILED, "open-after-artim"
        result.why = "the connection is still open after the declared ARTIM time plus its margin"
    elif seen.name == _ABORT and then == THEN_IGNORES:
        result.verdict, result.alternative = Verdict.NON_STRICT, "abort"
        result.why = "the PDU is to be ignored, not answered"
    else:
        result.verdict, result.alternative = Verdict.FAILED, "speaks-after-the-end"
        result.why = "nothing is sent after the end of the association"
