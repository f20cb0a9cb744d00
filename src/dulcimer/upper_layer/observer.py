"""What can be watched on an association: bytes, PDUs, transitions and primitives.

Traces, logs and notification events are built on it. An observer changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from dulcimer._generated.fsm import TABLE, Events, States
from dulcimer.fsm.primitives import Indication, PDataIndication, PDataRequest, Pdv, Request
from dulcimer.wire.codec import Deviation
from dulcimer.wire.model import Buffer, PDataTf, Pdu, PresentationDataValue

_SENDING, _RECEIVING = (TABLE[event, States.STA_6] for event in (Events.EVT_9, Events.EVT_10))


class Observer:
    """Override what you want to see. Views of bytes are valid during the call only.

    `now` is the time the provider was given, in seconds. Nearly all PDUs are P-DATA-TFs while the association is
    established: `data_sent` and `data_received` have all about one of them. They call the methods for bytes, PDUs,
    transitions and primitives, so override them only to be quicker.
    """

    def opened(self, peer: tuple[str, int] | None) -> None:
        """The transport connection is open; `peer` is host and port of the other end, None if not known."""

    def bytes_received(self, data: Buffer, now: float) -> None:
        """Bytes arrived from the transport, cut anywhere."""

    def bytes_sent(self, data: Sequence[Buffer], now: float) -> None:
        """The bytes of one PDU are written to the transport, in pieces."""

    def pdu_bytes_received(self, data: Buffer, length: int, now: float) -> None:
        """A PDU of `length` bytes arrived, before it is decoded or refused.

        `data` is all of it or, of one that is refused at its header, the first bytes.
        """

    def pdu_received(self, pdu: Pdu, deviations: Sequence[Deviation], now: float) -> None:
        """A PDU was decoded; its `deviations` from the standard were tolerated."""

    def pdu_refused(self, data: Buffer, problem: str, now: float) -> None:
        """An unrecognized or invalid PDU was received (Evt19); `data` has at least its header."""

    def pdu_sent(self, pdu: Pdu, now: float) -> None:
        """A PDU is written to the transport."""

    def data_sent(self, primitive: PDataRequest, data: Sequence[Buffer], now: float) -> None:
        """A P-DATA-TF is written to the transport in Sta6 (DT-1); `data` are its bytes, in pieces."""
        self.requested(primitive, now)
        self.transition(Events.EVT_9, States.STA_6, _SENDING, States.STA_6, now)
        self.pdu_sent(p_data_tf(primitive.values), now)
        self.bytes_sent(data, now)

    def data_received(
        self, primitive: PDataIndication, data: Buffer, deviations: Sequence[Deviation], now: float
    ) -> None:
        """A P-DATA-TF arrived in Sta6 (DT-2); `data` is all of it, its `deviations` were tolerated."""
        self.pdu_bytes_received(data, len(data), now)
        self.pdu_received(p_data_tf(primitive.values), deviations, now)
        self.transition(Events.EVT_10, States.STA_6, _RECEIVING, States.STA_6, now)
        self.indicated(primitive, now)

    def transition(self, event: Events, state: States, action: str, next_state: States, now: float) -> None:
        """The machine ran `action`, or `""` where the cell is blank."""

    def requested(self, primitive: Request, now: float) -> None:
        """The local user issues a request or response primitive that the machine allows; its transition comes next."""

    def indicated(self, primitive: Indication, now: float) -> None:
        """An indication or confirmation primitive is ready for the local user."""

    def artim_changed(self, seconds: float | None, now: float) -> None:
        """ARTIM was started or restarted, and expires after so many seconds; None: it was stopped (PS3.8 9.1.5)."""

    def closing(self, now: float) -> None:
        """The transport connection is closed by this end."""

    def closed(self, rest: Buffer, error: Exception | None, now: float) -> None:
        """The transport connection is closed, or could not be opened; `error` says why, if known.

        `rest` are the bytes of a PDU that did not arrive completely.
        """

    def over(self, now: float) -> None:
        """What follows from the end of the transport connection has been told: nothing more comes."""


class Observers(Observer):
    """Several observers, called in the order in which they were added."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = list(observers)

    def add(self, observer: Observer) -> None:
        """Call this `observer`, too, from now on."""
        self._observers.append(observer)

    def remove(self, observer: Observer) -> None:
        """Stop calling `observer`; ValueError if it was not added."""
        self._observers.remove(observer)

    def opened(self, peer: tuple[str, int] | None) -> None:
        """Call all observers."""
        for observer in self._observers:
            observer.opened(peer)

    def bytes_received(self, data: Buffer, now: float) -> None:
        """Call all observers."""
        for observer in self._observers:
            observer.bytes_received(data, now)

    def bytes_sent(self, data: Sequence[Buffer], now: float) -> None:
        """Call all observers."""
        for observer in self._observers:
            observer.bytes_sent(data, now)

    def pdu_received(self, pdu: Pdu, deviations: Sequence[Deviation], now: float) -> None:
        """Call all observers."""
        for observer in self._observers:
            observer.pdu_received(pdu, deviations, now)

    def pdu_refused(self, data: Buffer, problem: str, now: float) -> None:
        """Call all observers."""
        for observer in self._observers:
            observer.pdu_refused(data, problem, now)

    def pdu_sent(self, pdu: Pdu, now: float) -> None:
        """Call all observers."""
        for observer in self._observers:
            observer.pdu_sent(pdu, now)

    def data_sent(self, primitive: PDataRequest, data: Sequence[Buffer], now: float) -> None:
        """Call all observers."""
        for observer in self._observers:
            observer.data_sent(primitive, data, now)

    def data_received(
        self, primitive: PDataIndication, data: Buffer, deviations: Sequence[Deviation], now: float
    ) -> None:
        """Call all observers."""
        for observer in self._observers:
            observer.data_received(primitive, data, deviations, now)

    def transition(self, event: Events, state: States, action: str, next_state: States, now: float) -> None:
        """Call all observers."""
        for observer in self._observers:
            observer.transition(event, state, action, next_state, now)

    def requested(self, primitive: Request, now: float) -> None:
        """Call all observers."""
        for observer in self._observers:
            observer.requested(primitive, now)

    def indicated(self, primitive: Indication, now: float) -> None:
        """Call all observers."""
        for observer in self._observers:
            observer.indicated(primitive, now)

    def pdu_bytes_received(self, data: Buffer, length: int, now: float) -> None:
        """Call all observers."""
        for observer in self._observers:
            observer.pdu_bytes_received(data, length, now)

    def artim_changed(self, seconds: float | None, now: float) -> None:
        """Call all observers."""
        for observer in self._observers:
            observer.artim_changed(seconds, now)

    def closing(self, now: float) -> None:
        """Call all observers."""
        for observer in self._observers:
            observer.closing(now)

    def closed(self, rest: Buffer, error: Exception | None, now: float) -> None:
        """Call all observers."""
        for observer in self._observers:
            observer.closed(rest, error, now)

    def over(self, now: float) -> None:
        """Call all observers."""
        for observer in self._observers:
            observer.over(now)


def together(*observers: Observer | None) -> Observer | None:
    """One observer for those that there are; None if there are none."""
    found = [one for one in observers if one is not None]
    return Observers(*found) if len(found) > 1 else found[0] if found else None


def p_data_tf(values: Sequence[Pdv]) -> PDataTf:
    """The PDU with these presentation data values."""
    return PDataTf(tuple(PresentationDataValue(*value) for value in values))
