"""What a trace records: whole bytes, and not without end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.conformance.model import trace
from dulcimer.conformance.model.trace import FEW, MOST_BYTES, MOST_LINES, START, WHOLE, Kind, Trace, recorded
from dulcimer.wire import model
from dulcimer.wire.codec import encode


def traced(fill: Callable[[Trace], None]) -> list[dict[str, object]]:
    """The lines of a trace that is filled like this."""

    async def run() -> Trace:
        made = Trace(asyncio.get_running_loop().time())
        fill(made)
        return made

    return asyncio.run(run()).entries


def p_data(size: int) -> bytes:
    return encode(model.PDataTf((model.PresentationDataValue(1, 2, bytes(size)),)))


@given(st.binary(min_size=1, max_size=2000))
def test_what_is_sent_or_received_is_recorded_whole(data: bytes) -> None:
    (line,) = traced(lambda made: made.add(Kind.SENT, "bytes", data))
    assert (line["hex"], line["length"]) == (data.hex(), len(data))


@given(st.lists(st.integers(0, 3 * WHOLE), min_size=1, max_size=6))
def test_of_much_at_once_whole_pdus_are_recorded_and_the_start_of_the_next(sizes: list[int]) -> None:
    pdus = [p_data(size) for size in sizes]
    data = b"".join(pdus)
    kept = recorded(data)
    assert data.startswith(kept)
    if len(data) <= WHOLE:
        assert kept == data
        return
    ends = [sum(map(len, pdus[:number])) for number in range(len(pdus) + 1)]
    assert len(kept) == min(max(end for end in ends if end <= WHOLE) + START, len(data))


def test_octets_that_are_sent_one_at_a_time_are_one_line() -> None:
    def fill(made: Trace) -> None:
        for octet in b"abc":
            made.add_octet("a PDU, one octet at a time", bytes([octet]))
        made.add(Kind.RECEIVED, "A-ABORT", b"answer")
        made.add_octet("a PDU, one octet at a time", b"d")

    first, _, last = traced(fill)
    assert (first["hex"], first["length"], first["times"], first["octets"]) == (b"abc".hex(), 3, 3, True)
    assert (last["hex"], last["octets"]) == (b"d".hex(), True)


def test_few_equal_pdus_keep_their_times_and_many_are_one_line() -> None:
    def add_many(made: Trace) -> None:
        for _ in range(5 * FEW):
            made.add(Kind.RECEIVED, "P-DATA-TF", p_data(10))

    lines = traced(add_many)
    assert len(lines) == FEW
    assert b"".join(bytes.fromhex(str(line["hex"])) for line in lines) == p_data(10) * 5 * FEW


def test_notes_that_differ_in_numbers_are_one_with_a_count() -> None:
    def fill(made: Trace) -> None:
        for number in range(128):
            made.note_alike(f"item[{number}].reserved, byte {100 + number}, is FFH")
        made.note_alike("the version is 2")

    first, other = traced(fill)
    assert first["pdu"] == "item[0].reserved, byte 100, is FFH (and 127 more like it)"
    assert other["pdu"] == "the version is 2"


@pytest.mark.parametrize("size", [0, 12, 1000, 16_000, 500_000])
@pytest.mark.parametrize("alike", [True, False])
def test_a_peer_that_does_not_stop_sending_fills_no_memory(size: int, alike: bool) -> None:
    def fill(made: Trace) -> None:
        made.add(Kind.OPENED, "connection opened")
        for number in range(MOST_LINES + 500):
            made.add(Kind.RECEIVED, "data" if alike else f"data {number}", p_data(size) if size else bytes(6))
        made.add(Kind.PEER_FIN, "the last line")

    lines = traced(fill)
    assert len(lines) <= MOST_LINES
    assert len(json.dumps(lines)) < 2 * (MOST_BYTES + 2 * WHOLE) + 300 * MOST_LINES
    assert lines[0]["kind"] == "opened"
    assert lines[-1]["kind"] == "peer-fin"
    told = [str(line["pdu"]) for line in lines if "not recorded here" in str(line["pdu"])]
    whole = sum(int(str(line.get("length", 0))) for line in lines)
    everything = (MOST_LINES + 500) * (len(p_data(size)) if size else 6)
    assert len(told) == (whole < everything)
    assert all(f"{everything - whole} bytes" in text for text in told)


def test_equal_payloads_are_kept_once() -> None:
    first, other = (trace.trace_line(0, Kind.RECEIVED, "data", p_data(900)) for _ in range(2))
    assert first["hex"] is other["hex"]
