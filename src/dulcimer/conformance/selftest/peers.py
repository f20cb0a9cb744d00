"""dulcimer's own acceptor and requestor with any machine in them, in this process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from transitions import Machine

from dulcimer._generated.fsm import Events, States
from dulcimer.acse.negotiation import Context, request_pdu
from dulcimer.ae.client import ClientAssociation
from dulcimer.ae.server import Server
from dulcimer.ae.session import Session, Terms
from dulcimer.conformance.requestor.command import Call
from dulcimer.conformance.requests import IMPLICIT_VR_LITTLE_ENDIAN, VERIFICATION
from dulcimer.errors import DulcimerError, LocalProtocolError
from dulcimer.events import Handlers
from dulcimer.fsm.machine import StateMachine
from dulcimer.fsm.primitives import ReleaseRequest
from dulcimer.upper_layer.config import UpperLayerConfig
from dulcimer.upper_layer.observer import Observer

HOST = "127.0.0.1"
CALLED = "ANY-SCP"
_LEAVE = 2.0
"""Seconds after which a peer that does not end is left to itself."""


class Releasing(Server):
    """A server that asks for the release of an association that it has accepted, after `idle` seconds."""

    def __init__(self, *, idle: float, artim_timeout: float, machine: Machine) -> None:
        super().__init__(
            ae_title=CALLED,
            artim_timeout=artim_timeout,
            machine=lambda: StateMachine(is_requestor=False, machine=machine),
            observe=lambda: _Watch(self, idle),
        )

    def release(self, watch: Observer) -> None:
        """Ask for release of the association that `watch` observes, if it is established."""
        for session in tuple(self._server.sessions) if self._server else ():
            association = session.association
            if association.driver.upper_layer.observer is watch and association.is_established:
                association.p_data = lambda _: None  # who has asked for release answers no more requests
                with contextlib.suppress(LocalProtocolError):
                    association.driver.send(ReleaseRequest())


class _Watch(Observer):
    """Waits for one association to be accepted."""

    def __init__(self, server: Releasing, idle: float) -> None:
        self._server = server
        self._idle = idle

    def transition(self, event: Events, state: States, action: str, next_state: States, now: float) -> None:  # noqa: ARG002
        """Have it released some time after the local user has accepted it."""
        if event is Events.EVT_7:
            asyncio.get_running_loop().call_later(self._idle, self._server.release, self)


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
    listening = server.listen(HOST, 0)
    await listening.__aenter__()
    try:
        yield server.address[1]
    finally:
        with contextlib.suppress(TimeoutError):  # an association whose machine is wrong may never end
            async with asyncio.timeout(_LEAVE):
                await listening.__aexit__(None, None, None)


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
        terms = Terms(
            upper_layer=UpperLayerConfig(artim_timeout=self.artim),
            machine=StateMachine(is_requestor=True, machine=self.machine),
        )
        pdu = request_pdu(
            [Context(VERIFICATION, (IMPLICIT_VR_LITTLE_ENDIAN,))],
            calling_ae_title="DULCIMER",
            called_ae_title=ae_title,
            maximum_length=16384,
        )
        session = Session("requestor", terms, Handlers())
        await session.open(pdu, host, port, tls=None)
        return ClientAssociation(session)


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
        await asyncio.wait((self.task,), timeout=_LEAVE)
        if self.task.done() and not self.task.cancelled():
            self.task.exception()
