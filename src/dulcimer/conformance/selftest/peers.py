"""dulcimer's own acceptor and requestor with any machine in them, in this process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from transitions import Machine

from dulcimer.acse.association import Association
from dulcimer.acse.negotiation import Context, request_pdu
from dulcimer.ae.client import ABORT_GRACE, ClientAssociation
from dulcimer.ae.server import Server
from dulcimer.conformance.requestor.command import Call
from dulcimer.conformance.requests import IMPLICIT_VR_LITTLE_ENDIAN, VERIFICATION
from dulcimer.dimse.exchange import Exchange
from dulcimer.errors import DulcimerError, LocalProtocolError
from dulcimer.fsm.machine import StateMachine
from dulcimer.fsm.primitives import ReleaseRequest
from dulcimer.upper_layer.config import UpperLayerConfig
from dulcimer.upper_layer.provider import UpperLayer
from dulcimer.wire.model import AssociateRq

HOST = "127.0.0.1"
CALLED = "ANY-SCP"


class Releasing(Server):
    """A server that asks for the release of an association that it has accepted, after `idle` seconds."""

    def __init__(self, *, idle: float, artim_timeout: float, machine: Machine) -> None:
        super().__init__(
            ae_title=CALLED,
            artim_timeout=artim_timeout,
            machine=lambda: StateMachine(is_requestor=False, machine=machine),
        )
        self._idle = idle

    def answer(self, association: Association, request: AssociateRq) -> None:
        """Answer a request; its association is released if it is established."""
        super().answer(association, request)
        asyncio.get_running_loop().call_later(self._idle, _release, association)


def _release(association: Association) -> None:
    if association.is_established:
        association.p_data = lambda _: None  # who has asked for release answers no more requests
        with contextlib.suppress(LocalProtocolError):
            association.driver.send(ReleaseRequest())


@contextlib.asynccontextmanager
async def acceptor(machine: Machine, *, artim: float, idle: float | None = None) -> AsyncIterator[int]:
    """The port of a server with this machine; one that releases associations after `idle` seconds, if that is given."""
    if idle is None:
        server = Server(
            ae_title=CALLED,
            artim_timeout=artim,
            machine=lambda: StateMachine(is_requestor=False, machine=machine),
        )
    else:
        server = Releasing(idle=idle, artim_timeout=artim, machine=machine)
    async with server.listen(HOST, 0):
        yield server.address[1]


@dataclass(frozen=True, slots=True)
class Requestor:
    """Makes a requestor with this machine call: C-ECHO, then release. `artim` in seconds."""

    machine: Machine
    artim: float

    async def call(self, host: str, port: int, ae_title: str) -> Call:
        """Start one run."""
        return _Run(asyncio.create_task(self._echo(host, port, ae_title)))

    async def _echo(self, host: str, port: int, ae_title: str) -> int:
        try:
            async with await self._connect(host, port, ae_title) as association:
                return await association.c_echo()
        except DulcimerError:
            return 1

    async def _connect(self, host: str, port: int, ae_title: str) -> ClientAssociation:
        upper_layer = UpperLayer(
            is_requestor=True,
            config=UpperLayerConfig(artim_timeout=self.artim),
            machine=StateMachine(is_requestor=True, machine=self.machine),
        )
        association = Association(upper_layer)
        exchange = Exchange(association)
        pdu = request_pdu(
            [Context(VERIFICATION, (IMPLICIT_VR_LITTLE_ENDIAN,))],
            calling_ae_title="DULCIMER",
            called_ae_title=ae_title,
            maximum_length=16384,
        )
        try:
            await association.request(pdu, host, port)
        except BaseException:
            if not association.ended.done():
                await asyncio.shield(association.wait_ended(ABORT_GRACE))
            raise
        return ClientAssociation(association, exchange)


@dataclass(slots=True)
class _Run:
    """A requestor at work."""

    task: asyncio.Task[int]

    @property
    def output(self) -> str:
        """It writes nothing."""
        return ""

    async def ended(self, seconds: float) -> str:
        """How it has ended within `seconds`."""
        done, _ = await asyncio.wait((self.task,), timeout=seconds)
        if not done:
            return "hangs"
        failed = self.task.cancelled() or self.task.exception() is not None or self.task.result() != 0
        return f"ended({int(failed)})"

    async def stop(self) -> None:
        """End it."""
        self.task.cancel()
        await asyncio.wait((self.task,))
        if not self.task.cancelled():
            self.task.exception()
