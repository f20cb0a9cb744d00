"""dulcimer's own acceptor and requestor with any machine in them, in this process.

Their only time limit is ARTIM, so only their table and their user decide what they do.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

from transitions import Machine

from dulcimer._generated.fsm import Events, States
from dulcimer.acse.negotiation import Context, request_pdu
from dulcimer.ae.core.client import ClientAssociation
from dulcimer.ae.core.server import AsyncServer
from dulcimer.ae.core.session import Session, SessionUser
from dulcimer.ae.core.storage_scp import Server
from dulcimer.ae.core.terms import Terms
from dulcimer.ae.core.timeouts import Timeouts
from dulcimer.conformance.processes.command import Call
from dulcimer.conformance.stimuli.requests import IMPLICIT_VR_LITTLE_ENDIAN, VERIFICATION
from dulcimer.dimse.messages import Message
from dulcimer.dimse.user import Answers
from dulcimer.errors import DulcimerError, LocalProtocolError
from dulcimer.events import Handlers
from dulcimer.fsm.machine import StateMachine
from dulcimer.fsm.primitives import ReleaseRequest
from dulcimer.upper_layer.config import UpperLayerConfig
from dulcimer.upper_layer.observer import Observer

HOST = "127.0.0.1"
CALLED = "ANY-SCP"
_LEAVE = 2.0
"""Seconds after which a peer that does not end is abandoned."""


class Acceptor(Server):
    """A server that requests the release of an association `idle` seconds after it has accepted it, None: never."""

    def __init__(self, machine: Machine, artim: float, idle: float | None) -> None:
        super().__init__(
            ae_title=CALLED,
            artim_timeout=artim,
            acse_timeout=None,
            network_timeout=None,
            observe=lambda: _Accepted(self, idle) if idle is not None else None,
            machine=lambda: StateMachine(is_requestor=False, machine=machine),
        )
        self.asked: set[Session] = set()
        """Sessions whose release this end has requested."""

    @contextlib.asynccontextmanager
    async def listen(self, host: str | None, port: int) -> AsyncIterator[Server]:
        """Listen inside the block; at its end open associations are aborted."""
        server = AsyncServer(self._acceptance, self._begin, Handlers())
        await server.open(host, port)
        self._server = server
        try:
            yield self
        finally:
            for session in tuple(server.sessions):
                session.association.drop()
            with contextlib.suppress(TimeoutError):  # an association whose machine is wrong may never end
                async with asyncio.timeout(_LEAVE):
                    await server.shutdown()

    def _begin(self) -> tuple[Terms, SessionUser]:
        # Only the table closes the connection; the user would do so before ARTIM could.
        return replace(self._terms(), abort_grace=None), _Asking(self)

    def release(self, watch: Observer) -> None:
        """Request the release of the association that `watch` observes, if it is established."""
        for session in tuple(self._server.sessions) if self._server else ():
            association = session.association
            if association.driver.upper_layer.observer is watch and association.is_established:
                self.asked.add(session)
                with contextlib.suppress(LocalProtocolError):
                    association.driver.send(ReleaseRequest())


class _Asking(SessionUser):
    """Answers no requests once it has requested release."""

    def __init__(self, server: Acceptor) -> None:
        self._server = server

    def answer(self, session: Session, message: Message, request: Any) -> Answers:
        """As any server, before that."""
        return None if session in self._server.asked else super().answer(session, message, request)


class _Accepted(Observer):
    """Waits for one association to be accepted."""

    def __init__(self, server: Acceptor, idle: float) -> None:
        self._server = server
        self._idle = idle

    def transition(self, event: Events, state: States, action: str, next_state: States, now: float) -> None:
        """Schedule the release once the local user has accepted the association."""
        if event is Events.EVT_7:
            asyncio.get_running_loop().call_later(self._idle, self._server.release, self)


@contextlib.asynccontextmanager
async def acceptor(machine: Machine, *, artim: float, idle: float | None = None) -> AsyncIterator[int]:
    """The port of a server with this machine, which releases associations after `idle` seconds if that is given."""
    async with Acceptor(machine, artim, idle).listen(HOST, 0) as server:
        yield server.address[1]


@dataclass(frozen=True, slots=True)
class Requestor:
    """A requestor with this machine that does a C-ECHO, then releases. `artim` in seconds."""

    machine: Machine
    artim: float

    async def call(self, host: str, port: int, ae_title: str) -> Call:
        """Start one run."""
        terms = Terms(
            timeouts=Timeouts(acse=None, dimse=None, network=None),
            upper_layer=UpperLayerConfig(artim_timeout=self.artim),
            machine=StateMachine(is_requestor=True, machine=self.machine),
            abort_grace=None,  # as in `Acceptor`
        )
        session = Session("requestor", terms, Handlers())
        return _Run(session, asyncio.create_task(self._echo(session, host, port, ae_title)))

    async def _echo(self, session: Session, host: str, port: int, ae_title: str) -> int:
        pdu = request_pdu(
            [Context(VERIFICATION, (IMPLICIT_VR_LITTLE_ENDIAN,))],
            calling_ae_title="DULCIMER",
            called_ae_title=ae_title,
            maximum_length=16384,
        )
        try:
            await session.open(pdu, host, port)
            async with ClientAssociation(session) as association:
                return await association.c_echo()
        except DulcimerError:
            return 1


@dataclass(slots=True)
class _Run:
    """A running requestor."""

    session: Session
    task: asyncio.Task[int]

    @property
    def output(self) -> str:
        """Always empty."""
        return ""

    async def ended(self, seconds: float) -> str:
        """How it ended within `seconds`."""
        done, _ = await asyncio.wait((self.task,), timeout=seconds)
        if not done:
            return "hangs"
        failed = self.task.cancelled() or self.task.exception() is not None or self.task.result() != 0
        return f"ended({int(failed)})"

    async def stop(self) -> None:
        """End it."""
        self.task.cancel()
        self.session.association.drop()
        await asyncio.wait((self.task,), timeout=_LEAVE)
        if self.task.done() and not self.task.cancelled():
            self.task.exception()
