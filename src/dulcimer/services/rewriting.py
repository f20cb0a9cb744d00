"""Rewrites an instance from one uncompressed transfer syntax into another, without its long values in memory.

Little endian transfer syntaxes differ only in headers: long values are copied from file to file, and pydicom, which
knows the VR of each element, rewrites the rest.
"""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from io import BytesIO
from struct import pack
from typing import IO

from dulcimer.counting import counted
from dulcimer.dimse.bounds import DEFLATED, IMPLICIT_LITTLE, LONG_VRS, DataSetTooLarge
from dulcimer.dimse.data_set import decode_data_set, encode_data_set
from dulcimer.errors import DIMSEProcessingError
from dulcimer.limits import Limits
from dulcimer.services.header import Enough, Place, places

_EXPLICIT = "1.2.840.10008.1.2.1"
_LONG = 1 << 16
"""Values of so many bytes or more are not kept in memory; their length does not fit into 2 bytes."""
_BLOCK = 1 << 20
_SHORTEST = 8
"""Bytes of the shortest element; fewer bytes at the end are ignored."""
_ITEM = b"\xfe\xff\x00\xe0"


def rewrite(source: IO[bytes], offset: int, syntax: str, target: IO[bytes], wanted: str, limits: Limits) -> None:
    """Write the data set that begins at `offset` of `source` into `target`, in the transfer syntax `wanted`.

    Both syntaxes are uncompressed and little endian. Raises DataSetTooLarge, DIMSEProcessingError for a damaged data
    set, EncodeError, OSError.
    """
    with ExitStack() as stack:
        if syntax == DEFLATED:
            inflated = stack.enter_context(tempfile.TemporaryFile())
            _inflate(source, offset, inflated, limits)
            source, offset, syntax = inflated, 0, _EXPLICIT
        short, long_ones = _shortened(source, offset, syntax, limits)
        native = _EXPLICIT if wanted == DEFLATED else wanted
        encoded = encode_data_set(decode_data_set(short, syntax, limits=limits.rewriting), native)
        packer = zlib.compressobj(wbits=-zlib.MAX_WBITS) if wanted == DEFLATED else None
        length = 0

        def write(data: bytes) -> None:
            nonlocal length
            packed = data if packer is None else packer.compress(data)
            length += target.write(packed)

        _lengthen(encoded, native, long_ones, source, write, limits)
        if packer is not None:
            length += target.write(packer.flush())
            target.write(b"\0" * (length % 2))


def _inflate(source: IO[bytes], offset: int, target: IO[bytes], limits: Limits) -> None:
    source.seek(offset)
    inflater = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    written = 0
    while not inflater.eof:
        block = inflater.unconsumed_tail or source.read(_BLOCK)
        try:
            became = inflater.decompress(
                block, _BLOCK
            )  # also of no more bytes: zlib may have some that are not out yet
        except zlib.error as error:
            raise DIMSEProcessingError(f"the data set cannot be inflated: {error}", clause="PS3.5 A.5") from error
        written += target.write(became)
        if not block and not became:
            break
        if written > limits.rewrite_inflated:
            raise DataSetTooLarge(
                f"a deflated data set becomes more than {counted(limits.rewrite_inflated, 'byte')}", "rewrite_inflated"
            )


def _shortened(source: IO[bytes], offset: int, syntax: str, limits: Limits) -> tuple[bytes, dict[int, Place]]:
    """The data set with empty values in place of the long ones, and the places of those."""
    short = bytearray()
    long_ones: dict[int, Place] = {}
    end = offset
    try:
        for place in places(source, offset, syntax, most=limits.rewrite_elements + limits.rewrite_items):
            end = place.end
            source.seek(place.begin)
            if _is_long(source, place):
                # Such values have headers with a length of 4 bytes.
                short += source.read(place.value - place.begin - 4) + bytes(4)
                long_ones[place.tag] = place
                continue
            if len(short) + place.end - place.begin > limits.rewrite_length:
                raise DataSetTooLarge(
                    f"more than {counted(limits.rewrite_length, 'byte')} besides long values", "rewrite_length"
                )
            short += source.read(place.end - place.begin)
    except Enough:
        raise DataSetTooLarge("too many elements", "rewrite_elements") from None
    if source.seek(0, 2) - end >= _SHORTEST:
        raise DIMSEProcessingError(f"the data set is damaged or cut off at byte {end - offset}", clause="PS3.5 7.1")
    return bytes(short), long_ones


def _is_long(source: IO[bytes], place: Place) -> bool:
    if not place.is_defined or place.end - place.value < _LONG or place.vr == "SQ":
        return False
    if place.vr not in (None, "UN"):
        return True
    source.seek(place.value)
    begins = source.read(4)
    source.seek(place.begin)
    return begins != _ITEM


def _lengthen(
    encoded: bytes,
    syntax: str,
    long_ones: dict[int, Place],
    source: IO[bytes],
    write: Callable[[bytes], object],
    limits: Limits,
) -> None:
    file = BytesIO(encoded)
    for place in places(file, 0, syntax, most=2 * (limits.rewrite_elements + limits.rewrite_items)):
        there = long_ones.get(place.tag)
        if there is None:
            write(encoded[place.begin : place.end])
            continue
        size = there.end - there.value
        header = encoded[place.begin : place.begin + 4]
        if syntax != IMPLICIT_LITTLE:
            vr = (place.vr or "UN").encode()
            header += (vr if vr in LONG_VRS else b"UN") + b"\0\0"
        write(header + pack("<L", size + size % 2))
        source.seek(there.value)
        left = size
        while left:
            block = source.read(min(left, _BLOCK))
            if not block:
                raise OSError(f"the file ended {counted(left, 'byte')} early")
            write(block)
            left -= len(block)
        if size % 2:
            write(b"\0")
