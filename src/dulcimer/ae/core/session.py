"""One association with all that belongs to it: the layers below, its handlers, its beginning and its end."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import os
import socket
import ssl
import tempfile
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from dulcimer import events as evt
from dulcimer._generated.commands import CFindRq, CGetRq, CMoveRq, CStoreRq, CStoreRsp
from dulcimer.acse.association import ABORT_GRACE, Association, NetworkTimeoutResponse
from dulcimer.acse.end import Over
from dulcimer.acse.negotiation import AcceptedContext
from dulcimer.ae.core.narration import tell
from dulcimer.ae.core.notifications import OBSERVED, Notifier
from dulcimer.ae.core.party import Mode, Party
from dulcimer.ae.core.store_targets import SameAssociation, nowhere
from dulcimer.ae.core.timeouts import Timeouts
from dulcimer.dimse.command_set import CommandSet
from dulcimer.dimse.exchange import Exchange
from dulcimer.dimse.messages import Budget, MemorySink, Sink
from dulcimer.errors import AssociationError, AssociationRejected, DulcimerError
from dulcimer.fsm.machine import StateMachine
from dulcimer.limits import DEFAULTS, Limits
from dulcimer.logging_setup import shortened
from dulcimer.services.calls import Calls
from dulcimer.services.durable import PART, FileSink
from dulcimer.services.provider import OnRefused, Provider, StoreTarget
from dulcimer.services.user import User
from dulcimer.transport.tcp import TcpStream
from dulcimer.upper_layer.config import UpperLayerConfig
from dulcimer.upper_layer.fault_injection import FaultInjector, upper_layer_of
from dulcimer.upper_layer.observer import Observer, Observers
from dulcimer.upper_layer.provider import AcceptanceCheck
from dulcimer.wire.model import AssociateAc, AssociateRj, AssociateRq

logger = logging.getLogger("dulcimer.ae")

BUDGET = Budget(DEFAULTS.messages_length)
"""What the messages of this process may take together, where nobody set another limit."""
_WITH_IDENTIFIER = (CFindRq.command_field, CGetRq.command_field, CMoveRq.command_field)
_NOTIFIED = {Over.RELEASED: evt.EVT_RELEASED, Over.REJECTED: evt.EVT_REJECTED, Over.ABORTED: evt.EVT_ABORTED}
_file_numbers = count()


class Storage(Protocol):
    """Keeps the instances that come with C-STORE."""

    def open_sink(self, context: AcceptedContext, command: CommandSet, source_ae_title: str) -> Sink:
        """Where the data set of this C-STORE request goes."""

    async def finish(self, request: CStoreRq, sink: Sink | None) -> CStoreRsp:
        """Keep the instance, then say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for an association from its beginning.

    `executor` runs handlers that may block, in a copy of `context`. `storage` takes instances instead of a handler
    of EVT_C_STORE, and `on_refused` hears of those that are not taken; `receive_into_files` has them received into
    temporary files for that handler. `fault_injector` None leaves the one that holds for all associations of this
    side, if there is one. `limits` are for what peers send; `budget` is what all messages may take that are in memory,
    of all associations that share it.
    """

    timeouts: Timeouts = field(default_factory=Timeouts)
    network_timeout_response: NetworkTimeoutResponse = "A-ABORT"
    upper_layer: UpperLayerConfig = field(default_factory=UpperLayerConfig)
    executor: Executor | None = None
    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    receive_into_files: bool = False
    storage: Storage | None = None
    on_refused: OnRefused | None = None
    move_to: Callable[[Session, tuple[Any, ...], Any], Awaitable[StoreTarget]] = nowhere
    refuse: AcceptanceCheck | None = None
    observer: Observer | None = None
    on_message: Callable[[str, Any], None] | None = None
    machine: StateMachine | None = None
    fault_injector: FaultInjector | None = None
    limits: Limits = DEFAULTS
    budget: Budget = BUDGET


class Session:
    """The layers of one association and its handlers, joined."""

    def __init__(self, mode: Mode, terms: Terms, handlers: evt.Handlers) -> None:
        self.mode: Mode = mode
        self.requestor = Party("requestor")
        self.acceptor = Party("acceptor")
        (self.requestor if mode == "requestor" else self.acceptor).is_local = True
        self.where = ""
        """Host and port of the other end in words, "" while they are not known."""
        self.on_over: Callable[[], None] = lambda: None
        self.on_closed: Callable[[], None] = lambda: None
        self.calls = Calls(handlers, terms.executor, terms.context)
        self.upper_layer = upper_layer_of(
            is_requestor=mode == "requestor",
            injector=terms.fault_injector,
            config=terms.upper_layer,
            refuse=terms.refuse,
            observer=terms.observer,
            machine=terms.machine,
        )
        timeouts = terms.timeouts
        self.association = Association(self.upper_layer, acse_timeout=timeouts.acse, network_timeout=timeouts.network)
        self.association.network_timeout_response = terms.network_timeout_response
        self.exchange = Exchange(
            self.association, dimse_timeout=timeouts.dimse, open_sink=self._open_sink, limits=terms.limits
        )
        self.exchange.on_message = terms.on_message
        self.user = User(self.exchange)
        storage = terms.storage
        self.provider = Provider(
            self.exchange,
            self.calls,
            SameAssociation(self.user),
            partial(terms.move_to, self),
            None if storage is None else storage.finish,
            terms.on_refused,
        )
        self.exchange.handle = self.provider.handle
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the association is over, the connection closed, and no handler runs any more."""
        self.terms = terms
        self._noted: DulcimerError | None = None
        self._notifier: Notifier | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._fail_operations, self._drop_unfinished = self.association.on_over, self.association.on_end
        self.association.on_accepted = self.established
        self.association.on_over = self._on_over
        self.association.on_end = self._on_end
        self.watch()

    @property
    def remote(self) -> Party:
        """The other end."""
        return self.acceptor if self.mode == "requestor" else self.requestor

    @property
    def error(self) -> DulcimerError | None:
        """The first that went wrong: a request on the association, or the association itself; None if nothing did."""
        end = self.association.end
        return self._noted or (None if end is None else end.error)

    # Its beginning

    async def open(
        self,
        pdu: AssociateRq,
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None = None,
        server_hostname: str | None = None,
        local_address: tuple[str, int] | None = None,
        connection: socket.socket | None = None,
    ) -> None:
        """Request the association; raises as `Association.request` does, with everything closed."""
        self.requestor.pdu = pdu
        self.where = f"{host} port {port}"
        called, calling = pdu.called_ae_title.strip(" "), pdu.calling_ae_title.strip(" ")
        tell("requesting an association with %s at %s:%d, as %s", called, host, port, calling)
        self.calls.notify(evt.EVT_REQUESTED)
        try:
            await self.association.request(
                pdu,
                host,
                port,
                tls=tls,
                server_hostname=server_hostname,
                local_address=local_address,
                connection=connection,
                connect_timeout=self.terms.timeouts.connect,
            )
        except BaseException as error:
            if isinstance(error, AssociationRejected):
                self.acceptor.pdu = AssociateRj(error.result, error.source, error.reason)
            if isinstance(error, DulcimerError):
                error.add_note(f"The association was requested with {called} at {self.where}, as {calling}.")
                self._noted = error
            if self.association.ended.done() or not self.upper_layer.is_idle:
                await asyncio.shield(self.leave())
            else:  # the request cannot be written, so that nothing was begun
                self._close()
            raise

    def established(self, answer: AssociateAc) -> None:
        """The association was accepted."""
        self.acceptor.pdu = answer
        if self.mode == "requestor":
            accepted, refused = self.association.accepted_contexts, self.association.refused_contexts
            of = len(accepted) + len(refused)
            tell("association accepted with %d of %d presentation contexts", len(accepted), of)
        self.locate()
        self.calls.notify(evt.EVT_ACCEPTED)
        self.calls.notify(evt.EVT_ESTABLISHED)

    def locate(self) -> None:
        """Tell both ends of the connection, which knows their addresses."""
        self.requestor.stream = self.acceptor.stream = self.association.driver.stream
        if not self.where and (address := self._peer_address()) is not None:
            self.where = f"{address[0]} port {address[1]}"

    # Its handlers

    def watch(self) -> None:
        """Watch the layers below while there is a handler that wants to know."""
        wanted = self.calls.wants(*OBSERVED)
        if wanted == (self._notifier is not None):
            return
        self._notifier = Notifier(self.calls, self.terms.upper_layer, self._peer_address) if wanted else None
        given = self.terms.observer
        if given is not None and self._notifier is not None:
            self.upper_layer.observer = Observers(given, self._notifier)
        else:
            self.upper_layer.observer = given or self._notifier

    def spawn(self, work: Any) -> None:
        """Do it in a task of this association."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    # Its end

    def note(self, error: DulcimerError) -> None:
        """Keep and log why the association, or a request on it, failed."""
        shortened(error)
        if self.error is None:
            self._noted = error
        request = self.requestor.pdu
        if isinstance(request, AssociateRq):
            called, calling = request.called_ae_title.strip(), request.calling_ae_title.strip()
            logger.error("association of %s with %s at %s: %s", calling, called, self.where, error)
        else:
            logger.error("%s", error)

    async def leave(self) -> None:
        """Wait a moment for the peer to close the connection, then go."""
        if not await self.association.wait_ended(ABORT_GRACE):
            self.association.drop()
            await self.association.wait_ended(None)

    async def abort(self, *, block: bool = True) -> None:
        """Abort; wait until the connection is closed and the handlers have been told, but not in a handler."""
        self.association.abort()
        if block and not self.calls.in_handler:
            await self.leave()
            await self._quiet()
        else:
            self.spawn(self.leave())

    async def release(self) -> None:
        """Release in order; raises AssociationAborted or AssociationTimeout if it ends otherwise."""
        await self.association.release()
        await self._quiet()

    async def try_release(self) -> None:
        """Release in order if that is possible; if it fails, `error` says why."""
        if self.association.is_established:
            try:
                await self.release()
            except AssociationError as error:
                self.note(error)
                await self.leave()

    async def shut(self, grace: float) -> None:
        """Abort, and give handlers that run `grace` seconds to return; those that wait in the loop are cancelled."""
        self.association.abort()
        await self.leave()
        if not self.calls.in_handler:
            await self.exchange.finish(grace)
            await asyncio.wait((self.closed,), timeout=grace)

    def leave_to_parent(self) -> None:
        """In a process that was forked: the peer must see the connection close when the parent closes it."""
        stream = self.association.driver.stream
        if isinstance(stream, TcpStream):
            stream.leave_to_parent()

    # Inside

    async def _quiet(self) -> None:
        """Wait until the handlers have been told; also until all is closed, if no request keeps a handler busy."""
        await self.calls.settled()
        if not (self.closed.done() or self.exchange.is_answering or self.calls.in_handler):
            await asyncio.shield(self.closed)

    def _peer_address(self) -> tuple[str, int] | None:
        stream = self.association.driver.stream
        return None if stream is None else stream.peer_address

    def _open_sink(self, context_id: int, command: CommandSet) -> Sink:
        terms = self.terms
        limits = terms.limits
        if command.command_field != CStoreRq.command_field:
            kind = limits.identifier if command.command_field in _WITH_IDENTIFIER else limits.information
            return MemorySink(keep=kind.length, kept_by=f"{kind.name}_length", budget=terms.budget)
        if terms.storage is None and not terms.receive_into_files:
            return MemorySink(None, keep=limits.instance_length, kept_by="instance_length")
        context = self.association.accepted_contexts[context_id]
        peer = self.association.peer
        source = "" if peer is None else peer.ae_title
        if terms.storage is not None:
            return terms.storage.open_sink(context, command, source)
        path = Path(tempfile.gettempdir()) / f"dulcimer-{os.getpid()}-{next(_file_numbers)}{PART}"
        sop_class, instance = command.value("affected_sop_class_uid"), command.value("affected_sop_instance_uid")
        return FileSink(path, str(sop_class or ""), str(instance or ""), context.transfer_syntax, source)

    def _on_over(self) -> None:
        self._fail_operations()
        self.on_over()
        end = self.association.end
        if end is None:
            return
        if end.error is not None and self.mode == "acceptor":
            logger.info("association from %s ended: %s", self.requestor.ae_title or "?", end.error)
        if end.how is Over.RELEASED:
            tell("association released")
        self.calls.notify(_NOTIFIED[end.how])

    def _on_end(self) -> None:
        self._drop_unfinished()
        if self.association.driver.stream is not None and self.calls.wants(evt.EVT_CONN_CLOSE):
            self.calls.notify(evt.EVT_CONN_CLOSE, address=self._peer_address())
        if self.exchange.is_answering or self.calls.is_telling:
            self.spawn(self._wind_up())
        else:
            self._close()

    async def _wind_up(self) -> None:
        await self.exchange.finish(None)
        await self.calls.settled()
        self._close()

    def _close(self) -> None:
        if not self.closed.done():
            self.closed.set_result(None)
            self.on_closed()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("a task of an association failed", exc_info=task.exception())
