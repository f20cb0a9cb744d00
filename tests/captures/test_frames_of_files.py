"""Frames come out of every form of pcap and pcapng as they went in, and damage is said."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.captures import chunks
from dulcimer.captures.chunks import CaptureError
from dulcimer.captures.files import frames, is_capture
from support.captures.capture_maker import ETHERNET, RAW, Record, block, interface, packet, pcap, section

RECORDS = st.lists(
    st.builds(
        Record,
        st.binary(max_size=80),
        st.integers(0, 2**31 - 1).map(lambda units: units / 8),
        st.one_of(st.none(), st.integers(0, 40)),
    ),
    max_size=6,
)
ORDERS = st.sampled_from("<>")


def seen(data: bytes | Path | BinaryIO) -> list[tuple[float, bytes, int]]:
    found = list(frames(data))
    assert [one.number for one in found] == list(range(1, len(found) + 1))
    return [(one.t, one.data, one.missing) for one in found]


def expected(records: list[Record]) -> list[tuple[float, bytes, int]]:
    return [(one.t, one.data, len(one.frame) - len(one.data)) for one in records]


@given(RECORDS, ORDERS, st.booleans())
def test_pcap_in_both_byte_orders_and_resolutions(records: list[Record], order: str, nanoseconds: bool) -> None:
    data = pcap(records, order=order, nanoseconds=nanoseconds)
    assert is_capture(data[:12])
    assert [(pytest.approx(t, abs=1e-6), *rest) for t, *rest in seen(data)] == expected(records)
    assert is_capture(gzip.compress(data)[:40])
    assert seen(gzip.compress(data)) == seen(data)


@given(
    st.lists(st.tuples(RECORDS, ORDERS, st.sampled_from([6, 9, 3, 0x8A]), st.integers(-5, 5)), min_size=1, max_size=3)
)
def test_pcapng_with_several_sections_interfaces_and_resolutions(
    sections: list[tuple[list[Record], str, int, int]],
) -> None:
    data, told = b"", list[tuple[float, bytes, int]]()
    for records, order, resolution, offset in sections:
        data += section(order) + interface(RAW, order) + block(order, 0xBAD, b"skipped")
        data += interface(ETHERNET, order, resolution=resolution, offset=offset)
        unit = 2.0**-10 if resolution & 0x80 else 10.0**-resolution
        for place, one in enumerate(records):
            kind = (6, 2)[place % 2]
            data += packet(one, order, kind=kind, number=1, unit=unit)
            told.append((one.t + offset, one.data, len(one.frame) - len(one.data)))
    assert [(pytest.approx(t, abs=1e-3), *rest) for t, *rest in seen(data)] == told
    assert {one.link_type for one in frames(data)} <= {ETHERNET}


@given(st.binary(max_size=60), st.integers(0, 60))
def test_simple_packets_have_the_snap_length_of_the_first_interface(frame: bytes, snap_length: int) -> None:
    kept = min(len(frame), snap_length or len(frame))
    data = section() + interface(ETHERNET, snap_length=snap_length) + packet(Record(frame, kept=kept), kind=3)
    assert seen(data) == [(0.0, frame[:kept], len(frame) - kept)]


def test_patched_pcap_has_longer_record_headers() -> None:
    data = bytes.fromhex("34cdb2a1 02000400 00000000 00000000 ffff0000 01000000")
    data += bytes.fromhex("05000000 00000000 03000000 03000000 0000000000000000") + b"abc"
    assert seen(data) == [(5.0, b"abc", 0)]


@given(RECORDS, st.integers(1, 40), st.booleans())
def test_file_is_read_the_same_in_chunks_of_any_size(records: list[Record], size: int, is_pcap: bool) -> None:
    data = pcap(records) if is_pcap else section() + interface(1) + b"".join(map(packet, records))
    before = chunks.CHUNK
    chunks.CHUNK = size  # smaller than a frame: every place is between two chunks once
    try:
        assert seen(data) == expected(records)
        assert seen(gzip.compress(data)) == expected(records)
    finally:
        chunks.CHUNK = before


@given(RECORDS.filter(len), st.data())
def test_file_that_is_cut_off_gives_the_frames_before_and_an_error(records: list[Record], data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([pcap(records), section() + interface(1) + b"".join(map(packet, records))]))
    for form in (whole, gzip.compress(whole)):
        cut = form[: data.draw(st.integers(0, len(form) - 1), label="cut")]
        found = []
        try:
            for frame in frames(cut):
                found.append(frame)
        except CaptureError as error:
            assert str(error)
        assert [frame.data for frame in found] == [one.data for one in records][: len(found)]


def test_lengths_are_not_believed() -> None:
    huge = pcap([]) + bytes(8) + b"\xff\xff\xff\x7f" * 2
    with pytest.raises(CaptureError, match="frame 1, at byte 40, announces 2147483647 bytes"):
        seen(huge)
    with pytest.raises(CaptureError, match=r"the block at byte 0 has a length of 13 bytes"):
        seen(section()[:4] + b"\x0d\0\0\0" + section()[8:])
    with pytest.raises(CaptureError, match=r"needs 1073741824 bytes, but the file has 12"):
        seen(section() + b"\x0a\0\0\0\0\0\0\x40\0\0\0\0")
    with pytest.raises(CaptureError, match="interface 2, which the file does not describe"):
        seen(section() + interface(1) + packet(Record(b"a"), number=2))


def test_stream_and_path_are_read_as_bytes_are(tmp_path: Path) -> None:
    records = [Record(b"abc", 1.5), Record(b"", 2.5)]
    path = tmp_path / "some.pcap"
    path.write_bytes(pcap(records))
    assert seen(path) == seen(io.BytesIO(pcap(records))) == expected(records)


def test_members_of_a_compressed_file_are_one_and_padding_is_skipped() -> None:
    data = pcap([Record(b"abc" * 30)])
    assert seen(gzip.compress(data[:20]) + gzip.compress(data[20:]) + bytes(300)) == seen(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for head in (b"", pcap([]), pcap([], order=">", nanoseconds=True), section() + interface(1), b"\x1f\x8b\x08\0"):
        try:
            assert all(one.stop <= len(one.chunk) for one in frames(head + data))
        except CaptureError as error:
            assert str(error)
