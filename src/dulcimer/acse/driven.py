"""One association over one connection, for asyncio: `AssociationControl` with a driver; and its user."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence

from dulcimer._generated.fsm import States
from dulcimer.acse.control import ABORT_GRACE, AssociationControl, ControlEvent, NetworkTimeoutResponse, Silence
from dulcimer.acse.end import AssociationEnd, association_over_error
from dulcimer.acse.negotiation import AcceptedContext, PeerInformation, RefusedContext
from dulcimer.errors import AssociationError, AssociationTimeout
from dulcimer.fsm.primitives import (
    AbortRequest,
    AssociateConfirmation,
    AssociateIndication,
    Indication,
    PDataIndication,
    Pdv,
    ReleaseConfirmation,
    ReleaseIndication,
    ReleaseRequest,
    Request,
)
from dulcimer.transport.driver import Driver
from dulcimer.transport.tcp import open_connection
from dulcimer.upper_layer.provider import UpperLayer
from dulcimer.wire.model import AssociateAc, AssociateRj, AssociateRq

__all__ = ["ABORT_GRACE", "AssociationUser", "DrivenAssociation", "NetworkTimeoutResponse"]


class AssociationUser:
    """The user of associations (the service-user of PS3.8 7), given to each association when it is created.

    A subclass overrides what it needs. To observe more, wrap a user in another one that delegates to it.
    """

    def on_request(self, association: DrivenAssociation, request: AssociateRq) -> None:  # noqa: ARG002
        """The peer requests the association: accept or reject it, now or later. By default it is aborted."""
        association.abort()

    def on_accepted(self, association: DrivenAssociation, answer: AssociateAc) -> None:
        """The peer has accepted the association, and P-DATA may come next."""

    def on_data(self, association: DrivenAssociation, values: Sequence[Pdv]) -> bool:  # noqa: ARG002
        """P-DATA was received; its fragments are valid until this returns. By default the association is aborted.

        Returns whether the peer made progress with it: if not, it counts as silent.
        """
        association.abort()
        return True

    def on_release(self, association: DrivenAssociation) -> None:
        """The peer asks for release: confirm it, now or later. By default it is confirmed at once."""
        association.confirm_release()

    def on_over(self, association: DrivenAssociation, end: AssociationEnd) -> None:
        """The association was released, rejected or aborted; its connection may still be open."""

    def on_closed(self, association: DrivenAssociation) -> None:
        """The connection is closed, whether or not there was an association."""

    def is_busy(self, association: DrivenAssociation) -> bool:  # noqa: ARG002
        """Whether operations are under way, so that silence does not mean that the association is idle."""
        return False


class DrivenAssociation:
    """Requests, accepts, rejects, releases and aborts one association, and calls its `user` for each event.

    Times are in seconds, None is forever; see `AssociationControl` for the timeouts.
    """

    def __init__(
        self,
        upper_layer: UpperLayer,
        user: AssociationUser | None = None,
        *,
        acse_timeout: float | None = 30.0,
        network_timeout: float | None = None,
        network_timeout_response: NetworkTimeoutResponse = "A-ABORT",
        abort_grace: float | None = ABORT_GRACE,
    ) -> None:
        self.control = AssociationControl(
            upper_layer,
            acse_timeout=acse_timeout,
            network_timeout=network_timeout,
            network_timeout_response=network_timeout_response,
            abort_grace=abort_grace,
        )
        self.loop = asyncio.get_running_loop()
        """The event loop of the association; to ask asyncio for it costs a system call each time."""
        self.driver: Driver[ControlEvent] = Driver(self.control, self._handle_event, ended=self._close, clock=self.loop)
        self.ended: asyncio.Future[None] = self.loop.create_future()
        """Done when the association is over and the connection closed."""
        self._user = user or AssociationUser()
        self._answer: asyncio.Future[AssociateAc] | None = None
        self._released: asyncio.Future[None] | None = None
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def upper_layer(self) -> UpperLayer:
        """The service-provider below."""
        return self.control.upper_layer

    @property
    def state(self) -> States:
        """The state of the upper layer machine."""
        return self.control.state

    @property
    def is_established(self) -> bool:
        """Whether data may flow both ways (Sta6)."""
        return self.control.is_established

    def allows(self, kind: type[Request]) -> bool:
        """Whether the upper layer machine allows a request or response of this class now (PS3.8 Table 9-10)."""
        return self.control.allows(kind)

    @property
    def end(self) -> AssociationEnd | None:
        """How the association ended; None before, or if there never was one."""
        return self.control.end

    @property
    def accepted_contexts(self) -> dict[int, AcceptedContext]:
        """The presentation contexts in use, by ID."""
        return self.control.accepted_contexts

    @property
    def refused_contexts(self) -> tuple[RefusedContext, ...]:
        """The presentation contexts that this end proposed and the peer did not accept."""
        return self.control.refused_contexts

    @property
    def peer(self) -> PeerInformation | None:
        """What the peer says about itself; None before negotiation."""
        return self.control.peer

    # Requestor

    async def request(
        self,
        pdu: AssociateRq,
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None = None,
        server_hostname: str | None = None,
        local_address: tuple[str, int] | None = None,
        connection: socket.socket | None = None,
        connect_timeout: float | None = None,
    ) -> AssociateAc:
        """Connect, or use an open `connection`, and request the association; return the peer's A-ASSOCIATE-AC.

        `server_hostname` is the name that the peer's certificate must have, by default `host`.
        Raises TransportError, AssociationRejected, AssociationAborted or AssociationTimeout.
        """
        self._answer = self.loop.create_future()
        self.control.request(pdu, self.loop.time())
        try:
            await open_connection(
                self.driver,
                host,
                port,
                tls=tls,
                server_hostname=server_hostname,
                local_address=local_address,
                connection=connection,
                timeout=connect_timeout,
            )
            return await self._answer
        finally:
            if not self._answer.done():
                self.abort()
                self._answer.cancel()
            elif not self._answer.cancelled():
                self._answer.exception()

    async def release(self) -> None:
        """Release the association and wait until the connection is closed.

        Raises AssociationAborted if it is aborted instead, AssociationTimeout after `acse_timeout`.
        """
        if self.end is not None and self.end.error is not None:
            raise self.end.error
        if self.allows(ReleaseRequest):
            self._released = self.loop.create_future()
            self.control.release(self.loop.time())
            self.driver.turn()
            await self._released
        seconds = self.control.acse_timeout
        if not await self.wait_ended(seconds):
            text = f"the connection was not closed within {seconds:g} s"
            error = AssociationTimeout(text, seconds=seconds or 0, waited_for="close")
            self.abort(error)
            raise error

    # Acceptor

    def accept(self, pdu: AssociateAc, accepted: Sequence[AcceptedContext], request: AssociateRq) -> None:
        """Accept the association that was requested."""
        try:
            self.control.accept(pdu, accepted, request, self.loop.time())
        finally:
            self.driver.turn()

    def reject(self, pdu: AssociateRj, why: str = "") -> None:
        """Reject the association that was requested; `why` is for observers."""
        try:
            self.control.reject(pdu, why, self.loop.time())
        finally:
            self.driver.turn()

    def confirm_release(self) -> None:
        """Answer the peer's release request, if there is one; in a release collision, in the order of PS3.8 7.2.2."""
        self.control.confirm_release(self.loop.time())
        self.driver.turn()

    # Both

    def abort(self, error: AssociationError | None = None, request: AbortRequest | None = None) -> None:
        """Abort the association because of `error`; does nothing if it is over. See `AssociationControl.abort`."""
        self.control.abort(self.loop.time(), error, request)
        self.driver.turn()

    def drop(self) -> None:
        """Close the connection without waiting for the peer to do it."""
        if self.driver.stream is not None:
            self.driver.stream.close()

    def restart_network_timeout(self) -> None:
        """Restart the network timeout with its current value."""
        self.control.restart_network_timeout()
        self.driver.turn()

    async def wait_ended(self, timeout: float | None) -> bool:
        """Wait until the connection is closed; False if that takes longer than `timeout`."""
        done, _ = await asyncio.wait((self.ended,), timeout=timeout)
        return bool(done)

    async def next_indication(self, timeout: float | None) -> Indication | None:
        """Wait for the next indication or confirmation of release or abort, and take it.

        Returns None if none comes within `timeout`, or if none can come any more.
        """
        if self.control.indications.peek() is None and not self.ended.done():
            future: asyncio.Future[None] = self.loop.create_future()
            self._waiting.append(future)
            await asyncio.wait((future,), timeout=timeout)
        return self.control.indications.take()

    # Inside

    def _handle_event(self, event: ControlEvent) -> None:
        if type(event) is PDataIndication:
            if self._user.on_data(self, event.values):
                self.control.progress()
            return
        match event:
            case AssociateIndication(request):
                self._user.on_request(self, request)
            case AssociateConfirmation(AssociateAc() as answer):
                self._user.on_accepted(self, answer)
                if self._answer is not None and not self._answer.done():
                    self._answer.set_result(answer)
            case ReleaseIndication():
                self._user.on_release(self)
            case ReleaseConfirmation():
                if self._released is not None and not self._released.done():
                    self._released.set_result(None)
            case Silence():
                self.control.after_silence(is_busy=self._user.is_busy(self), now=self.loop.time())
            case AssociationEnd():
                if event.error is not None:
                    self._fail_futures(event.error)
                self._user.on_over(self, event)
        self._wake_waiters()

    def _close(self) -> None:
        self._fail_futures(association_over_error(self.end))
        if not self.ended.done():
            self.ended.set_result(None)
        self._wake_waiters()
        self._user.on_closed(self)

    def _fail_futures(self, error: AssociationError) -> None:
        for future in (self._answer, self._released):
            if future is not None and not future.done():
                future.set_exception(error)
                future.exception()

    def _wake_waiters(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)
