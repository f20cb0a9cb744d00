"""Faults on purpose: a `FaultInjector` drops, changes or cuts PDUs, or closes connections.

An association that begins while an injector is set runs on a `FaultyUpperLayer`. All others run on `UpperLayer`, which
has no fault injection. The injector decides PDU by PDU, wherever the network cuts them, so that the same decisions
cause the same faults in the same conversation.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import EVENTS, TABLE, Events, States
from dulcimer._generated.headers import PDU_HEADER
from dulcimer.fsm.effects import Effect
from dulcimer.fsm.machine import StateMachine
from dulcimer.upper_layer.config import UpperLayerConfig
from dulcimer.upper_layer.observer import Observer
from dulcimer.upper_layer.provider import AcceptanceCheck, UpperLayer
from dulcimer.wire.buffer import HEADER_LENGTH
from dulcimer.wire.faults import (
    Disconnect,
    Drop,
    Duplicate,
    Fault,
    Flip,
    Overwrite,
    Replace,
    Split,
    Truncate,
    pieces,
)
from dulcimer.wire.model import Buffer

__all__ = [
    "Disconnect",
    "Drop",
    "Duplicate",
    "Fault",
    "FaultInjector",
    "FaultyUpperLayer",
    "Flip",
    "FuzzFaultInjector",
    "Injected",
    "Overwrite",
    "Replace",
    "Split",
    "Truncate",
    "fuzz_fault_injector",
    "pieces",
    "set_provider_fault_injector",
    "set_user_fault_injector",
    "upper_layer_of",
]


class FaultInjector:
    """Decides which faults happen: override the methods you need; by default there are no faults.

    The methods are called in the event loop of the association, for one PDU or event after the other. They must
    neither wait nor raise. `None` means no fault.
    """

    def on_send(self, data: bytes) -> Fault | None:  # noqa: ARG002
        """A PDU is about to be sent; `data` includes its header."""
        return None

    def on_receive(self, data: bytes) -> Fault | None:  # noqa: ARG002
        """A PDU has arrived; `data` includes its header. Not called for a PDU that is refused at its header."""
        return None

    def before_event(self, event: Events, state: States) -> Drop | Disconnect | None:  # noqa: ARG002
        """An event is about to happen in the state machine.

        `Drop` skips the event of a received PDU. It is ignored for other events, without which no association could
        end. `Disconnect` lets the event happen, but nothing is sent any more.
        """
        return None

    def after_event(self, event: Events, state: States, action: str, next_state: States) -> Disconnect | None:  # noqa: ARG002
        """An event has happened: `action` was done, and the machine went from `state` to `next_state`."""
        return None


class FaultyUpperLayer(UpperLayer):
    """An `UpperLayer` with faults after its output and before its input.

    The observer sees PDUs sent before the faults, and PDUs received after them.
    """

    def __init__(self, injector: FaultInjector, **settings: Any) -> None:
        super().__init__(**settings)
        self._is_usual = False  # each event and each effect may have a fault
        self._injector = injector
        self._disconnected = False
        self._arrived = bytearray()
        self._skipping = 0
        self._writes: deque[bytes | None] = deque()  # None: the next bytes belong to another write
        self._write_at: float | None = None

    def extent(self, data: Buffer, most: int, size: int) -> int:  # noqa: ARG002
        """All of `data`: PDUs can only be counted after the faults."""
        return len(data)

    def receive_data(self, data: Buffer, now: float) -> None:
        """Take bytes from the transport, and pass on what the injector leaves of their PDUs."""
        self._arrived += data
        while not self._disconnected and not self.is_idle and self._take(now):
            pass

    def data_to_send(self) -> list[Buffer]:
        """The bytes of the next write."""
        output: list[Buffer] = []
        while self._writes:
            piece = self._writes.popleft()
            if piece is not None:
                output.append(piece)
            elif not self.close_requested:
                break
        if not self._writes:
            self._write_at = None
        return output

    def next_deadline(self) -> float | None:
        """When ARTIM expires, or the rest of a split PDU is due."""
        return super().next_deadline() if self._write_at is None else self._write_at

    # Inside

    def _take(self, now: float) -> bool:
        """Take the next PDU, or the available bytes of one that is refused at its header; False if there is none."""
        arrived = self._arrived
        if not self._skipping:
            if len(arrived) < HEADER_LENGTH:
                return False
            pdu_type, length = PDU_HEADER.unpack_from(arrived)
            size = HEADER_LENGTH + length
            if length <= self._limits.get(pdu_type, -1):
                if len(arrived) < size:
                    return False
                pdu = bytes(arrived[:size])
                del arrived[:size]
                self._inject_on_receive(pdu, now)
                return True
            self._skipping = size
        passed = bytes(arrived[: self._skipping])
        del arrived[: len(passed)]
        self._skipping -= len(passed)
        super().receive_data(passed, now)
        return bool(arrived)

    def _inject_on_receive(self, pdu: bytes, now: float) -> None:
        fault = self._injector.on_receive(pdu)
        if isinstance(fault, Disconnect):
            self._disconnect()
        for piece in pieces(fault, pdu):
            super().receive_data(piece, now)

    def _carry_out(self, effect: Effect, now: float) -> None:
        super()._carry_out(effect, now)
        if not self._output:
            return
        pdu = b"".join(self._output)
        self._output.clear()
        if self._disconnected:
            return
        fault = self._injector.on_send(pdu)
        if isinstance(fault, Disconnect):
            self._disconnect()
        left = pieces(fault, pdu)
        if isinstance(fault, Split) and len(left) > 1:
            self._writes += left[0], None, left[1]
            self._write_at = now
        else:
            self._writes += left

    def _fire(self, event: Events, cause: object, now: float) -> None:
        state = self.state
        match self._injector.before_event(event, state):
            case Drop() if EVENTS[event].kind == "pdu":
                return
            case Disconnect():
                self._disconnect()
            case _:
                pass
        super()._fire(event, cause, now)
        action = TABLE.get((event, state), "")
        if isinstance(self._injector.after_event(event, state, action, self.state), Disconnect):
            self._disconnect()

    def _disconnect(self) -> None:
        self._disconnected = self.close_requested = True


_injectors: dict[bool, FaultInjector | None] = {True: None, False: None}


def set_user_fault_injector(injector: FaultInjector | None) -> None:
    """Inject faults into all associations that this process requests from now on; None stops that."""
    _injectors[True] = injector


def set_provider_fault_injector(injector: FaultInjector | None) -> None:
    """Inject faults into all associations that peers request from now on; None stops that."""
    _injectors[False] = injector


def upper_layer_of(
    *,
    is_requestor: bool,
    injector: FaultInjector | None = None,
    config: UpperLayerConfig | None = None,
    refuse: AcceptanceCheck | None = None,
    observer: Observer | None = None,
    machine: StateMachine | None = None,
) -> UpperLayer:
    """The upper layer of a new association: with faults if there is an `injector`, or one for this side."""
    settings: dict[str, Any] = {
        "is_requestor": is_requestor,
        "config": config,
        "refuse": refuse,
        "observer": observer,
        "machine": machine,
    }
    chosen = injector or _injectors[is_requestor]
    return UpperLayer(**settings) if chosen is None else FaultyUpperLayer(chosen, **settings)


@dataclass(frozen=True, slots=True)
class Injected:
    """A fault that was injected: `point` is "send" or "receive", `pdu` the name or type of the PDU."""

    point: str
    pdu: str
    fault: Fault


class FuzzFaultInjector(FaultInjector):
    """Takes its decisions from bytes, one or more for each PDU; see `fuzz_fault_injector`."""

    def __init__(self, data: bytes) -> None:
        self._data = bytes(data)
        self._position = 0
        self.injected: list[Injected] = []
        """The faults injected so far, in order."""

    @property
    def is_exhausted(self) -> bool:
        """Whether all bytes are used up, so that there are no more faults."""
        return self._position >= len(self._data)

    def on_send(self, data: bytes) -> Fault | None:
        """Decide on a PDU that is sent."""
        return self._decide("send", data)

    def on_receive(self, data: bytes) -> Fault | None:
        """Decide on a PDU that was received."""
        return self._decide("receive", data)

    def __str__(self) -> str:
        if not self.injected:
            return "no faults"
        return "; ".join(f"{made.point} {made.pdu}: {made.fault}" for made in self.injected)

    def _decide(self, point: str, data: bytes) -> Fault | None:
        decision = self._next(1)
        fault = self._fault(decision[0], data) if decision else None
        if fault is not None:
            names = {int(kind): kind.label for kind in PduType}
            self.injected.append(Injected(point, names.get(data[0], f"type {data[0]:02X}H"), fault))
        return fault

    def _fault(self, decision: int, data: bytes) -> Fault | None:
        if decision < 0xC0:
            return None
        if decision >= 0xF8:
            return Disconnect()
        if decision >= 0xF0:
            return Drop()
        if 0xE8 <= decision < 0xEC:
            return Duplicate()
        operand = self._next(3)
        if not operand:
            return None
        offset = _offset(operand, len(data))
        if decision >= 0xEC:
            return Truncate(offset)
        if decision >= 0xE0:
            return Split(offset)
        values = self._next(1 if decision < 0xD8 else 4)
        if not values:
            return None
        if decision < 0xD8:
            return Flip(offset, values[0] or 0xFF)
        return Overwrite(offset, values)

    def _next(self, count: int) -> bytes:
        """The next `count` bytes; none if fewer are left, and then none any more."""
        taken = self._data[self._position : self._position + count]
        self._position += count
        return taken if len(taken) == count else b""


def _offset(operand: bytes, length: int) -> int:
    """A place in a PDU, often near its start, where the header and the items are."""
    bound = 1 << (operand[0] % (length.bit_length() + 1))
    return int.from_bytes(operand[1:]) % min(bound, length)


def fuzz_fault_injector(data: bytes) -> FuzzFaultInjector:
    """An injector that takes its decisions from `data`: the same bytes cause the same faults in the same conversation.

    Each PDU, sent or received, uses up one byte. From C0H it makes a fault: C0H to D7H inverts bits, to DFH overwrites
    4 bytes, to E7H splits, to EBH duplicates, to EFH truncates, to F7H drops the PDU, beyond closes the connection. Up
    to 7 more bytes say where and how. When the bytes have run out there are no more faults. Associations
    that share an injector use up its bytes in the order of their PDUs; one after the other they get the same faults
    each time.
    """
    return FuzzFaultInjector(data)
