"""Bytes in, cut anywhere; whole PDUs out (PS3.8 9.3.1).

A PDU that is complete in a chunk is returned as a view of it, without a copy. Only a PDU split over chunks is
collected; memory grows with the bytes that have arrived, never with a length that a peer claims.
A PDU of unknown type or beyond its limit is refused at its header; its body is skipped as it arrives, so
that the PDUs after it are found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dulcimer._generated.headers import PDU_HEADER
from dulcimer.wire.model import Buffer

HEADER_LENGTH = PDU_HEADER.size
BEGINNING = 96
"""Bytes that are kept of a refused PDU."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole PDU: `data` includes its header, and is valid as long as the chunk it came from."""

    pdu_type: int
    data: memoryview


@dataclass(frozen=True, slots=True)
class RefusedPdu:
    """A PDU refused at its header: `limit` is the maximum PDU-length accepted, None if the type is unknown.

    `beginning` has its header and the bytes that came with it, at most `BEGINNING` bytes.
    """

    pdu_type: int
    pdu_length: int
    limit: int | None
    beginning: bytes = field(default=b"", compare=False)


class ReceiveBuffer:
    """Cuts a stream of bytes into PDUs.

    `limits` maps the PDU types that are accepted to their maximum PDU-length, in bytes after the header. It is
    read at each header, so it may change while PDUs are being handed out.
    """

    __slots__ = ("_pending", "_skip", "limits")

    def __init__(self, limits: Mapping[int, int]) -> None:
        self.limits = limits
        self._pending = bytearray()
        self._skip = 0

    @property
    def pending(self) -> int:
        """Bytes held of a PDU that has not arrived completely."""
        return len(self._pending)

    @property
    def unfinished(self) -> bytes:
        """The bytes held of a PDU that has not arrived completely."""
        return bytes(self._pending)

    def extent(self, chunk: Buffer, most: int, size: int) -> int:
        """The bytes of `chunk` up to the end of its PDU number `most`, or of the PDU that contains byte `size`.

        All of them if `chunk` ends before. A PDU that began in an earlier chunk counts as one.
        """
        end = len(chunk)
        position = self._skip
        if self._pending:
            begun = bytes(self._pending[:HEADER_LENGTH])
            begun += chunk[: HEADER_LENGTH - len(begun)]
            if len(begun) < HEADER_LENGTH:
                return end
            position = HEADER_LENGTH + PDU_HEADER.unpack(begun)[1] - len(self._pending)
            most -= 1
        while most and position < size and end - position >= HEADER_LENGTH:
            position += HEADER_LENGTH + PDU_HEADER.unpack_from(chunk, position)[1]
            most -= 1
        return min(position, end) if not most or position >= size else end

    def pdus(self, chunk: Buffer) -> Iterator[Frame | RefusedPdu]:
        """The PDUs that `chunk` completes, in order. Exhaust it before the next chunk."""
        view = memoryview(chunk)
        position, end = 0, len(view)
        while position < end:
            if self._skip:
                passed = min(self._skip, end - position)
                self._skip -= passed
                position += passed
            elif self._pending:
                position, unit = self._complete(view, position)
                if unit is not None:
                    yield unit
            elif end - position < HEADER_LENGTH:
                self._pending = bytearray(view[position:])
                return
            else:
                pdu_type, pdu_length = PDU_HEADER.unpack_from(view, position)
                if pdu_length > self.limits.get(pdu_type, -1):
                    refused = self._refused(pdu_type, pdu_length, view, position)
                    position += HEADER_LENGTH
                    yield refused
                    continue
                whole = HEADER_LENGTH + pdu_length
                if end - position < whole:
                    self._pending = bytearray(view[position:])
                    return
                yield Frame(pdu_type, view[position : position + whole])
                position += whole

    def _complete(self, view: memoryview, position: int) -> tuple[int, Frame | RefusedPdu | None]:
        """Take from `view` the rest of the PDU that began in an earlier chunk."""
        pending = self._pending
        if len(pending) < HEADER_LENGTH:
            taken = view[position : position + HEADER_LENGTH - len(pending)]
            pending += taken
            position += len(taken)
            if len(pending) < HEADER_LENGTH:
                return position, None
            beginning = memoryview(bytes(pending) + bytes(view[position : position + BEGINNING]))
            pdu_type, pdu_length = PDU_HEADER.unpack_from(pending)
            if pdu_length > self.limits.get(pdu_type, -1):
                self._pending = bytearray()
                return position, self._refused(pdu_type, pdu_length, beginning, 0)
        pdu_type, pdu_length = PDU_HEADER.unpack_from(pending)
        whole = HEADER_LENGTH + pdu_length
        taken = view[position : position + whole - len(pending)]
        pending += taken
        position += len(taken)
        if len(pending) < whole:
            return position, None
        self._pending = bytearray()
        return position, Frame(pdu_type, memoryview(pending))

    def _refused(self, pdu_type: int, pdu_length: int, view: memoryview, position: int) -> RefusedPdu:
        self._skip = pdu_length
        beginning = bytes(view[position : position + BEGINNING])
        return RefusedPdu(pdu_type, pdu_length, self.limits.get(pdu_type), beginning)
