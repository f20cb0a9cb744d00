"""What can be watched on an association: bytes, PDUs, transitions and primitives.

Traces, logs and notification events hang here. An observer sees; it changes nothing.
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
        """The transport connection is there; host and port of the other end, None if they are not known."""

    def bytes_received(self, data: Buffer, now: float) -> None:
        """Bytes arrived from the transport, cut anywhere."""

    def bytes_sent(self, data: Sequence[Buffer], now: float) -> None:
        """Bytes go to the transport: those of one PDU, in pieces."""

    def pdu_received(self, pdu: Pdu, deviations: Sequence[Deviation], now: float) -> None:
        """A PDU was decoded; `deviations` from the standard that were tolerated."""

    def pdu_refused(self, data: Buffer, problem: str, now: float) -> None:
        """An unrecognized or invalid PDU: the header at least (Evt19)."""

    def pdu_sent(self, pdu: Pdu, now: float) -> None:
        """A PDU goes to the transport."""

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
        """Call `observer`, too, from now on."""
        self._observers.append(observer)

    def remove(self, observer: Observer) -> None:
        """Call `observer` no longer; ValueError if it is not there."""
        self._observers.remove(observer)

    def opened(self, peer: tuple[str, int] | None) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.opened(peer)

    def bytes_received(self, data: Buffer, now: float) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.bytes_received(data, now)

    def bytes_sent(self, data: Sequence[Buffer], now: float) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.bytes_sent(data, now)

    def pdu_received(self, pdu: Pdu, deviations: Sequence[Deviation], now: float) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.pdu_received(pdu, deviations, now)

    def pdu_refused(self, data: Buffer, problem: str, now: float) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.pdu_refused(data, problem, now)

    def pdu_sent(self, pdu: Pdu, now: float) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.pdu_sent(pdu, now)

    def transition(self, event: Events, state: States, action: str, next_state: States, now: float) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.transition(event, state, action, next_state, now)

    def requested(self, primitive: Request, now: float) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.requested(primitive, now)

    def indicated(self, primitive: Indication, now: float) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.indicated(primitive, now)
