"""The identifier of a query, as far as it says which keys there are; values that say who a patient is are not kept."""

from __future__ import annotations

from struct import unpack_from
from typing import Final

from dulcimer.diagnosis.evidence.facts import KeysSeen, SeenPlace

CHARSET: Final = 0x00080005
LEVEL: Final = 0x00080052
_LONG_VRS = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"UC", b"UN", b"UR", b"UT", b"SV", b"UV"))
_TEXT_GROUPS = frozenset((0x0008, 0x0010, 0x0020, 0x0040, 0x0032, 0x0038))
_UNDEFINED = 0xFFFFFFFF


def keys_of(data: bytes, message_id: int, place: SeenPlace) -> KeysSeen | None:
    """The keys of an identifier in Implicit or Explicit VR Little Endian; None if it cannot be read."""
    elements = _elements(data)
    if elements is None:
        return None
    texts = [value for tag, value in elements.items() if tag >> 16 in _TEXT_GROUPS and tag != CHARSET]
    level, charset = elements.get(LEVEL), elements.get(CHARSET)
    return KeysSeen(
        place=place,
        message_id=message_id,
        level=None if level is None else _text(level),
        tags=frozenset(elements),
        valued=frozenset(tag for tag, value in elements.items() if value.strip(b" \0")),
        charset=None if charset is None else _text(charset),
        is_plain=all(byte < 0x80 for value in texts for byte in value),
        has_question_marks=any(b"??" in value for value in texts),
    )


def _text(value: bytes) -> str:
    return value.decode("latin-1").strip(" \0")


def _elements(data: bytes) -> dict[int, bytes] | None:
    """The elements of the first level, by tag; sequences are empty. None if the bytes are no data set."""
    if len(data) < 8:
        return {} if not data else None
    is_explicit = data[4:6].isalpha() and data[4:6].isupper()
    found: dict[int, bytes] = {}
    at = 0
    while at + 8 <= len(data):
        group, element = unpack_from("<HH", data, at)
        at += 4
        length: int
        if is_explicit:
            vr = data[at : at + 2]
            if vr in _LONG_VRS:
                if at + 8 > len(data):
                    return None
                (length,) = unpack_from("<I", data, at + 4)
                at += 8
            else:
                (length,) = unpack_from("<H", data, at + 2)
                at += 4
        else:
            (length,) = unpack_from("<I", data, at)
            at += 4
        if length == _UNDEFINED:
            end = data.find(b"\xfe\xff\xdd\xe0\0\0\0\0", at)
            if end < 0:
                return None
            found[group << 16 | element] = b""
            at = end + 8
            continue
        if at + length > len(data):
            return None
        found[group << 16 | element] = data[at : at + length]
        at += length
    return found
