"""One case against a requestor: accept, drive, inject, watch, see it end; and the verdict on what was seen."""

from __future__ import annotations

import asyncio
import ssl

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import Events, States
from dulcimer.conformance.model.case import CONCLUSIVE, RANK, Result, Step, Verdict
from dulcimer.conformance.model.oracle import CLOSE, Cell
from dulcimer.conformance.model.requestor_case import RequestorCase, RequestorStep
from dulcimer.conformance.model.seen import SILENCE, Seen, pattern_in_words
from dulcimer.conformance.model.trace import Kind, trace_line
from dulcimer.conformance.play.conversation import LeftError, hold_to_rules, judge_endless, judged, note_on_reason
from dulcimer.conformance.play.ending import ending_of
from dulcimer.conformance.play.habit import PLAIN_RESPONSE
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
    """One run of one case. What the peer sends is judged in `log`, too."""

    def __init__(self, case: RequestorCase, stage: Stage, log: SenderLog) -> None:
        self.case = case
        self.stage = stage
        self.timing = stage.timing
        self.notes: list[str] = []
        self.ending = ""
        self._log = log
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
                result = await self._refuse(line) if self.case.port != "open" else await self._serve(line, call)
                if self.case.port != "open":
                    line.close()
                await self._see_the_end(call, line, result)
            finally:
                await call.stop()
        if call.output and result.verdict is not Verdict.OK:
            result.trace.append(trace_line(loop.time() - started, Kind.OUTPUT, f"it wrote: {call.output}"))
        return self._finish(result, loop.time() - started)

    async def run_on(self, connection: Connection, request: Seen) -> Result:
        """Play the case on a connection whose A-ASSOCIATE-RQ has come."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        async with connection:
            talk = self._talk_on(connection)
            talk.note(request)
            result = await self._play(talk, self.case.drive[2:])
        return self._finish(result, loop.time() - started)

    def _talk_on(self, connection: Connection) -> RequestorTalk:
        called = self.stage.called if self.stage.knows_title else ""
        self._talk = RequestorTalk(self.case, self.timing, connection, self._log, called)
        self._talk.notes = self.notes
        return self._talk

    def _finish(self, result: Result, seconds: float) -> Result:
        result.notes = list(dict.fromkeys([*result.notes, *self.notes]))
        result.duration = seconds
        if self._talk is not None:
            requested = REQUESTED if self._talk.request is not None else frozenset()
            result.cells_seen = self._talk.states.certain_cells | requested
        return result

    async def _serve(self, line: Line, call: Call) -> Result:
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
                return Result(self.case, Verdict.ERROR, "no connection", why, retry=True)
        finally:
            for task in (accepting, ending):
                if not task.done():
                    task.cancel()
            await asyncio.wait((accepting, ending))
        async with accepting.result() as connection:
            return await self._play(self._talk_on(connection), self.case.drive[1:])

    async def _play(self, talk: RequestorTalk, drive: tuple[Step, ...]) -> Result:
        try:
            await self._drive(talk, drive)
            await talk.still_there()
            result = await self._react(talk)
            talk.hold_the_rest_to_rules()
            hold_to_rules(result, talk.violations)
        except LeftError as left:
            result = Result(self.case, left.verdict, left.observed, left.why)
            result.lost_race = left.observed.startswith(CLOSE)
            result.retry = left.verdict is Verdict.INCONCLUSIVE
        await judge_endless(result, talk.connection)
        result.late = talk.still_open
        result.trace = talk.connection.trace.entries
        return result

    async def _refuse(self, line: Line) -> Result:
        """Keep the connection from the peer; then end what keeps it waiting."""
        if self.case.port != "closed":
            await asyncio.sleep(self.timing.window)
            self.notes.append(f"the peer was kept waiting for {self.timing.window:g} s")
        line.close()
        return self._judge(Seen(0.0, "gone", ("gone",)))

    async def _see_the_end(self, call: Call, line: Line, result: Result) -> None:
        """What the command does now that its association and its connection are over."""
        ending = await ending_of(call, line if self.case.port == "open" else None, self.stage.hang)
        row = next((row for row in self.case.endings if ending.fits(row.on)), None)
        self.ending = ending.how
        usual = ending.how == self.stage.habit.ending and self.case.id != PLAIN_RESPONSE
        if ending.how != "unknown":
            self.notes.append(f"the command {ending.in_words}")
        if result.observed == "gone":
            result.observed = ending.how
        if row is None or row.verdict == "OK" or usual:
            return
        verdict = Verdict(row.verdict)
        if verdict is not Verdict.FAILED and (
            result.verdict not in CONCLUSIVE or RANK[verdict] <= RANK[result.verdict]
        ):
            return
        if result.observed != ending.how:
            result.observed = f"{result.observed}; {ending.how}"
        result.verdict, result.why, result.alternative = verdict, row.why, row.name
        result.severity = row.severity or self.case.severity
        result.retry = ending.how == "hangs"

    # ------------------------------------------------------------------ getting there

    async def _drive(self, talk: RequestorTalk, steps: tuple[Step, ...]) -> None:
        for step in steps:
            assert isinstance(step, RequestorStep)
            match step.action:
                case "send":
                    await talk.send(step)
                case "expect":
                    await self._expect(talk, step)
                case "request":
                    await self._await_request(talk, step)
                case "serve":
                    await self._answer_until(talk, step)

    async def _expect(self, talk: RequestorTalk, step: Step) -> None:
        limit = self.timing.connect if step.pattern == _RQ else self.timing.react
        seen = await talk.next(limit)
        if not seen.fits((step.pattern,)):
            raise self._not_there(step, seen)

    async def _await_request(self, talk: RequestorTalk, step: Step) -> None:
        while talk.pending is None:
            seen = await talk.next(self.timing.react)
            if seen.name != _DATA:
                raise self._not_there(step, seen)

    async def _answer_until(self, talk: RequestorTalk, step: Step) -> None:
        while True:  # what the connection takes has an end
            seen = await talk.next(self.timing.react)
            if seen.fits((step.pattern,)):
                return
            if seen.name != _DATA:
                raise self._not_there(step, seen)
            await talk.answer()

    def _not_there(self, step: Step, seen: Seen) -> LeftError:
        wanted = f"the state could not be reached: {pattern_in_words(step.pattern or step.label)} was awaited"
        verdict = Verdict.INCONCLUSIVE if seen.name == SILENCE else Verdict.UNOBSERVABLE
        return LeftError(verdict, seen.label, wanted)

    # ------------------------------------------------------------------ the reaction

    async def _react(self, talk: RequestorTalk) -> Result:
        provoked = not self.case.answer
        for step in self.case.inject:
            assert isinstance(step, RequestorStep)
            if step.action == "send":
                await talk.send(step)
                continue
            if not provoked:  # else the close would sweep the provocation away
                await talk.provoked(_HARMLESS)
                provoked = True
            talk.states.inject(Events.EVT_17)
            if step.action == "half-close":
                talk.connection.shut_down()
            else:
                await talk.connection.close(reset=step.action == "rst")
        if not provoked:
            await talk.provoked(_HARMLESS)
        match self.case.watch:
            case "gone":
                reaction = Seen(talk.connection.now, "gone", ("gone",))
            case "artim":
                reaction = await talk.close_by_artim()
            case "window":
                reaction = await self._watch(talk, self.timing.window)
                self.notes.append(f"after {talk.connection.now:.1f} s of the connection: {reaction.label}")
            case "close":
                reaction = await talk.close_behind(await self._watch(talk, self.timing.react))
            case _:
                reaction = await self._watch(talk, self.timing.react)
        result = self._judge(reaction)
        await self._end(talk, reaction, result)
        return result

    async def _watch(self, talk: RequestorTalk, seconds: float) -> Seen:
        """The first observation that is not skipped; one deadline for all of it."""
        known = {pattern for row in self.case.alternatives if row.verdict == "OK" for pattern in row.on}
        deadline = talk.connection.now + seconds
        while True:
            seen = await talk.next(max(deadline - talk.connection.now, 0.001))
            if self.case.passed and seen.fits((self.case.passed,)):
                await self._passed(talk, seen)
            if seen.fits(known) or not seen.fits(self.case.skip):
                return seen

    async def _passed(self, talk: RequestorTalk, seen: Seen) -> None:
        """The peer has left the state before the stimulus: all that can be said is whether the table allows it."""
        after = await talk.next(self.timing.grace)
        observed = f"{seen.label}, then {after.label}"
        if not talk.states.possible:
            raise LeftError(Verdict.FAILED, observed, "no state the peer can be in allows it")
        why = "the user of the peer answered at once, so that the stimulus met another state"
        raise LeftError(Verdict.UNOBSERVABLE, observed, why)

    # ------------------------------------------------------------------ the verdict

    def _judge(self, reaction: Seen) -> Result:
        """The verdict that the alternatives, and behind them the possible states, give."""
        case = self.case
        result = judged(case, reaction, self._talk.states if self._talk is not None else None)
        if reaction.name == SILENCE and result.verdict is Verdict.INCONCLUSIVE and case.watch == "reaction":
            result.retry = True
        self.notes += filter(None, (note_on_reason(case, reaction),))
        if reaction.is_close and result.verdict is Verdict.FAILED and self._closes_always:
            result.verdict, result.retry = Verdict.INCONCLUSIVE, False
            result.why = f"the peer closes the connection on every response: see {PLAIN_RESPONSE}"
        return result

    @property
    def _closes_always(self) -> bool:
        """Whether a close says nothing here: the peer closes on the plain response, too, without a release."""
        answers = any(isinstance(step, RequestorStep) and step.make == "response" for step in self.case.inject)
        return answers and not self.stage.habit.releases and self.case.id != PLAIN_RESPONSE

    # ------------------------------------------------------------------ after the reaction

    async def _end(self, talk: RequestorTalk, reaction: Seen, result: Result) -> None:
        if self.case.watch == "gone":
            result.close = "tester"
        elif reaction.is_close or talk.connection.ended:
            result.close = reaction.label if reaction.is_close else "peer"
        elif reaction.name == _RP and self.case.settle == "release":
            await self._release(talk, result)
        elif reaction.name in _ENDING:
            await self._end_of_association(talk, result)
        elif self.case.serves and reaction.name in (_DATA, _RELEASE_RQ):
            await self._to_the_end(talk, reaction, result)
        elif self.case.settle == "release" and reaction.name == SILENCE and result.verdict is Verdict.OK:
            await self._release(talk, result)
        else:
            result.close = "tester"

    async def _end_of_association(self, talk: RequestorTalk, result: Result) -> None:
        """The peer waits for the tester to close, or closes early; it sends nothing of the association any more."""
        if not talk.states.possible:
            talk.states.assume(States.STA_13)
        seen = await talk.after_the_end()
        if seen.is_close:
            result.close = f"early-{seen.label}"
        elif seen.name != SILENCE and not talk.states.possible:
            self._fail(result, seen, "nothing is sent after the end of the association", "speaks-after-the-end")
        else:
            result.close = "tester"

    async def _release(self, talk: RequestorTalk, result: Result) -> None:
        """Answer the release request of the peer; AR-3 then closes the connection."""
        await talk.send(RequestorStep("send", _RP, encode(ReleaseRp()), (Events.EVT_13,)))
        seen = await talk.next(self.timing.react)
        if seen.name == SILENCE:
            seen = await talk.close_behind(seen)
        result.close = seen.label
        if seen.is_close or talk.still_open:
            return
        if result.observed == SILENCE:  # a late reaction if the case names one
            row = next((row for row in self.case.alternatives if seen.fits(row.on)), None)
            if row is not None and row.verdict == "NON-STRICT":
                result.verdict, result.why, result.alternative = Verdict.NON_STRICT, row.why, row.name
                result.observed = f"{seen.label} (after the A-RELEASE-RP that followed)"
                return
        self._fail(result, seen, "the A-RELEASE-RP did not end the association", "does-not-settle")

    async def _to_the_end(self, talk: RequestorTalk, reaction: Seen, result: Result) -> None:
        """Answer requests, and the release request, until the association is over."""
        seen = reaction
        while True:  # what the connection takes has an end
            if seen.name == _DATA:
                await talk.answer()
            elif seen.name == _RELEASE_RQ:
                await self._release(talk, result)
                return
            else:
                break
            seen = await talk.next(self.timing.react)
        result.close = seen.label
        if seen.name == SILENCE:
            self.notes.append("the peer neither went on nor released the association in the time watched")
        elif seen.is_close and not self.stage.habit.releases:
            self.notes.append("the peer closed the connection without a release, as it always does")
        elif not seen.fits((f"{_ABORT}(0,0)",)) and self.case.settle == "release":
            self._fail(result, seen, "the association does not work afterwards", "does-not-settle")

    def _fail(self, result: Result, seen: Seen, why: str, name: str) -> None:
        result.observed = f"{result.observed}, then {seen.label}"
        result.close = "tester"
        if self.case.open:
            result.verdict, result.why = Verdict.INFORMATIONAL, self.case.open
            return
        result.verdict, result.why, result.alternative, result.retry = Verdict.FAILED, why, name, True
