"""Association control (PS3.8 7), sans-IO: one association as its user sees it, over an `UpperLayer`.

Bytes and the time go in, events and bytes come out. It is driven like the `UpperLayer` below it: the owner calls the
same methods, takes `next_event()` until it is None, writes `data_to_send()`, opens or closes the transport if
`open_requested` or `close_requested` says so, and calls `handle_timeout` at `next_deadline()`. Times are in seconds,
None is forever.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal, TypeAlias

from dulcimer.acse import end_errors
from dulcimer.acse.above_upper_layer import AboveUpperLayer
from dulcimer.acse.deadlines import Deadlines
from dulcimer.acse.end import AssociationEnd, Over
from dulcimer.acse.indications import Indications
from dulcimer.acse.negotiation import AcceptedContext, PeerInformation, RefusedContext, outcome, windows
from dulcimer.errors import (
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
    ReleaseConfirmation,
    ReleaseIndication,
    ReleaseRequest,
    ReleaseResponse,
    Request,
)
from dulcimer.upper_layer.provider import UpperLayer
from dulcimer.wire.model import Abort, AssociateAc, AssociateRj, AssociateRq, Buffer

logger = logging.getLogger("dulcimer.acse")

ABORT_GRACE = 1.0
"""Seconds that an aborting end waits for the peer to close the connection before it closes it itself."""

NetworkTimeoutResponse: TypeAlias = Literal["A-ABORT", "A-RELEASE"]


@dataclass(frozen=True, slots=True)
class Silence:
    """The network timeout has expired; the user answers with `AssociationControl.after_silence`."""


ControlEvent: TypeAlias = (
    AssociateIndication
    | AssociateConfirmation
    | PDataIndication
    | ReleaseIndication
    | ReleaseConfirmation
    | Silence
    | AssociationEnd
)
"""Events for the user of an association. A confirmation has an A-ASSOCIATE-AC; the -RJ becomes an `AssociationEnd`."""


class _Wait(Enum):
    """Waits that have a deadline."""

    ANSWER = auto()
    RELEASE = auto()
    SILENCE = auto()
    CLOSE = auto()


class AssociationControl(AboveUpperLayer):
    """Requests, accepts, rejects, releases and aborts one association, and hands on its P-DATA.

    `acse_timeout` is for the answer to an association request or a release request. If nothing is received for
    `network_timeout` and no operation is under way, the association is aborted or released, as
    `network_timeout_response` says. After an abort the peer has `abort_grace` to close the connection. The timeouts may
    be changed at any time.
    """

    def __init__(
        self,
        upper_layer: UpperLayer,
        *,
        acse_timeout: float | None = 30.0,
        network_timeout: float | None = None,
        network_timeout_response: NetworkTimeoutResponse = "A-ABORT",
        abort_grace: float | None = ABORT_GRACE,
    ) -> None:
        super().__init__(upper_layer)
        self.acse_timeout = acse_timeout
        self.network_timeout = network_timeout
        """Applies from the next wait on; `restart_network_timeout` applies it at once."""
        self.network_timeout_response: NetworkTimeoutResponse = network_timeout_response
        self.abort_grace = abort_grace
        self.accepted_contexts: dict[int, AcceptedContext] = {}
        self.refused_contexts: tuple[RefusedContext, ...] = ()
        self.peer: PeerInformation | None = None
        self.invoke_window = 1
        """Operations that this end may have outstanding, 0 for any number (PS3.7 D.3.3.3)."""
        self.perform_window = 1
        """Operations of the peer that this end performs side by side, 0 for any number (PS3.7 D.3.3.3)."""
        self.end: AssociationEnd | None = None
        """How the association ended, as the local user sees it; None before, or if there never was one."""
        self.active_at = 0.0
        """When the peer last made progress."""
        self.indications = Indications()
        """Indications and confirmations of release and abort, kept until they are taken."""
        self._request: AssociateRq | None = None
        self._is_unanswered = False
        self._is_idle_released = False
        self._events: list[ControlEvent] = []  # few at a time, and a deque would take 600 bytes for each association
        self._deadlines: Deadlines[_Wait] = Deadlines()
        self._is_open = False
        self.now = 0.0
        """The time of the last input."""

    # The transport service, as of the upper layer (PS3.8 9.1)

    def transport_connected(self, now: float) -> None:
        """The transport connection is open; `acse_timeout` for the answer to an association request begins now."""
        self.now = now
        self._is_open = True
        self.upper_layer.transport_connected(now)
        if self._is_unanswered:
            self._deadlines.wait_for(_Wait.ANSWER, now, self.acse_timeout)

    def receive_data(self, data: Buffer, now: float) -> None:
        """Take bytes from the transport, cut anywhere; `data` may be reused once the events have been taken."""
        self.now = now
        self.upper_layer.receive_data(data, now)

    def transport_closed(self, now: float, error: Exception | None = None) -> None:
        """The transport connection was closed or lost, or could not be opened; `error` is None after a normal close."""
        self.now = now
        self._is_open = False
        self.upper_layer.transport_closed(now, error)
        self._deadlines.clear()

    # Time

    def next_deadline(self) -> float | None:
        """When `handle_timeout` has something to do, in the seconds of `now`; None while nothing is waited for."""
        artim, own = self.upper_layer.next_deadline(), self._deadlines.next
        if own is None or artim is None:
            return artim if own is None else own
        return min(artim, own)

    def handle_timeout(self, now: float) -> None:
        """Act on each deadline that has passed."""
        self.now = now
        self.upper_layer.handle_timeout(now)
        for wait, seconds in self._deadlines.over(now):
            self._expire(wait, seconds, now)

    def expire(self, now: float) -> None:
        """Let ARTIM expire (Evt18), early if it runs."""
        self.now = now
        self.upper_layer.expire(now)

    # The user of the association (PS3.8 7)

    def next_event(self) -> ControlEvent | None:
        """The next event for the user, None if there is none. After an `AssociationEnd` no P-DATA comes."""
        while not self._events:
            indication = self.upper_layer.next_event()
            if indication is None:
                return None
            if type(indication) is not PDataIndication:
                self._take(indication)
            elif self.end is None:
                # P-DATA that came together with the reason for which this end aborted is ignored (PS3.8 7.3.1).
                return indication
        return self._events.pop(0)

    def send(self, primitive: Request, now: float) -> None:
        """Issue a primitive, such as P-DATA. Raises as `UpperLayer.send` does."""
        self.upper_layer.send(primitive, now)

    def progress(self) -> None:
        """The P-DATA received counts as progress: the peer is not silent."""
        self.active_at = self.now

    def request(self, pdu: AssociateRq, now: float) -> None:
        """Request the association and its transport connection. Raises LocalProtocolError or EncodeError."""
        self.now = now
        self._request = pdu
        self.upper_layer.send(AssociateRequest(pdu), now)
        self._is_unanswered = True

    def accept(self, pdu: AssociateAc, accepted: Sequence[AcceptedContext], request: AssociateRq, now: float) -> None:
        """Accept the association that was requested. Raises LocalProtocolError or EncodeError."""
        self.accepted_contexts = {context.context_id: context for context in accepted}
        self.perform_window, self.invoke_window = windows(pdu)
        self.peer = PeerInformation.of(request)
        self.upper_layer.send(AssociateAccept(pdu), now)
        self._watch_silence()

    def reject(self, pdu: AssociateRj, why: str, now: float) -> None:
        """Reject the association that was requested; `why` is for observers. Raises LocalProtocolError."""
        self.upper_layer.send(AssociateReject(pdu, why), now)
        self._conclude(AssociationEnd(Over.REJECTED))

    def release(self, now: float) -> None:
        """Ask for release; the answer may take `acse_timeout`. Raises LocalProtocolError if that is not allowed."""
        self.upper_layer.send(ReleaseRequest(), now)
        self._deadlines.wait_for(_Wait.RELEASE, now, self.acse_timeout)

    def confirm_release(self, now: float) -> None:
        """Answer the peer's release request; in a release collision, in the order of PS3.8 7.2.2."""
        if self.allows(ReleaseResponse):
            self.upper_layer.send(ReleaseResponse(), now)
            if not self.allows(AbortRequest):  # if it is, the peer's own response is still to come
                self._conclude(AssociationEnd(Over.RELEASED))

    def abort(self, now: float, error: AssociationError | None = None, request: AbortRequest | None = None) -> None:
        """Abort the association (A-ABORT, source service-user); does nothing if it is over.

        `error` says why; by default it says only that this end aborted. `request` is issued instead of an A-ABORT
        request of the service-user.
        """
        if self.end is not None:
            return
        self._fail(error or end_errors.aborted_by_this_end())
        try:
            self.upper_layer.send(request or AbortRequest(), now)
        except LocalProtocolError:
            logger.debug("nothing to abort in %s", self.state.label)
        if self._is_open:
            self._deadlines.wait_for(_Wait.CLOSE, now, self.abort_grace)

    def restart_network_timeout(self) -> None:
        """Restart the network timeout with its current value."""
        self._deadlines.forget(_Wait.SILENCE)
        self._watch_silence()

    def after_silence(self, *, is_busy: bool, now: float) -> None:
        """Answer to `Silence`: end the association, unless it has made progress or operations are under way."""
        seconds = self.network_timeout
        if seconds is None or not self.is_established:
            return
        if is_busy:
            self.active_at = now
        if now < self.active_at + seconds:
            self._watch_silence()
            return
        logger.info("nothing received for %g s: %s", seconds, self.network_timeout_response)
        if self.network_timeout_response == "A-RELEASE":
            self._is_idle_released = True
            self.release(now)
        else:
            self.abort(now, end_errors.aborted_by_this_end(f"nothing was received for {seconds:g} s"))

    # Inside

    def _take(self, primitive: Indication) -> None:
        self.active_at = self.now
        self.indications.put(primitive)
        match primitive:
            case AssociateIndication():
                if self.allows(AssociateAccept):  # a PDU directly after the request may have ended it already
                    self._events.append(primitive)
            case AssociateConfirmation(AssociateAc() as pdu):
                self._accepted(pdu)
                self._events.append(primitive)
            case AssociateConfirmation(AssociateRj() as pdu):
                self._fail(end_errors.rejected(pdu))
            case ReleaseIndication():
                self._events.append(primitive)
            case ReleaseConfirmation():
                self._events.append(primitive)
                self.confirm_release(self.now)
                self._conclude(AssociationEnd(Over.RELEASED))
            case AbortIndication(pdu):
                self._fail(end_errors.aborted_by_peer(pdu, unanswered=self._is_unanswered))
            case PAbortIndication(None):
                self._fail(end_errors.lost(self.upper_layer.transport_error, unanswered=self._is_unanswered))
            case PAbortIndication(Abort() as pdu, problem):
                other = self.upper_layer.other_protocol
                self._fail(end_errors.aborted_by_provider(pdu, problem, other, unanswered=self._is_unanswered))

    def _accepted(self, answer: AssociateAc) -> None:
        """Take over what was negotiated, before any P-DATA of the same turn."""
        assert self._request is not None
        accepted, self.refused_contexts = outcome(self._request, answer)
        self.accepted_contexts = {context.context_id: context for context in accepted}
        self.invoke_window, self.perform_window = windows(answer)
        self.peer = PeerInformation.of(answer)
        self._is_unanswered = False
        self._deadlines.forget(_Wait.ANSWER)
        self._watch_silence()

    def _fail(self, error: AssociationError) -> None:
        self._conclude(AssociationEnd(Over.REJECTED if isinstance(error, AssociationRejected) else Over.ABORTED, error))

    def _conclude(self, end: AssociationEnd) -> None:
        if self.end is not None:
            return
        self.end = end
        self._is_unanswered = False
        self._deadlines.forget(_Wait.ANSWER, _Wait.RELEASE, _Wait.SILENCE)
        if self._is_idle_released and end.error is not None:
            logger.info("the idle association could not be released: %s", end.error)
        self._events.append(end)

    def _watch_silence(self) -> None:
        if self.network_timeout is not None and self.is_established:
            self._deadlines.wait_for(_Wait.SILENCE, self.active_at, self.network_timeout)

    def _expire(self, wait: _Wait, seconds: float, now: float) -> None:
        match wait:
            case _Wait.ANSWER:
                self._give_up("association", seconds, now)
            case _Wait.RELEASE:
                self._give_up("release", seconds, now)
            case _Wait.SILENCE:
                self._events.append(Silence())
            case _Wait.CLOSE:
                self.upper_layer.close_requested = True

    def _give_up(self, request: str, seconds: float, now: float) -> None:
        text = f"the answer to the {request} request did not come within {seconds:g} s"
        self.abort(now, AssociationTimeout(text, seconds=seconds, waited_for=request))
