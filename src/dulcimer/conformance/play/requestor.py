"""One case against a requestor: accept, drive, inject, watch, see it end."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import Events, States
from dulcimer.conformance.judge.judge import Judge, judge, judge_so_far
from dulcimer.conformance.judge.reaction import WHY_IMPOSSIBLE
from dulcimer.conformance.model.observation import Ending, Hindrance, Observation, Obstacle, Sequel
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.parts import Settle, WatchFor
from dulcimer.conformance.model.requestor_case import Port, RequestorCase
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.seen import SILENCE, Seen, pattern_in_words
from dulcimer.conformance.model.steps import AwaitRequest, CloseMode, Expect, Leave, Send, Serve, Step
from dulcimer.conformance.model.trace import Kind, trace_line
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.conversation import LeftError, excess_of
from dulcimer.conformance.play.ending import ending_of
from dulcimer.conformance.play.requestor_talk import RequestorTalk
from dulcimer.conformance.play.stage import Stage
from dulcimer.conformance.processes.command import Call
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.conformance.wire_peer.connection import Connection
from dulcimer.conformance.wire_peer.line import Line
from dulcimer.wire.codec import encode
from dulcimer.wire.model import AssociateRq, ReleaseRp

_ABORT, _RP = PduType.A_ABORT.label, PduType.A_RELEASE_RP.label
_RQ, _RELEASE_RQ = PduType.A_ASSOCIATE_RQ.label, PduType.A_RELEASE_RQ.label
_DATA = PduType.P_DATA_TF.label
_ENDING = (_ABORT, _RP)
_HARMLESS = (_DATA, _RELEASE_RQ)

REQUESTED: frozenset[Cell] = frozenset({(Events.EVT_1, States.STA_1), (Events.EVT_2, States.STA_4)})
"""What a requestor has gone through when its A-ASSOCIATE-RQ is there."""


class RequestorPlay:
    """One run of one case. What the peer sends is held to the rules in `log`, too; `judge` makes the result.

    `ending`: how the command ended, as `Ending.how` has it.
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
        """Make the peer call and play the case; raises OSError if the peer cannot be started."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        async with Line(self.stage.host, self.case.port, tls=self.stage.tls) as line:
            call = await self.stage.caller.call(self.stage.host, line.port, self.stage.called)
            try:
                seen = await self._refuse(line) if self.case.port is not Port.OPEN else await self._serve(line, call)
                if self.case.port is not Port.OPEN:
                    line.close()
                seen = replace(seen, ending=await self._see_the_end(call, line))
            finally:
                await call.stop()
        if call.output and self._judge(self.case, seen).verdict is not Verdict.OK:
            said = trace_line(loop.time() - started, Kind.OUTPUT, f"it wrote: {call.output}")
            seen = replace(seen, trace=(*seen.trace, said))
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

    async def _serve(self, line: Line, call: Call) -> Observation:
        accepting = asyncio.create_task(line.accept(self.stage.start))
        ending = asyncio.create_task(call.ended(self.stage.start))
        try:
            await asyncio.wait((accepting, ending), return_when=asyncio.FIRST_COMPLETED)
            if not accepting.done() and ending.result() != "hangs":
                await asyncio.wait((accepting,), timeout=self.timing.grace)
            if not accepting.done() or accepting.exception() is not None:
                why = "the command ended without a connection" if ending.done() else "the command made no connection"
                if accepting.done() and isinstance(accepting.exception(), ssl.SSLError):
                    why = f"no TLS with the command: {accepting.exception()}"
                hindrance = Hindrance(Obstacle.NO_CONNECTION, "no connection", why)
                return Observation(hindrance, habit=self.stage.habit)
        finally:
            for task in (accepting, ending):
                if not task.done():
                    task.cancel()
            await asyncio.wait((accepting, ending))
        return await self._play(self._talk_on(accepting.result()), self.case.opening.steps[1:])

    async def _play(self, talk: RequestorTalk, drive: tuple[Step, ...]) -> Observation:
        """What is seen on a connection, which is closed then."""
        async with talk.connection:
            try:
                await self._drive(talk, drive)
                await talk.still_there()
                await self._react(talk)
                talk.hold_the_rest_to_rules()
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

    async def _refuse(self, line: Line) -> Observation:
        """Keep the connection from the peer; then end what keeps it waiting."""
        if self.case.port is not Port.CLOSED:
            await asyncio.sleep(self.timing.window)
            self.notes.append(f"the peer was kept waiting for {self.timing.window:g} s")
        line.close()
        gone = Seen(0.0, "gone", ("gone",))
        return Observation(reaction=gone, possible=False, habit=self.stage.habit)

    async def _see_the_end(self, call: Call, line: Line) -> Ending:
        """What the command does now that its association and its connection are over."""
        ending = await ending_of(call, line if self.case.port is Port.OPEN else None, self.stage.hang)
        self.ending = ending.how
        if ending.how != "unknown":
            self.notes.append(f"the command {ending.in_words}")
        return ending

    # ------------------------------------------------------------------ getting there

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
            raise self._not_there(step, seen)

    async def _await_request(self, talk: RequestorTalk, step: AwaitRequest) -> None:
        while talk.pending is None:
            seen = await talk.next(self.timing.react)
            if seen.name != _DATA:
                raise self._not_there(step, seen)

    async def _answer_until(self, talk: RequestorTalk, step: Serve) -> None:
        while True:  # what the connection takes has an end
            seen = await talk.next(self.timing.react)
            if seen.fits((step.pattern,)):
                return
            if seen.name != _DATA:
                raise self._not_there(step, seen)
            await talk.answer()

    def _not_there(self, step: Step, seen: Seen) -> LeftError:
        wanted = f"the state could not be reached: {pattern_in_words(step.label)} was awaited"
        return LeftError(Obstacle.SLOW if seen.name == SILENCE else Obstacle.ELSEWHERE, seen.label, wanted)

    # ------------------------------------------------------------------ the reaction

    async def _react(self, talk: RequestorTalk) -> None:
        provoked = not self.case.opening.answer
        for step in self.case.injection.steps:
            if isinstance(step, Send):
                await talk.send(step)
                continue
            assert isinstance(step, Leave)
            if not provoked:  # else the close would sweep the provocation away
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
                reaction = await talk.close_behind(await self._watch(talk, self.timing.react))
            case _:
                reaction = await self._watch(talk, self.timing.react)
        talk.reacted(reaction)
        await self._end(talk)

    async def _watch(self, talk: RequestorTalk, seconds: float) -> Seen:
        """The first observation that is not skipped; one deadline for all of it."""
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
        """The peer has left the state before the stimulus: all that can be said is whether the table allows it."""
        after = await talk.next(self.timing.grace)
        observed = f"{seen.label}, then {after.label}"
        if not talk.states.possible:
            raise LeftError(Obstacle.IMPOSSIBLE, observed, WHY_IMPOSSIBLE)
        why = "the user of the peer answered at once, so that the stimulus met another state"
        raise LeftError(Obstacle.ELSEWHERE, observed, why)

    # ------------------------------------------------------------------ after the reaction

    async def _end(self, talk: RequestorTalk) -> None:
        reaction = talk.reaction
        if self.case.expectation.watch is WatchFor.GONE:
            talk.ended("tester")
        elif reaction.is_close or talk.connection.ended:
            talk.ended(reaction.label if reaction.is_close else "peer")
        elif reaction.name == _RP and self.case.closing.settle is Settle.RELEASE:
            await self._release(talk)
        elif reaction.name in _ENDING:
            await self._end_of_association(talk)
        elif self.case.serves and reaction.name in (_DATA, _RELEASE_RQ):
            await self._to_the_end(talk)
        elif self.case.closing.settle is Settle.RELEASE and reaction.name == SILENCE and self._is_right(talk):
            await self._release(talk)
        else:
            talk.ended("tester")

    def _is_right(self, talk: RequestorTalk) -> bool:
        return judge_so_far(self.case, talk.observed).verdict is Verdict.OK

    async def _end_of_association(self, talk: RequestorTalk) -> None:
        """The peer waits for the tester to close, or closes early; it sends nothing of the association any more."""
        if not talk.states.possible:
            talk.states.assume(States.STA_13)
        seen = await talk.after_the_end()
        if seen.name != SILENCE and not seen.is_close and not talk.states.possible:
            talk.came_after(Sequel.AFTER_THE_END, seen)
        talk.ended(f"early-{seen.label}" if seen.is_close else "tester")

    async def _release(self, talk: RequestorTalk) -> None:
        """Answer the release request of the peer; AR-3 then closes the connection."""
        await talk.send(Send(_RP, encode(ReleaseRp()), (Events.EVT_13,)))
        seen = await talk.next(self.timing.react)
        if seen.name == SILENCE:
            seen = await talk.close_behind(seen)
        talk.ended(seen.label)
        if not seen.is_close and not talk.still_open:
            talk.came_after(Sequel.INSTEAD_OF_RELEASE, seen)

    async def _to_the_end(self, talk: RequestorTalk) -> None:
        """Answer requests, and the release request, until the association is over."""
        seen = talk.reaction
        while True:  # what the connection takes has an end
            if seen.name == _DATA:
                await talk.answer()
            elif seen.name == _RELEASE_RQ:
                await self._release(talk)
                return
            else:
                break
            seen = await talk.next(self.timing.react)
        talk.ended(seen.label)
        if seen.name == SILENCE:
            self.notes.append("the peer neither went on nor released the association in the time watched")
        elif seen.is_close and not self.stage.habit.releases:
            self.notes.append("the peer closed the connection without a release, as it always does")
        elif not seen.fits((f"{_ABORT}(0,0)",)) and self.case.closing.settle is Settle.RELEASE:
            talk.came_after(Sequel.INSTEAD_OF_WORK, seen)
