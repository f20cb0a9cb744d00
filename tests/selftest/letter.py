"""The same cases by the letter of the table: what no state allows is FAILED, however mild `dulcimer check` is about it.

Besides the ways of `thorough/`, a case can go on so here:

- `closely`: two things in one segment, and all that follows is held against the possible states, silence too.
- `exactly`: all that comes is held against the possible states, also where a case of the catalogue is milder.
- `unasked`: the tester answers a request for release that it has waited for, whether it has come or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from dulcimer._generated.fsm import TABLE, Events, States
from dulcimer.conformance.catalogue import ways
from dulcimer.conformance.catalogue.extended import from_provider, going_on, origins, ways_of
from dulcimer.conformance.model.case import Case, Result, Step, Verdict, revision
from dulcimer.conformance.model.seen import SILENCE, Seen
from dulcimer.conformance.play.acceptor_talk import Talk
from dulcimer.conformance.play.after import ENDING, GOOD, IMPOSSIBLE, SILENT, WHY_IMPOSSIBLE, After
from dulcimer.conformance.play.conversation import LeftError
from dulcimer.conformance.play.extended_acceptor import ThoroughPlay
from dulcimer.conformance.play.extended_requestor import ThoroughRequestorPlay
from dulcimer.conformance.play.requestor_talk import RequestorTalk

_AnyCase = TypeVar("_AnyCase", bound=Case)

CLOSELY, EXACTLY, UNASKED = "closely", "exactly", "unasked"
_STILL_OPEN = "the connection is still open after the declared ARTIM time plus its margin"
_REQUIREMENTS = {
    CLOSELY: "What follows, silence too, is as one of the states allows that the peer can be in.",
    EXACTLY: "Nothing follows but what Table 9-10 allows, and what it demands does follow.",
    UNASKED: "If the peer has not asked for release, it is answered with an A-ABORT.",
}


def letter_cases(cases: Sequence[_AnyCase]) -> Iterator[_AnyCase]:
    """All of them, in the order of the cases of one role that they come from."""
    for case in origins(cases):
        for base in (case, *from_provider(case)):
            for way in ways_of(base):
                yield going_on(base, way, ())
            for way in _further(base):
                yield replace(
                    base,
                    id=f"{base.id}.{way}",
                    rev=revision(way, base.rev),
                    requirement=f"{base.requirement} {_REQUIREMENTS[way]}",
                    then=way,
                )


def _further(case: Case) -> Iterator[str]:
    if case.cell == (Events.EVT_13, States.STA_7) and "sut-releases" in case.needs:
        yield UNASKED
    if case.passed:
        yield CLOSELY
    if case.cell and case.watch in ("reaction", "close"):
        yield EXACTLY


class Letter(After):
    """What follows, held against the possible states and nothing else."""

    async def go_on(self, reaction: Seen, result: Result) -> None:
        """Wait, or send a PDU, and judge what follows; what came before counts as in the catalogue."""
        way = self.case.then
        if self.talk.connection.ended:
            return
        if way in ways.AFTER_SILENCE and reaction.name == SILENCE and result.verdict in SILENT:
            await self.send(ways.AFTER_SILENCE[way])
            seen = await self.talk.next(self.talk.timing.react)
            states = self.talk.states
            if not (states.allows_silence() if seen.name == SILENCE else states.possible):
                self._fails(result, seen)
        elif way in ways.AFTER_THE_END and reaction.name in (*ENDING, SILENCE) and result.verdict in GOOD:
            if not self.talk.states.possible:
                self.talk.states.assume(States.STA_13)
            await self._in_sta13(way, result)

    async def _in_sta13(self, way: str, result: Result) -> None:
        timing = self.talk.timing
        if way == ways.ARTIM:
            seen = await self.talk.next(timing.artim_limit)
            if not seen.is_close:
                self._fails(result, seen, *(("open-after-artim", _STILL_OPEN) if seen.name == SILENCE else ()))
            return
        await self.send(ways.AFTER_THE_END[way])
        seen = await self.talk.next(timing.react)
        self._judge(self.case.follows[0], seen, result)

    async def held(self) -> Result:
        """All that comes, up to silence and past ARTIM, held against the possible states and nothing else."""
        talk, shown, to_send = self.talk, list[str](), list(ways.afterwards(self.case))
        result = Result(self.case, Verdict.OK, "")
        while True:
            seen = await talk.next(talk.timing.react)
            result.observed = ", then ".join(shown)
            shown.append(seen.label)
            if seen.name != SILENCE and not talk.states.possible:
                self._fails(result, seen)
                return result
            if seen.is_close:
                return result
            if seen.name == SILENCE and to_send and talk.states.observe_silence():
                await self.send(to_send.pop())
            elif seen.name == SILENCE:
                break
        bounded = all((Events.EVT_18, state) in TABLE for state in talk.states.settled)
        if not talk.states.allows_silence():
            self._fails(result, seen)
        elif bounded and (await talk.next(talk.timing.artim_limit)).name == SILENCE:
            self._fails(result, seen, "open-after-artim", _STILL_OPEN)
        return result

    def _fails(self, result: Result, seen: Seen, name: str = IMPOSSIBLE, why: str = WHY_IMPOSSIBLE) -> None:
        result.observed = f"{result.observed}, then {seen.label}" if result.observed else seen.label
        result.verdict, result.alternative, result.why = Verdict.FAILED, name, why


class LetterPlay(ThoroughPlay):
    """A run by the letter against an acceptor."""

    after = Letter

    async def _await(self, talk: Talk, step: Step) -> None:
        if self.case.then == UNASKED:
            await talk.next((self.timing.releases or 0.0) + self.timing.react)
        else:
            await super()._await(talk, step)

    def _judge(self, talk: Talk, reaction: Seen) -> Result:
        result = super()._judge(talk, reaction)
        if self.case.then == UNASKED and not talk.states.possible:
            result.verdict, result.why, result.alternative = Verdict.FAILED, WHY_IMPOSSIBLE, IMPOSSIBLE
        return result

    def _of_pipeline(self, talk: Talk, reaction: Seen, result: Result) -> None:
        verdict, why = result.verdict, result.why
        super()._of_pipeline(talk, reaction, result)
        if reaction.name == SILENCE and not talk.states.allows_silence():
            result.verdict, result.why = Verdict.FAILED, WHY_IMPOSSIBLE
        elif verdict is Verdict.NON_STRICT:
            result.verdict, result.why = verdict, why

    @property
    def _is_held(self) -> bool:
        return super()._is_held or self.case.then == EXACTLY


class LetterRequestorPlay(ThoroughRequestorPlay):
    """A run by the letter against a requestor."""

    after = Letter

    async def _passed(self, talk: RequestorTalk, seen: Seen) -> None:
        result = await Letter(talk, self._sending(talk)).held()
        verdict = Verdict.UNOBSERVABLE if result.verdict is Verdict.OK else result.verdict
        raise LeftError(verdict, f"{seen.label}, then {result.observed}", result.why)

    @property
    def _is_held(self) -> bool:
        return super()._is_held or self.case.then == EXACTLY
