"""Data sets of messages to bytes and back, with pydicom (PS3.5)."""

from __future__ import annotations

import zlib
from array import array
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Any

from dulcimer._generated.commands import ELEMENTS
from dulcimer.dimse.bounds import DEFLATED, EXPLICIT_BIG, IMPLICIT_LITTLE, BrokenDataSet, inflate, measure
from dulcimer.dimse.charsets import correct_misspelling, unencodable
from dulcimer.errors import DIMSEProcessingError, EncodeError
from dulcimer.limits import DEFAULTS, DataSetLimits
from dulcimer.wire.model import Buffer

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = [
    "DEFLATED",
    "EXPLICIT_BIG",
    "add_command_element",
    "decode_data_set",
    "decode_elements",
    "encode_data_set",
    "in_other_byte_order",
    "is_small",
]

_SMALL_LENGTH, _SMALL_COUNT = 16 << 10, 300
"""Bytes, and elements and items, that a data set may have to be decoded in some milliseconds."""
_WORDS = {"OW": "H", "OF": "I", "OL": "I", "OD": "Q", "OV": "Q"}
"""VRs of words, as arrays have them: 2, 4 or 8 bytes each."""
_LENGTHS = "PS3.5 7.1"
_PLAIN_TEXT = ("UI", "AE", "LO", "SH")


def encode_data_set(data_set: Dataset, transfer_syntax: str, *, strict_text: bool = False) -> bytes:
    """The bytes of a data set in the transfer syntax of its presentation context.

    Compressed pixel data must be encapsulated already. Raises EncodeError for what cannot be written, including text
    that the Specific Character Set cannot encode; `strict_text` allows no exception to that (see
    `charsets.unencodable`).
    """
    from pydicom.filebase import DicomBytesIO
    from pydicom.filewriter import write_dataset

    buffer = DicomBytesIO()
    buffer.is_implicit_VR = transfer_syntax == IMPLICIT_LITTLE
    buffer.is_little_endian = transfer_syntax != EXPLICIT_BIG
    try:
        if found := unencodable(data_set, strict=strict_text):
            raise EncodeError(str(found), path="the data set", clause="PS3.5 6.1")
        write_dataset(buffer, data_set)
    except EncodeError:
        raise
    except Exception as error:  # pydicom has no common exception
        why = " ".join(str(error).split())
        raise EncodeError(f"cannot be written: {why}", path="the data set", clause="PS3.5 7") from error
    data = buffer.getvalue()
    if transfer_syntax == DEFLATED:
        compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        data = compressor.compress(data) + compressor.flush()
        data += b"\0" * (len(data) % 2)
    return bytes(data)


def decode_data_set(data: Buffer, transfer_syntax: str, *, limits: DataSetLimits = DEFAULTS.instance) -> Dataset:
    """The data set in these bytes, decoded if it is within the limits.

    Raises DIMSEProcessingError for bytes that are not a data set of that transfer syntax; its subclass BrokenDataSet if
    the lengths do not add up, its subclass DataSetTooLarge beyond a limit. A misspelt Specific Character Set is taken
    for what it means, and corrected (see `charsets.correct_misspelling`).
    """
    from pydicom.filereader import read_dataset

    raw = bytes(data)
    try:
        if transfer_syntax == DEFLATED:
            raw = inflate(raw, limits)
        if fault := measure(raw, transfer_syntax, limits).fault:
            raise BrokenDataSet(f"the data set is broken: {fault}", clause=_LENGTHS)
        data_set = read_dataset(
            BytesIO(raw),
            is_implicit_VR=transfer_syntax == IMPLICIT_LITTLE,
            is_little_endian=transfer_syntax != EXPLICIT_BIG,
            bytelength=len(raw),
        )
    except DIMSEProcessingError:
        raise
    except Exception as error:  # pydicom has no common exception
        raise DIMSEProcessingError(f"the data set cannot be read: {error}", clause="PS3.5 7") from error
    with suppress(Exception):  # a damaged character set raises again when the element is accessed
        correct_misspelling(data_set)
    return data_set


def add_command_element(data_set: Dataset, tag: int, value: Any) -> None:
    """Add an element of a received command set to a data set, with its value unchanged: a text, a number or tags."""
    from pydicom import config
    from pydicom.dataelem import DataElement

    vr = ELEMENTS[tag].vr if tag in ELEMENTS else "UN"
    if isinstance(value, str) and ("\\" in value or vr not in _PLAIN_TEXT):
        vr = "LT"  # any text: these elements have one value, in which a backslash is a character
    elif isinstance(value, tuple):
        value = list(value)
    data_set.add(DataElement(tag, vr, value, validation_mode=config.IGNORE))


def decode_elements(data_set: Dataset) -> None:
    """Decode the elements that pydicom has left undecoded, also in sequences; what it cannot decode stays."""
    for tag in list(data_set.keys()):
        with suppress(Exception):  # pydicom has no common exception; it raises again when the element is accessed
            element = data_set[tag]
            for item in element.value if element.VR == "SQ" else ():
                decode_elements(item)


def is_small(data: bytes, transfer_syntax: str, limits: DataSetLimits) -> bool:
    """Whether decoding the data set, and looking at all of it, takes only milliseconds; a faster check.

    Raises DataSetTooLarge if a limit is reached that early.
    """
    if len(data) > _SMALL_LENGTH:
        return False
    if transfer_syntax == DEFLATED:
        try:
            data = zlib.decompressobj(wbits=-zlib.MAX_WBITS).decompress(data, _SMALL_LENGTH + 1)
        except zlib.error:
            return True  # decoding fails as early
        if len(data) > _SMALL_LENGTH:
            return False
    return measure(data, transfer_syntax, limits, most=_SMALL_COUNT).is_whole


def in_other_byte_order(data_set: Dataset) -> Dataset:
    """A copy in which the attributes of words (OW, OF, OL, OD, OV) have the bytes of each word reversed.

    pydicom keeps their values as bytes in the order received, and writes them so (PS3.5 7.3).
    """
    from copy import deepcopy

    turned = deepcopy(data_set)
    for element in turned.iterall():
        code = _WORDS.get(element.VR)
        if code is not None and isinstance(element.value, bytes):
            words = array(code)
            whole = len(element.value) // words.itemsize * words.itemsize
            words.frombytes(element.value[:whole])
            words.byteswap()
            element.value = words.tobytes() + element.value[whole:]
    return turned
