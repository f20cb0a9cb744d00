"""One connection of a case, as it is for a tester in either role: sending, and waiting for what ends it."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable
from fnmatch import fnmatchcase

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import States
from dulcimer.conformance.judge.advice import VIOLATED
from dulcimer.conformance.model.case import CONCLUSIVE, Case, Result, Step, Verdict
from dulcimer.conformance.model.oracle import CLOSE, PossibleStates
from dulcimer.conformance.model.seen import ENDLESS, SILENCE, Seen
from dulcimer.conformance.play.target import ARTIM_MARGIN, Timing
from dulcimer.conformance.sender_rules.log import Violation
from dulcimer.conformance.wire_peer.connection import Connection
from dulcimer.wire.model import Abort

STAYS_OPEN = "open-after-window"
"""The connection was not closed in the time that is watched for a close without a timer."""

_ABORT = PduType.A_ABORT.label
_CLOSING = ("close", "gone")
_UNRECOGNIZED, _UNEXPECTED = 1, 2
_PARAMETER_REASONS = (4, 5, 6)


class LeftError(Exception):
    """A case cannot go on; the arguments are its result."""

    def __init__(
        self, verdict: Verdict, observed: str, why: str = "", *, busy: bool = False, retry: bool = False
    ) -> None:
        super().__init__(observed)
        self.verdict, self.observed, self.why, self.busy, self.retry = verdict, observed, why, busy, retry


class Conversation(ABC):
    """A connection, the states that the peer on it may be in, and notes for the report.

    `still_open`: the peer has yet to close it, which was not waited for.
    """

    def __init__(self, case: Case, timing: Timing, connection: Connection, states: PossibleStates) -> None:
        self.case = case
        self.timing = timing
        self.connection = connection
        self.states = states
        self.notes: list[str] = []
        self.still_open = False

    @property
    def violations(self) -> list[Violation]:
        """What the peer has sent on this connection against the rules for everything that it sends."""
        return []

    @abstractmethod
    async def next(self, seconds: float) -> Seen:
        """The next observation, which the possible states are filtered by."""

    async def transmit(self, step: Step, data: bytes) -> None:
        """Send the bytes of a step: at once, octet by octet, or with a pause behind the first of them."""
        if step.octets:
            for position in range(len(data)):
                text = f"{step.label}, one octet at a time"
                if not await self.connection.send(data[position : position + 1], text, octet=True):
                    return
                await asyncio.sleep(0)
        elif step.split:
            await self.connection.send(data[: step.split], f"{step.label}: the first {step.split} bytes")
            await asyncio.sleep(self.timing.grace)
            await self.connection.send(data[step.split :], f"{step.label}: the rest")
        else:
            await self.connection.send(data, step.label)

    async def still_there(self) -> None:
        """See that the peer has not closed the connection before the stimulus is sent; raises LeftError.

        In Sta13 it may close at any time (PS3.8 9.1.5): where the stimulus brings about a close, too, or nothing that
        can be seen, the close before it has to be told from that.
        """
        case = self.case
        left = self.connection.ended
        if case.cell is not None and case.cell[1] is States.STA_13 and not case.answer and case.watch in _CLOSING:
            left = (await self.next(self.timing.grace)).is_close
        if left:
            why = "the peer had closed the connection, as it may, before the stimulus was sent"
            raise LeftError(Verdict.UNOBSERVABLE, CLOSE, why)

    async def provoked(self, harmless: Iterable[str]) -> None:
        """Wait for the answer to the PDU that the peer had to take before the stimulus; raises LeftError."""
        while True:
            seen = await self.next(self.timing.react)
            if seen.fits((self.case.answer,)):
                return
            if not seen.fits(harmless):
                wanted = f"the state could not be reached: {self.case.answer} was awaited"
                raise LeftError(Verdict.UNOBSERVABLE, seen.label, wanted)

    async def close_behind(self, reaction: Seen) -> Seen:
        """What follows what makes the peer close: the close, how late it came, or that it did not come.

        `reaction`: what came in the time for a reaction. ARTIM has no part in it (PS3.8 9.1.5), so that a window of its
        own bounds how long is waited.
        """
        if reaction.is_close and self.case.answer:
            return Seen(reaction.t, CLOSE, (f"left({reaction.label})",))
        if reaction.name != SILENCE:
            return reaction
        if not self.timing.waits:
            self.still_open = True
            return reaction
        seen = await self.next(max(self.timing.close - self.timing.react, self.timing.react))
        if seen.is_close:
            return Seen(seen.t, CLOSE, (f"late-{seen.label}",))
        return Seen(seen.t, SILENCE, (STAYS_OPEN,)) if seen.name == SILENCE else seen

    async def close_by_artim(self) -> Seen:
        """Wait for the peer to close, and measure how long it takes."""
        started = self.connection.now
        seen = await self.next(self.timing.artim_limit)
        waited = max(seen.t - started, 0.0)
        if not seen.is_close:
            return self._open_after(seen)
        self.notes.append(f"the peer closed the connection after {waited:.2f} s")
        artim = self.timing.artim
        if waited < (self.timing.grace if artim is None else artim * (1 - ARTIM_MARGIN)):
            return Seen(seen.t, CLOSE, (f"early-{seen.label}",))
        if artim is not None and waited > artim * (1 + ARTIM_MARGIN) + self.timing.grace:
            return Seen(seen.t, CLOSE, (f"late-{seen.label}",))
        return seen

    def _open_after(self, seen: Seen) -> Seen:
        """Silence is an open connection after ARTIM if that was declared."""
        over = seen.name == SILENCE and self.timing.artim is not None
        return Seen(seen.t, SILENCE, ("open-after-artim",)) if over else seen

    async def after_the_end(self) -> Seen:
        """What comes soon after the end of the association, but for more A-ABORT."""
        seen = await self.next(self.timing.grace)
        repeated = 0
        deadline = self.connection.now + self.timing.react
        while seen.name == _ABORT and self.connection.now < deadline:
            repeated += 1  # harmless, and the answer to bytes that the peer takes for another PDU
            seen = await self.next(self.timing.grace)
        if repeated:
            self.notes.append(f"{repeated} more A-ABORT after the reaction")
        return seen


async def judge_endless(result: Result, connection: Connection) -> None:
    """Let the result be about it if the peer has sent without end."""
    await connection.see_whether_it_stops()
    intake = connection.intake
    if not intake.excess:
        return
    result.observed = f"{result.observed}; the peer does not stop sending: {intake.excess}"
    result.retry, result.endless = False, True
    if not intake.of_data:
        result.verdict, result.alternative, result.severity = Verdict.FAILED, ENDLESS, "S2"
        result.why = "no state of Table 9-10 sends without end"
    elif result.verdict is not Verdict.FAILED:
        result.verdict, result.why = Verdict.INCONCLUSIVE, "it may be a long data set, or one without end"


def judged(case: Case, reaction: Seen, states: PossibleStates | None, *, passed: bool = False) -> Result:
    """The verdict that the alternatives, and behind them the possible states (None: of no connection), give.

    `passed`: the peer had left the state before it took the stimulus.
    """
    alternatives = case.after if passed else case.alternatives
    row = next((row for row in alternatives if reaction.fits(row.on)), None)
    if row is not None:
        verdict, why, severity, name = Verdict(row.verdict), row.why, row.severity, row.name
    elif states is not None and states.possible:
        verdict, why, severity, name = Verdict.INFORMATIONAL, "allowed, and not named by the case", "", ""
    else:
        verdict, why, severity, name = Verdict.FAILED, "no state the peer can be in allows it", "", ""
    if verdict is Verdict.FAILED and case.open:
        verdict, why = Verdict.INFORMATIONAL, case.open
    result = Result(case, verdict, reaction.label, why, severity, alternative=name)
    result.lost_race = reaction.is_close
    result.retry = (verdict is Verdict.FAILED and reaction.label != STAYS_OPEN) or "rst" in reaction.label
    return result


def hold_to_rules(result: Result, violations: Iterable[Violation]) -> None:
    """Fail a case that is about a rule for what the peer sends, too, and that has seen the peer break it."""
    name = result.case.twin or result.case.id
    for broken in violations:
        if any(fnmatchcase(name, pattern) for pattern in broken.rule.cases) and result.verdict in CONCLUSIVE:
            if result.verdict is Verdict.FAILED:
                return
            result.verdict, result.alternative, result.violated = Verdict.FAILED, VIOLATED, broken.rule.id
            result.observed = f"{result.observed}; {broken.problem}"
            result.why, result.severity = broken.rule.requirement, broken.rule.severity


def note_on_reason(case: Case, reaction: Seen) -> str:
    """What another reason of an A-ABORT of the provider would say more exactly; "" if there is none."""
    abort = reaction.pdu
    if not isinstance(abort, Abort) or abort.source != 2 or not 0 <= case.best != abort.reason:
        return ""
    if case.best not in (_UNRECOGNIZED, _UNEXPECTED) and abort.reason in _PARAMETER_REASONS:
        return ""
    return f"reason-mismatch: reason {case.best} would say more exactly what was wrong"
