"""A strategy for data sets: bounded, well-formed, of synthetic values."""

from __future__ import annotations

import struct
from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dulcimer.testing.strategies.basics import uids

_LONG = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"))
"""VRs with a length of 4 bytes in Explicit VR."""
_ITEM, _ITEM_END, _SEQUENCE_END = (bytes.fromhex(tag) for tag in ("feff00e0", "feff0de000000000", "feffdde000000000"))
_UNDEFINED = b"\xff" * 4
_WORDS = ("SYNTHETIC", "TEST", "A", "Doe^Jane", "0")
_LEVELS = 3


def _chosen(*texts: str) -> SearchStrategy[bytes]:
    return st.sampled_from([text.encode() + b" " * (len(text) % 2) for text in texts])


def _numbers(form: str, low: int, high: int) -> SearchStrategy[bytes]:
    return st.integers(low, high).map(lambda number: struct.pack(form, number))


_pairs = st.binary(max_size=16).map(lambda data: data * 2)
_octets_8 = st.binary(min_size=8, max_size=8)
_TABLE: tuple[tuple[int, str, SearchStrategy[bytes]], ...] = (
    (0x00080005, "CS", _chosen("ISO_IR 100", "ISO_IR 192", "")),
    (0x00080018, "UI", uids().map(lambda uid: uid.encode() + b"\0" * (len(uid) % 2))),
    (0x00080020, "DA", _chosen("20240229", "19000101", "")),
    (0x0008002A, "DT", _chosen("20240229120000.000000", "2024")),
    (0x00080030, "TM", _chosen("120000", "235959.999999", "")),
    (0x00080052, "CS", _chosen("STUDY", "SERIES", "IMAGE", "PATIENT")),
    (0x00080054, "AE", _chosen("DULCIMER", "A")),
    (0x00080119, "UC", _chosen(*_WORDS)),
    (0x00081140, "SQ", st.nothing()),
    (0x00081190, "UR", _chosen("http://localhost/", "urn:a")),
    (0x00089459, "FL", _numbers("<i", 0, 0x7F000000)),
    (0x00100010, "PN", _chosen("SYNTHETIC^PATIENT", "A", "*", "")),
    (0x00100020, "LO", _chosen(*_WORDS, "")),
    (0x00101010, "AS", _chosen("018M", "042Y")),
    (0x00101030, "DS", _chosen("1.5", "-1E+10", "0", "")),
    (0x001021B0, "LT", _chosen(*_WORDS)),
    (0x00110001, "UN", _pairs),
    (0x00186020, "SL", _numbers("<i", -(2**31), 2**31 - 1)),
    (0x00189087, "FD", _numbers("<q", 0, 0x7FE0 << 48)),
    (0x00189219, "SS", _numbers("<h", -(2**15), 2**15 - 1)),
    (0x0020000D, "UI", uids().map(lambda uid: uid.encode() + b"\0" * (len(uid) % 2))),
    (0x00200010, "SH", _chosen(*_WORDS, "")),
    (0x00200013, "IS", _chosen("1", "-2147483648", "")),
    (0x00280009, "AT", st.just(b"\x18\x00\x63\x10")),
    (0x00280010, "US", _numbers("<H", 0, 2**16 - 1)),
    (0x00400275, "SQ", st.nothing()),
    (0x00420011, "OB", _pairs),
    (0x00720067, "OF", st.just(bytes(8))),
    (0x00720073, "OD", _octets_8),
    (0x00720075, "OL", _octets_8),
    (0x00720081, "OV", _octets_8),
    (0x00720082, "SV", _octets_8),
    (0x00720083, "UV", _octets_8),
    (0x7FE00010, "OW", _pairs),
)
"""An element of each VR, in the order of tags, and values for it."""


@cache
def data_set_bytes(*, explicit: bool = False, most: int = 12, levels: int = _LEVELS) -> SearchStrategy[bytes]:
    """Data sets in Implicit, or Explicit, VR Little Endian (PS3.5 7, Annex A), their elements in the order of tags.

    At most `most` elements in each, sequences at most `levels` deep, with items and sequences of defined and undefined
    length. All VRs occur. About 4 kB at most.
    """
    return _data_sets(explicit, most, levels)


@st.composite
def _data_sets(draw: st.DrawFn, explicit: bool, most: int, levels: int) -> bytes:
    chosen = draw(st.sets(st.integers(0, len(_TABLE) - 1), min_size=1, max_size=most))
    parts: list[bytes] = []
    for tag, vr, values in (_TABLE[index] for index in sorted(chosen)):
        if vr != "SQ":
            parts.append(_element(tag, vr, draw(values), explicit))
        elif levels:
            parts.append(_sequence(draw, tag, explicit, levels - 1))
    return b"".join(parts) or _element(*_TABLE[1][:2], b"1.2\0", explicit)


def _sequence(draw: st.DrawFn, tag: int, explicit: bool, levels: int) -> bytes:
    items = b""
    for _ in range(draw(st.integers(0, 2))):
        inner = draw(data_set_bytes(explicit=explicit, most=3, levels=levels))
        undefined = draw(st.booleans())
        items += _ITEM + (_UNDEFINED + inner + _ITEM_END if undefined else struct.pack("<I", len(inner)) + inner)
    if draw(st.booleans()):
        return _element(tag, "SQ", items + _SEQUENCE_END, explicit, _UNDEFINED)
    return _element(tag, "SQ", items, explicit)


def _element(tag: int, vr: str, value: bytes, explicit: bool, length: bytes | None = None) -> bytes:
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    if not explicit:
        return head + (length or struct.pack("<I", len(value))) + value
    if vr in _LONG:
        return head + vr.encode() + b"\0\0" + (length or struct.pack("<I", len(value))) + value
    return head + vr.encode() + struct.pack("<H", len(value)) + value
