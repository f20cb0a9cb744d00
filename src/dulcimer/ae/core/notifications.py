"""Calls the handlers of notification events for what an association sends, receives and goes through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from dulcimer import events as evt
from dulcimer._generated.codes import AbortSource, PduType
from dulcimer._generated.fsm import EVENTS, Events, States
from dulcimer.dimse.messages import Message, MessageAssembler
from dulcimer.errors import DIMSEProcessingError
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
    ReleaseConfirmation,
    ReleaseIndication,
    ReleaseRequest,
    ReleaseResponse,
    Request,
)
from dulcimer.services.calls import Calls
from dulcimer.upper_layer.config import UpperLayerConfig
from dulcimer.upper_layer.observer import Observer
from dulcimer.wire.buffer import Frame, ReceiveBuffer
from dulcimer.wire.codec import Deviation
from dulcimer.wire.model import Buffer, PDataTf, Pdu, PresentationDataValue

if TYPE_CHECKING:
    from dulcimer.dimse_messages import DIMSEMessage

OBSERVED = (
    evt.EVT_ACSE_RECV,
    evt.EVT_ACSE_SENT,
    evt.EVT_CONN_OPEN,
    evt.EVT_DATA_RECV,
    evt.EVT_DATA_SENT,
    evt.EVT_DIMSE_RECV,
    evt.EVT_DIMSE_SENT,
    evt.EVT_FSM_TRANSITION,
    evt.EVT_PDU_RECV,
    evt.EVT_PDU_SENT,
)
"""Events that cost time to detect: nothing is watched unless one of them has a handler."""

_ANY_CONTEXT = range(256)
_CONNECTED = frozenset(event for event in Events if EVENTS[event].clause == "PS3.8 9.1.2")
"""The events by which the transport service reports that a connection is open."""


class Notifier(Observer):
    """Watches one association for its `calls`; `peer_address` says where the other end is."""

    def __init__(self, calls: Calls, config: UpperLayerConfig, peer_address: Callable[[], Any]) -> None:
        self._calls = calls
        self._peer_address = peer_address
        self._frames = ReceiveBuffer(dict.fromkeys(PduType, config.maximum_p_data_length))
        self._received = MessageAssembler(_ANY_CONTEXT)
        self._sent = MessageAssembler(_ANY_CONTEXT)

    def bytes_received(self, data: Buffer, now: float) -> None:  # noqa: ARG002
        """EVT_DATA_RECV for each PDU that these bytes complete."""
        if self._calls.wants(evt.EVT_DATA_RECV):
            for unit in self._frames.pdus(data):
                if isinstance(unit, Frame):
                    self._calls.notify(evt.EVT_DATA_RECV, data=bytes(unit.data))

    def bytes_sent(self, data: Sequence[Buffer], now: float) -> None:  # noqa: ARG002
        """EVT_DATA_SENT."""
        if self._calls.wants(evt.EVT_DATA_SENT):
            self._calls.notify(evt.EVT_DATA_SENT, data=b"".join(data))

    def pdu_received(self, pdu: Pdu, deviations: Sequence[Deviation], now: float) -> None:  # noqa: ARG002
        """EVT_PDU_RECV, and EVT_DIMSE_RECV for what it completes."""
        self._pdu(pdu, evt.EVT_PDU_RECV, evt.EVT_DIMSE_RECV, self._received)

    def pdu_sent(self, pdu: Pdu, now: float) -> None:  # noqa: ARG002
        """EVT_PDU_SENT, and EVT_DIMSE_SENT for what it completes."""
        self._pdu(pdu, evt.EVT_PDU_SENT, evt.EVT_DIMSE_SENT, self._sent)

    def transition(self, event: Events, state: States, action: str, next_state: States, now: float) -> None:  # noqa: ARG002
        """EVT_FSM_TRANSITION, and EVT_CONN_OPEN when the connection is open; nothing for a blank cell."""
        if not action:
            return
        if event in _CONNECTED:
            self._calls.notify(evt.EVT_CONN_OPEN, address=self._peer_address())
        self._calls.notify(
            evt.EVT_FSM_TRANSITION,
            current_state=state.label,
            fsm_event=event.label,
            action=action,
            next_state=next_state.label,
        )

    def requested(self, primitive: Request, now: float) -> None:  # noqa: ARG002
        """EVT_ACSE_SENT."""
        self._acse(evt.EVT_ACSE_SENT, primitive)

    def indicated(self, primitive: Indication, now: float) -> None:  # noqa: ARG002
        """EVT_ACSE_RECV."""
        self._acse(evt.EVT_ACSE_RECV, primitive)

    def _pdu(
        self, pdu: Pdu, event: evt.NotificationEvent, dimse: evt.NotificationEvent, assembler: MessageAssembler
    ) -> None:
        if isinstance(pdu, PDataTf):
            if self._calls.wants(dimse):
                self._messages(pdu, dimse, assembler)
            if self._calls.wants(event):
                pdu = _copied(pdu)
        self._calls.notify(event, pdu=pdu)

    def _messages(self, pdu: PDataTf, event: evt.NotificationEvent, assembler: MessageAssembler) -> None:
        values = [
            (item.presentation_context_id, item.message_control_header, item.fragment)
            for item in pdu.presentation_data_value_items
        ]
        try:
            for message in assembler.process(values):
                self._calls.notify(event, message=_observed(message))
        except DIMSEProcessingError:  # not a message, or one whose beginning was not observed
            assembler.discard()

    def _acse(self, event: evt.NotificationEvent, primitive: Request | Indication) -> None:
        if self._calls.wants(event) and (shown := _shown(primitive)) is not None:
            self._calls.notify(event, primitive=shown)


def _observed(message: Message) -> DIMSEMessage:
    from dulcimer.dimse_messages import DIMSEMessage

    return DIMSEMessage.of(message)


def _copied(pdu: PDataTf) -> PDataTf:
    """The PDU with copied fragments: those of the observed one are views of a buffer that will be reused."""
    return PDataTf(
        tuple(
            PresentationDataValue(item.presentation_context_id, item.message_control_header, bytes(item.fragment))
            for item in pdu.presentation_data_value_items
        )
    )


def _shown(primitive: Request | Indication) -> Any:
    """A primitive as users know it; None for P-DATA, which does not belong to ACSE."""
    from dulcimer.pdu_primitives import A_ABORT, A_ASSOCIATE, A_P_ABORT, A_RELEASE

    match primitive:
        case AssociateRequest(pdu) | AssociateIndication(pdu):
            return A_ASSOCIATE.from_pdu(pdu)
        case AssociateAccept(pdu):
            return A_ASSOCIATE.from_pdu(pdu)
        case AssociateReject(pdu):
            return A_ASSOCIATE.from_pdu(pdu)
        case AssociateConfirmation(pdu):
            return A_ASSOCIATE.from_pdu(pdu)
        case ReleaseRequest() | ReleaseIndication():
            return A_RELEASE()
        case ReleaseResponse() | ReleaseConfirmation():
            return A_RELEASE.taken(result="affirmative")
        case AbortRequest(pdu):
            return A_ABORT.from_pdu(pdu) if pdu.source == AbortSource.SERVICE_USER else A_P_ABORT.from_pdu(pdu)
        case AbortIndication(pdu):
            return A_ABORT.from_pdu(pdu)
        case PAbortIndication(pdu):
            return A_P_ABORT.taken(provider_reason=None if pdu is None else pdu.reason)
    return None
