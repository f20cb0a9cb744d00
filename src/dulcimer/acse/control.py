"""Association control (PS3.8 7), sans-IO: one association as its user sees it, over an `UpperLayer`.

Bytes and the time go in, events and bytes come out, as from the `UpperLayer` below, which is driven through it: the
owner calls the same methods, takes `next_event()` until it is None, writes `data_to_send()`, opens or closes the
transport if `open_requested` or `close_requested` says so, and calls `handle_timeout` at `next_deadline()`. Times are
in seconds, None is for ever.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal, TypeAlias

from dulcimer._generated.fsm import States
from dulcimer.acse import causes
from dulcimer.acse.deadlines import Deadlines
from dulcimer.acse.end import End, Over
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
from dulcimer.upper_layer.observer import Observer
from dulcimer.upper_layer.provider import UpperLayer
from dulcimer.wire.model import Abort, AssociateAc, AssociateRj, AssociateRq, Buffer

logger = logging.getLogger("dulcimer.acse")

ABORT_GRACE = 1.0
"""Seconds that an aborting end waits for the peer to close the connection before it goes."""

NetworkTimeoutResponse: TypeAlias = Literal["A-ABORT", "A-RELEASE"]


@dataclass(frozen=True, slots=True)
class Silence:
    """The network timeout has run: say with `AssociationControl.after_silence` whether operations are under way."""


ControlEvent: TypeAlias = (
    AssociateIndication
    | AssociateConfirmation
    | PDataIndication
    | ReleaseIndication
    | ReleaseConfirmation
    | Silence
    | End
)
"""What the user of an association is told: of a confirmation only the A-ASSOCIATE-AC, for the -RJ is an `End`."""


class _Wait(Enum):
    """What is waited for."""

    ANSWER = auto()
    RELEASE = auto()
    SILENCE = auto()
    CLOSE = auto()


class AssociationControl:
    """Request, accept, reject, release and abort one association; hand on its P-DATA.

    `acse_timeout` is for the answers to an association and a release request. After `network_timeout` in which nothing
    was received and nothing was under way, the association is aborted or released, as `network_timeout_response` says.
    After an abort the peer has `abort_grace` to close the connection. The timeouts may be set at any time.
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
        self.upper_layer = upper_layer
        self.acse_timeout = acse_timeout
        self.network_timeout = network_timeout
        """Holds for the next wait; `watch_anew` makes it hold for the one that runs already."""
        self.network_timeout_response: NetworkTimeoutResponse = network_timeout_response
        self.abort_grace = abort_grace
        self.accepted_contexts: dict[int, AcceptedContext] = {}
        self.refused_contexts: tuple[RefusedContext, ...] = ()
        self.peer: PeerInformation | None = None
        self.invoke_window = 1
        """Operations that this end may have outstanding, 0 for any number (PS3.7 D.3.3.3)."""
        self.perform_window = 1
        """Operations of the peer that this end performs side by side, 0 for any number (PS3.7 D.3.3.3)."""
        self.end: End | None = None
        """How the association ended, as the local user sees it; None before, and where there never was one."""
        self.active_at = 0.0
        """When the peer last got further."""
        self.indications = Indications()
        """What the upper layer has told of release and abort, for those who ask."""
        self._request: AssociateRq | None = None
        self._is_unanswered = False
        self._is_idle_released = False
        self._events: list[ControlEvent] = []  # short: a deque of its own is 600 bytes for each association
        self._deadlines: Deadlines[_Wait] = Deadlines()
        self._is_open = False
        self.now = 0.0
        """The time of what came in last, bytes or their end."""

    # The transport service, as of the upper layer (PS3.8 9.1)

    @property
    def state(self) -> States:
        """The state of the upper layer machine."""
        return self.upper_layer.state

    @property
    def is_established(self) -> bool:
        """Whether data may flow both ways (Sta6)."""
        return self.upper_layer.is_established

    @property
    def is_idle(self) -> bool:
        """Whether there is neither an association nor a transport connection (Sta1)."""
        return self.upper_layer.is_idle

    def allows(self, kind: type[Request]) -> bool:
        """Whether the upper layer machine allows a request or response of this class now (PS3.8 Table 9-10)."""
        return self.upper_layer.allows(kind)

    @property
    def observer(self) -> Observer | None:
        """Who watches the upper layer."""
        return self.upper_layer.observer

    @property
    def open_requested(self) -> bool:
        """Whether the transport connection is to be opened."""
        return self.upper_layer.open_requested

    @open_requested.setter
    def open_requested(self, value: bool) -> None:
        self.upper_layer.open_requested = value

    @property
    def close_requested(self) -> bool:
        """Whether the transport connection is to be closed."""
        return self.upper_layer.close_requested

    @close_requested.setter
    def close_requested(self, value: bool) -> None:
        self.upper_layer.close_requested = value

    @property
    def maximum_send_length(self) -> int:
        """Greatest PDU-length of a P-DATA-TF that the peer takes, in bytes; 0 is no limit (PS3.8 D.1)."""
        return self.upper_layer.maximum_send_length

    @property
    def pending(self) -> int:
        """Bytes that are held of a PDU that has not come whole."""
        return self.upper_layer.pending

    def extent(self, data: Buffer, most: int, size: int) -> int:
        """How many bytes at the beginning of `data` are a portion of whole PDUs; see `UpperLayer.extent`."""
        return self.upper_layer.extent(data, most, size)

    def transport_connected(self, now: float) -> None:
        """The transport connection is there; the answer to an association request has `acse_timeout` from now on."""
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
        """The transport connection is gone, or could not be opened; `error` says why, if it was not in good order."""
        self.now = now
        self._is_open = False
        self.upper_layer.transport_closed(now, error)
        self._deadlines.clear()

    def data_to_send(self) -> list[Buffer]:
        """The bytes for the transport, in order; they are not handed out twice."""
        return self.upper_layer.data_to_send()

    # Time

    def next_deadline(self) -> float | None:
        """When `handle_timeout` has something to do, in the seconds of `now`; None while nothing is waited for."""
        artim, own = self.upper_layer.next_deadline(), self._deadlines.next
        if own is None or artim is None:
            return artim if own is None else own
        return min(artim, own)

    def handle_timeout(self, now: float) -> None:
        """Act where the time for something has come."""
        self.now = now
        self.upper_layer.handle_timeout(now)
        for wait, seconds in self._deadlines.over(now):
            self._expire(wait, seconds, now)

    def expire(self, now: float) -> None:
        """Let ARTIM expire (Evt18), before its time if it runs."""
        self.now = now
        self.upper_layer.expire(now)

    # The user of the association (PS3.8 7)

    def next_event(self) -> ControlEvent | None:
        """The next thing that the user is told, None if there is none. After an `End` no P-DATA comes."""
        while not self._events:
            indication = self.upper_layer.next_event()
            if indication is None:
                return None
            if type(indication) is not PDataIndication:
                self._take(indication)
            elif self.end is None:
                # What came in the same turn as that for which this end has aborted is not looked at (PS3.8 7.3.1).
                return indication
        return self._events.pop(0)

    def send(self, primitive: Request, now: float) -> None:
        """Issue a primitive as it is, such as P-DATA. Raises as `UpperLayer.send` does."""
        self.upper_layer.send(primitive, now)

    def progress(self) -> None:
        """The P-DATA that came has brought the peer further: it is not silent."""
        self.active_at = self.now

    def request(self, pdu: AssociateRq, now: float) -> None:
        """Request the association, which asks for the transport. Raises LocalProtocolError or EncodeError."""
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
        """Reject the association that was requested; `why` is for those who watch. Raises LocalProtocolError."""
        self.upper_layer.send(AssociateReject(pdu, why), now)
        self._conclude(End(Over.REJECTED))

    def release(self, now: float) -> None:
        """Ask for release; the answer has `acse_timeout`. Raises LocalProtocolError where that is not allowed."""
        self.upper_layer.send(ReleaseRequest(), now)
        self._deadlines.wait_for(_Wait.RELEASE, now, self.acse_timeout)

    def confirm_release(self, now: float) -> None:
        """Answer the peer's release request; in a release collision, in the order of PS3.8 7.2.2."""
        if self.allows(ReleaseResponse):
            self.upper_layer.send(ReleaseResponse(), now)
            if not self.allows(AbortRequest):  # where it is, the peer's own response is still to come
                self._conclude(End(Over.RELEASED))

    def abort(self, now: float, error: AssociationError | None = None, request: AbortRequest | None = None) -> None:
        """Abort the association (A-ABORT, source service-user); nothing happens where it is over already.

        `error` says why, where there is more to say than that this end aborted. `request` is issued instead of that of
        the service-user.
        """
        if self.end is not None:
            return
        self._fail(error or causes.aborted_by_this_end())
        try:
            self.upper_layer.send(request or AbortRequest(), now)
        except LocalProtocolError:
            logger.debug("nothing to abort in %s", self.state.label)
        if self._is_open:
            self._deadlines.wait_for(_Wait.CLOSE, now, self.abort_grace)

    def watch_anew(self) -> None:
        """Wait as long as the network timeout says now."""
        self._deadlines.forget(_Wait.SILENCE)
        self._watch_silence()

    def after_silence(self, *, is_busy: bool, now: float) -> None:
        """Answer to `Silence`: give up an association where nothing came and nothing is under way."""
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
            self.abort(now, causes.aborted_by_this_end(f"nothing was received for {seconds:g} s"))

    # Inside

    def _take(self, primitive: Indication) -> None:
        self.active_at = self.now
        self.indications.put(primitive)
        match primitive:
            case AssociateIndication():
                if self.allows(AssociateAccept):  # a PDU right behind the request may have ended it already
                    self._events.append(primitive)
            case AssociateConfirmation(AssociateAc() as pdu):
                self._accepted(pdu)
                self._events.append(primitive)
            case AssociateConfirmation(AssociateRj() as pdu):
                self._fail(causes.rejected(pdu))
            case ReleaseIndication():
                self._events.append(primitive)
            case ReleaseConfirmation():
                self._events.append(primitive)
                self.confirm_release(self.now)
                self._conclude(End(Over.RELEASED))
            case AbortIndication(pdu):
                self._fail(causes.aborted_by_peer(pdu, unanswered=self._is_unanswered))
            case PAbortIndication(None):
                self._fail(causes.lost(self.upper_layer.transport_error, unanswered=self._is_unanswered))
            case PAbortIndication(Abort() as pdu, problem):
                other = self.upper_layer.other_protocol
                self._fail(causes.aborted_by_provider(pdu, problem, other, unanswered=self._is_unanswered))

    def _accepted(self, answer: AssociateAc) -> None:
        """Take over what was negotiated, before the P-DATA that may come in the same turn."""
        assert self._request is not None
        accepted, self.refused_contexts = outcome(self._request, answer)
        self.accepted_contexts = {context.context_id: context for context in accepted}
        self.invoke_window, self.perform_window = windows(answer)
        self.peer = PeerInformation.of(answer)
        self._is_unanswered = False
        self._deadlines.forget(_Wait.ANSWER)
        self._watch_silence()

    def _fail(self, error: AssociationError) -> None:
        self._conclude(End(Over.REJECTED if isinstance(error, AssociationRejected) else Over.ABORTED, error))

    def _conclude(self, end: End) -> None:
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
                self._give_up("the answer to the association request", seconds, now)
            case _Wait.RELEASE:
                self._give_up("the answer to the release request", seconds, now)
            case _Wait.SILENCE:
                self._events.append(Silence())
            case _Wait.CLOSE:
                self.upper_layer.close_requested = True

    def _give_up(self, what: str, seconds: float, now: float) -> None:
        self.abort(now, AssociationTimeout(f"{what} did not come within {seconds:g} s", seconds=seconds))
