"""One association over one connection: the local user of the upper layer (PS3.8 7)."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias, TypeVar

from dulcimer._generated.codes import describe_abort, describe_rejection
from dulcimer._generated.fsm import States
from dulcimer.acse.end import End, Over
from dulcimer.acse.indications import Indications
from dulcimer.acse.negotiation import AcceptedContext, PeerInformation, RefusedContext, outcome, windows
from dulcimer.errors import (
    AssociationAborted,
    AssociationError,
    AssociationRejected,
    AssociationTimeout,
    LocalProtocolError,
)
from dulcimer.fsm.primitives import (
    AbortIndication,
    AbortRequest,
    AssociateAccept,
    AssociateConfirmation,
    AssociateIndication,
    AssociateReject,
    AssociateRequest,
    Indication,
    PAbortIndication,
    PDataIndication,
    Pdv,
    ReleaseConfirmation,
    ReleaseIndication,
    ReleaseRequest,
    ReleaseResponse,
    Request,
)
from dulcimer.transport.driver import Driver
from dulcimer.transport.tcp import open_connection
from dulcimer.upper_layer.provider import UpperLayer
from dulcimer.wire.model import AssociateAc, AssociateRj, AssociateRq

logger = logging.getLogger("dulcimer.acse")

ABORT_GRACE = 1.0
"""Seconds that an aborting end waits for the peer to close the connection before it goes."""

_Result = TypeVar("_Result")
NetworkTimeoutResponse: TypeAlias = Literal["A-ABORT", "A-RELEASE"]


class Association:
    """Request, accept, reject, release and abort one association; hand on its P-DATA.

    Set `on_request` (acceptor), `on_accepted` (requestor) and `p_data` before the connection opens. `on_release` is
    called when the peer asks for release; by default the release is confirmed at once. `on_over` is called when the
    association is released, rejected or aborted, `on_end` when the connection is closed, too. Times are in seconds,
    None is for ever.
    """

    def __init__(
        self,
        upper_layer: UpperLayer,
        *,
        acse_timeout: float | None = 30.0,
        network_timeout: float | None = None,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.acse_timeout = acse_timeout
        self.network_timeout_response: NetworkTimeoutResponse = "A-ABORT"
        """What happens after `network_timeout` seconds in which nothing was received and nothing was to be done."""
        self.accepted_contexts: dict[int, AcceptedContext] = {}
        self.refused_contexts: tuple[RefusedContext, ...] = ()
        self.peer: PeerInformation | None = None
        self.invoke_window = 1
        """Operations that this end may have outstanding, 0 for any number (PS3.7 D.3.3.3)."""
        self.perform_window = 1
        """Operations of the peer that this end performs side by side, 0 for any number (PS3.7 D.3.3.3)."""
        self.on_request: Callable[[AssociateRq], None] = lambda _: self.abort()
        self.on_accepted: Callable[[AssociateAc], None] = lambda _: None
        self.on_release: Callable[[], None] = self.confirm_release
        self.on_over: Callable[[], None] = lambda: None
        self.on_end: Callable[[], None] = lambda: None
        self.is_busy: Callable[[], bool] = lambda: False
        """Whether operations are under way, so that silence is no sign that the association is idle."""
        self.end: End | None = None
        """How the association ended, as the local user sees it; None before, and where there never was one."""
        self.p_data: Callable[[Sequence[Pdv]], bool | None] = lambda _: self.abort()
        """Takes what came; False says that the peer got no further with it, so that it counts as silent."""
        self.ended: asyncio.Future[None] = loop.create_future()
        """Done when the association is over and the connection closed."""
        self.indications = Indications()
        """What the upper layer has told of release and abort, for those who ask."""
        self.driver = Driver(upper_layer, self._indicate, ended=self._end)
        self._loop = loop
        self._request: AssociateRq | None = None
        self._answer: asyncio.Future[AssociateAc] | None = None
        self._release: asyncio.Future[None] | None = None
        self._idle_timer: asyncio.TimerHandle | None = None
        self._grace_timer: asyncio.TimerHandle | None = None
        self._idle_release: asyncio.Task[None] | None = None
        self._network_timeout = network_timeout
        self._active_at = loop.time()

    @property
    def active_at(self) -> float:
        """When the peer last got further, by the clock of the event loop in seconds."""
        return self._active_at

    @property
    def state(self) -> States:
        """The state of the upper layer machine."""
        return self.driver.upper_layer.state

    @property
    def is_established(self) -> bool:
        """Whether data may flow both ways (Sta6)."""
        return self.driver.upper_layer.is_established

    def allows(self, kind: type[Request]) -> bool:
        """Whether the upper layer machine allows a request or response of this class now (PS3.8 Table 9-10)."""
        return self.driver.upper_layer.allows(kind)

    @property
    def network_timeout(self) -> float | None:
        """Seconds without anything received after which an idle association is given up; None is for ever."""
        return self._network_timeout

    @network_timeout.setter
    def network_timeout(self, seconds: float | None) -> None:
        """Set it, in any thread; `watch_anew`, in the loop, makes it hold for the time that runs already."""
        self._network_timeout = seconds

    def watch_anew(self) -> None:
        """Give up after the network timeout that holds now."""
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None
        if self.is_established:
            self._watch_idle()

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
        """Connect, or take over a `connection`, and request the association; return the peer's A-ASSOCIATE-AC.

        `server_hostname` is the name that the peer's certificate must have, by default `host`.
        Raises TransportError, AssociationRejected, AssociationAborted or AssociationTimeout.
        """
        self._answer = self._loop.create_future()
        self._request = pdu
        self.driver.send(AssociateRequest(pdu))
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
            return await self._within(self._answer, self.acse_timeout, "the answer to the association request")
        finally:
            if not self._answer.done():
                self.abort()
                self._answer.cancel()
            elif not self._answer.cancelled():
                self._answer.exception()

    async def release(self) -> None:
        """Release the association in order and wait until the connection is closed.

        Raises AssociationAborted if it ends otherwise, AssociationTimeout after `acse_timeout`.
        """
        if self.end is not None and self.end.error is not None:
            raise self.end.error
        if self.allows(ReleaseRequest):
            self._release = self._loop.create_future()
            self.driver.send(ReleaseRequest())
            await self._within(self._release, self.acse_timeout, "the answer to the release request")
        await self._within(asyncio.shield(self.ended), self.acse_timeout, "the end of the connection")

    # Acceptor

    def accept(self, pdu: AssociateAc, accepted: Sequence[AcceptedContext], request: AssociateRq) -> None:
        """Accept the association that was requested."""
        self.accepted_contexts = {context.context_id: context for context in accepted}
        self.perform_window, self.invoke_window = windows(pdu)
        self.peer = PeerInformation.of(request)
        self.driver.send(AssociateAccept(pdu))
        self._watch_idle()

    def reject(self, pdu: AssociateRj, why: str = "") -> None:
        """Reject the association that was requested; `why` is for those who watch."""
        self.driver.send(AssociateReject(pdu, why))
        self._conclude(End(Over.REJECTED))

    def confirm_release(self) -> None:
        """Answer the peer's release request; in a release collision, in the order of PS3.8 7.2.2."""
        if self.allows(ReleaseResponse):
            self.driver.send(ReleaseResponse())
            if not self.allows(AbortRequest):  # where it is, the peer's own response is still to come
                self._conclude(End(Over.RELEASED))

    # Both

    def abort(self, error: AssociationError | None = None, request: AbortRequest | None = None) -> None:
        """Abort the association (A-ABORT, source service-user); nothing happens where it is over already.

        `error` says why, where there is more to say than that this end aborted. `request` is issued instead of that of
        the service-user. A peer that does not close the
        connection within `ABORT_GRACE` seconds is not waited for.
        """
        if self.end is not None:
            return
        ours = "the association was aborted by this end"
        self._fail(error or AssociationAborted(ours, source=0, reason=0, by_this_end=True))
        try:
            self.driver.send(request or AbortRequest())
        except LocalProtocolError:
            logger.debug("nothing to abort in %s", self.state.label)
        if not self.ended.done():
            self._grace_timer = self._loop.call_later(ABORT_GRACE, self.drop)

    def drop(self) -> None:
        """Close the connection without waiting for the peer to do it."""
        if self.driver.stream is not None:
            self.driver.stream.close()

    async def wait_ended(self, timeout: float | None) -> bool:
        """Wait until the connection is closed; False if that takes longer than `timeout`."""
        done, _ = await asyncio.wait((self.ended,), timeout=timeout)
        return bool(done)

    # Inside

    def _indicate(self, primitive: Indication) -> None:
        if not isinstance(primitive, PDataIndication):
            self._active_at = self._loop.time()
            self.indications.put(primitive)
        match primitive:
            case PDataIndication(values):
                # What came in the same turn as that for which this end has aborted is not looked at (PS3.8 7.3.1).
                if self.end is None and self.p_data(values) is not False:
                    self._active_at = self._loop.time()
            case AssociateIndication(pdu):
                if self.allows(AssociateAccept):  # a PDU right behind the request may have ended it already
                    self.on_request(pdu)
            case AssociateConfirmation(AssociateAc() as pdu):
                self._accepted(pdu)
            case AssociateConfirmation(AssociateRj() as pdu):
                self._fail(
                    AssociationRejected(
                        describe_rejection(pdu.result, pdu.source, pdu.reason),
                        result=pdu.result,
                        source=pdu.source,
                        reason=pdu.reason,
                    )
                )
            case ReleaseIndication():
                self.on_release()
            case ReleaseConfirmation():
                if self._release is not None and not self._release.done():
                    self._release.set_result(None)
                self.confirm_release()
                self._conclude(End(Over.RELEASED))
            case AbortIndication(pdu):
                message = f"the peer aborted: {describe_abort(pdu.source, pdu.reason)}"
                unanswered = self._is_unanswered
                self._fail(AssociationAborted(message, source=pdu.source, reason=pdu.reason, unanswered=unanswered))
            case PAbortIndication(pdu, problem):
                self._fail(self._provider_abort(pdu.source if pdu else None, pdu.reason if pdu else None, problem))

    def _accepted(self, answer: AssociateAc) -> None:
        """Take over what was negotiated, before the P-DATA that may come in the same turn."""
        assert self._request is not None
        accepted, self.refused_contexts = outcome(self._request, answer)
        self.accepted_contexts = {context.context_id: context for context in accepted}
        self.invoke_window, self.perform_window = windows(answer)
        self.peer = PeerInformation.of(answer)
        self._watch_idle()
        self.on_accepted(answer)
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    def _provider_abort(self, source: int | None, reason: int | None, problem: str) -> AssociationAborted:
        unanswered = self._is_unanswered
        if source is None:
            detail = f": {self.driver.error}" if self.driver.error else " by the peer"
            before = "before the association request was answered" if unanswered else "without release or abort"
            lost = AssociationAborted(f"the connection was closed{detail}, {before}", unanswered=unanswered)
            lost.__cause__ = self.driver.error
            return lost
        if problem:
            other = self.driver.upper_layer.other_protocol
            what = "the peer broke the protocol" if other is None else f"the peer speaks {other.name} and not DICOM"
            speaks = "" if other is None else other.name
            text = f"aborted: {what}: {problem}"
            return AssociationAborted(text, source=source, reason=reason, by_this_end=True, speaks=speaks)
        text = f"the peer's upper layer aborted: {describe_abort(source, reason or 0)}"
        return AssociationAborted(text, source=source, reason=reason, unanswered=unanswered)

    @property
    def _is_unanswered(self) -> bool:
        """Whether this end has requested the association and waits for the answer."""
        return self._answer is not None and not self._answer.done()

    def _fail(self, error: AssociationError) -> None:
        self._give_up(error)
        self._conclude(End(Over.REJECTED if isinstance(error, AssociationRejected) else Over.ABORTED, error))

    def _conclude(self, end: End) -> None:
        if self.end is None:
            self.end = end
            self.on_over()

    def _give_up(self, error: AssociationError) -> None:
        for future in (self._answer, self._release):
            if future is not None and not future.done():
                future.set_exception(error)
                future.exception()

    def _end(self) -> None:
        for timer in (self._idle_timer, self._grace_timer):
            if timer is not None:
                timer.cancel()
        self._give_up(AssociationAborted("the association is over"))
        self.indications.end()
        if not self.ended.done():
            self.ended.set_result(None)
        self.on_end()

    async def _within(self, future: asyncio.Future[_Result], seconds: float | None, what: str) -> _Result:
        try:
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError:
            error = AssociationTimeout(f"{what} did not come within {seconds:g} s", seconds=seconds or 0)
            self.abort(error)
            raise error from None

    def _watch_idle(self) -> None:
        """Give up after `network_timeout` seconds in which nothing was received and nothing was under way."""
        self._idle_timer = None
        seconds = self._network_timeout
        if seconds is None or not self.is_established:
            return
        now = self._loop.time()
        if self.is_busy():
            self._active_at = now
        due = self._active_at + seconds
        if now < due:
            self._idle_timer = self._loop.call_at(due, self._watch_idle)
            return
        logger.info("nothing received for %g s: %s", seconds, self.network_timeout_response)
        if self.network_timeout_response == "A-RELEASE":
            self._idle_release = self._loop.create_task(self._release_idle())
        else:
            text = f"nothing was received for {seconds:g} s: the association was aborted by this end"
            self.abort(AssociationAborted(text, source=0, reason=0, by_this_end=True))

    async def _release_idle(self) -> None:
        try:
            await self.release()
        except AssociationError as error:
            logger.info("the idle association could not be released: %s", error)
