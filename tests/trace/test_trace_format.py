"""What is written follows the published schema, and is read as it was written."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dulcimer.fuzz.findings.json_schema import SchemaMismatchError, check
from dulcimer.trace.json_lines import TraceFormatError, header_of, header_text, line_text, record_json
from dulcimer.trace.reading import TraceReader, is_trace
from dulcimer.trace.records import (
    RECORDS,
    VANTAGE_TYPES,
    HostAndPort,
    MachineStep,
    MaskedRange,
    PduSent,
    RawBytes,
    TraceHeader,
    TraceLine,
    TraceRecord,
    TransportOpened,
    UnknownRecord,
)
from dulcimer.trace.writing import TraceWriter
from support.trace.trace_records import trace_records

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/reference/trace-1.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
HEADER = TraceHeader("a test", "a title", "requestor", 1_700_000_000.25)
ABORT = PduSent("requestor", RawBytes.whole(bytes.fromhex("07000000000400000000")))
STEP = MachineStep("requestor", "Sta6", "Evt15", "AA-1", "Sta13")


def written(*lines: tuple[float, str, TraceRecord], header: TraceHeader = HEADER) -> bytes:
    file = io.BytesIO()
    writer = TraceWriter(file, header)
    for line in lines:
        writer.write(*line)
    return file.getvalue()


def both_accept(value: object) -> bool:
    """Whether the published schema takes a value: an independent validator and our own say the same."""
    found = VALIDATOR.is_valid(value)
    try:
        check(value, SCHEMA)
    except SchemaMismatchError:
        assert not found
        return False
    assert found
    return True


def test_published_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@given(st.floats(0, 1e9), st.text(max_size=5), trace_records())
def test_every_line_follows_the_schema_and_is_read_as_it_was_written(t: float, group: str, record: TraceRecord) -> None:
    text = line_text(t, group, record)
    assert text.isascii()
    assert "\n" not in text
    assert both_accept(json.loads(text))
    (line,) = TraceReader(written((t, group, record)))
    assert line == TraceLine(2, pytest.approx(t, abs=1e-6, rel=1e-9), group, record)  # type: ignore[arg-type]  # pytest has no types


@given(
    st.builds(
        TraceHeader,
        st.text(max_size=9),
        st.text(max_size=9),
        st.sampled_from(sorted(VANTAGE_TYPES)),
        st.none() | st.integers(0, 1 << 32).map(lambda quarters: quarters / 4),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    )
)
def test_every_header_follows_the_schema_and_is_read_as_it_was_written(header: TraceHeader) -> None:
    text = header_text(header)
    assert both_accept(json.loads(text))
    assert is_trace(text.encode())
    assert header_of(json.loads(text)) == header
    assert TraceReader(written(header=header)).header == header


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.event_name)
def test_schema_refuses_names_that_it_does_not_know(kind: Any) -> None:
    line = {"time": 0, "group_id": "1", "name": kind.event_name, "data": {"nothing like it": 1}}
    assert not both_accept(line)


def test_reader_skips_names_and_keeps_events_that_it_does_not_know() -> None:
    line = json.loads(line_text(0, "1", STEP))
    line["data"]["later"] = line["later"] = {"any": "thing"}
    other = {"time": 1, "group_id": "1", "name": "dul:later", "data": [1]}
    reader = TraceReader(written() + json.dumps(line).encode() + b"\n" + json.dumps(other).encode() + b"\n")
    assert [line.record for line in reader] == [STEP, UnknownRecord("dul:later", [1])]
    assert record_json(UnknownRecord("dul:later", [1])) == [1]
    assert list(reader.remarks()) == []


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (b"{", "it is not JSON"),
        (b"\xff", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"3", "it is not an object"),
        (b'{"time":"x","name":"a"}', "time is not a number"),
        (b'{"time":NaN,"name":"a"}', "time is not a number"),
        (b'{"time":1,"group_id":1,"name":"a"}', "group_id is not a text"),
        (b'{"time":1}', "name is not a text"),
        (b'{"time":1,"name":"dul:pdu_sent","data":[]}', "data is not an object"),
        (b'{"time":1,"name":"dul:pdu_sent","data":{"sender":"requestor"}}', "data.raw is missing"),
        (b'{"time":1,"name":"dul:pdu_sent","data":{"sender":"me"}}', "data.sender is 'me', not one of"),
        (
            b'{"time":1,"name":"dul:pdu_sent","data":{"sender":"requestor","raw":{"length":1,"data":"0"}}}',
            "data.raw.data does not have the form",
        ),
        (
            b'{"time":1,"name":"dul:pdu_sent","data":{"sender":"requestor","raw":{"length":2,"data":"00"}}}',
            "1 bytes kept and 0 left out do not make 2",
        ),
        (b'{"time":1,"name":"dul:gap","data":{"sender":"requestor","size":-1}}', "data.size is not a whole number"),
    ],
)
def test_broken_line_is_told_and_the_others_are_read(broken: bytes, problem: str) -> None:
    whole = written((0.0, "1", STEP), (1.0, "1", ABORT)).splitlines()
    whole.insert(2, broken)
    reader = TraceReader(b"\n".join(whole) + b"\n")
    assert [(line.line, line.record) for line in reader] == [(2, STEP), (4, ABORT)]
    assert reader.damage[0].line == 3
    assert problem in reader.damage[0].problem
    assert not reader.is_cut_off


def test_last_line_that_is_cut_off_is_told() -> None:
    whole = written((0.0, "1", STEP), (1.0, "1", ABORT))
    reader = TraceReader(whole[:-5])
    assert [line.record for line in reader] == [STEP]
    assert reader.is_cut_off
    assert list(reader.remarks()) == [
        "The file ends in the middle of a line: it was cut off, or it is still being written."
    ]
    assert [line.record for line in TraceReader(whole[:-1])] == [STEP, ABORT]


@given(st.integers(0, 400))
def test_trace_cut_anywhere_is_read_up_to_the_cut(cut: int) -> None:
    whole = written((0.0, "1", STEP), (1.0, "1", ABORT), (2.0, "2", STEP))
    header = whole.index(b"\n")
    reader = TraceReader(whole[: header + cut])
    found = [line.record for line in reader]
    assert found == [STEP, ABORT, STEP][: len(found)]
    assert not reader.damaged


def test_many_broken_lines_are_counted() -> None:
    reader = TraceReader(written() + b"{\n" * 250)
    assert list(reader) == []
    assert reader.damaged == 250
    assert list(reader.remarks())[-1] == "150 more lines cannot be read."


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "the file is empty"),
        (b"hello\n", "the first line is not the header of a trace"),
        (b'{"file_schema":"urn:ietf:params:qlog:file:sequential"}\n', "is not the header of a trace"),
        (b'{"file_schema":"urn:dulcimer:trace:2"}\n', "version 2 of the format; only version 1 can be read"),
        (b'{"file_schema":"urn:dulcimer:trace:1","trace":3}\n', "trace of the header is not an object"),
        (b'{"file_schema":"urn:dulcimer:trace:1",\n', "it is not JSON"),
    ],
)
def test_file_that_is_no_trace_of_this_version_is_refused_with_the_reason(text: bytes, problem: str) -> None:
    with pytest.raises(TraceFormatError, match=problem):
        TraceReader(text)


def test_traces_are_read_with_gzip_with_separators_and_from_files(tmp_path: Path) -> None:
    whole = written((0.0, "1", STEP))
    path = tmp_path / "a.jsonl"
    path.write_bytes(whole)
    sequence = b"".join(b"\x1e" + line + b"\n" for line in whole.splitlines())
    for source in (path, gzip.compress(whole), sequence, io.BytesIO(whole)):
        assert [line.record for line in TraceReader(source)] == [STEP]
    assert is_trace(gzip.compress(whole))
    assert is_trace(sequence)
    assert not is_trace(b"")


def test_optional_fields_are_left_out() -> None:
    assert record_json(TransportOpened("requestor", acceptor=HostAndPort("::1", 104))) == {
        "role": "requestor",
        "acceptor": {"host": "::1", "port": 104},
    }


def test_bytes_that_are_left_out_are_filled_with_zeros_up_to_a_limit() -> None:
    raw = RawBytes(10, b"abcd", (MaskedRange(1, 2, "secret"), MaskedRange(5, 4, "secret")))
    assert raw.filled() == b"a\0\0bc\0\0\0\0d"
    assert RawBytes(1 << 60, b"ab", (MaskedRange(2, (1 << 60) - 2, "not recorded"),)).filled() == b"ab"
