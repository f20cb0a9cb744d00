"""The elements at the beginning of a data set, read from its file in bounded time and memory.

Only wanted elements are kept: long values are skipped, and inside sequences only headers are read.
`Limits.index_elements` limits their number.
"""

from __future__ import annotations

import zlib
from collections.abc import Container, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from struct import Struct
from typing import IO, Any

from dulcimer.dimse.bounds import DEFLATED, EXPLICIT_BIG, IMPLICIT_LITTLE, LONG_VRS, looks_implicit

MOST_INFLATED = 16 << 20
"""Most bytes of a deflated data set that are inflated."""
LONGEST_KEPT = 128 << 10
"""Most bytes of a value that are kept."""
MOST_KEPT = 256 << 10
"""Most bytes of all values together that are kept."""
_BLOCK, _MOST_AT_ONCE = 1 << 12, 1 << 20
_UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_DELIMITERS = 0xFFFE


@dataclass(frozen=True, slots=True)
class RawElement:
    """An element as encoded. `vr` is None in implicit VR; a long value is cut, that of a sequence is not kept."""

    vr: str | None
    length: int
    value: bytes


@dataclass(slots=True)
class Header:
    """The wanted elements by tag, how they are encoded, and whether all of the data set was read."""

    implicit: bool
    little: bool
    elements: dict[int, RawElement] = field(default_factory=dict)
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """Where an element lies in its file: its header begins at `begin`, its value at `value`, and it ends at `end`."""

    tag: int
    vr: str | None
    is_defined: bool
    begin: int
    value: int
    end: int


class Enough(Exception):
    """The limit of elements to read is reached."""


def places(file: IO[bytes], offset: int, transfer_syntax: str, *, most: int) -> Iterator[Place]:
    """The places of the elements of the data set at `offset` of the file, without those inside items.

    The list ends at an element that is cut off by the end of the file. Raises Enough after `most` elements and items,
    OSError.
    """
    reader = _reader(file, offset, transfer_syntax, most)
    size = file.seek(0, 2)
    file.seek(offset)
    while (place := reader.place()) is not None and place.end <= size:
        yield place
        file.seek(place.end)


def read_header(
    file: IO[bytes], offset: int, transfer_syntax: str, *, wanted: Container[int], last: int, most: int
) -> Header:
    """The `wanted` elements up to the tag `last` of the data set that begins at `offset` of the file.

    At most `most` elements and items are read; if there are more, the header is not whole. Damage also ends the
    reading. Raises OSError.
    """
    file.seek(offset)
    if transfer_syntax == DEFLATED:
        file, offset = BytesIO(_inflated(file)), 0
    reader = _reader(file, offset, transfer_syntax, most)
    try:
        reader.read(wanted, last)
    except Enough:
        reader.header.is_whole = False
    return reader.header


def _reader(file: IO[bytes], offset: int, transfer_syntax: str, most: int) -> _ElementReader:
    file.seek(offset)
    beginning = file.read(6)
    file.seek(offset)
    implicit = looks_implicit(beginning, 0, 6, assumed=transfer_syntax == IMPLICIT_LITTLE)
    return _ElementReader(file, Header(implicit, transfer_syntax != EXPLICIT_BIG), most)


def _inflated(file: IO[bytes]) -> bytes:
    """The beginning of a deflated data set; of a damaged one, the part before the damage."""
    inflater = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    parts: list[bytes] = []
    left = MOST_INFLATED
    while left > 0 and not inflater.eof:
        block = inflater.unconsumed_tail or file.read(_BLOCK)
        before = inflater.copy()
        try:
            parts.append(inflater.decompress(block, min(left, _MOST_AT_ONCE)))
        except zlib.error:
            parts += _until_damage(before, block)
            break
        left -= len(parts[-1])
        if not block and not parts[-1]:  # zlib held back no bytes either
            break
    return b"".join(parts)


def _until_damage(inflater: Any, block: bytes) -> Iterator[bytes]:
    """The output of a block, inflated byte by byte: zlib returns nothing of a block with an error."""
    with suppress(zlib.error):
        for place in range(len(block)):
            yield inflater.decompress(block[place : place + 1])


