"""One case of the upper tester: bring the peer into a state, hold it there, cause one event."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from dulcimer._generated.codes import PduType
from dulcimer._generated.conformance import Echo
from dulcimer._generated.fsm import EVENTS, STATES, Events
from dulcimer._generated.requestor import AcceptanceVariant, Response
from dulcimer.conformance.catalogue.upper_tester import HeldCase
from dulcimer.conformance.catalogue.upper_tester_ways import indications_of
from dulcimer.conformance.judge.judge import judge
from dulcimer.conformance.model.observation import Heard, Hindrance, Observation, Obstacle
from dulcimer.conformance.model.oracle import CLOSE, outputs
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.seen import SILENCE, Seen
from dulcimer.conformance.model.trace import Kind, trace_line
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.target import Timing
from dulcimer.conformance.stimuli.answers import DimseRequest, acceptance_bytes, response_bytes
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
from dulcimer.conformance.wire_peer.listener import TesterListener
from dulcimer.wire.codec import encode
from dulcimer.wire.model import AssociateRq

_COMMAND_LAST = 3
_AC, _DATA = PduType.A_ASSOCIATE_AC.label, PduType.P_DATA_TF.label
_REJECTION = {"result": 1, "source": 1, "reason": 1}


class _LeftError(Exception):
    """The state was not reached; the arguments are what was seen and what did not come."""


class HeldPlay:
    """One run of one case. An indication counts for the verdict if the adapter announces that it reports it."""

    def __init__(self, case: HeldCase, control: Control, timing: Timing, host: str) -> None:
        self.case = case
        self.timing = timing
        self._control = control
        self._host = host
        self._titles = Titles()
        self._listener: TesterListener | None = None
        self._connection: Connection | None = None
        self._request: AssociateRq | None = None
        self._request_bytes = b""

    async def run(self) -> Result:
        """Play the case; raises AdapterError if the adapter fails."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        await self._control.reset()
        try:
            seen = await self._play()
        except _LeftError as left:
            observed, wanted = left.args
            why = f"the state was not reached: {wanted} did not come"
            seen = Observation(Hindrance(Obstacle.NOT_HELD, observed, why))
        except RefusedError as refusal:
            seen = Observation(Hindrance(Obstacle.NOT_OFFERED, "refused", f"the adapter refused: {refusal}"))
        finally:
            if self._connection is not None:
                await self._connection.close()
            if self._listener is not None:
                self._listener.close()
        if self._connection is not None:
            indications = ", ".join(str(message["indication"]) for message in self._control.indications)
            line = trace_line(
                loop.time() - started, Kind.NOTE, f"indications to the local user: {indications or 'none'}"
            )
            seen = replace(seen, trace=(*self._connection.trace.entries, line))
        return judge(self.case, replace(seen, seconds=loop.time() - started))

    async def _play(self) -> Observation:
        for leg in self.case.legs:
            self._control.indications.clear()
            await self._cause(leg.event)
            await self._await_outcome(leg.event, leg)
        assert self._connection is not None
        self._control.indications.clear()
        reaction = await self._react()
        seen = Observation(reaction=reaction)
        if judge(self.case, seen).verdict in (Verdict.OK, Verdict.NON_STRICT):
            seen = replace(seen, heard=await self._hear())
        if reaction.name not in (SILENCE, "gone", CLOSE):
            after = await self._connection.next(self.timing.grace)
            seen = replace(seen, close=after.label if after.is_close else "tester")
        return seen

    # ------------------------------------------------------------------ reaching the state

    async def _cause(self, event: Events) -> None:
        kind = EVENTS[event].kind
        if kind == "primitive":
            await self._issue(event)
        elif event is Events.EVT_5:
            self._connection = await Connection.open(self._control.host, self._control.port, self.timing.connect)
        elif event is Events.EVT_2:
            assert self._listener is not None
            try:
                self._connection = await self._listener.accept(self.timing.connect)
            except TimeoutError:
                raise _LeftError("no connection", "a connection") from None
        else:
            await self._send(self._pdu(EVENTS[event].subject), EVENTS[event].subject)

    async def _issue(self, event: Events) -> None:
        parameters: dict[str, Any] = {}
        match event:
            case Events.EVT_1:
                self._listener = TesterListener(self._host)
                parameters = {
                    "host": self._host,
                    "port": self._listener.port,
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
            return acceptance_bytes(self._request, self._request_bytes, AcceptanceVariant(), MAXIMUM_LENGTH)
        if name == _DATA and self.case.is_requestor:
            return response_bytes(DimseRequest.echo(), Response(), 0)
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
        """Wait for the PDUs and indications of this step before the next one."""
        for output in outputs(leg.outcome):
            assert self._connection is not None
            seen = await self._connection.next(self.timing.react)
            if not output.fits(seen.name, seen.source):
                raise _LeftError(seen.label, f"{output.name} on {EVENTS[event].label}")
            if isinstance(seen.pdu, AssociateRq):
                self._request, self._request_bytes = seen.pdu, seen.data
        for indication in indications_of(leg.outcome):
            if indication in self._control.tells and not await self._control.wait_for(indication, self.timing.react):
                raise _LeftError("no indication", f"{indication} in {STATES[leg.outcome.next_state].label}")

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
            await self._send(data, case.injection.steps[0].label, stimulus.split)
        seen = await self._connection.next(self.timing.react)
        shown = outputs(case.outcome)
        if seen.name == SILENCE and shown and shown[0].name == CLOSE:
            seen = await self._connection.next(self.timing.window)
            return Seen(seen.t, CLOSE, (f"late-{seen.label}",)) if seen.is_close else seen
        return seen

    async def _hear(self) -> Heard:
        """Whether the local user gets the indications of the action, and no others."""
        untold: list[str] = []
        missing: list[str] = []
        for indication in self.case.indications:
            if indication not in self._control.tells:
                untold.append(indication)
            elif not await self._control.wait_for(indication, self.timing.react):
                missing.append(indication)
        came = (str(message["indication"]) for message in self._control.indications)
        others = tuple(indication for indication in came if indication not in self.case.indications)
        return Heard(tuple(untold), tuple(missing), others)
