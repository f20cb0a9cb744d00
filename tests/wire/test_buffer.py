"""Bytes in, cut anywhere; whole PDUs out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dulcimer.wire.buffer import Frame, ReceiveBuffer, RefusedPdu

LIMITS = {4: 300, 5: 4}
PDUS = st.tuples(st.sampled_from([4, 5, 9]), st.binary(max_size=400))


def stream(units: list[tuple[int, bytes]]) -> bytes:
    return b"".join(bytes([kind, 0]) + len(body).to_bytes(4, "big") + body for kind, body in units)


def expected(units: list[tuple[int, bytes]]) -> list[tuple[int, bytes | int]]:
    return [
        (kind, stream([(kind, body)])) if len(body) <= LIMITS.get(kind, -1) else (kind, len(body))
        for kind, body in units
    ]


def found(buffer: ReceiveBuffer, chunk: bytes) -> list[tuple[int, bytes | int]]:
    return [
        (unit.pdu_type, bytes(unit.data)) if isinstance(unit, Frame) else (unit.pdu_type, unit.pdu_length)
        for unit in buffer.pdus(chunk)
    ]


@given(st.lists(PDUS, max_size=8), st.lists(st.integers(1, 50), min_size=1))
def test_cuts_change_nothing(units: list[tuple[int, bytes]], cuts: list[int]) -> None:
    data = stream(units)
    buffer = ReceiveBuffer(LIMITS)
    got: list[tuple[int, bytes | int]] = []
    position = index = 0
    while position < len(data):
        size = cuts[index % len(cuts)]
        got += found(buffer, data[position : position + size])
        position += size
        index += 1
    assert got == expected(units)
    assert buffer.pending == 0


@given(st.binary(max_size=200), st.integers(0, 200))
def test_one_cut_anywhere(body: bytes, cut: int) -> None:
    data = stream([(4, body), (5, b"abcd")])
    buffer = ReceiveBuffer(LIMITS)
    assert found(buffer, data[:cut]) + found(buffer, data[cut:]) == expected([(4, body), (5, b"abcd")])


def test_long_pdu_is_refused_at_its_header_and_takes_no_memory() -> None:
    buffer = ReceiveBuffer(LIMITS)
    assert list(buffer.pdus(b"\4\0\xff\xff\xff\xff")) == [RefusedPdu(4, 0xFFFFFFFF, 300)]
    for _ in range(100):
        assert list(buffer.pdus(bytes(1000))) == []
        assert buffer.pending == 0


def test_whole_pdu_is_a_view_of_its_chunk() -> None:
    chunk = stream([(4, b"abcdef")])
    (frame,) = ReceiveBuffer(LIMITS).pdus(chunk)
    assert isinstance(frame, Frame)
    assert frame.data.obj is chunk


def test_limits_are_read_at_each_header() -> None:
    limits = {5: 4}
    buffer = ReceiveBuffer(limits)
    seen = []
    for unit in buffer.pdus(stream([(5, b"abcd"), (4, b"xy")])):
        seen.append(type(unit))
        limits[4] = 2
    assert seen == [Frame, Frame]


@given(st.lists(PDUS, max_size=8), st.integers(0, 60), st.integers(1, 5), st.integers(1, 500))
def test_a_portion_ends_where_a_pdu_does_and_holds_no_more_than_was_asked_for(
    units: list[tuple[int, bytes]], cut: int, most: int, size: int
) -> None:
    data = stream(units)
    buffer = ReceiveBuffer(LIMITS)
    got = found(buffer, data[:cut])
    rest = data[cut:]
    while rest:
        portion = buffer.extent(rest, most, size)
        assert 0 < portion <= len(rest)
        handed_out = found(buffer, rest[:portion])
        assert len(handed_out) <= most
        whole = sum(len(unit) if isinstance(unit, bytes) else 0 for _, unit in handed_out[:-1])
        assert whole < size + cut  # the last one only may go beyond
        if portion < len(rest):
            assert buffer.pending == 0
        got += handed_out
        rest = rest[portion:]
    assert got == expected(units)
