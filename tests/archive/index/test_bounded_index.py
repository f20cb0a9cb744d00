"""Instances that cost the index more than their sender: read with bounded work, and found by their first elements."""

from __future__ import annotations

import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from struct import pack
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dulcimer.archive import Archive
from dulcimer.archive.index.attributes import Level
from dulcimer.archive.index.extract import read_record
from dulcimer.dimse import bounds
from dulcimer.limits import DEFAULTS
from dulcimer.services import header
from dulcimer.services.header import read_header
from dulcimer.services.instance_file import NotADicomFile, file_header
from support.instances import CT, EXPLICIT, encode, found, keys

DEFLATED = "1.2.840.10008.1.2.1.99"
UNDEFINED = 0xFFFFFFFF
PLACE = {"StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.2.3", "SOPInstanceUID": "1.2.3.4", "SOPClassUID": CT}
LIMITS = replace(DEFAULTS, index_elements=500, index_items=50)


def sequence(tag: int, value: bytes, *, defined: bool) -> bytes:
    end = b"" if defined else pack("<HHL", 0xFFFE, 0xE0DD, 0)
    length = len(value) if defined else UNDEFINED
    return pack("<HH2sxxL", tag >> 16, tag & 0xFFFF, b"SQ", length) + value + end


def items(count: int) -> bytes:
    return pack("<HHL", 0xFFFE, 0xE000, 0) * count


def nested(levels: int) -> bytes:
    begin = pack("<HH2sxxL", 0x0040, 0x0275, b"SQ", UNDEFINED) + pack("<HHL", 0xFFFE, 0xE000, UNDEFINED)
    end = pack("<HHL", 0xFFFE, 0xE00D, 0) + pack("<HHL", 0xFFFE, 0xE0DD, 0)
    return begin * levels + end * levels


HOSTILE = {
    "items of a sequence that is kept": encode(**PLACE) + sequence(0x00400275, items(20_000), defined=True),
    "items of undefined length": encode(**PLACE) + sequence(0x00400275, items(20_000), defined=False),
    "few bytes of items": encode(**PLACE) + sequence(0x00400275, items(51), defined=True),
    "items of another sequence": encode(**PLACE) + sequence(0x00400300, items(20_000), defined=False),
    "elements": encode(**PLACE) + pack("<HH2sH", 0x0021, 0x1001, b"LO", 0) * 20_000,
    "levels": encode(**PLACE) + nested(20_000),
    "a value of 8 MiB": encode(SOPInstanceUID="1.2.3.4")
    + pack("<HH2sxxL", 0x0010, 0x4000, b"UT", 8 << 20)
    + b"A" * (8 << 20)
    + encode(StudyInstanceUID="1.2", SeriesInstanceUID="1.2.3"),
    "many long values": encode(**{name: value for name, value in PLACE.items() if name.startswith("SOP")})
    + b"".join(pack("<HH2sxxL", 0x0010, 0x0010 + n, b"UT", 40_000) + b"A\\" * 20_000 for n in range(100))
    + encode(StudyInstanceUID="1.2", SeriesInstanceUID="1.2.3"),
}


def put(path: Path, data: bytes, syntax: str = EXPLICIT) -> Path:
    path.write_bytes(file_header(CT, "1.2.3.4", syntax, "SENDER") + data)
    return path


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_work_and_memory_are_bounded_and_the_place_is_known(
    data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []

    def counted(function: Callable[[Any], object]) -> Callable[[Any], None]:
        def step(self: Any) -> None:
            steps.append(1)
            function(self)

        return step

    monkeypatch.setattr(header._ElementReader, "_count", counted(header._ElementReader._count))
    monkeypatch.setattr(bounds._Measurement, "_count_item", counted(bounds._Measurement._count_item))
    path = put(tmp_path / "a", data)
    read_record(path, tmp_path, LIMITS)  # modules are loaded before memory is measured
    steps.clear()
    tracemalloc.start()
    try:
        record = read_record(path, tmp_path, LIMITS)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(steps) <= LIMITS.index_elements + LIMITS.index_items + 2
    assert peak < 3 << 20
    assert record.has_place


def test_sequence_of_too_many_items_is_not_kept_and_one_of_few_is(tmp_path: Path) -> None:
    for count, kept in ((50, True), (51, False)):
        path = put(tmp_path / "a", encode(**PLACE) + sequence(0x00400275, items(count), defined=True))
        record = read_record(path, tmp_path, LIMITS)
        assert bool(record.values[Level.SERIES]["request_attributes_sequence"]) is kept


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_instance_is_found(data: bytes, tmp_path: Path) -> None:
    with Archive(tmp_path / "archive") as archive:
        archive.import_file(put(tmp_path / "a", data))
        assert found(archive.find("IMAGE", keys(SOPInstanceUID="1.2.3.4")), "SOPInstanceUID") == ["1.2.3.4"]


def test_header_says_whether_it_is_whole(tmp_path: Path) -> None:
    for count, whole in ((100, True), (20_000, False)):
        data = pack("<HH2sH", 0x0009, 0x1001, b"LO", 0) * count + encode(StudyInstanceUID="1.2")
        assert read_record(put(tmp_path / "a", data), tmp_path, LIMITS).is_whole is whole


def test_damaged_deflated_instance_is_indexed_by_what_comes_before_the_damage(tmp_path: Path) -> None:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    deflated = bytearray(packer.compress(encode(**PLACE, PatientID="P")) + packer.flush(zlib.Z_FULL_FLUSH))
    deflated += b"\xff" * 100
    record = read_record(put(tmp_path / "a", bytes(deflated), DEFLATED), tmp_path)
    assert record.has_place
    assert record.values[Level.PATIENT]["patient_id"] == "P"


SOUND = encode(**PLACE, PatientName="A^B", Modality="CT", StudyDate="20240101") + sequence(
    0x00400275, items(3), defined=False
)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([EXPLICIT, "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", DEFLATED]),
    st.integers(0, len(SOUND)),
    st.binary(max_size=12),
    st.integers(0, len(SOUND)),
)
def test_any_bytes_are_read_to_a_record(
    tmp_path_factory: pytest.TempPathFactory, syntax: str, place: int, junk: bytes, cut: int
) -> None:
    folder = tmp_path_factory.getbasetemp()
    data: Any = (SOUND[:place] + junk + SOUND[place:])[: len(SOUND) + len(junk) - cut]
    if syntax == DEFLATED:
        data = zlib.compress(data)[2:-4][: max(0, len(data) - cut)]
    try:
        read_record(put(folder / "any", data, syntax), folder, LIMITS)
    except NotADicomFile as error:
        assert "begins with" in str(error)  # group 0000H or 0002H, which is not a data set


def test_values_beyond_the_end_and_empty_files_end_the_header(tmp_path: Path) -> None:
    path = tmp_path / "a"
    for data in (b"", b"\x08\0", pack("<HH2sH", 0x0008, 0x0060, b"CS", 10) + b"CT"):
        path.write_bytes(data)
        with path.open("rb") as file:
            read = read_header(file, 0, EXPLICIT, wanted={0x00080060}, last=0x00400000, most=10)
        assert [one.value for one in read.elements.values()] == ([b"CT"] if b"CT" in data else [])
