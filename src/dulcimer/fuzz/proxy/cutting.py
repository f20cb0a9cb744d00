"""The bytes of one direction, cut into PDUs for those who watch; forwarding does not wait for that.

Memory grows with the bytes that have come, never with a length that a peer claims: of a PDU beyond `LONGEST_HELD` only
the beginning is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from dulcimer._generated.headers import PDU_HEADER, PDV_HEADER
from dulcimer.fuzz.tree.cutting import announced_size, whole_pdus

LONGEST_HELD = 1 << 20
"""Bytes of a PDU that is held as a whole: to be decoded, and to be changed by a rule."""
_LONGEST = LONGEST_HELD - PDU_HEADER.size
_BEGINNING = PDU_HEADER.size + PDV_HEADER.size
"""Bytes of a longer PDU that are kept: its header, and that of its first PDV."""


@dataclass(frozen=True, slots=True)
class Passing:
    """Bytes of a PDU that is too long to be held."""

    data: bytes


@dataclass(frozen=True, slots=True)
class LongPduBegins:
    """A PDU begins that is too long to be held; its `beginning` has its header, and that of its first PDV."""

    beginning: bytes


@dataclass(frozen=True, slots=True)
class WholePdu:
    """A whole PDU."""

    data: bytes


@dataclass(frozen=True, slots=True)
class LongPdu:
    """The end of a PDU of `size` bytes that was too long to be held: only its `beginning` is known."""

    beginning: bytes
    size: int


PduPart: TypeAlias = LongPduBegins | Passing | WholePdu | LongPdu


class PduDivider:
    """Bytes in, cut anywhere; whole PDUs out, and the bytes of those that are too long to be held."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._beginning = b""
        self._size = self._left = 0

    @property
    def incomplete(self) -> bytes:
        """The first bytes of a PDU that is not complete; none if there is none."""
        return bytes(self._beginning) if self._left else bytes(self._pending[:_BEGINNING])

    @property
    def is_measured(self) -> bool:
        """Whether the size of the PDU that is held, and not complete, is known."""
        size = announced_size(self._pending)
        return size is not None and size <= LONGEST_HELD

    def pending_from(self, start: int) -> bytes:
        """The bytes that are held of a PDU that is not complete, without the first `start`."""
        return bytes(memoryview(self._pending)[start:])

    def divide(self, data: bytes) -> Iterator[PduPart]:
        """The parts that come with these bytes, in order. Exhaust it before the next bytes."""
        pending = self._pending
        pending += data
        while pending:
            if self._left:
                yield from self._pass()
                continue
            pdus, end = whole_pdus(pending, _LONGEST)
            del pending[:end]
            yield from map(WholePdu, pdus)
            size = announced_size(pending)
            if size is None or size <= LONGEST_HELD or len(pending) < _BEGINNING:
                return
            self._left = self._size = size
            self._beginning = bytes(pending[:_BEGINNING])
            yield LongPduBegins(self._beginning)

    def _pass(self) -> Iterator[PduPart]:
        """What is there of a PDU that is too long to be held."""
        now = bytes(memoryview(self._pending)[: self._left])
        del self._pending[: len(now)]
        self._left -= len(now)
        yield Passing(now)
        if not self._left:
            yield LongPdu(self._beginning, self._size)
