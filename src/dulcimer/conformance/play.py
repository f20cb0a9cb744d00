"""One case against the peer: drive, inject, watch, settle; and the verdict on what was seen."""

from __future__ import annotations

import asyncio

from dulcimer._generated.codes import ContextResult, PduType
from dulcimer._generated.conformance import Alternative, Echo
from dulcimer._generated.fsm import Events, States
from dulcimer.conformance.case import Case, Result, Step, Verdict
from dulcimer.conformance.messages import (
    associate_rq,
    echo_pdus,
    plain_pdu,
)
from dulcimer.conformance.oracle import CLOSE, PossibleStates
from dulcimer.conformance.peer import Connection
from dulcimer.conformance.seen import SILENCE, Seen, pattern_in_words
from dulcimer.conformance.sender import SenderCheck, SenderLog
from dulcimer.conformance.target import ARTIM_MARGIN, Target
from dulcimer.wire.codec import encode
from dulcimer.wire.model import Abort, AssociateAc

_ABORT, _RJ, _RP = PduType.A_ABORT.label, PduType.A_ASSOCIATE_RJ.label, PduType.A_RELEASE_RP.label
_RELEASE_RQ = PduType.A_RELEASE_RQ.label
_ENDING = (_ABORT, _RJ, _RP)


class _LeftError(Exception):
    """The case cannot go on; the argument is its result."""

    def __init__(self, verdict: Verdict, observed: str, why: str = "", *, busy: bool = False) -> None:
        super().__init__(observed)
        self.verdict, self.observed, self.why, self.busy = verdict, observed, why, busy


