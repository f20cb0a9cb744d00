"""Cases that go on where those of the catalogue end, or look closer: made from cases of the catalogue by rule.

- `then-artim`, `then-ignores`, `then-rejects`: after the end of an association the peer is in Sta13. The tester does
  not close: ARTIM has to; an A-ASSOCIATE-AC is ignored, in Sta13 and in no other state of an open connection; a new
  A-ASSOCIATE-RQ is answered with an A-ABORT, not as in Sta2.
- `then-answers`, `then-refuses`: silence is not evidence. Where the user of the peer may take any time, an
  A-ASSOCIATE-AC or an A-RELEASE-RP is sent, and what follows is held against the possible states.
- `at-once-ac`, `at-once-rp`, `at-once-rq`: such a PDU (the request is one that is rejected) in one segment with data,
  before the user can act on that; with what makes the peer close, after which nothing is answered; or with what it
  ignores.
- `no-message`: data that is no DIMSE message, which makes the user of the peer abort; `no-message-release`: with an
  A-RELEASE-RQ in the same segment; `-ac`: and an A-ASSOCIATE-AC is sent afterwards.
- `closely`: two things in one segment, and all that follows is held against the possible states, silence too.
- `exactly`: all that comes is held against the possible states, also where a case of the catalogue is milder.
- `unasked`: the tester answers a request for release that it has waited for, whether it has come or not.
- `provider`, `provider.at-once-ac` and so on: an A-ABORT of the service-provider instead of the service-user.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

from dulcimer._generated.codes import AbortSource, PduType
from dulcimer._generated.conformance import Request
from dulcimer._generated.fsm import ACTIONS, EVENTS, TABLE, Events, States
from dulcimer.conformance.case import Case, Result, Step, Verdict, revision
from dulcimer.conformance.conversation import LeftError
from dulcimer.conformance.messages import plain_pdu
from dulcimer.conformance.oracle import PossibleStates
from dulcimer.conformance.play import Play
from dulcimer.conformance.requestor.case import RequestorCase, RequestorStep
from dulcimer.conformance.requestor.play import RequestorPlay
from dulcimer.conformance.requestor.talk import RequestorTalk
from dulcimer.conformance.requests import CONTEXT_ID, Titles, request_bytes
from dulcimer.conformance.seen import SILENCE, Seen
from dulcimer.conformance.talk import Talk
from dulcimer.conformance.target import Timing
from dulcimer.wire.codec import encode
from dulcimer.wire.model import PDataTf, PresentationDataValue

ARTIM, IGNORES, REJECTS = "then-artim", "then-ignores", "then-rejects"
ANSWERS, REFUSES = "then-answers", "then-refuses"
AT_ONCE_AC, AT_ONCE_RP, AT_ONCE_RQ = "at-once-ac", "at-once-rp", "at-once-rq"
NO_MESSAGE, NO_MESSAGE_AC = "no-message", "no-message-ac"
NO_MESSAGE_RELEASE, NO_MESSAGE_RELEASE_AC = "no-message-release", "no-message-release-ac"
CLOSELY, EXACTLY, UNASKED, PROVIDER = "closely", "exactly", "unasked", "provider"
_AC, _RQ = PduType.A_ASSOCIATE_AC.label, PduType.A_ASSOCIATE_RQ.label
_ABORT, _RP = PduType.A_ABORT.label, PduType.A_RELEASE_RP.label
_RELEASE = PduType.A_RELEASE_RQ.label
_EVENTS = {_AC: Events.EVT_3, _RP: Events.EVT_13, _RQ: Events.EVT_6, _RELEASE: Events.EVT_12}
_FOLLOWS = {IGNORES: _AC, REJECTS: _RQ, ANSWERS: _AC, REFUSES: _RP}
_NO_MESSAGE = (NO_MESSAGE, NO_MESSAGE_AC, NO_MESSAGE_RELEASE, NO_MESSAGE_RELEASE_AC)
_AT_ONCE = {
    AT_ONCE_AC: _AC,
    AT_ONCE_RP: _RP,
    AT_ONCE_RQ: _RQ,
    EXACTLY: "",
    NO_MESSAGE: "",
    NO_MESSAGE_AC: "",
    NO_MESSAGE_RELEASE: _RELEASE,
    NO_MESSAGE_RELEASE_AC: _RELEASE,
}
"""What is sent in the same segment."""
_AFTERWARDS = {NO_MESSAGE_AC: _AC, NO_MESSAGE_RELEASE_AC: _AC}
_ENDING = (_ABORT, PduType.A_ASSOCIATE_RJ.label, _RP)
_GOOD = (Verdict.OK, Verdict.NON_STRICT)
_OPEN = (Verdict.OK, Verdict.INFORMATIONAL, Verdict.INCONCLUSIVE)
_REFUSED = ("enc.version.0000", "enc.appctx.unknown", "enc.req.result.1")
"""Cases of no cell in which an association is refused."""
_DATA_CELLS = tuple((Events.EVT_10, state) for state in (States.STA_2, States.STA_5, States.STA_6, States.STA_7))
_TOLD_CELLS = ((Events.EVT_10, States.STA_6), (Events.EVT_10, States.STA_7))
_IGNORED_CELLS = ((Events.EVT_3, States.STA_2), (Events.EVT_3, States.STA_13))
_CLOSING_CELLS = frozenset(
    cell
    for cell, action in TABLE.items()
    if EVENTS[cell[0]].kind == "pdu" and all("close_transport" in row.effects for row in ACTIONS[action].outcomes)
)
_LAST = 2
_SOURCE = slice(-2, -1)
"""Where the Source field is in an A-ABORT at the end of some bytes."""
IMPOSSIBLE = "impossible"
"""The alternative where what is seen is held against the possible states, and no state allows it."""
_IMPOSSIBLE = "no state the peer can be in allows it"
_STILL_OPEN = "the connection is still open after the declared ARTIM time plus its margin"
_REQUIREMENTS = {
    ARTIM: "If nobody closes the connection then, ARTIM does.",
    IGNORES: "An A-ASSOCIATE-AC that comes then is ignored.",
    REJECTS: "A new A-ASSOCIATE-RQ that comes then is answered with an A-ABORT.",
    ANSWERS: "If nothing is sent, an A-ASSOCIATE-AC that comes then is answered as the state demands.",
    REFUSES: "If nothing is sent, an A-RELEASE-RP that comes then is answered as the state demands.",
    AT_ONCE_AC: "An A-ASSOCIATE-AC in the same segment is answered as the state demands.",
    AT_ONCE_RP: "An A-RELEASE-RP in the same segment is answered as the state demands.",
    AT_ONCE_RQ: "An A-ASSOCIATE-RQ in the same segment is answered as the state demands.",
    NO_MESSAGE: "Data that is no message may make the user of the peer abort; what follows is as the state demands.",
    NO_MESSAGE_AC: "After an abort of the user an A-ASSOCIATE-AC is answered as the state demands.",
    NO_MESSAGE_RELEASE: "After an abort of the user nothing but the end of the connection follows.",
    NO_MESSAGE_RELEASE_AC: "After an abort of the user an A-ASSOCIATE-AC is answered as the state demands.",
    CLOSELY: "What follows, silence too, is as one of the states allows that the peer can be in.",
    EXACTLY: "Nothing follows but what Table 9-10 allows, and what it demands does follow.",
    UNASKED: "If the peer has not asked for release, it is answered with an A-ABORT.",
    PROVIDER: "So it is with an A-ABORT of the service-provider.",
}


@dataclass(frozen=True, slots=True)
class EndCase(Case):
    """A case of an acceptor that goes on; `then` is how."""

    then: str = ""


@dataclass(frozen=True, slots=True)
class RequestorEndCase(RequestorCase):
    """A case of a requestor that goes on; `then` is how."""

    then: str = ""


def ending_cases(cases: Iterable[Case]) -> Iterator[Case]:
    """All of them, in the order of the cases they come from; one for each cell and each way to its state."""
    done: set[object] = set()
    for case in cases:
        key = (case.cell or case.id, case.drive, case.answer, case.passed)
        if (case.cell or case.id in _REFUSED) and key not in done and not case.open:
            done.add(key)
            for way in _ways_of(case):
                yield _going_on(case, way)


def _ways_of(case: Case) -> Iterator[str]:
    if case.watch == "reaction":
        if case.close == "tester" or case.id in _REFUSED:
            yield from (ARTIM, IGNORES, REJECTS)
        may_be_silent = any("silence" in row.on and row.verdict != "FAILED" for row in case.alternatives)
        if may_be_silent and (case.cell is None or case.cell[1] != States.STA_13):
            yield from (ANSWERS, REFUSES)
    if case.cell in _DATA_CELLS:
        yield from (AT_ONCE_AC, AT_ONCE_RP, AT_ONCE_RQ)
    if case.cell in _TOLD_CELLS and not case.needs:
        yield from _NO_MESSAGE
    if case.cell in _IGNORED_CELLS:
        yield AT_ONCE_AC
    closes = case.cell in _CLOSING_CELLS and not case.answer and not case.passed
    if closes:
        yield from (AT_ONCE_AC, AT_ONCE_RQ)
    if case.cell == (Events.EVT_13, States.STA_7) and "sut-releases" in case.needs:
        yield UNASKED
    if case.passed:
        yield CLOSELY
    if case.cell and case.watch in ("reaction", "close"):
        yield EXACTLY
    if case.cell and case.cell[0] == Events.EVT_16 and "user" in case.id.split("."):
        yield PROVIDER
        if closes:
            yield from (f"{PROVIDER}.{AT_ONCE_AC}", f"{PROVIDER}.{AT_ONCE_RQ}")
        yield f"{PROVIDER}.{EXACTLY}"


def _going_on(case: Case, way: str) -> Case:
    values: dict[str, Any] = {row.name: getattr(case, row.name) for row in fields(case)}
    values["id"] = f"{case.id}.{way}"
    values["rev"] = revision(way, case.rev)
    values["requirement"] = " ".join((case.requirement, *(_REQUIREMENTS[part] for part in way.split("."))))
    if way.startswith(PROVIDER):
        values["inject"] = (*case.inject[:-1], _from_provider(case.inject[-1]))
    kind = RequestorEndCase if isinstance(case, RequestorCase) else EndCase
    return kind(**values, then=way.removeprefix(f"{PROVIDER}."))


def _from_provider(step: Step) -> Step:
    data = bytearray(step.data)
    data[_SOURCE] = bytes([AbortSource.SERVICE_PROVIDER])
    return replace(step, data=bytes(data))


def _at_once(step: Step, way: str, data: bytes, titles: Titles) -> Step:
    """A step with more in the same segment; `data` is what it sends by itself."""
    name = _AT_ONCE[way]
    data = (no_message() if way in _NO_MESSAGE else data) + _pdu(name, titles)
    return replace(step, data=data, events=(*step.events, *((_EVENTS[name],) if name else ())))


def _pdu(name: str, titles: Titles) -> bytes:
    if name == _RQ:  # rejected by the provider: that is seen of a requestor, too, whose user accepts nobody
        return request_bytes(titles, Request(protocol_version=0))
    return encode(plain_pdu(name, titles)) if name else b""


def no_message() -> bytes:
    """A P-DATA-TF with the end of a data set that no command has announced."""
    return encode(PDataTf((PresentationDataValue(CONTEXT_ID, _LAST, bytes(2)),)))


# ---------------------------------------------------------------------- playing them


class EndPlay(Play):
    """A run of an `EndCase`."""

    async def _once(self, talk: Talk) -> Result:
        assert isinstance(self.case, EndCase)
        way, titles = self.case.then, self.target.titles
        if self.case.drive:
            talk.states.inject(Events.EVT_5)
        for step in self.case.drive:
            await self._drive(talk, step)
        for step in self.case.inject:
            await self._inject(talk, _at_once(step, way, step.data, titles) if way in _AT_ONCE else step)

        async def send(name: str) -> None:
            await talk.send(Step("send", name, _pdu(name, titles), (_EVENTS[name],)))

        if way in _AT_ONCE:
            return await _held(self.case, self.timing, talk.states, talk.next, _more(send, way))
        if self.case.answer:
            await talk.provoked((PduType.P_DATA_TF.label,))
        reaction = await talk.watch()
        result = self._judge(talk, reaction)
        if way == UNASKED and not talk.states.possible:
            result.verdict, result.why, result.alternative = Verdict.FAILED, _IMPOSSIBLE, IMPOSSIBLE
        if not talk.connection.ended:
            await _go_on(way, reaction, result, self.timing, talk.states, talk.next, send)
        return result

    async def _await(self, talk: Talk, step: Step) -> None:
        assert isinstance(self.case, EndCase)
        if self.case.then == UNASKED:
            await talk.next((self.timing.releases or 0.0) + self.timing.react)
        else:
            await super()._await(talk, step)

    def _of_pipeline(self, talk: Talk, reaction: Seen, result: Result) -> None:
        verdict, why = result.verdict, result.why
        super()._of_pipeline(talk, reaction, result)
        if reaction.name == SILENCE and not talk.states.allows_silence():
            result.verdict, result.why = Verdict.FAILED, _IMPOSSIBLE
        elif verdict is Verdict.NON_STRICT:
            result.verdict, result.why = verdict, why


class RequestorEndPlay(RequestorPlay):
    """A run of a `RequestorEndCase`."""

    async def _react(self, talk: RequestorTalk) -> Result:
        assert isinstance(self.case, RequestorEndCase)
        way = self.case.then
        if way not in _AT_ONCE:
            return await super()._react(talk)
        for step in self.case.inject:
            assert isinstance(step, RequestorStep)
            made = _at_once(replace(step, make=""), way, step.data + talk._made(step), Titles())
            assert isinstance(made, RequestorStep)
            await talk.send(made)

        async def send(name: str) -> None:
            await talk.send(RequestorStep("send", name, _pdu(name, Titles()), (_EVENTS[name],)))

        return await _held(self.case, self.timing, talk.states, talk.next, _more(send, way))

    async def _passed(self, talk: RequestorTalk, seen: Seen) -> None:
        result = await _held(self.case, self.timing, talk.states, talk.next)
        verdict = Verdict.UNOBSERVABLE if result.verdict is Verdict.OK else result.verdict
        raise LeftError(verdict, f"{seen.label}, then {result.observed}", result.why)

    async def _end(self, talk: RequestorTalk, reaction: Seen, result: Result) -> None:
        assert isinstance(self.case, RequestorEndCase)

        async def send(name: str) -> None:
            await talk.send(RequestorStep("send", name, _pdu(name, Titles()), (_EVENTS[name],)))

        if not talk.connection.ended:
            await _go_on(self.case.then, reaction, result, self.timing, talk.states, talk.next, send)


Following = Callable[[float], Awaitable[Seen]]
Sending = Callable[[], Awaitable[None]]


def _more(send: Callable[[str], Awaitable[None]], way: str) -> Sending | None:
    return partial(send, _AFTERWARDS[way]) if way in _AFTERWARDS else None


async def _held(
    case: Case, timing: Timing, states: PossibleStates, following: Following, send: Sending | None = None
) -> Result:
    """All that comes, up to silence and past ARTIM, held against the possible states and nothing else.

    `send` sends something more when the peer has become silent.
    """
    shown: list[str] = []
    while True:
        seen = await following(timing.react)
        shown.append(seen.label)
        if seen.name != SILENCE and not states.possible:
            return Result(case, Verdict.FAILED, ", then ".join(shown), _IMPOSSIBLE, alternative=IMPOSSIBLE)
        if seen.is_close:
            return Result(case, Verdict.OK, ", then ".join(shown))
        if seen.name == SILENCE and send is not None and states.observe_silence():
            await send()
            send = None
        elif seen.name == SILENCE:
            break
    if not states.allows_silence():
        return Result(case, Verdict.FAILED, ", then ".join(shown), _IMPOSSIBLE, alternative=IMPOSSIBLE)
    bounded = all((Events.EVT_18, state) in TABLE for state in states.settled)
    if bounded and timing.artim is not None and (await following(timing.artim_limit)).name == SILENCE:
        return Result(case, Verdict.FAILED, ", then ".join(shown), _STILL_OPEN, alternative="open-after-artim")
    return Result(case, Verdict.OK, ", then ".join(shown))


async def _go_on(
    way: str,
    reaction: Seen,
    result: Result,
    timing: Timing,
    states: PossibleStates,
    following: Following,
    send: Callable[[str], Awaitable[None]],
) -> None:
    """Wait, or send a PDU, and judge what follows."""
    if way in (ANSWERS, REFUSES):
        if reaction.name == SILENCE and result.verdict in _OPEN:
            await send(_FOLLOWS[way])
            seen = await following(timing.react)
            if not (states.allows_silence() if seen.name == SILENCE else states.possible):
                _worsen(result, Verdict.FAILED, seen, IMPOSSIBLE, _IMPOSSIBLE)
    elif way in (ARTIM, IGNORES, REJECTS) and result.verdict in _GOOD and reaction.name in (*_ENDING, SILENCE):
        if not states.possible:
            states.assume(States.STA_13)
        if way in _FOLLOWS:
            await send(_FOLLOWS[way])
        _judge_end(result, await following(timing.react if way in _FOLLOWS else timing.artim_limit), way, timing)


def _judge_end(result: Result, seen: Seen, way: str, timing: Timing) -> None:
    if seen.is_close or (seen.name == SILENCE and way in _FOLLOWS) or (seen.name == _ABORT and way == REJECTS):
        return  # ARTIM has no lower bound (9.1.5)
    if seen.name == SILENCE and timing.artim is None:
        why = "the connection was not closed in the time watched; declare the ARTIM time of the peer"
        _worsen(result, Verdict.INCONCLUSIVE, seen, "not-yet", why)
    elif seen.name == SILENCE:
        _worsen(result, Verdict.FAILED, seen, "open-after-artim", _STILL_OPEN)
    elif seen.name == _ABORT and way == IGNORES:
        _worsen(result, Verdict.NON_STRICT, seen, "abort", "the PDU is to be ignored, not answered")
    else:
        _worsen(
            result, Verdict.FAILED, seen, "speaks-after-the-end", "nothing is sent after the end of the association"
        )


def _worsen(result: Result, verdict: Verdict, seen: Seen, name: str, why: str) -> None:
    result.observed = f"{result.observed}, then {seen.label}"
    result.verdict, result.alternative, result.why, result.retry = verdict, name, why, True
