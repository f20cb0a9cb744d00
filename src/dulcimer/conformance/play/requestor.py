"""One case against a requestor: accept, drive, inject, watch, see how the command ends."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import Events, States
from dulcimer.conformance.judge.judge import Judge, judge
from dulcimer.conformance.judge.reaction import WHY_IMPOSSIBLE
from dulcimer.conformance.model.observation import Ending, Hindrance, Observation, Obstacle
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.parts import WatchFor
from dulcimer.conformance.model.requestor_case import Port, RequestorCase
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.seen import SILENCE, Seen, pattern_in_words
from dulcimer.conformance.model.steps import AwaitRequest, CloseMode, Expect, Leave, Send, Serve, Step
from dulcimer.conformance.model.trace import Kind, trace_line
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.conversation import LeftError, excess_of
from dulcimer.conformance.play.ending import ending_of
from dulcimer.conformance.play.requestor_settle import RequestorSettlement
from dulcimer.conformance.play.requestor_talk import RequestorTalk
from dulcimer.conformance.play.stage import Stage
from dulcimer.conformance.processes.command import Call
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.conformance.wire_peer.connection import Connection
from dulcimer.conformance.wire_peer.listener import TesterListener
from dulcimer.wire.model import AssociateRq

_RQ, _RELEASE_RQ = PduType.A_ASSOCIATE_RQ.label, PduType.A_RELEASE_RQ.label
_DATA = PduType.P_DATA_TF.label
_HARMLESS = (_DATA, _RELEASE_RQ)

_LAST_WORDS = 5.0
"""Seconds for a command whose connection failed to write why, and to end."""

REQUESTED: frozenset[Cell] = frozenset({(Events.EVT_1, States.STA_1), (Events.EVT_2, States.STA_4)})
"""The cells that a requestor has passed when its A-ASSOCIATE-RQ arrives."""


class RequestorPlay:
    """One run of one case. What the peer sends is also checked against the rules in `log`; `judge` makes the result.

    `ending`: how the command ended, in the words of `Ending.how`.
    """

    def __init__(self, case: RequestorCase, stage: Stage, log: SenderLog, judge: Judge = judge) -> None:
        self.case = case
        self.stage = stage
        self.timing = stage.timing
        self.notes: list[str] = []
        self.ending = ""
        self._log = log
        self._judge = judge
        self._talk: RequestorTalk | None = None

    @property
    def request(self) -> AssociateRq | None:
        """The A-ASSOCIATE-RQ of the peer, None if none has come."""
        return self._talk.request if self._talk is not None else None

    async def run(self) -> Result:
        """Start the peer and play the case; raises OSError if the peer cannot be started."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        async with TesterListener(self.stage.host, self.case.port, tls=self.stage.tls) as listener:
            call = await self.stage.caller.call(self.stage.host, listener.port, self.stage.called)
            try:
                seen = (
                    await self._refuse(listener)
                    if self.case.port is not Port.OPEN
                    else await self._serve(listener, call)
                )
                if self.case.port is not Port.OPEN:
                    listener.close()
                if seen.hindrance is None or seen.hindrance.obstacle is not Obstacle.NO_CONNECTION:
                    seen = replace(seen, ending=await self._see_the_end(call, listener))
            finally:
                await call.stop()
        if call.output and self._judge(self.case, seen).verdict is not Verdict.OK:
            output = trace_line(loop.time() - started, Kind.OUTPUT, f"it wrote: {call.output}")
            seen = replace(seen, trace=(*seen.trace, output))
        return self._finish(seen, loop.time() - started)

    async def run_on(self, connection: Connection, request: Seen) -> Result:
        """Play the case on a connection whose A-ASSOCIATE-RQ has come."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        talk = self._talk_on(connection)
        talk.note(request)
        seen = await self._play(talk, self.case.opening.steps[2:])
        return self._finish(seen, loop.time() - started)

    def _talk_on(self, connection: Connection) -> RequestorTalk:
        called = self.stage.called if self.stage.knows_title else ""
        self._talk = RequestorTalk(self.case, self.timing, connection, self._log, called)
        self._talk.notes = self.notes
        self._talk.observed = Observation(habit=self.stage.habit)
        return self._talk

    def _finish(self, seen: Observation, seconds: float) -> Result:
        cells = frozenset[Cell]()
        if self._talk is not None:
            cells = self._talk.states.certain_cells | (REQUESTED if self._talk.request is not None else frozenset())
        return self._judge(self.case, replace(seen, cells=cells, notes=tuple(self.notes), seconds=seconds))

    async def _serve(self, listener: TesterListener, call: Call) -> Observation:
        started = asyncio.get_running_loop().time()
        accepting = asyncio.create_task(listener.accept(self.stage.start))
        ending = asyncio.create_task(call.ended(self.stage.start))
        try:
            await asyncio.wait((accepting, ending), return_when=asyncio.FIRST_COMPLETED)
            if not accepting.done() and ending.result() != "hangs":
                await asyncio.wait((accepting,), timeout=self.timing.grace)
            if not accepting.done() or accepting.exception() is not None:
                why = f"the command made no connection within {self.stage.start:g} s"
                failure = accepting.exception() if accepting.done() else None
                if isinstance(failure, OSError) and not isinstance(failure, TimeoutError):
                    what = "the TLS handshake with the command" if self.stage.tls is not None else "its connection"
                    why = f"{what} failed: {failure}"
                    await asyncio.wait((ending,), timeout=_LAST_WORDS)
                elif ending.done() and (how := ending.result()).startswith(("ended", "died")):
                    seconds = asyncio.get_running_loop().time() - started
                    why = f"the command {Ending(how, seconds).in_words}, without a connection"
                hindrance = Hindrance(Obstacle.NO_CONNECTION, "no connection", why)
                return Observation(hindrance, habit=self.stage.habit)
        finally:
            for task in (accepting, ending):
                if not task.done():
                    task.cancel()
            await asyncio.wait((accepting, ending))
        return await self._play(self._talk_on(accepting.result()), self.case.opening.steps[1:])

    async def _play(self, talk: RequestorTalk, drive: tuple[Step, ...]) -> Observation:
        """What is seen on a connection, which is closed afterwards."""
        async with talk.connection:
            try:
                await self._drive(talk, drive)
                await talk.still_there()
                await self._react(talk)
                talk.check_the_rest()
            except LeftError as left:
                talk.observed = Observation(left.hindrance, habit=self.stage.habit)
            excess = await excess_of(talk.connection)
        return replace(
            talk.observed,
            broken=tuple(talk.violations),
            excess=excess,
            still_open=talk.still_open,
            trace=tuple(talk.connection.trace.entries),
        )

    async def _refuse(self, listener: TesterListener) -> Observation:
        """Let the peer wait for a connection that it does not get; then close the port."""
        if self.case.port is not Port.CLOSED:
            await asyncio.sleep(self.timing.window)
            self.notes.append(f"the peer was kept waiting for {self.timing.window:g} s")
        listener.close()
        gone = Seen(0.0, "gone", ("gone",))
        return Observation(reaction=gone, possible=False, habit=self.stage.habit)

    async def _see_the_end(self, call: Call, listener: TesterListener) -> Ending:
        """What the command does after the end of its association and its connection."""
        ending = await ending_of(call, listener if self.case.port is Port.OPEN else None, self.stage.hang)
        self.ending = ending.how
        if ending.how != "unknown":
            self.notes.append(f"the command {ending.in_words}")
        return ending

    # ------------------------------------------------------------------ reaching the state

    async def _drive(self, talk: RequestorTalk, steps: tuple[Step, ...]) -> None:
        for step in steps:
            match step:
                case Send():
                    await talk.send(step)
                case Expect():
                    await self._expect(talk, step)
                case AwaitRequest():
                    await self._await_request(talk, step)
                case Serve():
                    await self._answer_until(talk, step)

    async def _expect(self, talk: RequestorTalk, step: Expect) -> None:
        limit = self.timing.connect if step.pattern == _RQ else self.timing.react
        seen = await talk.next(limit)
        if not seen.fits((step.pattern,)):
            raise self._not_reached(step, seen)

    async def _await_request(self, talk: RequestorTalk, step: AwaitRequest) -> None:
        while talk.pending is None:
            seen = await talk.next(self.timing.react)
            if seen.name != _DATA:
                raise self._not_reached(step, seen)

    async def _answer_until(self, talk: RequestorTalk, step: Serve) -> None:
        while True:  # ends, as the connection reads only so much
            seen = await talk.next(self.timing.react)
            if seen.fits((step.pattern,)):
                return
            if seen.name != _DATA:
                raise self._not_reached(step, seen)
            await talk.answer()

    def _not_reached(self, step: Step, seen: Seen) -> LeftError:
        wanted = f"the state was not reached: {pattern_in_words(step.label)} did not come"
        return LeftError(Obstacle.SLOW if seen.name == SILENCE else Obstacle.ELSEWHERE, seen.label, wanted)

    # ------------------------------------------------------------------ the reaction

    async def _react(self, talk: RequestorTalk) -> None:
        provoked = not self.case.opening.answer
        for step in self.case.injection.steps:
            if isinstance(step, Send):
                await talk.send(step)
                continue
            assert isinstance(step, Leave)
            if not provoked:  # else the close would discard the PDU that the peer has to answer
                await talk.provoked(_HARMLESS)
                provoked = True
            talk.states.inject(Events.EVT_17)
            if step.how is CloseMode.HALF_CLOSE:
                talk.connection.shut_down()
            else:
                await talk.connection.close(reset=step.how is CloseMode.RST)
        if not provoked:
            await talk.provoked(_HARMLESS)
        match self.case.expectation.watch:
            case WatchFor.GONE:
                reaction = Seen(talk.connection.now, "gone", ("gone",))
            case WatchFor.ARTIM:
                reaction = await talk.close_by_artim()
            case WatchFor.WINDOW:
                reaction = await self._watch(talk, self.timing.window)
                self.notes.append(f"after {talk.connection.now:.1f} s of the connection: {reaction.label}")
            case WatchFor.CLOSE:
                reaction = await talk.close_due_at_once(await self._watch(talk, self.timing.react))
            case _:
                reaction = await self._watch(talk, self.timing.react)
        talk.reacted(reaction)
        await self._end(talk)

    async def _watch(self, talk: RequestorTalk, seconds: float) -> Seen:
        """The first observation that is not skipped, within one deadline."""
        known = {pattern for row in self.case.expectation.alternatives if row.verdict == "OK" for pattern in row.on}
        deadline = talk.connection.now + seconds
        overtaken = self.case.expectation.overtaken
        while True:
            seen = await talk.next(max(deadline - talk.connection.now, 0.001))
            if overtaken is not None and seen.fits((overtaken.by,)):
                await self._passed(talk, seen)
            if seen.fits(known) or not seen.fits(self.case.expectation.skip):
                return seen

    async def _passed(self, talk: RequestorTalk, seen: Seen) -> None:
        """The peer left the state before the stimulus came: does the table allow that?"""
        after = await talk.next(self.timing.grace)
        observed = f"{seen.label}, then {after.label}"
        if not talk.states.possible:
            raise LeftError(Obstacle.IMPOSSIBLE, observed, WHY_IMPOSSIBLE)
        why = "the user of the peer answered at once, so the stimulus came in another state"
        raise LeftError(Obstacle.ELSEWHERE, observed, why)

    async def _end(self, talk: RequestorTalk) -> None:
        await RequestorSettlement(talk, self.case, releases=self.stage.habit.releases).end()
