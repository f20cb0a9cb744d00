"""The fast reader of data sets gives the same as the complete one, or leaves the data set to it; pydicom agrees."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from struct import pack
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset

from dulcimer.archive.index import extract
from dulcimer.archive.index.attributes import Attribute, Level, stored
from dulcimer.archive.index.extract import Record, read_record
from dulcimer.archive.values.datasets import items, texts
from dulcimer.archive.values.scan import scan
from dulcimer.services.instance_file import NotADicomFile, file_header
from support.dicom_files import sort_test_files
from support.instances import EXPLICIT, instance_bytes

INSTANCES, _ = sort_test_files()
CT, IMPLICIT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2"
TAGS = st.sampled_from([(0x8, 0x5), (0x8, 0x20), (0x8, 0x60), (0x10, 0x10), (0x10, 0x20), (0x28, 0x10), (0x8, 0x1110)])
VRS = st.sampled_from([b"CS", b"DA", b"PN", b"LO", b"US", b"SQ", b"UN", b"UI", b"UT", b"OB", b"xx"])
VALUES = st.sampled_from(
    [b"", b"20240101", b"A^B", b" padded \\ two ", b"\x01\x00", b"\xe9t\xe9 ", b"ISO_IR 192", b"\x1b$B"]
)


def read_both_ways(path: Path, root: Path) -> Iterator[Record | None]:
    """The record by the fast reader, if it gives one, and by the complete one."""
    for chosen in (scan, lambda *_, **__: None):
        with patch.object(extract, "scan", chosen), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                yield read_record(path, root)
            except NotADicomFile:
                yield None


@pytest.mark.parametrize("instance", INSTANCES, ids=lambda one: one.name)
def test_records_of_all_files_of_pydicom_are_the_same(instance: object) -> None:
    path = instance.path  # type: ignore[attr-defined]  # this one has a path
    quick, slow = read_both_ways(path, path.parent)
    assert quick == slow
    assert slow is not None
    assert slow.values == as_pydicom_reads(path, slow)


def as_pydicom_reads(path: Path, record: Record) -> dict[Level, dict[str, str]]:
    """What the index should keep of the file, read with pydicom."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data_set = dcmread(path, force=True, stop_before_pixels=True)
        values = {level: {one.column: as_pydicom_reads_one(data_set, one) for one in stored(level)} for level in Level}
    values[Level.IMAGE]["sop_instance_uid"] = record.sop_instance_uid
    values[Level.IMAGE]["sop_class_uid"] = record.sop_class_uid
    return values


def as_pydicom_reads_one(data_set: Dataset, attribute: Attribute) -> str:
    if not attribute.is_sequence:
        return "\\".join(texts(data_set, attribute.tag))[: 512 if attribute.indexed else 1 << 16]
    text = json.dumps([item.to_json_dict() for item in items(data_set, attribute.tag)])
    return text if 2 < len(text) <= 1 << 16 else ""


@example([((0x8, 0x5), b"PN", b"20240101", False)], EXPLICIT, 0)
@given(st.lists(st.tuples(TAGS, VRS, VALUES, st.booleans())), st.sampled_from([EXPLICIT, IMPLICIT]), st.integers(0, 3))
def test_records_of_odd_data_sets_are_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    elements: list[tuple[tuple[int, int], bytes, bytes, bool]],
    syntax: str,
    cut: int,
) -> None:
    data = b""
    for (group, element), vr, value, undefined in elements:
        length = 0xFFFFFFFF if undefined and vr in (b"SQ", b"UN") else len(value)
        if syntax == IMPLICIT:
            data += pack("<HHL", group, element, length) + value
        elif vr in (b"SQ", b"UN", b"UT", b"OB"):
            data += pack("<HH2sxxL", group, element, vr, length) + value
        else:
            data += pack("<HH2sH", group, element, vr, length & 0xFFFF) + value
    folder = tmp_path_factory.getbasetemp()
    path = folder / "odd"
    path.write_bytes(file_header(CT, "1.2.3", syntax, "S") + data[: len(data) - cut])
    quick, slow = read_both_ways(path, folder)
    assert quick == slow


def test_usual_instance_takes_the_quick_way(tmp_path: Path) -> None:
    path = tmp_path / "usual"
    path.write_bytes(instance_bytes("1.2.3", PatientName="A^B", tail=pack("<HH2sxxL", 0x7FE0, 0x10, b"OW", 1 << 20)))
    with patch.object(extract, "read_header", side_effect=AssertionError):
        assert read_record(path, tmp_path).sop_instance_uid == "1.2.3"
