"""Faults on the way of a PDU, as values, and the bytes that are left of it.

A `FaultInjector` injects them into our own stack, the proxy into the traffic of others, the fuzzer into what it sends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Drop:
    """The PDU is lost."""


@dataclass(frozen=True, slots=True)
class Disconnect:
    """The connection is closed at once. The PDU and everything after it are lost."""


@dataclass(frozen=True, slots=True)
class Replace:
    """Other bytes replace the PDU."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Overwrite:
    """These bytes overwrite the PDU from `offset` on; those beyond its end are dropped."""

    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Flip:
    """The bits of `mask` are inverted in the byte at `offset`; nothing happens beyond the end."""

    offset: int
    mask: int = 0xFF


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The PDU is passed on twice."""


@dataclass(frozen=True, slots=True)
class Truncate:
    """Only the first `length` bytes are passed on."""

    length: int


@dataclass(frozen=True, slots=True)
class Split:
    """The PDU is passed on in two pieces, the first of `at` bytes: in two writes, or as if from two reads."""

    at: int


Fault: TypeAlias = Drop | Disconnect | Replace | Overwrite | Flip | Duplicate | Truncate | Split


def pieces(fault: Fault | None, data: bytes) -> list[bytes]:
    """The pieces of a PDU that are passed on after this fault, in order."""
    match fault:
        case None:
            return [data]
        case Drop() | Disconnect():
            return []
        case Replace(other):
            return [other] if other else []
        case Overwrite(offset, other):
            spoiled = bytearray(data)
            if 0 <= offset < len(spoiled):
                spoiled[offset : offset + len(other)] = other[: len(spoiled) - offset]
            return [bytes(spoiled)]
        case Flip(offset, mask):
            spoiled = bytearray(data)
            if 0 <= offset < len(spoiled):
                spoiled[offset] ^= mask & 0xFF
            return [bytes(spoiled)]
        case Duplicate():
            return [data, data]
        case Truncate(length):
            return [data[:length]] if length > 0 else []
    return [data[: fault.at], data[fault.at :]] if 0 < fault.at < len(data) else [data]
