"""One association with its layers, its handlers, its beginning and its end."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from functools import partial
from typing import Any

from dulcimer import events as evt
from dulcimer.acse.driven import DrivenAssociation
from dulcimer.acse.end import AssociationEnd, Over
from dulcimer.ae.core.notifications import OBSERVED, Notifier
from dulcimer.ae.core.party import Mode, Party
from dulcimer.ae.core.receiving import sink_for
from dulcimer.ae.core.terms import Terms
from dulcimer.dimse.command_set import CommandSet
from dulcimer.dimse.exchange import Exchange
from dulcimer.dimse.messages import Message, Sink
from dulcimer.dimse.user import Answers, ExchangeUser
from dulcimer.errors import AssociationError, AssociationRejected, DulcimerError, TransportError
from dulcimer.logging_setup import shortened
from dulcimer.services.calls import Calls
from dulcimer.services.provider import Provider
from dulcimer.services.retrieval import StoreTarget
from dulcimer.services.same_association import SameAssociation
from dulcimer.services.user import User
from dulcimer.transport.tcp import TcpStream
from dulcimer.upper_layer.fault_injection import upper_layer_of
from dulcimer.upper_layer.observer import together
from dulcimer.wire.model import AssociateAc, AssociateRj, AssociateRq

logger = logging.getLogger("dulcimer.ae")

_NOTIFIED = {Over.RELEASED: evt.EVT_RELEASED, Over.REJECTED: evt.EVT_REJECTED, Over.ABORTED: evt.EVT_ABORTED}


class SessionUser:
    """The owner of a session, given when the session is made; the session calls it for events and decisions.

    To add to what a user does, give one that delegates to it.
    """

    def facade(self, session: Session) -> Any:  # noqa: ARG002
        """The association that handlers get with an event. Called once, at the end of `Session.__init__`."""
        return None

    def on_request(self, session: Session, request: AssociateRq) -> None:  # noqa: ARG002
        """The peer requested the association: accept or reject it, now or later. By default it is aborted."""
        session.association.abort()

    def on_over(self, session: Session) -> None:
        """The association was released, rejected or aborted; handlers have not been called for that yet."""

    def on_closed(self, session: Session) -> None:
        """The connection is closed, and no handler runs any more."""

    def answer(self, session: Session, message: Message, request: Any) -> Answers:
        """Answer a request of the peer. By default the handlers of the session do."""
        return session.provider.handle(message, request)

    async def move_to(self, session: Session, destination: tuple[Any, ...], request: Any) -> StoreTarget:  # noqa: ARG002
        """Request an association with the C-MOVE destination that the handler gave. Raises TransportError or
        AssociationError.
        """
        raise TransportError("this end does not open associations for C-MOVE")


class Session(ExchangeUser):
    """The layers of one association and its handlers, joined, for a `user` such as a server."""

    def __init__(self, mode: Mode, terms: Terms, handlers: evt.Handlers, user: SessionUser | None = None) -> None:
        self.mode: Mode = mode
        self._user = user or SessionUser()
        self.requestor = Party("requestor")
        self.acceptor = Party("acceptor")
        (self.requestor if mode == "requestor" else self.acceptor).is_local = True
        self.where = ""
        """Host and port of the other end in words, "" while they are not known."""
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
        associate = partial(
            DrivenAssociation,
            self.upper_layer,
            acse_timeout=timeouts.acse,
            network_timeout=timeouts.network,
            network_timeout_response=terms.network_timeout_response,
            abort_grace=terms.abort_grace,
        )
        self.exchange = Exchange(associate, self, dimse_timeout=timeouts.dimse, limits=terms.limits)
        self.association = self.exchange.association
        self.user = User(self.exchange, terms.switches)
        storage = terms.storage
        self.provider = Provider(
            self.exchange,
            self.calls,
            SameAssociation(self.user),
            partial(self._user.move_to, self),
            terms.switches,
            None if storage is None else storage.finish,
            terms.on_refused,
        )
        self.closed: asyncio.Future[None] = self.exchange.loop.create_future()
        """Done when the association is over, the connection closed, and no handler runs any more."""
        self.terms = terms
        self._request_error: DulcimerError | None = None
        self._notifier: Notifier | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.watch()
        facade = self._user.facade(self)
        self.calls.assoc = self.requestor.assoc = self.acceptor.assoc = facade

    @property
    def remote(self) -> Party:
        """The other end."""
        return self.acceptor if self.mode == "requestor" else self.requestor

    @property
    def error(self) -> DulcimerError | None:
        """The first error, of a request on the association or of the association itself; None if there was none."""
        end = self.association.end
        return self._request_error or (None if end is None else end.error)

    # Beginning

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
        """Request the association; raises as `DrivenAssociation.request` does, with everything closed."""
        self.requestor.pdu = pdu
        self.where = f"{host} port {port}"
        called, calling = pdu.called_ae_title.strip(" "), pdu.calling_ae_title.strip(" ")
        self.log("requesting an association with %s at %s:%d, as %s", called, host, port, calling)
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
                self._request_error = error
            if self.association.ended.done() or not self.upper_layer.is_idle:
                await asyncio.shield(self.leave())
            else:  # the request cannot be encoded, so nothing was opened
                self._close()
            raise

    def established(self, answer: AssociateAc) -> None:
        """The association was accepted."""
        self.acceptor.pdu = answer
        if self.mode == "requestor":
            accepted, refused = self.association.accepted_contexts, self.association.refused_contexts
            of = len(accepted) + len(refused)
            self.log("association accepted with %d of %d presentation contexts", len(accepted), of)
        self.locate()
        self.calls.notify(evt.EVT_ACCEPTED)
        self.calls.notify(evt.EVT_ESTABLISHED)

    def log(self, text: str, *arguments: object) -> None:
        """Log how the association begins or ends, unless a switch turns that off."""
        if self.terms.switches.log_handler_level != "none":
            logger.info(text, *arguments)

    def locate(self) -> None:
        """Give both ends the connection, which knows their addresses."""
        self.requestor.stream = self.acceptor.stream = self.association.driver.stream
        if not self.where and (address := self._peer_address()) is not None:
            self.where = f"{address[0]} port {address[1]}"

    # Handlers

    def watch(self) -> None:
        """Observe the layers below while a handler needs it."""
        wanted = self.calls.wants(*OBSERVED)
        if wanted == (self._notifier is not None):
            return
        self._notifier = Notifier(self.calls, self.terms.upper_layer, self._peer_address) if wanted else None
        self.upper_layer.observer = together(self.terms.observer, self._notifier)

    def spawn(self, work: Any) -> None:
        """Run `work` in a task of this association."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    # End

    def note(self, error: DulcimerError) -> None:
        """Keep and log why the association, or a request on it, failed."""
        shortened(error)
        if self.error is None:
            self._request_error = error
        request = self.requestor.pdu
        if isinstance(request, AssociateRq):
            called, calling = request.called_ae_title.strip(), request.calling_ae_title.strip()
            logger.error("association of %s with %s at %s: %s", calling, called, self.where, error)
        else:
            logger.error("%s", error)

    async def leave(self) -> None:
        """Wait a moment for the peer to close the connection, then close it."""
        if not await self.association.wait_ended(self.terms.abort_grace):
            self.association.drop()
            await self.association.wait_ended(None)

    async def abort(self, *, block: bool = True) -> None:
        """Abort; wait until the connection is closed and the handlers have been called, but not in a handler."""
        self.association.abort()
        if block and not self.calls.in_handler:
            await self.leave()
            await self._handlers_called()
        else:
            self.spawn(self.leave())

    async def release(self) -> None:
        """Release; raises AssociationAborted or AssociationTimeout if it ends otherwise."""
        await self.association.release()
        await self._handlers_called()

    async def try_release(self) -> None:
        """Release if that is possible; if it fails, `error` says why."""
        if self.association.is_established:
            try:
                await self.release()
            except AssociationError as error:
                self.note(error)
                await self.leave()

    async def shut(self, grace: float) -> None:
        """Abort, and give running handlers `grace` seconds to return; those that wait in the loop are cancelled."""
        self.association.abort()
        await self.leave()
        if not self.calls.in_handler:
            await self.exchange.finish(grace)
            await asyncio.wait((self.closed,), timeout=grace)

    def leave_to_parent(self) -> None:
        """Called in a forked process: the peer must see the connection close when the parent closes it."""
        stream = self.association.driver.stream
        if isinstance(stream, TcpStream):
            stream.leave_to_parent()

    # Called by the exchange

    def on_request(self, association: DrivenAssociation, request: AssociateRq) -> None:  # noqa: ARG002 - the only one
        """The peer requested the association."""
        self._user.on_request(self, request)

    def on_accepted(self, association: DrivenAssociation, answer: AssociateAc) -> None:  # noqa: ARG002 - the only one
        """The peer has accepted the association."""
        self.established(answer)

    def on_message(self, how: str, message: Any) -> None:
        """Log a message that was sent or received."""
        if self.terms.on_message is not None:
            self.terms.on_message(how, message)

    def answer(self, message: Message, request: Any) -> Answers:
        """Answer a request of the peer."""
        return self._user.answer(self, message, request)

    def open_sink(self, context_id: int, command: CommandSet) -> Sink:
        """Where the data set of a message goes."""
        peer = self.association.peer
        source = "" if peer is None else peer.ae_title
        return sink_for(self.terms, command, self.association.accepted_contexts[context_id], source)

    def on_over(self, association: DrivenAssociation, end: AssociationEnd) -> None:  # noqa: ARG002 - the only one
        """The association is over: call the handlers."""
        self._user.on_over(self)
        if end.error is not None and self.mode == "acceptor":
            logger.info("association from %s ended: %s", self.requestor.ae_title or "?", end.error)
        if end.how is Over.RELEASED:
            self.log("association released")
        self.calls.notify(_NOTIFIED[end.how])

    def on_closed(self, association: DrivenAssociation) -> None:  # noqa: ARG002 - the only one
        """The connection is closed; the session closes when no handler runs any more."""
        if self.association.driver.stream is not None and self.calls.wants(evt.EVT_CONN_CLOSE):
            self.calls.notify(evt.EVT_CONN_CLOSE, address=self._peer_address())
        if self.exchange.is_answering or self.calls.is_notifying:
            self.spawn(self._close_after_handlers())
        else:
            self._close()

    # Internal

    async def _handlers_called(self) -> None:
        """Wait until the handlers have been called; also until all is closed, if no handler is busy with a request."""
        await self.calls.settled()
        if not (self.closed.done() or self.exchange.is_answering or self.calls.in_handler):
            await asyncio.shield(self.closed)

    def _peer_address(self) -> tuple[str, int] | None:
        stream = self.association.driver.stream
        return None if stream is None else stream.peer_address

    async def _close_after_handlers(self) -> None:
        await self.exchange.finish(None)
        await self.calls.settled()
        self._close()

    def _close(self) -> None:
        if not self.closed.done():
            self.closed.set_result(None)
            self._user.on_closed(self)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("a task of an association failed", exc_info=task.exception())
