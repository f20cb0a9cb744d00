"""The steps of `model.py` over loopback: does the network show what the model predicts?"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence

from transitions import Machine

from dulcimer._generated.codes import PduType
from dulcimer._generated.conformance import RequestVariant
from dulcimer._generated.fsm import EVENTS, Events
from dulcimer._generated.requestor import AcceptanceVariant, Response
from dulcimer.conformance.catalogue.ways import no_message
from dulcimer.conformance.model.oracle import CLOSE
from dulcimer.conformance.model.seen import SILENCE, Seen
from dulcimer.conformance.stimuli.answers import DimseRequest, Requests, acceptance_bytes, response_bytes
from dulcimer.conformance.stimuli.messages import plain_pdu
from dulcimer.conformance.stimuli.requests import MAXIMUM_LENGTH, Titles, associate_rq, request_bytes
from dulcimer.conformance.wire_peer.connection import Connection
from dulcimer.conformance.wire_peer.listener import TesterListener
from dulcimer.wire.codec import encode
from dulcimer.wire.model import AssociateRq, PDataTf
from selftest.model import NO_CONTEXT, NO_MESSAGE, PROVIDER_REFUSES, USER_REFUSES, Model, Role, Shown, Step
from selftest.mutants import Rows
from selftest.peers import CALLED, HOST, Requestor, acceptor

SILENT, ARTIM, IDLE = 1.0, 1000.0, 100.0
"""Seconds: of silence before the next step; of ARTIM; until an idle association is released."""

_REQUESTS = {
    "": RequestVariant(),
    USER_REFUSES: RequestVariant(application_context=("2.25.35711333286485433768314176446645270968",)),
    PROVIDER_REFUSES: RequestVariant(protocol_version=0),
}
_TITLES = Titles(called=CALLED)


def foreseen(rows: Rows, role: Role, steps: Sequence[Step]) -> list[tuple[Shown, ...]]:
    """What `replay` gives, according to the model."""
    model = Model(rows, role)
    peer, first = model.start()
    shown = [first]
    for step in steps:
        peer, found = model.after(peer, step)
        shown.append(found)
    return shown


async def replay(machine: Machine, role: Role, steps: Sequence[Step]) -> list[tuple[Shown, ...]]:
    """What a peer with this machine shows when its connection has been opened, and after each step.

    Only for a loop that skips waits.
    """
    kind = _with_requestor if role == "requestor" else _with_acceptor
    shown: list[tuple[Shown, ...]] = []
    async with kind(machine, any(step.local for step in steps)) as connection:
        tester = _Tester(role, connection)
        shown.append(await tester.all_for(SILENT))
        for step in steps:
            if not connection.ended and step.events:
                await connection.send(b"".join(tester.bytes_of(event, step) for event in step.events), str(step))
            shown.append(await tester.all_for(IDLE if step.local else SILENT if step.events else ARTIM))
    return shown


@contextlib.asynccontextmanager
async def _with_acceptor(machine: Machine, releases: bool) -> AsyncIterator[Connection]:
    async with acceptor(machine, artim=ARTIM, idle=IDLE if releases else None) as port:
        async with await Connection.open(HOST, port, SILENT) as connection:
            yield connection


@contextlib.asynccontextmanager
async def _with_requestor(machine: Machine, _: bool) -> AsyncIterator[Connection]:
    async with TesterListener(HOST) as line:
        call = await Requestor(machine, ARTIM).call(HOST, line.port, CALLED)
        try:
            async with await line.accept(SILENT) as connection:
                yield connection
        finally:
            await call.stop()


class _Tester:
    """Sends the PDUs of the events of a step, and notes what comes."""

    def __init__(self, role: Role, connection: Connection) -> None:
        self._role = role
        self._connection = connection
        self._closed = False
        self._request = associate_rq(_TITLES)
        self._request_bytes = encode(self._request)
        self._requests = Requests()
        self._asked = DimseRequest.echo()

    async def all_for(self, seconds: float) -> tuple[Shown, ...]:
        """Everything that comes within the time, and until nothing more comes."""
        shown: list[Shown] = []
        while not self._closed:
            seen = await self._connection.next(seconds)
            if seen.name == SILENCE:
                break
            seconds = SILENT
            self._closed = seen.is_close
            shown.append((CLOSE, None) if seen.is_close else (seen.name, seen.source))
            self._note(seen)
        return tuple(shown)

    def _note(self, seen: Seen) -> None:
        if isinstance(seen.pdu, AssociateRq):
            self._request, self._request_bytes = seen.pdu, seen.data
        if isinstance(seen.pdu, PDataTf):
            self._asked = self._requests.add(seen.pdu, seen.command) or self._asked

    def bytes_of(self, event: Events, step: Step) -> bytes:
        """The PDU that is this event."""
        name = EVENTS[event].subject
        match event:
            case Events.EVT_3 if self._role == "requestor":
                how = AcceptanceVariant(result=int(step.kind == NO_CONTEXT))
                return acceptance_bytes(self._request, self._request_bytes, how, MAXIMUM_LENGTH)
            case Events.EVT_6:
                return request_bytes(_TITLES, _REQUESTS.get(step.kind, RequestVariant()))
            case Events.EVT_10 if step.kind == NO_MESSAGE:
                return no_message()
            case Events.EVT_10 if self._role == "requestor":
                return response_bytes(self._asked, Response(), 0)
            case Events.EVT_16:
                return encode(plain_pdu(name, _TITLES, {"source": step.source}))
            case Events.EVT_19:
                return encode(plain_pdu(PduType.A_RELEASE_RQ.label, _TITLES), {"pdu_type": 0xFF})
        return encode(plain_pdu(name, _TITLES))
