"""One case of the upper tester: bring the peer into a state, hold it there, bring about one event."""

from __future__ import annotations

import asyncio
from typing import Any

from dulcimer._generated.codes import PduType
from dulcimer._generated.conformance import Alternative, Echo
from dulcimer._generated.fsm import EVENTS, STATES, Events
from dulcimer._generated.requestor import Acceptance, Response
from dulcimer.conformance.catalogue.upper_tester import HeldCase
from dulcimer.conformance.catalogue.upper_tester_ways import indications_of
from dulcimer.conformance.model.case import Result, Verdict
from dulcimer.conformance.model.oracle import CLOSE, outputs
from dulcimer.conformance.model.seen import SILENCE, Seen
from dulcimer.conformance.model.trace import Kind, trace_line
from dulcimer.conformance.play.target import Timing
from dulcimer.conformance.stimuli.answers import Request, acceptance_bytes, response_bytes
from dulcimer.conformance.stimuli.messages import (
    CONTEXT_ID,
    IMPLICIT_VR_LITTLE_ENDIAN,
    MAXIMUM_LENGTH,
    VERIFICATION,
    Titles,
    echo_command,
    plain_pdu,
    stimulus_bytes,
)
from dulcimer.conformance.upper_tester.control import Control, RefusedError
from dulcimer.conformance.wire_peer.connection import Connection
from dulcimer.conformance.wire_peer.line import Line
from dulcimer.wire.codec import encode
from dulcimer.wire.model import AssociateRq

_COMMAND_LAST = 3
_AC, _DATA = PduType.A_ASSOCIATE_AC.label, PduType.P_DATA_TF.label
_REJECTION = {"result": 1, "source": 1, "reason": 1}


class _LeftError(Exception):
    """The state could not be reached; the arguments are what was seen and what was awaited."""


