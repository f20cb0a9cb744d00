"""What one end sent, cut into PDUs while it is read; the payload of data is counted, and not kept.

Most bytes of a capture are pieces of images. Of a P-DATA-TF with one PDV of a data set only the beginning is kept, so
that many small frames cost little. Other PDUs are kept whole, up to `LONGEST_HELD` bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias

from dulcimer._generated.codes import PduType
from dulcimer._generated.headers import PDU_HEADER, PDV_HEADER
from dulcimer.captures.dicom_streams import pdus_after
from dulcimer.fuzz.proxy.cutting import LONGEST_HELD

BEGINNING: Final = PDU_HEADER.size + PDV_HEADER.size
"""Bytes of a skimmed PDU that are kept."""
SEARCHED: Final = 1 << 20
"""Bytes in which PDUs in a row are looked for."""
_HEADER: Final = PDU_HEADER.size
_PDV_LENGTH_SIZE: Final = 4
_TYPES: Final = frozenset(map(int, PduType))
_DATA: Final = int(PduType.P_DATA_TF)
_MOST_MARKS: Final = 64


class SkimmedPdu(NamedTuple):
    """One PDU of `size` bytes that begins at `offset` of what the end sent.

    `data`: all bytes, or the first ones if it `is_skimmed`; `has_hole`: bytes of it are not in the capture, `is_cut`:
    it is not whole, since the end sent no more, or since its type is unknown, so nobody knows where it ends. `marks`:
    where the bytes of a frame begin, counted from the beginning of the PDU, and the number of that frame; `frame` and
    `t`: of the one with which all bytes up to its end had been captured, which may be an earlier place of the stream.
    """

    offset: int
    size: int
    data: bytes
    marks: tuple[tuple[int, int], ...]
    frame: int
    t: float
    is_skimmed: bool = False
    has_hole: bool = False
    is_cut: bool = False

    @property
    def frames(self) -> tuple[int, ...]:
        """The numbers of its frames, as far as they are kept: the first ones, and the one that made it whole."""
        return tuple(sorted({*(frame for _, frame in self.marks), self.frame}))

    def frame_at(self, place: int) -> int:
        """The number of the frame with the byte at this place of the PDU."""
        return next((frame for start, frame in reversed(self.marks) if start <= place), self.frame)


class Skipped(NamedTuple):
    """Bytes that could not be cut into PDUs were left out up to `offset`: what follows are PDUs again, by a guess."""

    offset: int
    size: int
    frame: int
    t: float


SkimmedPart: TypeAlias = SkimmedPdu | Skipped


class PduSkimmer:
    """Bytes in, cut anywhere; PDUs out. `position`: how many bytes the end has sent so far, gaps counted.

    `keeps_data`: also the payload of data is kept, of PDUs of at most `LONGEST_HELD` bytes.
    """

    __slots__ = (
        "_beginning",
        "_frame",
        "_has_hole",
        "_held",
        "_keeps_data",
        "_left",
        "_marks",
        "_next_try",
        "_pieces",
        "_searched_from",
        "_searching",
        "_size",
        "_start",
        "_t",
        "is_lost",
        "position",
    )

    def __init__(self, *, is_searching: bool = False, keeps_data: bool = False) -> None:
        self._keeps_data = keeps_data
        self.position = 0
        self.is_lost = False
        self._left = 0
        self._held = bytearray()
        self._beginning = b""
        self._start = self._size = self._frame = 0
        self._t = 0.0
        self._has_hole = False
        self._marks: list[tuple[int, int]] = []
        self._searching = is_searching
        self._next_try = self._searched_from = 0
        self._pieces: list[tuple[bytes, int, float]] = []

    @property
    def held(self) -> int:
        """Bytes of memory that it takes, roughly."""
        return 2 * len(self._held) if self._searching else len(self._held)

    @property
    def beginning(self) -> bytes:
        """The first bytes of a PDU that is not whole yet; none if there is none."""
        if self._searching or self.is_lost:
            return b""
        return self._beginning if self._left else bytes(self._held[:BEGINNING])

    def feed(self, data: bytes, frame: int, t: float) -> Iterator[SkimmedPart] | tuple[()]:
        """What becomes whole with the bytes of a frame; exhaust it before the next ones."""
        size = len(data)
        if self._left > size:
            self._left -= size
            self.position += size
            if frame > self._frame:
                self._frame, self._t = frame, t
            return ()
        return self._cut(data, frame, t)

    def gap(self, size: int, frame: int, t: float) -> Iterator[SkimmedPart]:
        """What becomes whole with bytes that are missing; if the places of PDUs are lost, they are looked for again."""
        self.position += size
        if self.is_lost:
            return
        if not self._left and not self._searching and (announced := self._announced()):
            self._begin_skimming(bytes(self._held[:BEGINNING]), announced - len(self._held), announced)
            self._held.clear()
        if self._left >= size and not self._searching:
            self._left -= size
            self._has_hole = True
            self._reach(frame, t)
            if not self._left:
                yield self._skimmed()
            return
        self._left = 0
        self.search()

    def search(self) -> None:
        """Look for PDUs in a row in what follows."""
        self._held.clear()
        self._left = self._next_try = 0
        self._has_hole = False
        if not self._searching:
            self._searched_from = self.position
        self._pieces = []
        self._searching = True

    def give_up(self) -> int:
        """Keep no more than the beginning of a PDU that is not whole, and nothing of what is searched.

        How many bytes that leaves out.
        """
        dropped = len(self._held)
        if self._searching:
            self.search()
            return dropped
        announced = self._announced()
        if self._left or not announced or dropped <= BEGINNING:
            return 0
        self._begin_skimming(bytes(self._held[:BEGINNING]), announced - dropped, announced)
        self._held.clear()
        return dropped - BEGINNING

    @property
    def is_searching(self) -> bool:
        """Whether the place of the next PDU is not known."""
        return self._searching

    def end(self) -> Iterator[SkimmedPdu]:
        """What is left of a PDU when nothing more comes."""
        if self.is_lost or self._searching:
            return
        if self._left:
            yield self._skimmed()._replace(is_cut=True)
            self._left = 0
        elif self._held:
            held = bytes(self._held)
            size = self._announced() or len(held)
            yield SkimmedPdu(self._start, size, held, tuple(self._marks), self._frame, self._t, is_cut=True)
            self._held.clear()

    # ------------------------------------------------------------------ inside

    def _announced(self) -> int:
        """Bytes of the PDU that is held, 0 if that is not known."""
        return _HEADER + int(PDU_HEADER.unpack_from(self._held)[1]) if len(self._held) >= _HEADER else 0

    def _cut(self, data: bytes, frame: int, t: float) -> Iterator[SkimmedPart]:
        base, size = self.position, len(data)
        self.position += size
        if self._searching:
            yield from self._search_in(data, frame, t)
            return
        self._reach(frame, t)
        at = 0
        if self._left:
            at, self._left = self._left, 0
            yield self._skimmed()
        while at < size and not self.is_lost:
            part, at = self._next(data, at, base, frame)
            if part is not None:
                yield part

    def _reach(self, frame: int, t: float) -> None:
        """Bytes of this frame are next; of all so far the one that was captured last counts."""
        if frame > self._frame:
            self._frame, self._t = frame, t

    def _search_in(self, data: bytes, frame: int, t: float) -> Iterator[SkimmedPart]:
        """The PDUs in the bytes that were searched, each with its own frames."""
        self._pieces.append((data, frame, t))
        held = self._held
        held += data
        size = len(held)
        if size < self._next_try:
            return
        place = pdus_after(held, 0, size)
        if place is None:
            self._next_try = size + size // 4
            if size > SEARCHED:
                self._forget(size - SEARCHED // 2)
            return
        held.clear()
        pieces, self._pieces, self._searching = self._pieces, [], False
        end = self.position
        self.position -= size - place
        yield Skipped(self.position, self.position - self._searched_from, frame, t)
        for piece, number, time in pieces:
            if place < len(piece):
                yield from self.feed(piece[place:], number, time)
            place = max(0, place - len(piece))
        assert self.position == end or self.is_lost

    def _forget(self, size: int) -> None:
        """Whole pieces at the beginning, of so many bytes at most: nothing begins there."""
        while self._pieces and len(self._pieces[0][0]) <= size:
            first = len(self._pieces.pop(0)[0])
            del self._held[:first]
            size -= first
        self._next_try = SEARCHED

    def _next(self, data: bytes, at: int, base: int, frame: int) -> tuple[SkimmedPdu | None, int]:
        """The PDU at this place, or the one that goes on there, if it is whole now; and where it ends in `data`."""
        held, size = self._held, len(data)
        if held:
            return self._more(data, at, frame)
        have = size - at
        self._marks = [(0, frame)]
        self._start = base + at
        if have < _HEADER:
            held += data[at:]
            return None, size
        kind, length = PDU_HEADER.unpack_from(data, at)
        if kind not in _TYPES:
            return self._unknown(data[at : at + SEARCHED]), size
        total = _HEADER + length
        if kind == _DATA and length >= PDV_HEADER.size:
            if have < BEGINNING:
                held += data[at:]
                return None, size
            if not self._keeps_data and _is_skimmed(data, at, length):
                beginning = data[at : at + BEGINNING]
                if have >= total:
                    marks = ((0, frame),)
                    whole = SkimmedPdu(base + at, total, beginning, marks, self._frame, self._t, is_skimmed=True)
                    return whole, at + total
                self._begin_skimming(beginning, total - have, total)
                return None, size
        if have >= total:
            whole = SkimmedPdu(base + at, total, data[at : at + total], ((0, frame),), self._frame, self._t)
            return whole, at + total
        held += data[at:]
        return None, size

    def _more(self, data: bytes, at: int, frame: int) -> tuple[SkimmedPdu | None, int]:
        """The PDU whose first bytes are held."""
        held, size = self._held, len(data)
        if self._marks[-1][1] != frame and len(self._marks) < _MOST_MARKS:
            self._marks.append((len(held), frame))
        for wanted in (_HEADER, BEGINNING):
            if len(held) < wanted and (wanted == _HEADER or self._wants_pdv()):
                taken = min(wanted - len(held), size - at)
                held += data[at : at + taken]
                at += taken
                if len(held) < wanted:
                    return None, at
                if wanted == _HEADER and held[0] not in _TYPES:
                    return self._unknown(bytes(held) + data[at:]), size
        total = self._announced()
        left = total - len(held)
        if left > 0 and (total > LONGEST_HELD or self._is_payload(total)):
            beginning = bytes(held[:BEGINNING])
            held.clear()
            if size - at >= left:
                self._begin_skimming(beginning, 0, total)
                return self._skimmed(), at + left
            self._begin_skimming(beginning, left - (size - at), total)
            return None, size
        taken = min(max(left, 0), size - at)
        held += data[at : at + taken]
        at += taken
        if len(held) < total:
            return None, at
        whole = SkimmedPdu(self._start, total, bytes(held), tuple(self._marks), self._frame, self._t)
        held.clear()
        return whole, at

    def _is_payload(self, total: int) -> bool:
        """Whether what is held begins a PDU of this size whose payload is not kept."""
        return not self._keeps_data and self._wants_pdv() and _is_skimmed(self._held, 0, total - _HEADER)

    def _wants_pdv(self) -> bool:
        kind, length = PDU_HEADER.unpack_from(self._held)
        return bool(kind == _DATA and length >= PDV_HEADER.size)

    def _begin_skimming(self, beginning: bytes, left: int, size: int) -> None:
        self._beginning, self._left, self._size = beginning, left, size
        self._has_hole = False

    def _skimmed(self) -> SkimmedPdu:
        marks = tuple(self._marks)
        return SkimmedPdu(self._start, self._size, self._beginning, marks, self._frame, self._t, True, self._has_hole)

    def _unknown(self, data: bytes) -> SkimmedPdu:
        """A PDU of an unknown type: nobody knows where it ends, so nothing more is cut."""
        self.is_lost = True
        self._held.clear()
        return SkimmedPdu(self._start, len(data), data, tuple(self._marks), self._frame, self._t, is_cut=True)


def _is_skimmed(data: bytes | bytearray, at: int, length: int) -> bool:
    """Whether a P-DATA-TF has nothing but one PDV, and that is a piece of a data set."""
    value_length, _, control = PDV_HEADER.unpack_from(data, at + _HEADER)
    return bool(value_length == length - _PDV_LENGTH_SIZE and not control & 1)
