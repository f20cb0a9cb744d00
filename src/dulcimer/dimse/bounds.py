"""What a data set would cost to decode, counted before decoding: elements, items, and the depth of sequences.

pydicom makes an object for everything, some 1,400 bytes for an item of 8, and calls itself for each nested sequence.
The count takes the same steps as pydicom, also where pydicom reads what the standard does not have (implicit VR where
it should be explicit, items without an item tag), so that nothing escapes it; but it makes no objects, does not call
itself, and stops at the first limit.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from struct import Struct

from dulcimer.counting import counted
from dulcimer.errors import DIMSEProcessingError
from dulcimer.limits import DataSetLimits
from dulcimer.wire.model import Buffer

DEFLATED = "1.2.840.10008.1.2.1.99"
IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"
LONG_VRS = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
"""VRs whose explicit form has a length of 4 bytes after 2 reserved ones (PS3.5 Table 7.1-1)."""
_UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_DELIMITERS = 0xFFFE
"""The group of items and delimitations, which no element has (PS3.5 7.5)."""
_CREATORS = range(0x10, 0x100)
_LONGEST_LOOKED_UP = 0xFFFF


class DataSetTooLarge(DIMSEProcessingError):
    """A data set beyond one of the limits: it is not decoded. `limit` is its name in `Limits`."""

    def __init__(self, problem: str, limit: str) -> None:
        self.limit = limit
        super().__init__(f"{problem}; the limit is {limit.replace('_', '-')}")


class BrokenDataSet(DIMSEProcessingError):
    """A data set whose lengths do not add up: it cannot be read as it was meant, and is not decoded."""


@dataclass(slots=True)
class DataSetSize:
    """What was counted; `is_whole` is False if `most` ended the count early.

    `fault` is the first fault in the lengths, in words (PS3.5 7.1, 7.5); "" if they add up.
    """

    elements: int = 0
    items: int = 0
    depth: int = 0
    is_whole: bool = True
    fault: str = ""


@dataclass(slots=True)
class _Frame:
    """A sequence, or a data set, that is being counted.

    It ends at byte `end` or, if that is None, with its delimiter; reading stops at byte `limit` in any case. Then it
    continues at `resume`, or at the same place if that is None.
    """

    is_sequence: bool
    end: int | None
    limit: int
    implicit: bool
    resume: int | None = None
    creators: dict[int, bytes] | None = None


def inflate(data: Buffer, limits: DataSetLimits) -> bytes:
    """A deflated data set, inflated (PS3.5 A.5). Raises DataSetTooLarge, and zlib.error for damaged bytes."""
    inflated = zlib.decompressobj(wbits=-zlib.MAX_WBITS).decompress(data, limits.inflated + 1)
    if len(inflated) > limits.inflated:
        name = f"{limits.name}_inflated" if limits.name == "instance" else f"{limits.name}_length"
        raise DataSetTooLarge(f"a deflated data set becomes more than {counted(limits.inflated, 'byte')}", name)
    return inflated


def measure_items(value: bytes, *, implicit: bool, little: bool, limits: DataSetLimits) -> DataSetSize:
    """As `measure`, for the items of a sequence, given the value of its element. Raises DataSetTooLarge."""
    measurement = _Measurement(b"", IMPLICIT_LITTLE if little else EXPLICIT_BIG, limits, None)
    return measurement.measure_items(value, implicit=implicit)


def measure(data: bytes, transfer_syntax: str, limits: DataSetLimits, *, most: int | None = None) -> DataSetSize:
    """Count the elements, items, levels and values of a data set that is not deflated.

    Ends early after `most` elements and items. Raises DataSetTooLarge at the first limit. If the bytes are damaged,
    the count ends where reading them would end.
    """
    if limits.values is not None and data.count(b"\\") > limits.values:
        raise DataSetTooLarge(f"more than {counted(limits.values, 'value')}", f"{limits.name}_values")
    return _Measurement(data, transfer_syntax, limits, most).measure()


class _Measurement:
    def __init__(self, data: bytes, transfer_syntax: str, limits: DataSetLimits, most: int | None) -> None:
        order = ">" if transfer_syntax == EXPLICIT_BIG else "<"
        self._data = data
        self._limits = limits
        self._left = most if most is not None else limits.elements + limits.items + 1
        self._plain = Struct(f"{order}HHL")
        self._explicit = Struct(f"{order}HH2sH")
        self._long = Struct(f"{order}L")
        self._item_tag = Struct(f"{order}HH").pack(0xFFFE, 0xE000)
        self._end_tag = Struct(f"{order}HH").pack(0xFFFE, 0xE0DD)
        self._size = DataSetSize()
        self._depth = 0
        implicit = looks_implicit(data, 0, len(data), assumed=transfer_syntax == IMPLICIT_LITTLE)
        self._frames = [_Frame(False, len(data), len(data), implicit)]

    def measure_items(self, value: bytes, *, implicit: bool) -> DataSetSize:
        self._data = value
        self._depth = 1
        self._frames = [_Frame(True, len(value), len(value), implicit)]
        return self.measure()

    def measure(self) -> DataSetSize:
        frames = self._frames
        at = 0
        while frames:
            frame = frames[-1]
            if (frame.end is not None and at >= frame.end) or at + 8 > frame.limit:
                self._check_end(frame, at)
                at = self._leave(at)
                continue
            if self._left == 0:
                self._size.is_whole = False
                break
            self._left -= 1
            at = self._item(frame, at) if frame.is_sequence else self._element(frame, at)
        return self._size

    def _fault(self, text: str) -> None:
        self._size.fault = self._size.fault or text

    def _check_end(self, frame: _Frame, at: int) -> None:
        """Check that a data set or sequence ends at its length, or with its delimiter."""
        if frame.end is None:
            self._fault(f"a{' sequence' if frame.is_sequence else 'n item'} of undefined length has no delimitation")
        elif at < min(frame.end, frame.limit) and self._data[at : min(frame.end, frame.limit)].strip(b"\0"):
            # Zero bytes are padding (PS3.8 E.1), of which some senders take more than one.
            self._fault(f"{counted(min(frame.end, frame.limit) - at, 'byte')} at byte {at}, less than an element")

    def _check_length(self, frame: _Frame, tag: int, at: int, length: int) -> None:
        left = (frame.limit if frame.end is None else min(frame.end, frame.limit)) - at
        if length > left:
            self._fault(f"{_named(tag)} claims {counted(length, 'byte')}, {max(left, 0)} are left")

    def _leave(self, at: int) -> int:
        frame = self._frames.pop()
        self._depth -= frame.is_sequence
        return at if frame.resume is None else frame.resume

    def _enter(self, end: int | None, limit: int, implicit: bool, resume: int | None) -> None:
        self._depth += 1
        if self._depth > self._size.depth:
            self._size.depth = self._depth
            if self._depth > self._limits.depth:
                raise DataSetTooLarge(f"more than {counted(self._limits.depth, 'nested sequence')}", "depth")
        self._frames.append(_Frame(True, end, limit, implicit, resume))

    def _item(self, frame: _Frame, at: int) -> int:
        """For pydicom everything but a delimiter is an item, whatever its tag."""
        group, number, length = self._plain.unpack_from(self._data, at)
        at += 8
        if group << 16 | number == _SEQUENCE_END:
            return self._leave(at)
        if group << 16 | number != _ITEM:
            self._fault(f"{_named(group << 16 | number)} is where an item of a sequence belongs")
        elif length != _UNDEFINED:
            self._check_length(frame, _ITEM, at, length)
        self._count_item()
        implicit = frame.implicit or looks_implicit(self._data, at, frame.limit, assumed=False)
        end = None if length == _UNDEFINED else at + length
        self._frames.append(_Frame(False, end, frame.limit, implicit))
        return at

    def _count_item(self) -> None:
        self._size.items += 1
        if self._size.items > self._limits.items:
            raise DataSetTooLarge(
                f"more than {counted(self._limits.items, 'sequence item')}", f"{self._limits.name}_items"
            )

    def _element(self, frame: _Frame, at: int) -> int:
        vr: bytes | None = None
        if frame.implicit:
            group, number, length = self._plain.unpack_from(self._data, at)
            at += 8
        else:
            group, number, vr, length = self._explicit.unpack_from(self._data, at)
            at += 8
            if vr in LONG_VRS:
                if at + 4 > frame.limit:
                    self._fault(f"{_named(group << 16 | number)} has no length")
                    return frame.limit
                length = self._long.unpack_from(self._data, at)[0]
                at += 4
            elif not b"AA" <= vr <= b"ZZ":
                vr = None
                length = self._long.unpack_from(self._data, at - 4)[0]
        tag: int = group << 16 | number
        if tag == _ITEM_END:
            if len(self._frames) == 1 or frame.end is not None:
                self._fault("an item delimitation without an item, or in one of defined length")
            return self._leave(at)
        if tag >> 16 == _DELIMITERS:
            self._fault(f"{_named(tag)} is where an element of a data set belongs")
        self._size.elements += 1
        if self._size.elements > self._limits.elements:
            raise DataSetTooLarge(
                f"more than {counted(self._limits.elements, 'element')}", f"{self._limits.name}_elements"
            )
        if length == _UNDEFINED:
            return self._undefined(frame, tag, vr, at)
        self._check_length(frame, tag, at, length)
        end: int = min(at + length, frame.limit)
        if length >= 8 and self._is_sequence(frame, tag, vr, length):
            self._enter(end, end, frame.implicit, end)
            return at
        if group & 1 and number in _CREATORS:
            frame.creators = frame.creators or {}
            frame.creators[tag] = self._data[at : min(end, at + 64)]
        return end

    def _undefined(self, frame: _Frame, tag: int, vr: bytes | None, at: int) -> int:
        if vr is None:
            known = _vr(tag)
            sequence = self._data.startswith(self._item_tag, at) if known is None else known == "SQ"
        else:
            sequence = vr in (b"SQ", b"UN")
        if sequence:
            self._enter(None, frame.limit, frame.implicit, None)
            return at
        # Fragments (PS3.5 A.4), or everything up to the delimiter.
        begin = at
        while self._data.startswith(self._item_tag, at) and at + 8 <= frame.limit:
            self._count_item()
            at += 8 + int(self._long.unpack_from(self._data, at + 4)[0])
        if self._data.startswith(self._end_tag, at) and at + 8 <= frame.limit:
            return at + 8
        found = self._data.find(self._end_tag, begin, frame.limit)
        if found < 0:
            self._fault(f"{_named(tag)} of undefined length has no delimitation")
        return found + 8 if found >= 0 else frame.limit

    def _is_sequence(self, frame: _Frame, tag: int, vr: bytes | None, length: int) -> bool:
        """Whether a value of defined length is read as a sequence when it is accessed."""
        if vr == b"SQ":
            return True
        if vr is not None and vr != b"UN":
            return False
        if tag >> 16 & 1:
            return self._is_private_sequence(frame, tag)
        return (vr is None or length < _LONGEST_LOOKED_UP) and _vr(tag) == "SQ"

    def _is_private_sequence(self, frame: _Frame, tag: int) -> bool:
        block = (tag & 0xFFFF) >> 8
        creator = (frame.creators or {}).get(tag & 0xFFFF0000 | block)
        return creator is not None and _private_vr(tag, creator) == "SQ"


def looks_implicit(data: bytes, at: int, limit: int, *, assumed: bool) -> bool:
    """Whether a data set is read as implicit VR, judged by the bytes where the VR of its first element would be."""
    vr = data[at + 4 : min(at + 6, limit)]
    if len(vr) < 2:
        return assumed
    return not (0x40 < vr[0] < 0x5B and 0x40 < vr[1] < 0x5B)


def _named(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def _vr(tag: int) -> str | None:
    from pydicom.datadict import dictionary_VR

    try:
        return str(dictionary_VR(tag))
    except KeyError:
        return None


def _private_vr(tag: int, creator: bytes) -> str | None:
    from pydicom.datadict import private_dictionary_VR

    try:
        return str(private_dictionary_VR(tag, creator.decode("latin-1").strip(" \0")))
    except (KeyError, ValueError):
        return None
