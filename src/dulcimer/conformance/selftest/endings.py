"""Cases that go on where those of the catalogue end, or look closer: made from cases of the catalogue by rule.

- `then-artim`, `then-ignores`: after the end of an association the peer is in Sta13. The tester does not close: ARTIM
  has to; an A-ASSOCIATE-AC is ignored, in Sta13 and in no other state of an open connection.
- `then-answers`: silence is not evidence. Where the user of the peer may take any time, an A-ASSOCIATE-AC is sent,
  and only Sta13 ignores it.
- `closely`: two things in one segment, and all that follows is held against the possible states, silence too.
- `provider`: an A-ABORT of the service-provider instead of the service-user.
- `with-release`: the A-ASSOCIATE-AC and an A-RELEASE-RQ in one segment, so that a requestor uses the association or
  gives it up in Sta8.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

from dulcimer._generated.codes import AbortSource, PduType
from dulcimer._generated.fsm import Events, States
from dulcimer.conformance.case import Case, Result, Step, Verdict, revision
from dulcimer.conformance.messages import plain_pdu
from dulcimer.conformance.oracle import PossibleStates
from dulcimer.conformance.peer import Connection
from dulcimer.conformance.play import Play
from dulcimer.conformance.requestor.case import RequestorCase, RequestorStep
from dulcimer.conformance.requestor.catalogue import reaction_of
from dulcimer.conformance.requestor.play import RequestorPlay
from dulcimer.conformance.requestor.play import _LeftError as LeftError
from dulcimer.conformance.requestor.talk import RequestorTalk
from dulcimer.conformance.requests import Titles
from dulcimer.conformance.seen import SILENCE, Seen
from dulcimer.conformance.talk import Talk
from dulcimer.conformance.target import Timing
from dulcimer.wire.codec import encode
from dulcimer.wire.model import ReleaseRq

ARTIM, IGNORES, ANSWERS = "then-artim", "then-ignores", "then-answers"
CLOSELY, PROVIDER, WITH_RELEASE = "closely", "provider", "with-release"
_AC, _ABORT = PduType.A_ASSOCIATE_AC.label, PduType.A_ABORT.label
_ENDING = (_ABORT, PduType.A_ASSOCIATE_RJ.label, PduType.A_RELEASE_RP.label)
_GOOD = (Verdict.OK, Verdict.NON_STRICT)
_OPEN = (Verdict.OK, Verdict.INFORMATIONAL, Verdict.INCONCLUSIVE)
_REFUSED = ("enc.version.0000", "enc.appctx.unknown", "enc.req.result.1")
"""Cases of no cell in which an association is refused."""
_ACCEPTED = ("ul.fsm.req.sta05.evt03", "enc.req.result.1")
_RELEASED_AT_ONCE = "ul.fsm.req.sta08.evt09"
_SOURCE = slice(-2, -1)
"""Where the Source field is in an A-ABORT at the end of some bytes."""
_IMPOSSIBLE = "no state the peer can be in allows it"
_REQUIREMENTS = {
    ARTIM: "If nobody closes the connection then, ARTIM does.",
    IGNORES: "An A-ASSOCIATE-AC that comes then is ignored.",
    ANSWERS: "If nothing is sent, an A-ASSOCIATE-AC that comes then is answered with an A-ABORT.",
    CLOSELY: "What follows, silence too, is as one of the states allows that the peer can be in.",
    PROVIDER: "So it is with an A-ABORT of the service-provider.",
    WITH_RELEASE: "An A-RELEASE-RQ in the same segment is answered, too.",
}


@dataclass(frozen=True, slots=True)
class EndCase(Case):
    """A case of an acceptor that goes on; `ways` are how."""

    ways: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestorEndCase(RequestorCase):
    """A case of a requestor that goes on; `ways` are how."""

    ways: tuple[str, ...] = ()


def ending_cases(cases: Iterable[Case]) -> Iterator[Case]:
    """All of them, in the order of the cases they come from; one for each cell and each way to its state."""
    done: set[object] = set()
    for case in cases:
        if case.id in _ACCEPTED:
            yield from _with_release(case)
        key = (case.cell or case.id, case.drive, case.answer, case.passed)
        if (case.cell or case.id in _REFUSED) and key not in done and not case.open:
            done.add(key)
            for way in _ways_of(case):
                yield _going_on(case, way)


def _ways_of(case: Case) -> Iterator[str]:
    if case.watch == "reaction":
        if case.close == "tester" or case.id in _REFUSED:
            yield from (ARTIM, IGNORES)
        may_be_silent = any("silence" in row.on and row.verdict != "FAILED" for row in case.alternatives)
        if may_be_silent and (case.cell is None or case.cell[1] != States.STA_13):
            yield ANSWERS
    if case.passed:
        yield CLOSELY
    if case.cell and case.cell[0] == Events.EVT_16 and "user" in case.id.split("."):
        yield PROVIDER


def _going_on(case: Case, *ways: str, **changes: Any) -> Case:
    values: dict[str, Any] = {row.name: getattr(case, row.name) for row in fields(case)}
    values["id"] = f"{case.id}.{'.'.join(ways)}"
    values["rev"] = revision(ways, case.rev)
    values["requirement"] = " ".join((case.requirement, *(_REQUIREMENTS[way] for way in ways)))
    if PROVIDER in ways:
        values["inject"] = (*case.inject[:-1], _from_provider(case.inject[-1]))
    values |= changes
    kind = RequestorEndCase if isinstance(case, RequestorCase) else EndCase
    return kind(**values, ways=ways)


def _from_provider(step: Step) -> Step:
    data = bytearray(step.data)
    data[_SOURCE] = bytes([AbortSource.SERVICE_PROVIDER])
    return replace(step, data=bytes(data))


def _with_release(case: Case) -> Iterator[Case]:
    reaction = reaction_of((Events.EVT_12, States.STA_6))
    for way in (ARTIM, IGNORES, ANSWERS):
        yield _going_on(
            case,
            WITH_RELEASE,
            way,
            id=f"{_RELEASED_AT_ONCE}.{'used' if case.cell else 'given-up'}.{WITH_RELEASE}.{way}",
            cell=(Events.EVT_9 if case.cell else Events.EVT_15, States.STA_8),
            alternatives=reaction.alternatives,
            skip=reaction.skip,
            serves=False,
            settle="none",
            close=reaction.close,
        )


# ---------------------------------------------------------------------- playing them


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

        if not talk.connection.ended:
            await _go_on(self.case.ways, reaction, result, self.timing, talk.states, talk.next, send)
        return result

    def _of_pipeline(self, talk: Talk, reaction: Seen, result: Result) -> None:
        verdict, why = result.verdict, result.why
        super()._of_pipeline(talk, reaction, result)
        if reaction.name == SILENCE and not talk.states.allows_silence():
            result.verdict, result.why = Verdict.FAILED, _IMPOSSIBLE
        elif verdict is Verdict.NON_STRICT:
            result.verdict, result.why = verdict, why


class RequestorEndPlay(RequestorPlay):
    """A run of a `RequestorEndCase`."""

    def _talk_on(self, connection: Connection) -> RequestorTalk:
        assert isinstance(self.case, RequestorEndCase)
        if WITH_RELEASE not in self.case.ways:
            return super()._talk_on(connection)
        self._talk = _ReleasingTalk(self.case, self.timing, connection, self._log)
        return self._talk

    async def _passed(self, talk: RequestorTalk, seen: Seen) -> None:
        after = await talk.next(self.timing.react)
        observed = f"{seen.label}, then {after.label}"
        if not (talk.states.allows_silence() if after.name == SILENCE else talk.states.possible):
            raise LeftError(Verdict.FAILED, observed, _IMPOSSIBLE)
        raise LeftError(Verdict.UNOBSERVABLE, observed, "the stimulus met the state that follows")

    async def _end(self, talk: RequestorTalk, reaction: Seen, result: Result) -> None:
        assert isinstance(self.case, RequestorEndCase)

        async def send() -> None:
            await talk.send(RequestorStep("send", _AC, encode(plain_pdu(_AC, Titles())), (Events.EVT_3,)))

        if not talk.connection.ended:
            await _go_on(self.case.ways, reaction, result, self.timing, talk.states, talk.next, send)


class _ReleasingTalk(RequestorTalk):
    """Sends an A-RELEASE-RQ behind the A-ASSOCIATE-AC."""

    async def send(self, step: RequestorStep) -> None:
        if step.make == "acceptance":
            data = self._made(step) + encode(ReleaseRq())
            step = replace(step, make="", data=data, events=(Events.EVT_3, Events.EVT_12))
        await super().send(step)


async def _go_on(
    ways: tuple[str, ...],
    reaction: Seen,
    result: Result,
    timing: Timing,
    states: PossibleStates,
    following: Callable[[float], Awaitable[Seen]],
    send: Callable[[], Awaitable[None]],
) -> None:
    """Wait, or send the A-ASSOCIATE-AC, and judge what follows."""
    over = result.verdict in _GOOD and (reaction.name in _ENDING or reaction.name == SILENCE)
    if ANSWERS in ways:
        if reaction.name == SILENCE and result.verdict in _OPEN:
            await send()
            seen = await following(timing.react)
            if not (states.allows_silence() if seen.name == SILENCE else states.possible):
                _worsen(result, Verdict.FAILED, seen, "impossible", _IMPOSSIBLE)
    elif over and (ARTIM in ways or IGNORES in ways):
        if not states.possible:
            states.assume(States.STA_13)
        if IGNORES in ways:
            await send()
        _judge_end(result, await following(timing.react if IGNORES in ways else timing.artim_limit), ways, timing)


def _judge_end(result: Result, seen: Seen, ways: tuple[str, ...], timing: Timing) -> None:
    if seen.is_close or (seen.name == SILENCE and IGNORES in ways):
        return  # ARTIM has no lower bound (9.1.5)
    if seen.name == SILENCE and timing.artim is None:
        why = "the connection was not closed in the time watched; declare the ARTIM time of the peer"
        _worsen(result, Verdict.INCONCLUSIVE, seen, "not-yet", why)
    elif seen.name == SILENCE:
        why = "the connection is still open after the declared ARTIM time plus its margin"
        _worsen(result, Verdict.FAILED, seen, "open-after-artim", why)
    elif seen.name == _ABORT and IGNORES in ways:
        _worsen(result, Verdict.NON_STRICT, seen, "abort", "the PDU is to be ignored, not answered")
    else:
        _worsen(
            result, Verdict.FAILED, seen, "speaks-after-the-end", "nothing is sent after the end of the association"
        )


def _worsen(result: Result, verdict: Verdict, seen: Seen, name: str, why: str) -> None:
    result.observed = f"{result.observed}, then {seen.label}"
    result.verdict, result.alternative, result.why, result.retry = verdict, name, why, True
