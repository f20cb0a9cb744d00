"""Values of command elements: from bytes to Python values and back (PS3.5 6.2, PS3.7 E.1); pure.

A received value has the type of its VR: a number for US and UL, text for the VRs of text, a tuple of tags as numbers
for AT. An element without bytes has no value. One whose bytes do not fit its VR has none either, but a problem in
words.
"""

from __future__ import annotations

import re
from functools import lru_cache
from struct import error, pack, unpack_from
from typing import Any, NamedTuple

from dulcimer._generated.commands import ELEMENTS
from dulcimer.counting import counted
from dulcimer.errors import EncodeError
from dulcimer.wire.fields import LONGEST_UID, Uid

CLAUSE = "PS3.7 6.3.1"
VALUE_CLAUSE = "PS3.5 6.2"

_NUMBERS = {"US": ("<H", 2), "UL": ("<I", 4)}
NUMBERS_OF_TWO_BYTES = frozenset(tag for tag, one in ELEMENTS.items() if one.vr == "US" and one.vm == "1")
"""Tags of the elements that are one number of 2 bytes."""
_LONGEST = {"AE": 16, "LO": 64, "SH": 16, "CS": 16, "IS": 12}
_ONE_VALUE = ("UI", "AE")
"""VRs of text whose elements have one value; in other text a backslash is a character."""
_REMEMBERED = 64
"""Longest text in bytes whose value is cached: most come again and again."""
_CONTROL = re.compile(r"[\x00-\x1a\x1c-\x1f\x7f-\x9f]")
_NOT_IN_LO = re.compile(r"[\x00-\x1f\x7f]+")
PLAIN_UID = re.compile(rb"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*\0?")
"""A UID without deviations, if its length is even and at most LONGEST_UID."""
_UID = Uid()


class Taken(NamedTuple):
    """A value as received, None if there is none, and its problem in words, "" if there is none."""

    value: Any
    problem: str = ""


def take(tag: int, raw: bytes) -> Taken:
    """The value in these bytes; the bytes themselves for an unknown tag of group 0000H."""
    definition = ELEMENTS.get(tag)
    if definition is None:
        return Taken(None, "is not of group 0000H") if tag >> 16 else Taken(raw)
    vr = definition.vr
    if vr in _NUMBERS:
        form, size = _NUMBERS[vr]
        if definition.vm != "1":
            return _several(vr, raw, size)
        return Taken(unpack_from(form, raw)[0]) if len(raw) == size else _wrong_length(vr, raw, size)
    if vr == "AT":
        return _tags(raw)
    return _text(vr, raw)


def write(tag: int, value: Any) -> bytes:
    """The bytes of a value. Raises EncodeError, which names the element, for one that does not fit its VR."""
    definition = ELEMENTS[tag]
    vr = definition.vr
    try:
        if vr in _NUMBERS:
            form, size = _NUMBERS[vr]
            most = (1 << 8 * size) - 1
            if isinstance(value, int) and not 0 <= value <= most:
                raise ValueError(f"it must be from 0 to {most}")
            return pack(form, value)
        if vr == "AT":
            tags = (value,) if isinstance(value, int) else value
            return b"".join(pack("<HH", item >> 16, item & 0xFFFF) for item in tags)
        raw = value.encode("latin-1") if isinstance(value, str) else bytes(value)
        return raw + (b"\0" if vr == "UI" else b" ") * (len(raw) & 1)
    except (error, ValueError, TypeError, AttributeError) as problem:
        raise EncodeError(f"{value!r} is not a value of VR {vr}: {problem}", path=named(tag), clause=CLAUSE) from None


def comment(text: str) -> str:
    """A text as Error Comment (0000,0902): at most 64 characters of the default repertoire (PS3.5 6.2, LO)."""
    plain = _NOT_IN_LO.sub(" ", text.replace("\\", "/")).encode("ascii", "replace").decode()
    return plain[: _LONGEST["LO"]].strip(" ")


def named(tag: int) -> str:
    """An element by its name, if it has one, and its tag."""
    number = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
    return f"{ELEMENTS[tag].name} {number}" if tag in ELEMENTS else number


def _wrong_length(vr: str, raw: bytes, size: int) -> Taken:
    return Taken(None, f"it has {counted(len(raw), 'byte')}, and a value of VR {vr} has {size}" if raw else "")


def _several(vr: str, raw: bytes, size: int) -> Taken:
    if len(raw) % size or not raw:
        return _wrong_length(vr, raw, size)
    return Taken(tuple(unpack_from(f"<{len(raw) // size}{'H' if size == 2 else 'I'}", raw)))


def _tags(raw: bytes) -> Taken:
    if len(raw) % 4 or not raw:
        return _wrong_length("AT", raw, 4)
    numbers = unpack_from(f"<{len(raw) // 2}H", raw)
    return Taken(tuple(group << 16 | element for group, element in zip(numbers[::2], numbers[1::2], strict=True)))


def _text(vr: str, raw: bytes) -> Taken:
    return _short_text(vr, raw) if len(raw) <= _REMEMBERED else _short_text.__wrapped__(vr, raw)


@lru_cache(maxsize=512)
def _short_text(vr: str, raw: bytes) -> Taken:
    """Text in ISO 8859-1, so that no byte is lost, without its padding."""
    if vr == "UI" and len(raw) <= LONGEST_UID and not len(raw) % 2 and PLAIN_UID.fullmatch(raw):
        return Taken(raw.rstrip(b"\0").decode("ascii"))
    text = raw.decode("latin-1")
    value = text.rstrip("\0 ") if vr in _ONE_VALUE else text.rstrip(" ")
    if vr == "AE":
        value = value.lstrip(" ")  # spaces around it mean nothing
    if vr in _ONE_VALUE and "\\" in value:
        return Taken(None, f"has {value.count(chr(92)) + 1} values, and one is allowed")
    return Taken(value or None, _text_problem(vr, text, value))


def _text_problem(vr: str, text: str, value: str) -> str:
    if vr == "UI":
        if " " in text[len(value) :]:
            return "the UID is padded with a space, not with NUL"
        if text[len(value) :] not in ("", "\0"):
            return "the UID is padded with more than one NUL"
        problem = _UID.problem(value, {}) if value else None
        return problem or ("its length is odd" if len(text) % 2 else "")
    if len(value) > (most := _LONGEST.get(vr, len(value))):
        return f"has {len(value)} characters, and VR {vr} allows {most}"
    if "\0" in text:
        return "is padded with NUL, not with spaces" if "\0" not in value else "has NUL characters in it"
    if vr not in ("LT", "ST") and (found := _CONTROL.search(value)):
        return f"has the control character {ord(found[0]):02X}H"
    if not value.isascii():
        return "goes beyond the default repertoire of characters"
    return "its length is odd" if len(text) % 2 else ""
