"""The same cases by the letter of the table: what no state allows is FAILED, even where `dulcimer check` is milder.

Besides the ways of `catalogue/ways.py`, a case can be extended in these:

- `closely`: two PDUs in one segment; everything that follows is compared with the possible states, silence too.
- `exactly`: everything that comes is compared with the possible states, also where a case of the catalogue is milder.
- `unasked`: the tester answers a release request that it has waited for, whether it has arrived or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TypeVar

from dulcimer._generated.fsm import TABLE, Events, States
from dulcimer.conformance.catalogue import ways
from dulcimer.conformance.catalogue.extended import extended_case, from_provider, origins, ways_of
from dulcimer.conformance.judge.following import IMPOSSIBLE, followed_by, may_go_on
from dulcimer.conformance.judge.judge import judge, judge_so_far
from dulcimer.conformance.judge.reaction import WHY_IMPOSSIBLE, by_alternatives
from dulcimer.conformance.model.case import Case, revision
from dulcimer.conformance.model.observation import Followed, Observation, Obstacle, Shown, Standing
from dulcimer.conformance.model.parts import Continuation, WatchFor, Way
from dulcimer.conformance.model.requestor_case import RequestorCase
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.seen import SILENCE, Seen
from dulcimer.conformance.model.steps import Await
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.acceptor_talk import Talk
from dulcimer.conformance.play.after import After
from dulcimer.conformance.play.conversation import LeftError
from dulcimer.conformance.play.extended_acceptor import ThoroughPlay
from dulcimer.conformance.play.extended_requestor import ThoroughRequestorPlay
from dulcimer.conformance.play.requestor_talk import RequestorTalk
from dulcimer.conformance.play.stage import Stage
from dulcimer.conformance.play.target import Target
from dulcimer.conformance.sender_rules.log import SenderLog

_AnyCase = TypeVar("_AnyCase", bound=Case)


class LetterWay(StrEnum):
    """The further ways to extend a case."""

    CLOSELY = "closely"
    EXACTLY = "exactly"
    UNASKED = "unasked"


CLOSELY, EXACTLY, UNASKED = LetterWay
_OPEN = "open-after-artim"
_STILL_OPEN = "the connection is still open after the declared ARTIM time plus its margin"
_REQUIREMENTS = {
    CLOSELY: "One of the states that the peer can be in allows what follows, silence included.",
    EXACTLY: "Only what Table 9-10 allows follows, and all that it demands.",
    UNASKED: "If the peer has not requested release, it answers with an A-ABORT.",
}


def letter_cases(cases: Sequence[_AnyCase]) -> Iterator[_AnyCase]:
    """All such cases, in the order of the cases of one role that they are made from."""
    for case in origins(cases):
        for base in (case, *from_provider(case)):
            for way in ways_of(base):
                yield extended_case(base, way, ())
            for further in _further(base):
                yield replace(
                    base,
                    id=f"{base.id}.{further}",
                    rev=revision(str(further), base.rev),
                    requirement=f"{base.requirement} {_REQUIREMENTS[further]}",
                    continuation=Continuation(further),
                )


def _further(case: Case) -> Iterator[LetterWay]:
    if case.cell == (Events.EVT_13, States.STA_7) and "sut-releases" in case.opening.needs:
        yield UNASKED
    if case.expectation.overtaken:
        yield CLOSELY
    if case.cell and case.expectation.watch in (WatchFor.REACTION, WatchFor.CLOSE):
        yield EXACTLY


# ---------------------------------------------------------------------- what is seen


class Letter(After):
    """What follows, compared only with the possible states."""

    async def go_on(self) -> None:
        """Wait, or send a PDU, and record what follows."""
        talk, way = self.talk, self.case.then
        if talk.connection.ended or not may_go_on(self.case, talk.reaction, _of_reaction(self.case, talk.observed)):
            return
        if way in ways.AFTER_SILENCE:
            await self.send(ways.AFTER_SILENCE[way])
            self._note(await talk.next(talk.timing.react))
        elif way in ways.AFTER_THE_END:
            if not talk.states.possible:
                talk.states.assume(States.STA_13)
            if way == Way.ARTIM:
                self._note(await talk.next(talk.timing.artim_limit))
            else:
                await self.send(ways.AFTER_THE_END[way])
                self._note(await talk.next(talk.timing.react))

    def _note(self, seen: Seen) -> None:
        states = self.talk.states
        possible = states.allows_silence() if seen.name == SILENCE else states.possible
        self._followed(Followed(seen, possible))

    async def held(self) -> None:
        """Everything that comes, up to silence, and after ARTIM."""
        talk, to_send = self.talk, list(ways.afterwards(self.case))
        while True:
            seen = await talk.next(talk.timing.react)
            if seen.name != SILENCE:
                possible = talk.states.possible
                self.show(Shown(seen, Standing.ALLOWED if possible else Standing.IMPOSSIBLE))
                if not possible or seen.is_close:
                    return
            elif to_send and talk.states.observe_silence():
                self.show(Shown(seen))
                await self.send(to_send.pop())
            else:
                self.show(Shown(seen, await self._standing_of_silence()))
                return

    async def _standing_of_silence(self) -> Standing:
        talk = self.talk
        bounded = all((Events.EVT_18, state) in TABLE for state in talk.states.settled)
        if not talk.states.allows_silence():
            return Standing.OVERDUE
        if bounded and (await talk.next(talk.timing.artim_limit)).name == SILENCE:
            return Standing.UNDER_ARTIM
        return Standing.ALLOWED


class LetterPlay(ThoroughPlay):
    """A run by the letter against an acceptor."""

    after = Letter

    def __init__(self, case: Case, target: Target, log: SenderLog) -> None:
        super().__init__(case, target, log, judge_by_letter)

    async def _await(self, talk: Talk, step: Await) -> None:
        if self.case.then == UNASKED:
            await talk.next((self.timing.releases or 0.0) + self.timing.react)
        else:
            await super()._await(talk, step)

    @property
    def _is_held(self) -> bool:
        return super()._is_held or self.case.then == EXACTLY


class LetterRequestorPlay(ThoroughRequestorPlay):
    """A run by the letter against a requestor."""

    after = Letter

    def __init__(self, case: RequestorCase, stage: Stage, log: SenderLog) -> None:
        super().__init__(case, stage, log, judge_by_letter)

    async def _passed(self, talk: RequestorTalk, seen: Seen) -> None:
        await Letter(talk, self._sending(talk)).held()
        found = _of_shown(self.case, talk.observed)
        obstacle = Obstacle.IMPOSSIBLE if found.verdict is Verdict.FAILED else Obstacle.ELSEWHERE
        raise LeftError(obstacle, f"{seen.label}, then {found.observed}", found.why)

    @property
    def _is_held(self) -> bool:
        return super()._is_held or self.case.then == EXACTLY


# ---------------------------------------------------------------------- the verdict


def judge_by_letter(case: Case, seen: Observation) -> Result:
    """The result of a case; everything before the extension counts as in the catalogue."""
    return judge(case, seen, _of_association)


def _of_association(case: Case, seen: Observation) -> Result:
    if seen.shown:
        return _of_shown(case, seen)
    found = _of_reaction(case, seen)
    return found if seen.followed is None else _of_followed(found, seen.followed)


def _of_reaction(case: Case, seen: Observation) -> Result:
    found = judge_so_far(case, seen)
    if case.role == "requestor":
        return found
    if case.expectation.overtaken:
        before = by_alternatives(case, seen, seen.reaction) if seen.reaction is not None else found
        if seen.reaction is not None and seen.reaction.name == SILENCE and not seen.may_be_silent:
            found = replace(found, verdict=Verdict.FAILED, why=WHY_IMPOSSIBLE)
        elif before.verdict is Verdict.NON_STRICT:
            found = replace(found, verdict=before.verdict, why=before.why)
    if case.then == UNASKED and not seen.possible:
        found = replace(found, verdict=Verdict.FAILED, why=WHY_IMPOSSIBLE, alternative=IMPOSSIBLE)
    return found


def _of_followed(found: Result, then: Followed) -> Result:
    way = found.case.then
    if way in ways.AFTER_SILENCE:
        return found if then.possible else _fails(found, then.seen)
    if way != Way.ARTIM:
        return followed_by(found, then)
    if then.seen.is_close:
        return found
    return _fails(found, then.seen, *((_OPEN, _STILL_OPEN) if then.seen.name == SILENCE else ()))


def _of_shown(case: Case, seen: Observation) -> Result:
    *before, last = seen.shown
    found = Result(case, Verdict.OK, ", then ".join(one.seen.label for one in before))
    match last.standing:
        case Standing.IMPOSSIBLE | Standing.OVERDUE:
            return _fails(found, last.seen)
        case Standing.UNDER_ARTIM:
            return _fails(found, last.seen, _OPEN, _STILL_OPEN)
    return found


def _fails(found: Result, seen: Seen, name: str = IMPOSSIBLE, why: str = WHY_IMPOSSIBLE) -> Result:
    observed = f"{found.observed}, then {seen.label}" if found.observed else seen.label
    return replace(found, observed=observed, verdict=Verdict.FAILED, alternative=name, why=why)
