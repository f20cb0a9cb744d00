"""What happened on one connection: an immutable record that every oracle judges, in the order of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from dulcimer.fuzz.tree.cutting import whole_pdus

LONGEST = 1 << 24
"""Bytes of a PDU of the target, without its header, that are waited for; a longer one is not a PDU but `Remains`."""


class EndKind(StrEnum):
    """How a connection ended, or why there was none."""

    REFUSED = "refused"
    """There was no connection."""
    FIN = "fin"
    """The target closed it."""
    RST = "rst"
    """The target reset it."""
    RST_AFTER_SEND = "rst-after-send"
    """The target reset it after bytes that it may not have read; what it sent before may be lost, too."""
    CLOSED = "closed"
    """It was closed or reset by this end."""
    OPEN = "open"
    """The target did not close it in the time allowed."""
    FLOOD = "flood"
    """The target did not stop sending."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The bytes of step `step` were sent; `complete` if the target, or its system, has taken them all."""

    at: float
    step: int
    data: bytes
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Received:
    """One whole PDU of the target."""

    at: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Remains:
    """Bytes of the target that are not a whole PDU."""

    at: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Silent:
    """Nothing came for as long as the target ever takes."""

    at: float


@dataclass(frozen=True, slots=True)
class HalfClosed:
    """The sending direction of this end was closed."""

    at: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of the connection."""

    at: float
    how: EndKind


Entry: TypeAlias = Sent | Received | Remains | Silent | HalfClosed | Ended


@dataclass(frozen=True, slots=True)
class ConnectionRecord:
    """The record of one connection. `at` of each entry is in seconds since it was opened."""

    entries: tuple[Entry, ...]

    @property
    def end(self) -> EndKind:
        """How it ended."""
        last = self.entries[-1]
        return last.how if isinstance(last, Ended) else EndKind.OPEN

    @property
    def received(self) -> tuple[bytes, ...]:
        """The PDUs of the target."""
        return tuple(entry.data for entry in self.entries if isinstance(entry, Received))

    @property
    def reply_times(self) -> Iterator[float]:
        """Seconds from each thing sent to the first PDU or close after it."""
        sent: float | None = None
        for entry in self.entries:
            match entry:
                case Sent(at=at) | HalfClosed(at=at):
                    sent = at
                case Received(at=at) | Ended(at=at):
                    if sent is not None:
                        yield at - sent
                    sent = None
                case _:
                    pass


class PduCutter:
    """Bytes of the target in, whole PDUs out. Memory grows with the bytes that came, not with a length announced."""

    __slots__ = ("_pending",)

    def __init__(self) -> None:
        self._pending = bytearray()

    @property
    def pending(self) -> bytes:
        """The bytes that are not a whole PDU yet."""
        return bytes(self._pending)

    def cut(self, data: bytes) -> list[bytes]:
        """The PDUs that are complete with these bytes."""
        pending = self._pending
        pending += data
        found, end = whole_pdus(pending, LONGEST)
        del pending[:end]
        return found
