"""The upper layer service-provider of one association (PS3.8 7 and 9), sans-IO.

Bytes and the time go in, primitives and bytes come out. The owner of the provider

- calls `transport_connected`, `receive_data` and `transport_closed` as these things happen,
- calls `send` for the primitives of the local user,
- then takes `next_event()` until it is None, writes `data_to_send()`, opens or closes the transport if
  `open_requested` or `close_requested` says so, and calls `handle_timeout` at `next_deadline()`.

Nothing that a peer does raises here. What the local user does wrong raises and changes nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TypeAlias, cast

from dulcimer._generated import p_data
from dulcimer._generated.codes import (
    AbortReason,
    PduType,
    RejectReasonAcse,
    RejectResult,
    RejectSource,
)
from dulcimer._generated.fsm import EVENT_OF_PDU, TABLE, Events, States
from dulcimer.counting import counted
from dulcimer.errors import EncodeError
from dulcimer.fsm.effects import (
    CloseTransport,
    Effect,
    Issue,
    Offence,
    OpenTransport,
    SendPData,
    SendPdu,
    StartArtim,
    StopArtim,
)
from dulcimer.fsm.machine import StateMachine
from dulcimer.fsm.primitives import (
    EVENT_OF_REQUEST,
    AbortRequest,
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    Indication,
    PDataIndication,
    PDataRequest,
    Pdv,
    Request,
)
from dulcimer.upper_layer.config import UpperLayerConfig
from dulcimer.upper_layer.observer import Observer, p_data_tf
from dulcimer.wire.buffer import HEADER_LENGTH, Frame, ReceiveBuffer, RefusedPdu
from dulcimer.wire.codec import encode, p_data_deviations
from dulcimer.wire.model import (
    Abort,
    AssociateAc,
    AssociateRj,
    AssociateRq,
    Buffer,
)
from dulcimer.wire.other_protocols import OtherProtocol, recognise
from dulcimer.wire.remembered import decode_again

AcceptanceCheck: TypeAlias = Callable[[AssociateRq], AssociateRj | None]
"""The A-ASSOCIATE-RJ with which the service-provider answers a request it cannot support, None if it can."""

_STA_6 = States.STA_6.label
_FIXED_LENGTH = 4
_MOST_DEVIATIONS = 100
"""Maximum number of deviations of one PDU that observers get."""

_EVENT_OF_TYPE: dict[int, Events] = {kind: EVENT_OF_PDU[kind.label] for kind in PduType}
_AWAITING_FIRST_PDU = frozenset(state for (_, state), action in TABLE.items() if action in ("AE-3", "AE-6"))
"""States in which the first PDU of the peer is awaited: the answer to a request, or a request."""


class UpperLayer:
    """The service-provider of one association, as requestor or as acceptor.

    `refuse` may refuse a request on behalf of the service-provider (association limit, PS3.8 Table 9-21
    source 3); the protocol version is checked here (PS3.8 9.3.2).
    """

    def __init__(
        self,
        *,
        is_requestor: bool,
        config: UpperLayerConfig | None = None,
        refuse: AcceptanceCheck | None = None,
        observer: Observer | None = None,
        machine: StateMachine | None = None,
    ) -> None:
        self.config = config or UpperLayerConfig()
        self.observer = observer
        self.open_requested = False
        self.close_requested = False
        self.other_protocol: OtherProtocol | None = None
        """What the peer speaks instead of DICOM, recognised by the first bytes it sent; None if not known."""
        self.transport_error: Exception | None = None
        """Why the transport connection was lost; None if it was not, or if the peer closed it in order."""
        self.maximum_send_length = 0
        """Maximum PDU-length of a P-DATA-TF that the peer accepts, in bytes; 0 is no limit (PS3.8 D.1)."""
        self._machine = machine or StateMachine(is_requestor=is_requestor)
        self._is_usual = self._machine.is_usual
        self._refuse = refuse
        self._request: AssociateRq | None = None
        self._encoded: tuple[object, bytes] = None, b""
        self._events: deque[Indication] = deque()
        self._output: list[Buffer] = []
        self._artim: float | None = None
        self._limits: dict[int, int] = {
            PduType.A_ASSOCIATE_RQ: self.config.maximum_associate_length,
            PduType.A_ASSOCIATE_AC: self.config.maximum_associate_length,
            PduType.A_ASSOCIATE_RJ: _FIXED_LENGTH,
            PduType.P_DATA_TF: self.config.maximum_associate_length,
            PduType.A_RELEASE_RQ: _FIXED_LENGTH,
            PduType.A_RELEASE_RP: _FIXED_LENGTH,
            PduType.A_ABORT: _FIXED_LENGTH,
        }
        self._buffer = ReceiveBuffer(self._limits)
        self._aborts_left = self.config.maximum_aborts

    @property
    def state(self) -> States:
        """The state of the machine (PS3.8 9.2.1)."""
        return self._machine.current_state

    @property
    def state_machine(self) -> StateMachine:
        """The state machine (PS3.8 9.2)."""
        return self._machine

    @property
    def is_requestor(self) -> bool:
        """Whether this end requested the association."""
        return self._machine.is_requestor()

    @property
    def is_established(self) -> bool:
        """Whether the association is established: data may flow both ways (Sta6)."""
        return self._machine.is_established

    @property
    def is_idle(self) -> bool:
        """Whether there is neither an association nor a transport connection (Sta1)."""
        return self._machine.is_idle

    def allows(self, kind: type[Request]) -> bool:
        """Whether the machine allows a request or response of this class now (PS3.8 Table 9-10)."""
        return self._machine.allows(EVENT_OF_REQUEST[kind])

    # The transport service (PS3.8 9.1)

    def transport_connected(self, now: float) -> None:
        """The transport connection is open: confirmed (Evt2) or indicated (Evt5)."""
        event = Events.EVT_2 if self.is_requestor else Events.EVT_5
        self._fire(event, self._request, now)

    def transport_closed(self, now: float, error: Exception | None = None) -> None:
        """The transport connection was closed, or could not be opened (Evt17); `error` says why, if known."""
        self.transport_error = self.transport_error or error
        if self.observer is not None:
            self.observer.closed(self._buffer.unfinished, error, now)
        self._fire(Events.EVT_17, None, now)
        if self.observer is not None:
            self.observer.over(now)

    @property
    def pending(self) -> int:
        """Bytes held of a PDU that has not arrived completely."""
        return self._buffer.pending

    def extent(self, data: Buffer, most: int, size: int) -> int:
        """How many bytes of the received `data` to process in one turn, so that it ends with a PDU.

        A turn has `most` PDUs, or fewer that have `size` bytes together; all of `data` if that is less.
        """
        return self._buffer.extent(data, most, size) if self._aborts_left else len(data)

    def receive_data(self, data: Buffer, now: float) -> None:
        """Take bytes from the transport, cut anywhere. Never raises, whatever they are.

        If a peer keeps sending invalid PDUs after `maximum_aborts` A-ABORTs in Sta13, its bytes are ignored until it
        closes the connection or ARTIM expires.

        `data` may be reused once the indications have been taken: fragments of P-DATA indications are views
        of it.
        """
        if self.observer is not None:
            self.observer.bytes_received(data, now)
        if not self._aborts_left:
            return
        for unit in self._buffer.pdus(data):
            if self._machine.is_idle or not self._aborts_left:
                return
            if type(unit) is Frame:
                self._receive_pdu(unit, now)
            else:
                self._receive_refused(cast(RefusedPdu, unit), now)

    def data_to_send(self) -> list[Buffer]:
        """The bytes for the transport, in order and in pieces; each call returns only new bytes."""
        output, self._output = self._output, []
        return output

    # Time (PS3.8 9.1.5)

    def next_deadline(self) -> float | None:
        """When ARTIM expires, in the seconds of `now`; None if it is not running."""
        return self._artim

    def handle_timeout(self, now: float) -> None:
        """Let ARTIM expire (Evt18) if its time has come."""
        if self._artim is not None and now >= self._artim:
            self.expire(now)

    def expire(self, now: float) -> None:
        """Let ARTIM expire now (Evt18) if it is running: PS3.8 9.1.5 leaves its length open."""
        if self._artim is not None:
            self._artim = None
            self._fire(Events.EVT_18, None, now)

    # The local user (PS3.8 7)

    def send(self, primitive: Request, now: float) -> None:
        """Issue a request or response primitive.

        Raises LocalProtocolError if the state does not allow it, EncodeError if it cannot be written or is
        longer than the peer accepts (PS3.8 D.1); then nothing is sent and the state is unchanged.
        """
        event = EVENT_OF_REQUEST[type(primitive)]
        cause: object = None
        if isinstance(primitive, PDataRequest):
            cause = primitive.values
            if self._machine.allows(event):
                self._check_p_data(primitive)
                if self.observer is not None and self._is_usual and self._machine.state == _STA_6:
                    self._send_in_sta6(primitive, self.observer, now)
                    return
        elif isinstance(primitive, AssociateRequest | AssociateAccept | AssociateReject):
            cause = primitive.pdu
            self._encoded = primitive.pdu, encode(primitive.pdu)
        elif isinstance(primitive, AbortRequest):
            cause = primitive
            self._encoded = primitive.pdu, encode(primitive.pdu)
        if self.observer is not None and self._machine.allows(event):
            self.observer.requested(primitive, now)
        self._fire(event, cause, now)
        if isinstance(primitive, AssociateRequest):
            self._request = primitive.pdu

    def next_event(self) -> Indication | None:
        """The next indication or confirmation for the local user, None if there is none."""
        return self._events.popleft() if self._events else None

    # Inside

    def _fire(self, event: Events, cause: object, now: float) -> None:
        machine = self._machine
        if self.observer is None:
            for effect in machine.action(event, cause):
                self._carry_out(effect, now)
            return
        state = machine.current_state
        effects = machine.action(event, cause)
        self.observer.transition(event, state, TABLE.get((event, state), ""), machine.current_state, now)
        for effect in effects:
            self._carry_out(effect, now)

    def _carry_out(self, effect: Effect, now: float) -> None:
        match effect:
            case Issue(primitive):
                self._events.append(primitive)
                if self.observer is not None:
                    self.observer.indicated(primitive, now)
            case SendPData(values):
                self._send_p_data(values, now)
            case SendPdu(pdu):
                if isinstance(pdu, Abort) and self._artim is not None:
                    self._aborts_left -= 1
                if isinstance(pdu, AssociateRq | AssociateAc):
                    self._limits[PduType.P_DATA_TF] = pdu.maximum_length or self.config.maximum_p_data_length
                data = self._encoded[1] if self._encoded[0] is pdu else encode(pdu)
                self._output.append(data)
                if self.observer is not None:
                    self.observer.pdu_sent(pdu, now)
                    self.observer.bytes_sent((data,), now)
            case StartArtim():
                self._artim = now + self.config.artim_timeout
                if self.observer is not None:
                    self.observer.artim_changed(self.config.artim_timeout, now)
            case StopArtim():
                if self.observer is not None and self._artim is not None:
                    self.observer.artim_changed(None, now)
                self._artim = None
            case OpenTransport():
                self.open_requested = True
            case CloseTransport():
                self.close_requested = True
                if self.observer is not None:
                    self.observer.closing(now)
            # AcceptTransport needs no work: a connection that the transport service indicates is already accepted.

    def _receive_pdu(self, frame: Frame, now: float) -> None:
        if frame.pdu_type == PduType.P_DATA_TF:
            self._receive_p_data(frame, now)
            return
        if self.observer is not None:
            self.observer.pdu_bytes_received(frame.data, len(frame.data), now)
        decoded = decode_again(
            frame.data, most_items=self.config.maximum_associate_items, most_deviations=_MOST_DEVIATIONS
        )
        wrong = decoded.structural if decoded.deviations else None
        if wrong is not None or decoded.pdu is None:
            problem = f"{wrong.path}: {wrong.problem}" if wrong else "not a PDU"
            self._receive_offence(frame.data, Offence(problem), now)
            return
        pdu = decoded.pdu
        if self.observer is not None:
            self.observer.pdu_received(pdu, decoded.deviations, now)
        if isinstance(pdu, AssociateRq):
            self._machine.refusal = self._refusal(pdu)
        if isinstance(pdu, AssociateRq | AssociateAc):
            self.maximum_send_length = pdu.maximum_length or 0
        self._fire(_EVENT_OF_TYPE[frame.pdu_type], pdu, now)

    def _receive_p_data(self, frame: Frame, now: float) -> None:
        observer = self.observer
        try:
            values = p_data.parse(frame.data[HEADER_LENGTH:], self.config.maximum_pdvs)
        except ValueError as error:
            if observer is not None:
                observer.pdu_bytes_received(frame.data, len(frame.data), now)
            self._receive_offence(frame.data, Offence(str(error.args[-1])), now)
            return
        if observer is not None:
            deviations = p_data_deviations(values, frame.data, most_deviations=_MOST_DEVIATIONS)
            if self._is_usual and self._machine.state == _STA_6:
                for effect in self._machine.action(Events.EVT_10, values):
                    assert isinstance(effect, Issue) and isinstance(effect.primitive, PDataIndication)
                    self._events.append(effect.primitive)
                    observer.data_received(effect.primitive, frame.data, deviations, now)
                return
            observer.pdu_bytes_received(frame.data, len(frame.data), now)
            observer.pdu_received(p_data_tf(values), deviations, now)
        self._fire(Events.EVT_10, values, now)

    def _receive_refused(self, refused: RefusedPdu, now: float) -> None:
        if self.observer is not None:
            length = HEADER_LENGTH + refused.pdu_length
            self.observer.pdu_bytes_received(refused.beginning[:length], length, now)
        if refused.limit is None:
            problem = f"PDU type {refused.pdu_type:02X}H is not defined"
            if self.state in _AWAITING_FIRST_PDU:
                self.other_protocol = recognise(refused.beginning)
            if self.other_protocol is not None:
                problem = f"received {self.other_protocol.what}, which is not a PDU"
            offence = Offence(problem, AbortReason.UNRECOGNIZED_PDU)
        else:
            offence = Offence(
                f"PDU-length {refused.pdu_length} of the {PduType(refused.pdu_type).label} exceeds the limit "
                f"of {counted(refused.limit, 'byte')}"
            )
        self._receive_offence(refused.beginning, offence, now)

    def _receive_offence(self, data: Buffer, offence: Offence, now: float) -> None:
        if self.observer is not None:
            self.observer.pdu_refused(data, offence.problem, now)
        self._fire(Events.EVT_19, offence, now)

    def _refusal(self, request: AssociateRq) -> AssociateRj | None:
        if not request.protocol_version & 1:
            return AssociateRj(
                RejectResult.REJECTED_PERMANENT,
                RejectSource.SERVICE_PROVIDER_ACSE,
                RejectReasonAcse.PROTOCOL_VERSION_NOT_SUPPORTED,
            )
        return self._refuse(request) if self._refuse is not None else None

    def _check_p_data(self, primitive: PDataRequest) -> None:
        length = p_data.pdu_length(primitive.values)
        if not length:
            raise EncodeError("a P-DATA-TF has at least one presentation data value", clause="PS3.8 9.3.5")
        if 0 < self.maximum_send_length < length:
            raise EncodeError(
                f"PDU-length {length} exceeds the {counted(self.maximum_send_length, 'byte')} that the peer accepts",
                path="pdu_length",
                clause="PS3.8 D.1",
            )
        for context_id, header, _ in primitive.values:
            if not (0 <= context_id <= 255 and 0 <= header <= 255):
                raise EncodeError("context ID and message control header are one byte each", clause="PS3.8 9.3.5.1")

    def _send_p_data(self, values: tuple[Pdv, ...], now: float) -> None:
        pieces = p_data.pieces(values)
        self._output += pieces
        if self.observer is not None:
            self.observer.pdu_sent(p_data_tf(values), now)
            self.observer.bytes_sent(pieces, now)

    def _send_in_sta6(self, primitive: PDataRequest, observer: Observer, now: float) -> None:
        """Send data, of which the observer is told by one call."""
        for effect in self._machine.action(Events.EVT_9, primitive.values):
            assert isinstance(effect, SendPData)
            pieces = p_data.pieces(effect.values)
            self._output += pieces
            observer.data_sent(primitive, pieces, now)
