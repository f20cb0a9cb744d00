"""One case against the peer: drive, inject, watch, settle; and the verdict on what was seen."""

from __future__ import annotations

import asyncio

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import Events
from dulcimer.conformance.model.case import Case, Result, Step, Verdict
from dulcimer.conformance.model.seen import SILENCE, Seen, pattern_in_words
from dulcimer.conformance.play.acceptor_talk import LONGEST, Talk
from dulcimer.conformance.play.conversation import LeftError, hold_to_rules, judge_endless, judged, note_on_reason
from dulcimer.conformance.play.settle import Settle
from dulcimer.conformance.play.target import Target
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.wire.model import AssociateAc

_LIVES = "S2"
"""The severity of a failure of a peer that neither crashes nor hangs."""

_RELEASES = "sut-releases"
_DATA = PduType.P_DATA_TF.label


class Play:
    """One run of one case. What the peer sends is judged in `log`, too.

    `acceptance`: the A-ASSOCIATE-AC that came, None if none did; `waited`: seconds until a connection was let in.
    """

    def __init__(self, case: Case, target: Target, log: SenderLog) -> None:
        self.case = case
        self.target = target
        self.timing = target.timing
        self._log = log
        self.acceptance: AssociateAc | None = None
        self.waited = 0.0

    async def run(self) -> Result:
        """Play the case; only a fault of the tester raises."""
        if _RELEASES in self.case.needs and self.timing.releases is None:
            why = "say after how many seconds the peer releases an idle association (--peer-releases)"
            return Result(self.case, Verdict.UNIMPLEMENTED, "not tried", why)
        loop = asyncio.get_running_loop()
        started = loop.time()
        result = Result(self.case, Verdict.ERROR, "")
        notes: list[str] = []
        for number in range(self.case.repeat):
            try:
                connection = await self.target.connect()
            except OSError as error:
                refused = isinstance(error, ConnectionRefusedError)
                what = "connection refused" if refused else error.strerror or str(error) or type(error).__name__
                result = Result(self.case, Verdict.ERROR, f"no connection: {what}", retry=True)
                result.refused = refused
                break
            talk = Talk(self.case, self.timing, connection, self._log)
            async with connection:
                try:
                    result = await self._once(talk)
                    talk.hold_the_rest_to_rules()
                    hold_to_rules(result, talk.violations)
                except LeftError as left:
                    result = Result(self.case, left.verdict, left.observed, left.why, busy=left.busy, retry=left.retry)
                    if number and left.busy:  # the peer has noticed none of the closes before
                        result.observed += f" after {number} connections that the tester had closed"
                if result.verdict is Verdict.FAILED and result.severity == "S0":
                    result.severity = _LIVES  # whether it lives, the sanity probe will tell
                await judge_endless(result, connection)
            result.trace, result.opened_at = connection.trace.entries, connection.trace.started
            result.late = talk.still_open
            self.acceptance, self.waited = talk.acceptance, connection.waited
            result.cells_seen = talk.states.certain_cells
            notes += talk.notes
            if result.verdict is not Verdict.OK:
                break
        result.notes = list(dict.fromkeys([*result.notes, *notes]))
        result.duration = loop.time() - started
        return result

    async def _once(self, talk: Talk) -> Result:
        await self._reach(talk)
        for step in self.case.inject:
            await self._inject(talk, step)
        if self.case.answer:
            await talk.provoked((_DATA,))
        reaction = await talk.watch()
        result = self._judge(talk, reaction)
        if result.verdict is Verdict.OK and self.case.answers > 1:
            await self._further_answers(talk, result)
        await Settle(talk, self.target.titles).end(reaction, result)
        return result

    # ------------------------------------------------------------------ getting there

    async def _reach(self, talk: Talk) -> None:
        """Bring the peer into the state of the case, and see that it is still there."""
        if self.case.drive:
            talk.states.inject(Events.EVT_5)
        for step in self.case.drive:
            await self._drive(talk, step)
        if self.case.drive:
            await talk.still_there()

    async def _drive(self, talk: Talk, step: Step) -> None:
        match step.action:
            case "send":
                await talk.send(step)
            case "expect":
                seen = await talk.next(self.timing.react)
                if not seen.fits((step.pattern,)):
                    raise self._not_there(step, seen)
                self._offers(talk, seen)
            case "await":
                await self._await(talk, step)

    def _not_there(self, step: Step, seen: Seen) -> LeftError:
        wanted = f"the state could not be reached: {pattern_in_words(step.pattern)} was awaited"
        if seen.is_busy:
            return LeftError(Verdict.INCONCLUSIVE, seen.label, "the peer is busy", busy=True)
        if seen.name == SILENCE:
            return LeftError(Verdict.INCONCLUSIVE, seen.label, wanted, busy=True)
        # Where it closes on what it answers at other times, the case has not been tested yet.
        return LeftError(Verdict.UNOBSERVABLE, seen.label, wanted, retry=seen.is_close)

    def _offers(self, talk: Talk, seen: Seen) -> None:
        """Whether the peer has accepted what the case needs."""
        if self.case.service and talk.service is None:
            raise LeftError(Verdict.UNIMPLEMENTED, seen.label, "the peer does not accept the SOP class of the case")
        if self.case.refused_service and talk.service is not None:
            raise LeftError(Verdict.UNIMPLEMENTED, seen.label, "the peer accepts a SOP class that does not exist")
        if any(step.oversize is not None for step in self.case.inject) and not talk.can_exceed:
            limit = talk.maximum_length
            shown = "no limit" if not limit else f"{limit} bytes"
            why = f"the peer takes P-DATA-TF of {shown}, and the tester sends none longer than {LONGEST >> 20} MiB"
            raise LeftError(Verdict.UNIMPLEMENTED, seen.label, why)

    async def _await(self, talk: Talk, step: Step) -> None:
        """Leave the association idle until the peer does what it was said to do."""
        limit = (self.timing.releases or 0.0) + self.timing.react
        seen = await talk.next(limit)
        if not seen.fits((step.pattern,)):
            wanted = f"{step.pattern} was awaited for {limit:.3g} s on an idle association"
            raise LeftError(Verdict.INCONCLUSIVE, seen.label, wanted)

    async def _inject(self, talk: Talk, step: Step) -> None:
        match step.action:
            case "send":
                await talk.send(step)
            case "connect":
                talk.states.inject(Events.EVT_5)
            case "half-close":
                talk.close_began()
            case "fin" | "rst":
                await talk.connection.close(reset=step.action == "rst")

    # ------------------------------------------------------------------ the verdict

    def _judge(self, talk: Talk, reaction: Seen) -> Result:
        """The verdict that the alternatives, and behind them the possible states, give."""
        case = self.case
        alternatives = case.after if talk.passed else case.alternatives
        if reaction.is_busy and not any(row.verdict == "OK" and "@rj" in row.on for row in alternatives):
            return Result(case, Verdict.INCONCLUSIVE, reaction.label, "the peer is busy", busy=True)
        result = judged(case, reaction, talk.states, passed=bool(talk.passed))
        if talk.passed:
            result.observed = f"{talk.passed}, then {reaction.label}"
        result.retry |= reaction.name == SILENCE
        if reaction.name == SILENCE and result.verdict is not Verdict.FAILED:
            result.retry = result.verdict is not Verdict.OK and case.watch == "reaction"
        if case.passed:
            self._of_pipeline(talk, reaction, result)
        talk.notes += filter(None, (note_on_reason(case, reaction),))
        return result

    def _of_pipeline(self, talk: Talk, reaction: Seen, result: Result) -> None:
        """Two things came in one segment, and the peer may have dealt with the first before it saw the second."""
        if talk.passed:
            result.lost_race = False
            if result.verdict is not Verdict.FAILED:
                result.verdict, result.retry = Verdict.UNOBSERVABLE, False
                result.why = "the peer had left the state before it took the PDU"
        elif reaction.name == "gone":
            talk.notes.append("the peer may have left the state before it saw the connection end")
        elif reaction.name == SILENCE and result.verdict is Verdict.FAILED:
            result.verdict, result.retry = Verdict.INCONCLUSIVE, False
            result.why = "the user of the peer may take any time to answer what came before"

    async def _further_answers(self, talk: Talk, result: Result) -> None:
        for number in range(1, self.case.answers):
            seen = await talk.reaction()
            if not any(row.verdict == "OK" and seen.fits(row.on) for row in self.case.alternatives):
                result.verdict = Verdict.INFORMATIONAL
                result.observed = f"{result.observed} {number} times, then {seen.label}"
                result.why = "not all requests were answered; no window for several operations was negotiated"
                return
        result.observed = f"{result.observed} {self.case.answers} times"
