"""One case against a peer that accepts associations: drive, inject, watch, settle."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import Events
from dulcimer.conformance.judge.judge import Judge, judge, judge_so_far
from dulcimer.conformance.judge.reaction import is_good
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.observation import Hindrance, Observation, Obstacle
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.seen import SILENCE, Seen, pattern_in_words
from dulcimer.conformance.model.steps import Await, CloseMode, Connect, Expect, Leave, Oversize, Send, Step
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.acceptor_talk import LONGEST, Talk
from dulcimer.conformance.play.conversation import LeftError, excess_of
from dulcimer.conformance.play.settle import Settlement
from dulcimer.conformance.play.target import Target
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.conformance.wire_peer.connection import Connection
from dulcimer.wire.model import AssociateAc

_RELEASES = "sut-releases"
_DATA = PduType.P_DATA_TF.label


class Play:
    """One run of one case. What the peer sends is also checked against the rules in `log`; `judge` makes the result.

    `acceptance`: the A-ASSOCIATE-AC that came, None if none did; `waited`: seconds until the connection was accepted.
    """

    def __init__(self, case: Case, target: Target, log: SenderLog, judge: Judge = judge) -> None:
        self.case = case
        self.target = target
        self.timing = target.timing
        self._log = log
        self._judge = judge
        self.acceptance: AssociateAc | None = None
        self.waited = 0.0

    async def run(self) -> Result:
        """Play the case; raises only if the tester itself fails."""
        return self._judge(self.case, await self._observe())

    async def _observe(self) -> Observation:
        if _RELEASES in self.case.opening.needs and self.timing.releases is None:
            why = "needs --peer-releases: after how many seconds the peer releases an idle association"
            return Observation(Hindrance(Obstacle.NOT_OFFERED, "not tried", why))
        loop = asyncio.get_running_loop()
        started = loop.time()
        seen, notes = Observation(), list[str]()
        for number in range(self.case.injection.repeat):
            try:
                connection = await self.target.connect()
            except OSError as error:
                refused = isinstance(error, ConnectionRefusedError)
                what = "connection refused" if refused else error.strerror or str(error) or type(error).__name__
                hindrance = Hindrance(Obstacle.NO_CONNECTION, f"no connection: {what}", refused=refused)
                seen = Observation(hindrance)
                break
            seen = replace(await self._on(connection), earlier=number)
            notes += seen.notes
            if self._judge(self.case, seen).verdict is not Verdict.OK:
                break
        return replace(seen, notes=tuple(notes), seconds=loop.time() - started)

    async def _on(self, connection: Connection) -> Observation:
        """What is seen on one connection, which is closed afterwards."""
        talk = Talk(self.case, self.timing, connection, self._log)
        async with connection:
            try:
                await self._once(talk)
                talk.check_the_rest()
            except LeftError as left:
                talk.observed = Observation(left.hindrance)
            excess = await excess_of(connection)
        self.acceptance, self.waited = talk.acceptance, connection.waited
        return replace(
            talk.observed,
            broken=tuple(talk.violations),
            excess=excess,
            still_open=talk.still_open,
            cells=talk.states.certain_cells,
            notes=tuple(talk.notes),
            trace=tuple(connection.trace.entries),
            opened_at=connection.trace.started,
        )

    async def _once(self, talk: Talk) -> None:
        await self._reach(talk)
        for step in self.case.injection.steps:
            await self._inject(talk, step)
        if self.case.opening.answer:
            await talk.provoked((_DATA,))
        talk.reacted(await talk.watch(), talk.passed)
        if self.case.expectation.answers > 1 and judge_so_far(self.case, talk.observed).verdict is Verdict.OK:
            await self._further_answers(talk)
        await Settlement(talk, self.target.titles).end()

    async def _further_answers(self, talk: Talk) -> None:
        for _ in range(1, self.case.expectation.answers):
            seen = await talk.next_reaction()
            talk.observed = replace(talk.observed, answers=(*talk.observed.answers, seen))
            if not is_good(self.case, seen):
                return

    # ------------------------------------------------------------------ reaching the state

    async def _reach(self, talk: Talk) -> None:
        """Bring the peer into the state of the case, and check that it is still there."""
        if self.case.opening.steps:
            talk.states.inject(Events.EVT_5)
        for step in self.case.opening.steps:
            await self._drive(talk, step)
        if self.case.opening.steps:
            await talk.still_there()

    async def _drive(self, talk: Talk, step: Step) -> None:
        match step:
            case Send():
                await talk.send(step)
            case Expect():
                seen = await talk.next(self.timing.react)
                if not seen.fits((step.pattern,)):
                    raise self._not_reached(step, seen)
                self._check_offer(talk, seen)
            case Await():
                await self._await(talk, step)

    def _not_reached(self, step: Expect, seen: Seen) -> LeftError:
        wanted = f"the state was not reached: {pattern_in_words(step.pattern)} did not come"
        if seen.is_busy:
            return LeftError(Obstacle.BUSY, seen.label, "the peer is busy")
        if seen.name == SILENCE:
            return LeftError(Obstacle.BUSY, seen.label, wanted)
        return LeftError(Obstacle.CUT_OFF if seen.is_close else Obstacle.ELSEWHERE, seen.label, wanted)

    def _check_offer(self, talk: Talk, seen: Seen) -> None:
        """Raise LeftError unless the peer has accepted what the case needs."""
        if self.case.opening.service and talk.service is None:
            raise LeftError(Obstacle.NOT_OFFERED, seen.label, "the peer does not accept the SOP class of the case")
        if self.case.opening.refused_service and talk.service is not None:
            raise LeftError(Obstacle.NOT_OFFERED, seen.label, "the peer accepts a SOP class that does not exist")
        made = (step.made for step in self.case.injection.steps if isinstance(step, Send))
        if any(isinstance(one, Oversize) for one in made) and not talk.can_exceed:
            limit = talk.maximum_length
            shown = f"takes P-DATA-TF of {limit} bytes" if limit else "does not limit the length of P-DATA-TF"
            why = f"the peer {shown}, and the tester sends none longer than {LONGEST >> 20} MiB"
            raise LeftError(Obstacle.NOT_OFFERED, seen.label, why)

    async def _await(self, talk: Talk, step: Await) -> None:
        """Leave the association idle until the peer ends it, as --peer-releases says."""
        limit = (self.timing.releases or 0.0) + self.timing.react
        seen = await talk.next(limit)
        if not seen.fits((step.pattern,)):
            wanted = f"{step.pattern} did not come within {limit:.3g} s on an idle association"
            raise LeftError(Obstacle.NOT_BY_ITSELF, seen.label, wanted)

    async def _inject(self, talk: Talk, step: Step) -> None:
        match step:
            case Send():
                await talk.send(step)
            case Connect():
                talk.states.inject(Events.EVT_5)
            case Leave(CloseMode.HALF_CLOSE):
                talk.close_began()
            case Leave():
                await talk.connection.close(reset=step.how is CloseMode.RST)
