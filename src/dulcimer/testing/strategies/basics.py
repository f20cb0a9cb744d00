"""Strategies for what items are made of: UIDs, AE titles, context IDs, items of unknown type.

An item has few draws, mostly one: what draws often is slow, and shrinks badly.
"""

from __future__ import annotations

import string
from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dulcimer._generated import sop_classes
from dulcimer.wire.model import UnknownItem

u8 = st.integers(0, 255)
u16 = st.integers(0, 0xFFFF)
u32 = st.integers(0, 0xFFFF_FFFF)
flags = st.integers(0, 1)
odd_u8 = st.integers(0, 127).map(lambda number: 2 * number + 1)
odd_u16 = st.integers(0, 0x7FFF).map(lambda number: 2 * number + 1)
latin_1 = st.characters(max_codepoint=255)

_LONGEST_UID, _MOST_CONTEXTS = 64, 128
_KNOWN = (
    "1.2.840.10008.1.1",
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.3.1.1.1",
    *(
        str(uid)
        for uid in (
            sop_classes.CTImageStorage,
            sop_classes.MRImageStorage,
            sop_classes.StudyRootQueryRetrieveInformationModelFind,
        )
    ),
)
_FORMS = 4
_COMPONENT = 1000
_TITLE = "".join(sorted(set(string.printable[:95]) - {"\\"}))


def _uid_of(number: int) -> str:
    """A UID that the number stands for: a known one, one of a UUID, short components, or 64 characters."""
    form, number = number % _FORMS, number // _FORMS
    if form == 0:
        return _KNOWN[number % len(_KNOWN)]
    if form == 1:
        return f"2.25.{number}"
    if form == 2:
        parts = [str(number % 3)]
        while number and len(parts) < 12:
            number, part = divmod(number, _COMPONENT)
            parts.append(str(part))
        return ".".join(parts)
    return f"1.{number + 1}".ljust(_LONGEST_UID, "0")


@cache
def uids() -> SearchStrategy[str]:
    """UIDs of the form of PS3.8 Annex F: 1 to 64 characters, among them known ones and some of exactly 64."""
    return st.integers(0, _FORMS << 128).map(_uid_of)


@cache
def ae_titles() -> SearchStrategy[str]:
    """AE titles of 1 to 16 characters, without trailing spaces (PS3.5 6.2); leading spaces are not significant."""
    return st.text(_TITLE, min_size=1, max_size=16).map(lambda text: text.rstrip() or "A")


def unknown_items(*item_types: int) -> SearchStrategy[UnknownItem]:
    """Items of types that the standard does not define, or of these; receivers skip them (PS3.8 9.3.1)."""
    return st.builds(UnknownItem, st.sampled_from(item_types or (0x00, 0x5A, 0x99, 0xFF)), st.binary(max_size=20))


@st.composite
def context_ids(draw: st.DrawFn, most: int = 5) -> list[int]:
    """From 1 to `most` odd numbers from 1 to 255, all different; once in a while all 128 that there are."""
    count = draw(st.integers(1, most))
    if draw(st.integers(0, 31)) == 31:
        count = _MOST_CONTEXTS
    first, step = divmod(draw(st.integers(0, 128 * 64 - 1)), 64)
    return [(first + index * (2 * step + 1)) % _MOST_CONTEXTS * 2 + 1 for index in range(count)]


def in_order(items: list[object], number: int) -> tuple[object, ...]:
    """The items in the order that the number stands for; 0: as they are."""
    left, ordered = list(items), []
    while left:
        number, index = divmod(number, len(left))
        ordered.append(left.pop(index))
    return tuple(ordered)