class _ElementReader:
    def __init__(self, file: IO[bytes], header: Header, most: int) -> None:
        order = "<" if header.little else ">"
        self.header = header
        self._file = file
        self._left = most
        self._kept = MOST_KEPT
        self._plain = Struct(f"{order}HHL")
        self._explicit = Struct(f"{order}HH2sH")
        self._long = Struct(f"{order}L")

    def read(self, wanted: Container[int], last: int) -> None:
        while (place := self.place(last)) is not None:
            if place.tag in wanted:
                length = place.end - place.value if place.is_defined else _UNDEFINED
                self.header.elements[place.tag] = RawElement(place.vr, length, self._value(place))
            self._file.seek(place.end)

    def place(self, last: int = 0xFFFFFFFF) -> Place | None:
        """Where the next element lies; None at the end, or after the tag `last`."""
        file, implicit = self._file, self.header.implicit
        begin = file.tell()
        found = self._next(implicit)
        if found is None:
            return None
        tag, vr, length = found
        if tag == _ITEM_END or (tag > last and tag >> 16 != _DELIMITERS):
            return None
        value = file.tell()
        is_defined = length != _UNDEFINED
        end = value + length if is_defined else self._end_of_sequence(implicit, vr)
        return None if end is None else Place(tag, vr, is_defined, begin, value, end)

    def _value(self, place: Place) -> bytes:
        size = place.end - place.value
        if size > LONGEST_KEPT and place.vr in ("SQ", None, "UN") and self._is_items(place.value):
            return b""
        self._file.seek(place.value)
        value = self._file.read(min(size, LONGEST_KEPT, self._kept))
        self._kept -= len(value)
        return value

    def _is_items(self, begin: int) -> bool:
        self._file.seek(begin)
        head = self._file.read(8)
        return len(head) == 8 and self._tag(head)[0] == _ITEM

    def _tag(self, head: bytes) -> tuple[int, int]:
        group, number, length = self._plain.unpack(head)
        return group << 16 | number, length

    def _next(self, implicit: bool) -> tuple[int, str | None, int] | None:
        """Tag, VR and length of the next element, whose value follows; None at the end."""
        self._count()
        head = self._file.read(8)
        if len(head) < 8:
            return None
        tag, length = self._tag(head)
        if implicit or tag >> 16 == _DELIMITERS:
            return tag, None, length
        vr = head[4:6]
        if not (vr.isalpha() and vr.isupper()):
            return tag, None, length
        if vr in LONG_VRS:
            more = self._file.read(4)
            if len(more) < 4:
                return None
            return tag, vr.decode(), int(self._long.unpack(more)[0])
        return tag, vr.decode(), int(self._explicit.unpack(head)[3])

    def _end_of_sequence(self, implicit: bool, vr: str | None) -> int | None:
        """Where a value of undefined length ends, after its delimiter; None if there is none."""
        file = self._file
        # Each open level: whether it is a data set (else a sequence or fragments), and whether it is in implicit VR.
        levels = [(False, implicit or vr == "UN")]
        while levels:
            is_data_set, implicit = levels[-1]
            if is_data_set:
                found = self._next(implicit)
                if found is None:
                    return None
                tag, vr, length = found
                if tag == _ITEM_END:
                    levels.pop()
                elif length == _UNDEFINED:
                    levels.append((False, implicit or vr == "UN"))
                else:
                    file.seek(length, 1)
                continue
            self._count()
            head = file.read(8)
            if len(head) < 8:
                return None
            tag, length = self._tag(head)
            if tag == _SEQUENCE_END:
                levels.pop()
            elif length == _UNDEFINED:
                levels.append((True, implicit or self._peeks_implicit()))
            else:
                file.seek(length, 1)
        return file.tell()

    def _peeks_implicit(self) -> bool:
        at = self._file.tell()
        beginning = self._file.read(6)
        self._file.seek(at)
        return looks_implicit(beginning, 0, 6, assumed=False)

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Enough
