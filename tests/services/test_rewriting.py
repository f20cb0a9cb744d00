"""Instances in another uncompressed transfer syntax: as pydicom would write them, with long values not in memory."""

from __future__ import annotations

import tracemalloc
import warnings
import zlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from struct import pack

import pytest

from dulcimer.dimse.bounds import DEFLATED, IMPLICIT_LITTLE, DataSetTooLarge
from dulcimer.dimse.data_set import decode_data_set, encode_data_set
from dulcimer.errors import DIMSEProcessingError
from dulcimer.limits import DEFAULTS
from dulcimer.services.instance_file import InstanceFile
from dulcimer.services.rewriting import rewrite
from support.dicom_files import sort_test_files

EXPLICIT = "1.2.840.10008.1.2.1"
NATIVE = (EXPLICIT, IMPLICIT_LITTLE, DEFLATED)
INSTANCES = [one for one in sort_test_files()[0] if one.transfer_syntax in NATIVE]


def rewritten(data: bytes, syntax: str, wanted: str, limits: object = DEFAULTS) -> bytes:
    target = BytesIO()
    rewrite(BytesIO(data), 0, syntax, target, wanted, limits)  # type: ignore[arg-type]  # damaged on purpose
    return target.getvalue()


def inflated(data: bytes, syntax: str) -> bytes:
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data) if syntax == DEFLATED else data


@pytest.mark.parametrize("wanted", NATIVE)
@pytest.mark.parametrize("instance", INSTANCES, ids=lambda one: one.name)
def test_rewritten_instance_is_what_pydicom_writes(instance: object, wanted: str) -> None:
    path: Path = instance.path  # type: ignore[attr-defined]  # this one has a path
    syntax: str = instance.transfer_syntax  # type: ignore[attr-defined]  # this one has a path
    data = path.read_bytes()[InstanceFile.inspect(path).offset :]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if "truncated" in path.name:
            with pytest.raises(DIMSEProcessingError, match=r"damaged or cut off|claims"):
                rewritten(data, syntax, wanted)
            return
        expected = inflated(encode_data_set(decode_data_set(data, syntax), wanted), wanted)
        assert inflated(rewritten(data, syntax, wanted), wanted) == expected


def explicit(tag: int, vr: bytes, value: bytes) -> bytes:
    if vr in (b"OW", b"UN", b"UT", b"SQ", b"OB"):
        return pack("<HH2sxxL", tag >> 16, tag & 0xFFFF, vr, len(value)) + value
    return pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr, len(value)) + value


def deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


SMALL = explicit(0x00100020, b"LO", b"ID") + explicit(0x00280100, b"US", b"\x10\0")


def test_long_values_are_not_in_memory() -> None:
    pixels = bytes(range(256)) * (1 << 17)  # 32 MiB
    data = SMALL + explicit(0x7FE00010, b"OW", pixels)
    source, target = BytesIO(deflate(data)), _Counting()
    del data
    tracemalloc.start()
    try:
        rewrite(source, 0, DEFLATED, target, IMPLICIT_LITTLE, DEFAULTS)  # type: ignore[arg-type]  # damaged on purpose
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20
    assert target.length == len(pixels) + 8 + 2 * (8 + 2)


class _Counting:
    """A file that keeps nothing."""

    length = 0

    def write(self, data: bytes) -> int:
        self.length += len(data)
        return len(data)


def test_long_value_of_a_short_vr_becomes_unknown() -> None:
    data = pack("<HHL", 0x0010, 0x4000, 70_000) + b"A" * 70_000  # Patient Comments, LT
    assert rewritten(data, IMPLICIT_LITTLE, EXPLICIT) == explicit(0x00104000, b"UN", b"A" * 70_000)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("rewrite_inflated", SMALL + explicit(0x7FE00010, b"OW", bytes(200_000))),
        ("rewrite_length", explicit(0x00104000, b"UT", b"A" * 60_000) * 3),
        ("rewrite_elements", explicit(0x00091001, b"LO", b"") * 200),
        ("rewrite_items", explicit(0x00081110, b"SQ", pack("<HHL", 0xFFFE, 0xE000, 0) * 60)),
    ],
)
def test_limits_are_kept(name: str, data: bytes) -> None:
    limits = replace(DEFAULTS, rewrite_inflated=190_000, rewrite_length=150_000, rewrite_elements=100, rewrite_items=50)
    with pytest.raises(DataSetTooLarge):
        rewritten(deflate(data), DEFLATED, IMPLICIT_LITTLE, limits)
    within = limits.but([f"{name.replace('_', '-')}=100000000"])
    assert rewritten(deflate(data), DEFLATED, IMPLICIT_LITTLE, within)


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("size", [1_048_548, 1_048_556, 1_048_656, 1_048_702, 3_000_000])
def test_zeros_that_are_all_in_a_few_bytes_are_all_there(size: int, padding: int) -> None:
    data = SMALL + explicit(0x7FE00010, b"OW", bytes(size))
    assert rewritten(deflate(data) + bytes(padding), DEFLATED, EXPLICIT) == data


def test_damaged_deflate_stream_is_reported() -> None:
    with pytest.raises(DIMSEProcessingError, match="inflated"):
        rewritten(b"\xff" * 100, DEFLATED, EXPLICIT)
