"""A fast reader for the beginning of a data set; pydicom's reader takes several times as long.

It returns the same as pydicom, or nothing: anything unusual is left to pydicom.
"""

from __future__ import annotations

import contextlib
from collections.abc import Container
from struct import Struct
from typing import Any

from pydicom.charset import convert_encodings
from pydicom.dataelem import RawDataElement, convert_raw_data_element, empty_value_for_VR
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag
from pydicom.valuerep import EXPLICIT_VR_LENGTH_16, EXPLICIT_VR_LENGTH_32

from dulcimer.archive.values.datasets import SPECIFIC_CHARACTER_SET
from dulcimer.dimse.charsets import correct_misspelling

_EXPLICIT = Struct("<HH2sH")
_IMPLICIT = Struct("<HHL")
_LONG = Struct("<L")
_SHORT_VRS = {vr.encode(): str(vr) for vr in EXPLICIT_VR_LENGTH_16}
_LONG_VRS = {vr.encode(): str(vr) for vr in EXPLICIT_VR_LENGTH_32}
_UNDEFINED = 0xFFFFFFFF
_DELIMITERS = 0xFFFE
_DEFAULT = "iso8859"


def scan(
    data: bytes, *, whole: bool, implicit: bool, wanted: Container[int], last: int
) -> dict[int, RawDataElement] | None:
    """The `wanted` elements of a little endian data set that begins with `data`, up to the tag `last`.

    `whole`: nothing follows `data`. None if `data` does not reach far enough, an element has undefined length, or
    something else is unusual.
    """
    found: dict[int, RawDataElement] = {}
    size = len(data)
    at = 0
    while at + 8 <= size:
        vr: str | None
        if implicit:
            group, element, length = _IMPLICIT.unpack_from(data, at)
            vr = None
            if at == 0 and data[4:6].isalpha():  # explicit VR after all?
                return None
            at += 8
        else:
            group, element, raw_vr, length = _EXPLICIT.unpack_from(data, at)
            at += 8
            vr = _SHORT_VRS.get(raw_vr)
            if vr is None:
                vr = _LONG_VRS.get(raw_vr)
                if vr is None or at + 4 > size:
                    return None
                length = _LONG.unpack_from(data, at)[0]
                at += 4
        tag = group << 16 | element
        if tag > last and group != _DELIMITERS:
            return found
        if length == _UNDEFINED or group == _DELIMITERS or at + length > size:
            return None
        if tag in wanted:
            value: Any = data[at : at + length] if length else empty_value_for_VR(vr, raw=True)
            found[tag] = RawDataElement(BaseTag(tag), vr, length, value, at, implicit, True)
        at += length
    return found if whole and at == size else None


def data_set_of(raw: dict[int, RawDataElement], *, implicit: bool, little: bool = True) -> Dataset:
    """The data set with these elements, as pydicom makes it; with the default character set if its own is damaged."""
    data_set = Dataset({BaseTag(tag): element for tag, element in raw.items()})
    encoding: Any = _DEFAULT
    character_set = raw.get(int(SPECIFIC_CHARACTER_SET))
    if character_set is not None:
        with contextlib.suppress(Exception):  # damaged values make pydicom raise anything
            encoding = convert_encodings(convert_raw_data_element(character_set).value)
    data_set.set_original_encoding(implicit, little, encoding)
    with contextlib.suppress(Exception):  # as above
        correct_misspelling(data_set)
    return data_set