class Play:
    """One run of one case. What the peer sends is judged in `log`, too."""

    def __init__(self, case: Case, target: Target, log: SenderLog) -> None:
        self.case = case
        self.target = target
        self.timing = target.timing
        self._log = log
        self._sender = SenderCheck(case, log)
        self._states = PossibleStates()
        self._context: int | None = None
        self._notes: list[str] = []

    async def run(self) -> Result:
        """Play the case; only a fault of the tester raises."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        result = Result(self.case, Verdict.ERROR, "")
        for number in range(self.case.repeat):
            self._states = PossibleStates()
            self._sender = SenderCheck(self.case, self._log)
            try:
                connection = await Connection.open(self.target.host, self.target.port, self.timing.connect)
            except OSError as error:
                what = error.strerror or str(error) or type(error).__name__
                result = Result(self.case, Verdict.ERROR, f"no connection: {what}", retry=True)
                break
            async with connection:
                if self.case.drive:
                    self._states.inject(Events.EVT_5)
                try:
                    await self._drive(connection)
                    result = await self._react(connection)
                except _LeftError as left:
                    result = Result(self.case, left.verdict, left.observed, left.why, busy=left.busy)
                    if number and left.busy:  # the peer has noticed none of the closes before
                        result.observed += f" after {number} connections that the tester had closed"
            result.trace = connection.trace.entries
            if result.verdict is not Verdict.OK:
                break
        result.notes = list(dict.fromkeys([*result.notes, *self._notes]))
        result.duration = loop.time() - started
        result.cells_seen = self._states.certain_cells
        return result

    # ------------------------------------------------------------------ getting there

    async def _drive(self, connection: Connection) -> None:
        for step in self.case.drive:
            if step.action == "send":
                await self._send(connection, step)
            elif step.action == "expect":
                seen = await self._next(connection, self.timing.react)
                if not seen.fits((step.pattern,)):
                    raise self._not_there(step, seen)
                self._note_contexts(seen)

    def _not_there(self, step: Step, seen: Seen) -> _LeftError:
        wanted = f"the state could not be reached: {pattern_in_words(step.pattern)} was awaited"
        if seen.is_busy:
            return _LeftError(Verdict.INCONCLUSIVE, seen.label, "the peer is busy", busy=True)
        if seen.name == SILENCE:
            return _LeftError(Verdict.INCONCLUSIVE, seen.label, wanted, busy=True)
        return _LeftError(Verdict.UNOBSERVABLE, seen.label, wanted)

    async def _send(self, connection: Connection, step: Step) -> None:
        self._sender.sent(step.data)
        for event in step.events:
            self._states.inject(event)
        if step.octets:
            for position in range(len(step.data)):
                if not await connection.send(step.data[position : position + 1], "one octet"):
                    return
                await asyncio.sleep(0)
            return
        if step.split:
            await connection.send(step.data[: step.split], f"{step.label}: the first {step.split} bytes")
            await asyncio.sleep(self.timing.grace)
            await connection.send(step.data[step.split :], f"{step.label}: the rest")
            return
        await connection.send(step.data, step.label)

    async def _next(self, connection: Connection, seconds: float) -> Seen:
        """The next observation, which the possible states are filtered by."""
        seen = await connection.next(seconds)
        if seen.name == SILENCE:
            return seen
        self._states.observe(seen.name, seen.source)
        if seen.data:
            for problem in self._sender.received(seen):
                connection.trace.add("event", f"not as the standard says: {problem}")
        return seen

    def _note_contexts(self, seen: Seen) -> None:
        if isinstance(seen.pdu, AssociateAc):
            self._context = next(
                (
                    item.presentation_context_id
                    for item in seen.pdu.presentation_contexts
                    if item.result_reason == ContextResult.ACCEPTANCE and item.transfer_syntax is not None
                ),
                None,
            )

    # ------------------------------------------------------------------ the reaction

    async def _react(self, connection: Connection) -> Result:
        for step in self.case.inject:
            if step.action == "send":
                await self._send(connection, step)
            elif step.action == "connect":
                self._states.inject(Events.EVT_5)
            elif step.action == "half-close":
                self._states.inject(Events.EVT_17)
                connection.shut_down()
            elif step.action in ("fin", "rst"):
                await connection.close(reset=step.action == "rst")
        if self.case.answer:
            await self._provoked(connection)
        match self.case.watch:
            case "gone":
                reaction = Seen(connection.now, "gone", ("gone",))
            case "artim":
                reaction = await self._watch_artim(connection)
            case "close":
                reaction = await self._watch_close(connection)
            case _:
                reaction = await self._watch_reaction(connection)
        result = self._judge(reaction)
        if result.verdict is Verdict.OK and self.case.answers > 1:
            await self._further_answers(connection, result)
        await self._end(connection, reaction, result)
        return result

    async def _provoked(self, connection: Connection) -> None:
        """Wait for the answer to the PDU that the peer had to take before the stimulus."""
        while True:
            seen = await self._next(connection, self.timing.react)
            if seen.fits((self.case.answer,)):
                return
            if not seen.fits(("P-DATA-TF",)):
                wanted = f"the state could not be reached: {self.case.answer} was awaited"
                raise _LeftError(Verdict.UNOBSERVABLE, seen.label, wanted)

    async def _watch_reaction(self, connection: Connection) -> Seen:
        """The first observation that is not skipped; one deadline for all of it."""
        known = {pattern for row in self.case.alternatives if row.verdict == "OK" for pattern in row.on}
        deadline = connection.now + self.timing.react
        while True:
            seen = await self._next(connection, max(deadline - connection.now, 0.001))
            self._note_contexts(seen)
            if seen.fits(known) or not seen.fits(self.case.skip):
                return seen

    async def _watch_close(self, connection: Connection) -> Seen:
        """What follows an A-ABORT: the close, how late it came, or that it did not come."""
        seen = await self._watch_reaction(connection)
        if seen.is_close and self.case.answer:
            return Seen(seen.t, CLOSE, (f"left({seen.label})",))
        if seen.name != SILENCE:
            return seen
        limit = max(self.timing.artim_limit, self.timing.react)
        seen = await self._next(connection, limit)
        if seen.is_close:
            return Seen(seen.t, CLOSE, (f"late-{seen.label}",))
        if seen.name == SILENCE and self.timing.artim is not None:
            return Seen(seen.t, SILENCE, ("open-after-artim",))
        return seen

    async def _watch_artim(self, connection: Connection) -> Seen:
        """Wait for the peer to close, and measure how long it takes."""
        started = connection.now
        drip = asyncio.create_task(self._drip(connection))
        try:
            seen = await self._next(connection, self.timing.artim_limit)
        finally:
            drip.cancel()
            await asyncio.wait([drip])
        waited = max(seen.t - started, 0.0)
        if seen.name == SILENCE:
            return Seen(seen.t, SILENCE, ("open-after-artim",)) if self.timing.artim is not None else seen
        if not seen.is_close:
            return seen
        self._notes.append(f"the peer closed the connection after {waited:.2f} s")
        earliest = self.timing.grace if self.timing.artim is None else self.timing.artim * (1 - ARTIM_MARGIN)
        if waited < earliest:
            return Seen(seen.t, CLOSE, (f"early-{seen.label}",))
        if self.timing.artim is not None and waited > self.timing.artim * (1 + ARTIM_MARGIN) + self.timing.grace:
            return Seen(seen.t, CLOSE, (f"late-{seen.label}",))
        return seen

    async def _drip(self, connection: Connection) -> None:
        """One octet after the other, slower than would end within the time watched."""
        pause = min(1.0, self.timing.artim_limit / 8)
        for position in range(len(self.case.drip)):
            if not await connection.send(self.case.drip[position : position + 1], "one octet"):
                return
            await asyncio.sleep(pause)

    # ------------------------------------------------------------------ the verdict

    def _judge(self, reaction: Seen) -> Result:
        """The verdict that the alternatives, and behind them the possible states, give."""
        case = self.case
        if reaction.is_busy and not any(row.verdict == "OK" and "@rj" in row.on for row in case.alternatives):
            return Result(case, Verdict.INCONCLUSIVE, reaction.label, "the peer is busy", busy=True)
        row = self._alternative(reaction)
        if row is not None:
            verdict, why, severity, name = Verdict(row.verdict), row.why, row.severity, row.name
        elif self._states.possible:
            verdict, why, severity, name = Verdict.INFORMATIONAL, "allowed, and not named by the case", "", ""
        else:
            verdict, why, severity, name = Verdict.FAILED, "no state the peer can be in allows it", "", ""
        if verdict is Verdict.FAILED and case.open:
            verdict, why = Verdict.INFORMATIONAL, case.open
        result = Result(case, verdict, reaction.label, why, severity, alternative=name)
        result.lost_race = reaction.is_close
        result.retry = verdict is Verdict.FAILED or reaction.name == SILENCE or "rst" in reaction.label
        if reaction.name == SILENCE and verdict in (Verdict.OK, Verdict.INFORMATIONAL, Verdict.INCONCLUSIVE):
            result.retry = False
        self._note_reason(reaction)
        return result

    def _alternative(self, reaction: Seen) -> Alternative | None:
        return next((row for row in self.case.alternatives if reaction.fits(row.on)), None)

    def _note_reason(self, reaction: Seen) -> None:
        best = self.case.best
        if best >= 0 and isinstance(reaction.pdu, Abort) and reaction.pdu.source == 2 and reaction.pdu.reason != best:
            exact = best in (1, 2) or reaction.pdu.reason not in (4, 5, 6)
            if exact:
                self._notes.append(f"reason-mismatch: reason {best} would say more exactly what was wrong")

    async def _further_answers(self, connection: Connection, result: Result) -> None:
        for number in range(1, self.case.answers):
            seen = await self._watch_reaction(connection)
            if not any(row.verdict == "OK" and seen.fits(row.on) for row in self.case.alternatives):
                result.verdict = Verdict.INFORMATIONAL
                result.observed = f"{result.observed} {number} times, then {seen.label}"
                result.why = "not all requests were answered; no window for several operations was negotiated"
                return
        result.observed = f"{result.observed} {self.case.answers} times"

    # ------------------------------------------------------------------ after the reaction

    async def _end(self, connection: Connection, reaction: Seen, result: Result) -> None:
        if self.case.watch == "gone":
            result.close = "tester"
            return
        if reaction.is_close or connection.ended:
            result.close = reaction.label if reaction.is_close else "peer"
            return
        if reaction.name in _ENDING or self.case.close == "tester":
            await self._end_of_association(connection, reaction, result)
        elif self.case.settle != "none" and result.verdict in (Verdict.OK, Verdict.NON_STRICT, Verdict.INFORMATIONAL):
            await self._settle(connection, result)
        else:
            result.close = "tester"

    async def _end_of_association(self, connection: Connection, reaction: Seen, result: Result) -> None:
        """The peer waits for the tester to close, or closes early; it sends nothing of the association any more."""
        if reaction.name in _ENDING and not self._states.possible:
            self._states.assume(States.STA_13)
        seen = await self._next(connection, self.timing.grace)
        repeated = 0
        while seen.name == _ABORT:  # harmless, and the answer to bytes that the peer takes for another PDU
            repeated += 1
            seen = await self._next(connection, self.timing.grace)
        if repeated:
            self._notes.append(f"{repeated} more A-ABORT after the reaction")
        if seen.is_close:
            result.close = f"early-{seen.label}"
            self._notes.append("the peer did not wait for the tester to close; ARTIM has no lower bound (9.1.5)")
            return
        if seen.name != SILENCE:
            if reaction.name in _ENDING and not self._states.possible:
                result.verdict, result.alternative = Verdict.FAILED, "speaks-after-the-end"
                result.observed = f"{result.observed}, then {seen.label}"
                result.why = "nothing is sent after the end of the association"
                result.retry = True
            result.close = "tester"
            return
        connection.shut_down()
        seen = await self._next(connection, self.timing.react)
        while not seen.is_close and seen.name != SILENCE:
            seen = await self._next(connection, self.timing.react)
        result.close = f"after-tester {seen.label}" if seen.is_close else "open after the tester closed"

    async def _settle(self, connection: Connection, result: Result) -> None:
        """Silence is not evidence: show that the association works, by C-ECHO and release."""
        failed: Seen | None = None
        at = ""
        if self.case.inject[-1:] and self.case.inject[-1].action == "connect" and self._context is None:
            data = encode(associate_rq(self.target.titles))
            await self._send(connection, Step("send", PduType.A_ASSOCIATE_RQ.label, data, (Events.EVT_6,)))
            seen = await self._next(connection, self.timing.react)
            self._note_contexts(seen)
            if seen.is_busy:
                result.verdict, result.busy = Verdict.INCONCLUSIVE, True
                return
            if self._context is None:
                failed, at = seen, "the A-ASSOCIATE-RQ"
        if self._context is None and failed is None:
            result.close = "tester"
            return
        if failed is None and self.case.settle == "echo":
            failed, at = await self._echo(connection), "the C-ECHO-RQ that followed"
        if failed is None:
            failed, at = await self._release(connection), "the A-RELEASE-RQ that followed"
        if failed is not None:
            self._unsettled(failed, at, result)
        result.close = "tester"

    async def _echo(self, connection: Connection) -> Seen | None:
        """What came instead of a C-ECHO-RSP of status 0000H, None if that came."""
        assert self._context is not None
        data = b"".join(echo_pdus(Echo(message_id=64001), self._context))
        await self._send(connection, Step("send", "C-ECHO-RQ", data, (Events.EVT_10,)))
        while True:
            seen = await self._next(connection, self.timing.react)
            if seen.fits(("C-ECHO-RSP(0000H)",)):
                return None
            if not seen.fits(("P-DATA-TF",)):
                return seen

    async def _release(self, connection: Connection) -> Seen | None:
        """What came instead of an A-RELEASE-RP, None if that came."""
        data = encode(plain_pdu(_RELEASE_RQ, self.target.titles))
        await self._send(connection, Step("send", _RELEASE_RQ, data, (Events.EVT_12,)))
        while True:
            seen = await self._next(connection, self.timing.react)
            if seen.name == _RP:
                return None
            if not seen.fits(("P-DATA-TF",)):
                return seen

    def _unsettled(self, seen: Seen, at: str, result: Result) -> None:
        """The association did not work afterwards: a late reaction if the case names one, a failure otherwise."""
        row = self._alternative(seen) if result.observed == SILENCE else None
        if row is not None and row.verdict != "FAILED":
            late = self._judge(seen)
            result.verdict, result.why, result.alternative = late.verdict, late.why, late.alternative
            result.observed = f"{seen.label} (after {at})"
            return
        result.observed = f"{result.observed}; {seen.label} on {at}"
        result.alternative = "does-not-settle"
        if self.case.open:
            result.verdict, result.why = Verdict.INFORMATIONAL, self.case.open
            return
        result.verdict, result.retry = Verdict.FAILED, True
        result.why = "the association does not work afterwards"
