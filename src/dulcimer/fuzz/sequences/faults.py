"""Faults of the network, as values, and the steps that a sender with this fault plays instead of sending a PDU.

What becomes of the bytes of a PDU is in `dulcimer.wire.faults`; here are also the faults that need time, or that end
a direction or the connection. Steps are what a campaign plays, so a fault of the proxy can be played there again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from dulcimer.fuzz.sequences.steps import Chunks, Close, FuzzStep, HalfClose, Pause, Reset, SendBytes
from dulcimer.wire.faults import Disconnect, Fault, Split, pieces

MOST_SINGLE = 4096
"""Bytes that are sent one at a time; the rest of a longer PDU comes at once."""


@dataclass(frozen=True, slots=True)
class Drip:
    """One byte at a time, with a pause of `seconds` between two; 0: as fast as the network takes them."""

    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Coalesce:
    """The PDU waits for the next one, at most `seconds`, and both are sent at once."""

    seconds: float = 0.5


NetworkFault: TypeAlias = Fault | Drip | Coalesce | Pause | HalfClose | Reset
"""`Pause` comes before the PDU, `HalfClose` after it; `Reset` and `Disconnect` come instead of it."""


def steps_of_fault(fault: NetworkFault, step: SendBytes) -> tuple[FuzzStep, ...]:
    """What is done instead of this step. A step of `Coalesce` is for the sender to put together with the next one."""
    data = step.data
    match fault:
        case Pause():
            return fault, step
        case Coalesce():
            return (step,)
        case HalfClose():
            return step, fault
        case Reset():
            return (fault,)
        case Disconnect():
            return (Close(),)
        case Drip(seconds):
            sizes = (1,) * min(len(data), MOST_SINGLE)
            return (Chunks(data, step.label, step.operators, sizes, seconds),)
        case Split(at):
            return (Chunks(data, step.label, step.operators, (at,)),) if 0 < at < len(data) else (step,)
        case _:
            return tuple(SendBytes(piece, step.label, step.operators) for piece in pieces(fault, data))