class HeldPlay:
    """One run of one case. `told` counts for the verdict as far as the adapter says that it tells it."""

    def __init__(self, case: HeldCase, control: Control, timing: Timing, host: str) -> None:
        self.case = case
        self.timing = timing
        self._control = control
        self._host = host
        self._titles = Titles()
        self._line: Line | None = None
        self._connection: Connection | None = None
        self._request: AssociateRq | None = None
        self._request_bytes = b""

    async def run(self) -> Result:
        """Play the case; raises AdapterError if the adapter fails."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        await self._control.reset()
        try:
            result = await self._play()
        except _LeftError as left:
            observed, wanted = left.args
            why = f"the state could not be reached: {wanted} was awaited"
            result = Result(self.case, Verdict.UNOBSERVABLE, observed, why, retry=True)
        except RefusedError as refusal:
            result = Result(self.case, Verdict.UNIMPLEMENTED, "refused", f"the adapter refused: {refusal}")
        finally:
            if self._connection is not None:
                await self._connection.close()
            if self._line is not None:
                self._line.close()
        if self._connection is not None:
            result.trace = self._connection.trace.entries
            told = ", ".join(str(message["indication"]) for message in self._control.indications)
            result.trace.append(trace_line(loop.time() - started, Kind.NOTE, f"told: {told or '-'}"))
        result.duration = loop.time() - started
        result.cells_seen = (
            frozenset(leg.cell for leg in self.case.legs) if result.verdict in _GOT_THERE else frozenset()
        )
        return result

    async def _play(self) -> Result:
        for leg in self.case.legs:
            self._control.indications.clear()
            await self._bring_about(leg.event)
            await self._await_outcome(leg.event, leg)
        assert self._connection is not None
        self._control.indications.clear()
        reaction = await self._react()
        result = self._judge(reaction)
        await self._ask_the_user(reaction, result)
        return result

    # ------------------------------------------------------------------ getting there

    async def _bring_about(self, event: Events) -> None:
        kind = EVENTS[event].kind
        if kind == "primitive":
            await self._issue(event)
        elif event is Events.EVT_5:
            self._connection = await Connection.open(self._control.host, self._control.port, self.timing.connect)
        elif event is Events.EVT_2:
            assert self._line is not None
            try:
                self._connection = await self._line.accept(self.timing.connect)
            except TimeoutError:
                raise _LeftError("no connection", "a connection") from None
        else:
            await self._send(self._pdu(EVENTS[event].subject), EVENTS[event].subject)

    async def _issue(self, event: Events) -> None:
        parameters: dict[str, Any] = {}
        match event:
            case Events.EVT_1:
                self._line = Line(self._host)
                parameters = {
                    "host": self._host,
                    "port": self._line.port,
                    "calling": self._titles.called,
                    "called": self._titles.calling,
                    "abstract_syntax": VERIFICATION,
                    "transfer_syntax": IMPLICIT_VR_LITTLE_ENDIAN,
                }
            case Events.EVT_8:
                parameters = dict(_REJECTION)
            case Events.EVT_9:
                fragment = echo_command(Echo()).hex()
                parameters = {"context": CONTEXT_ID, "header": _COMMAND_LAST, "fragment": fragment}
        if self._connection is not None:
            self._connection.trace.add(Kind.NOTE, f"the local user issues: {EVENTS[event].subject}")
        await self._control.issue(EVENTS[event].subject, **parameters)

    def _pdu(self, name: str) -> bytes:
        if name == _AC and self._request is not None:
            return acceptance_bytes(self._request, self._request_bytes, Acceptance(), MAXIMUM_LENGTH)
        if name == _DATA and self.case.is_requestor:
            return response_bytes(Request.echo(), Response(), 0)
        return encode(plain_pdu(name, self._titles))

    async def _send(self, data: bytes, label: str, split: int = 0) -> None:
        assert self._connection is not None
        if split:
            await self._connection.send(data[:split], f"{label}: the first {split} bytes")
            await asyncio.sleep(self.timing.grace)
            await self._connection.send(data[split:], f"{label}: the rest")
        else:
            await self._connection.send(data, label)

    async def _await_outcome(self, event: Events, leg: Any) -> None:
        """See what the step shows, and hear what the user is told, before the next."""
        for output in outputs(leg.outcome):
            assert self._connection is not None
            seen = await self._connection.next(self.timing.react)
            if not output.fits(seen.name, seen.source):
                raise _LeftError(seen.label, f"{output.name} on {EVENTS[event].label}")
            if isinstance(seen.pdu, AssociateRq):
                self._request, self._request_bytes = seen.pdu, seen.data
        for indication in indications_of(leg.outcome):
            if indication in self._control.tells and not await self._control.told(indication, self.timing.react):
                raise _LeftError("not told", f"{indication} in {STATES[leg.outcome.next_state].label}")

    # ------------------------------------------------------------------ the event in the state

    async def _react(self) -> Seen:
        assert self._connection is not None
        case, stimulus = self.case, self.case.stimulus
        if stimulus is None:
            await self._issue(case.event)
        elif stimulus.transport:
            await self._connection.close(reset=stimulus.transport == "rst")
            return Seen(self._connection.now, "gone", ("gone",))
        else:
            plain = not stimulus.fields and not stimulus.overwrite and stimulus.body is None
            data = self._pdu(stimulus.pdu) if plain else stimulus_bytes(stimulus, self._titles)
            await self._send(data, case.inject[0].label, stimulus.split)
        seen = await self._connection.next(self.timing.react)
        shown = outputs(case.outcome)
        if seen.name == SILENCE and shown and shown[0].name == CLOSE:
            seen = await self._connection.next(self.timing.window)
            return Seen(seen.t, CLOSE, (f"late-{seen.label}",)) if seen.is_close else seen
        return seen

    def _judge(self, reaction: Seen) -> Result:
        case = self.case
        row = next((row for row in case.alternatives if reaction.fits(row.on)), Alternative("", "FAILED", ()))
        verdict, why = Verdict(row.verdict), row.why
        if verdict is Verdict.FAILED and case.open:
            verdict, why = Verdict.INFORMATIONAL, case.open
        result = Result(case, verdict, reaction.label, why, row.severity, alternative=row.name)
        result.retry = verdict is Verdict.FAILED
        return result

    async def _ask_the_user(self, reaction: Seen, result: Result) -> None:
        """Whether the local user is told what the action tells it, and nothing else."""
        assert self._connection is not None
        if result.verdict in (Verdict.OK, Verdict.NON_STRICT):
            await self._hear(reaction, result)
        if reaction.name not in (SILENCE, "gone", CLOSE):
            after = await self._connection.next(self.timing.grace)
            result.close = after.label if after.is_close else "tester"

    async def _hear(self, reaction: Seen, result: Result) -> None:
        for indication in self.case.indications:
            if indication not in self._control.tells:
                result.notes.append(f"the adapter does not tell of an {indication}")
            elif not await self._control.told(indication, self.timing.react):
                result.verdict, result.severity, result.alternative = Verdict.NON_STRICT, "S3", "not-told"
                result.observed = f"{reaction.label}; not told"
                result.why = f"the local user gets no {indication}"
        for message in self._control.indications:
            if message["indication"] not in self.case.indications:
                result.verdict, result.severity, result.alternative = Verdict.FAILED, "S3", "told-otherwise"
                result.observed = f"{reaction.label}; told {message['indication']}"
                result.why, result.retry = "the action tells the local user something else, or nothing", True


_GOT_THERE = frozenset(Verdict) - {Verdict.UNOBSERVABLE, Verdict.UNIMPLEMENTED, Verdict.ERROR}
