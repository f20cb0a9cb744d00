"""What can be watched on an association: bytes, PDUs, transitions and primitives.

Traces, logs and notification events are built on it. An observer changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from dulcimer._generated.fsm import Events, States
from dulcimer.fsm.primitives import Indication, Request
from dulcimer.wire.codec import Deviation
from dulcimer.wire.model import Buffer, Pdu


class Observer:
    """Override what you want to see. Views of bytes are valid during the call only.

    `now` is the time the provider was given, in seconds.
    """

    def opened(self, peer: tuple[str, int] | None) -> None:
        """The transport connection is open; `peer` is host and port of the other end, None if not known."""

    def bytes_received(self, data: Buffer, now: float) -> None:
        """Bytes arrived from the transport, cut anywhere."""

    def bytes_sent(self, data: Sequence[Buffer], now: float) -> None:
        """The bytes of one PDU are written to the transport, in pieces."""

    def pdu_received(self, pdu: Pdu, deviations: Sequence[Deviation], now: float) -> None:
        """A PDU was decoded; its `deviations` from the standard were tolerated."""

    def pdu_refused(self, data: Buffer, problem: str, now: float) -> None:
        """An unrecognized or invalid PDU was received (Evt19); `data` has at least its header."""

    def pdu_sent(self, pdu: Pdu, now: float) -> None:
        """A PDU is written to the transport."""

    def transition(self, event: Events, state: States, action: str, next_state: States, now: float) -> None:
        """The machine ran `action`, or `""` where the cell is blank."""

    def requested(self, primitive: Request, now: float) -> None:
        """The local user issued a request or response primitive, and the machine allowed it."""

    def indicated(self, primitive: Indication, now: float) -> None:
        """An indication or confirmation primitive is ready for the local user."""


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
