"""Data sets whose lengths do not add up are not decoded: their contents are not what was meant."""

from __future__ import annotations

import contextlib
import warnings
from struct import pack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from dulcimer.dimse.bounds import BrokenDataSet, measure
from dulcimer.dimse.data_set import decode_data_set, encode_data_set
from dulcimer.errors import DIMSEProcessingError
from dulcimer.limits import DEFAULTS
from dulcimer.services.instance_file import InstanceFile, NotADicomFile
from support.dicom_files import TEST_FILES

IMPLICIT, EXPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
SYNTAXES = [IMPLICIT, EXPLICIT, BIG, "1.2.840.10008.1.2.1.99"]


def made(depth: int = 1) -> Dataset:
    data_set = Dataset()
    data_set.QueryRetrieveLevel = "STUDY"
    data_set.PatientID = "ID0001"
    data_set.Rows = 512
    if depth:
        data_set.RequestAttributesSequence = Sequence([made(depth - 1), Dataset(), made(0)])
    return data_set


def lengths(data_set: Dataset, *, undefined: bool) -> Dataset:
    """With sequences and items of undefined length, or all of defined length."""
    for element in data_set:
        if element.VR == "SQ":
            element.is_undefined_length = undefined
            for item in element.value:
                item.is_undefined_length_sequence_item = undefined
                lengths(item, undefined=undefined)
    return data_set


def element(tag: int, raw: bytes, length: int | None = None) -> bytes:
    return pack("<HHI", tag >> 16, tag & 0xFFFF, len(raw) if length is None else length) + raw


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("undefined", [False, True])
def test_whole_data_set_has_no_fault(syntax: str, undefined: bool) -> None:
    data = encode_data_set(lengths(made(3), undefined=undefined), syntax)
    assert decode_data_set(data, syntax) == made(3)


@pytest.mark.clause("PS3.5 7.1")
@given(st.sampled_from(SYNTAXES[:3]), st.booleans(), st.data())
def test_data_set_that_is_cut_anywhere_but_between_elements_is_refused(
    syntax: str, undefined: bool, data: st.DataObject
) -> None:
    whole = encode_data_set(lengths(made(2), undefined=undefined), syntax)
    cut = data.draw(st.integers(1, len(whole) - 1))
    ends = {len(encode_data_set(part, syntax)) for part in parts(undefined)}
    part = whole[:cut]
    rest_is_padding = not part[max(end for end in {0} | ends if end <= cut) :].strip(b"\0")
    if cut in ends or rest_is_padding:
        assert decode_data_set(part, syntax) is not None
        return
    with pytest.raises(BrokenDataSet):
        decode_data_set(part, syntax)


def parts(undefined: bool) -> list[Dataset]:
    """The beginnings of the data set that end where an element does."""
    whole = lengths(made(2), undefined=undefined)
    tags = list(whole.keys())
    found = []
    for count in range(1, len(tags)):
        part = Dataset()
        for tag in tags[:count]:
            part[tag] = whole[tag]
        found.append(part)
    return found


ITEM, ITEM_END, SEQUENCE_END = (bytes.fromhex(text) for text in ("feff00e0", "feff0de0", "feffdde0"))
UNDEFINED = b"\xff\xff\xff\xff"
OPEN = element(0x00400275, b"", 0xFFFFFFFF)
BROKEN = {
    "(0010,0020) claims 6 bytes, 4 are left": element(0x00100020, b"ID00", 6),
    "5 bytes at byte 12, less than an element": element(0x00100020, b"ID00") + b"\x10\0\x30\0\1",
    "a sequence of undefined length has no delimitation": OPEN + ITEM + bytes(4),
    "an item of undefined length has no delimitation": OPEN + ITEM + UNDEFINED + element(0x00100020, b"ID"),
    "(0040,0275) is where an item": OPEN + OPEN,
    "(FFFE,E000) claims 64 bytes": element(0x00400275, ITEM + pack("<I", 64) + element(0x00100020, b"ID00")),
    "(0010,0020) claims 40 bytes, 4 are left": element(
        0x00400275, ITEM + pack("<I", 12) + element(0x00100020, b"ID00", 40) + ITEM + bytes(4)
    ),
    "an item delimitation without an item": element(0x00100020, b"ID") + ITEM_END + bytes(4),
    "(FFFE,E000) is where an element": element(0x00100020, b"ID") + ITEM + bytes(4),
    "(FFFE,E0DD) is where an element": b"\xfe\xff\xdd\xe0" + bytes(4) + element(0x00100020, b"ID"),
    "(7FE0,0010) of undefined length has no delimitation": element(0x7FE00010, b"", 0xFFFFFFFF) + ITEM + bytes(4),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_fault_is_reported_by_name(fault: str) -> None:
    with pytest.raises(BrokenDataSet) as raised:
        decode_data_set(BROKEN[fault], IMPLICIT)
    assert fault in str(raised.value)


def test_zero_bytes_behind_a_data_set_are_padding() -> None:
    for count in range(1, 8):
        assert decode_data_set(element(0x00100020, b"ID") + bytes(count), IMPLICIT).PatientID == "ID"


@given(st.sampled_from(SYNTAXES[:3]), st.binary(max_size=300))
def test_any_bytes_are_weighed(syntax: str, data: bytes) -> None:
    with warnings.catch_warnings(action="ignore"):
        with contextlib.suppress(DIMSEProcessingError):
            decode_data_set(data, syntax)


def test_data_sets_of_whole_files_have_no_fault() -> None:
    faults: dict[str, Any] = {}
    for path in sorted(TEST_FILES.glob("*.dcm")):
        try:
            instance = InstanceFile.inspect(path)
        except NotADicomFile:
            continue
        if "dfl" in path.name:
            continue
        fault = measure(path.read_bytes()[instance.offset :], instance.transfer_syntax, DEFAULTS.instance).fault
        if fault:
            faults[path.name] = fault
    assert faults.keys() == {"MR_truncated.dcm", "rtplan_truncated.dcm"}, faults
