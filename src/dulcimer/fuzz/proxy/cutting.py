"""The bytes of one direction, cut into PDUs for those who watch; forwarding does not wait for that.

Memory grows with the bytes that have come, never with a length that a peer claims: of a PDU beyond `LONGEST_HELD` only
the beginning is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from dulcimer._generated.headers import PDU_HEADER, PDV_HEADER

LONGEST_HELD = 1 << 20
"""Bytes of a PDU that is held as a whole: to be decoded, and to be changed by a rule."""
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
        self._beginning = bytearray()
        self._size = self._left = 0

    @property
    def incomplete(self) -> bytes:
        """The first bytes of a PDU that is not complete; none if there is none."""
        return bytes(self._beginning) if self._left else bytes(self._pending[:_BEGINNING])

    @property
    def is_measured(self) -> bool:
        """Whether the size of the PDU that is held, and not complete, is known."""
        return len(self._pending) >= PDU_HEADER.size and not self._is_long(0)

    def pending_from(self, start: int) -> bytes:
        """The bytes that are held of a PDU that is not complete, without the first `start`."""
        return bytes(memoryview(self._pending)[start:])

    def divide(self, data: bytes) -> Iterator[PduPart]:
        """The parts that come with these bytes, in order. Exhaust it before the next bytes."""
        pending = self._pending
        if self._left:
            now = data[: self._left]
            data = data[len(now) :]
            yield from self._pass(now)
        pending += data
        start = 0
        while len(pending) - start >= _BEGINNING or (start < len(pending) and not self._is_long(start)):
            size = self._size_at(start)
            if size > LONGEST_HELD:
                self._left, self._size = size, size
                self._beginning = pending[start : start + _BEGINNING]
                yield LongPduBegins(bytes(self._beginning))
                now = bytes(memoryview(pending)[start : start + size])
                start += len(now)
                yield from self._pass(now)
            elif len(pending) - start < size:
                break
            else:
                yield WholePdu(bytes(memoryview(pending)[start : start + size]))
                start += size
        del pending[:start]

    def _size_at(self, start: int) -> int:
        """Bytes of the PDU that begins there, with its header; at least those of a header."""
        if len(self._pending) - start < PDU_HEADER.size:
            return PDU_HEADER.size
        return PDU_HEADER.size + int(PDU_HEADER.unpack_from(self._pending, start)[1])

    def _is_long(self, start: int) -> bool:
        return self._size_at(start) > LONGEST_HELD

    def _pass(self, data: bytes) -> Iterator[PduPart]:
        self._left -= len(data)
        if data:
            yield Passing(data)
        if not self._left:
            yield LongPdu(bytes(self._beginning), self._size)
