"""What a recorder writes follows the schema, has every byte and every step, and never disturbs an association."""

from __future__ import annotations

import asyncio
import json
import logging
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dulcimer import AE, AsyncAE
from dulcimer._generated.fsm import TABLE
from dulcimer.errors import LocalProtocolError
from dulcimer.fsm.primitives import (
    AbortRequest,
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    PDataRequest,
    ReleaseRequest,
    ReleaseResponse,
    Request,
)
from dulcimer.sop_class import Verification
from dulcimer.trace.collected import RecordedTrace
from dulcimer.trace.reading import TraceReader
from dulcimer.trace.recording import TraceFile, TraceFolder
from dulcimer.trace.records import (
    BytesPassed,
    MachineStep,
    PduReceived,
    PduSent,
    PrimitivePassed,
    RecordingCut,
    TransportClosed,
    TransportFailed,
    TransportOpened,
    TransportReset,
    ViolationSeen,
)
from dulcimer.upper_layer import UpperLayer
from dulcimer.wire.codec import encode
from dulcimer.wire.model import AssociateRj
from support.associations import AC, RQ

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/reference/trace-1.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
ACTIONS_BY_LABEL = {(event.label, state.label): action for (event, state), action in TABLE.items()}
NAME = b"Doe^John"
FRAGMENTS = ((1, 2, NAME), (1, 0, NAME), (1, 3, b"\0\0\0\0\4\0\0\0" + b"\5\0\0\0"), (1, 1, b"\0\0\0\0"), (1, 2, b""))
REQUESTS: dict[str, Request] = {
    "accept": AssociateAccept(AC),
    "reject": AssociateReject(AssociateRj(1, 1, 1), "why not"),
    "release": ReleaseRequest(),
    "answer": ReleaseResponse(),
    "abort": AbortRequest(),
    **{f"data {number}": PDataRequest([value]) for number, value in enumerate(FRAGMENTS)},
    "data": PDataRequest(FRAGMENTS[:2]),
}
NOISE = (b"GET / HTTP/1.1\r\n\r\n", b"\x99\0\0\0\0\2ab", b"\4\0\0\0\0\1", b"\5\0\0\0\0\4\0\0")


@dataclass
class End:
    """One end, what it was given, and what it has sent, as bytes."""

    layer: UpperLayer
    outbox: bytearray = field(default_factory=bytearray)
    sent: bytearray = field(default_factory=bytearray)
    given: bytearray = field(default_factory=bytearray)
    is_closed: bool = False

    def collect(self) -> None:
        data = b"".join(bytes(piece) for piece in self.layer.data_to_send())
        self.sent += data
        self.outbox += data
        while self.layer.next_event() is not None:
            pass


def talk(data: st.DataObject, observers: tuple[Any, Any]) -> tuple[End, End]:
    """Two ends that do anything that is allowed, with bytes cut anywhere and some that nobody sent."""
    ends = (
        End(UpperLayer(is_requestor=True, observer=observers[0])),
        End(UpperLayer(is_requestor=False, observer=observers[1])),
    )
    now = 0.0
    ends[0].layer.send(AssociateRequest(RQ), now)
    for end in ends:
        end.layer.transport_connected(now)
        end.collect()
    for _ in range(data.draw(st.integers(0, 12))):
        now += data.draw(st.sampled_from([0.0, 0.001, 2.0]))
        index = data.draw(st.integers(0, 1))
        one, other = ends[index], ends[1 - index]
        what = data.draw(st.sampled_from(["deliver", "deliver", "deliver", "noise", "close", "expire", *REQUESTS]))
        if what == "deliver":
            size = data.draw(st.integers(0, len(one.outbox)) | st.just(len(one.outbox)))
            piece = bytes(one.outbox[:size])
            del one.outbox[:size]
            if not other.is_closed:
                other.given += piece
                other.layer.receive_data(piece, now)
        elif what == "noise" and not one.is_closed:
            piece = data.draw(st.sampled_from(NOISE))
            one.given += piece
            one.layer.receive_data(piece, now)
        elif what == "close" and not one.is_closed:
            one.is_closed = True
            one.layer.transport_closed(now, data.draw(st.sampled_from([None, ConnectionResetError("gone")])))
        elif what == "expire":
            one.layer.expire(now)
        elif what in REQUESTS:
            try:
                one.layer.send(REQUESTS[what], now)
            except LocalProtocolError:
                continue
        one.collect()
        other.collect()
    for end in ends:
        if not end.is_closed:
            end.layer.transport_closed(now)
            end.collect()
    return ends


def recorded(data: st.DataObject, *, raw: bool) -> tuple[tuple[End, End], list[bytes]]:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("requestor.jsonl", "acceptor.jsonl")]
        files = [TraceFile(path, raw=raw, clock=lambda: 0.0) for path in paths]
        ends = talk(data, (files[0](), files[1]()))
        return ends, [path.read_bytes() for path in paths]


@given(st.data(), st.booleans())
def test_every_line_follows_the_schema_and_the_steps_are_those_of_table_9_10(data: st.DataObject, raw: bool) -> None:
    _, texts = recorded(data, raw=raw)
    for text in texts:
        for one in text.splitlines():
            VALIDATOR.validate(json.loads(one))
        reader = TraceReader(text)
        state = "Sta1"
        times = [0.0]
        for line in reader:
            times.append(line.t)
            if isinstance(line.record, MachineStep):
                assert line.record.state == state
                state = line.record.next_state
                assert ACTIONS_BY_LABEL.get((line.record.event, line.record.state), "") == line.record.action
        assert state == "Sta1"
        assert times == sorted(times)
        assert not reader.damaged


@given(st.lists(st.sampled_from(sorted(one for one in REQUESTS if one.startswith("data"))), max_size=12))
def test_data_again_has_the_lines_that_it_had_before(names: list[str]) -> None:
    """Beside the times: whatever came between, and although they are no longer put together."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("requestor.jsonl", "acceptor.jsonl")]
        asks, answers = (
            UpperLayer(is_requestor=not number, observer=TraceFile(path, clock=lambda: 0.0)())
            for number, path in enumerate(paths)
        )
        asks.send(AssociateRequest(RQ), 0.0)
        asks.transport_connected(0.0)
        answers.transport_connected(0.0)
        answers.receive_data(b"".join(map(bytes, asks.data_to_send())), 0.0)
        answers.send(AssociateAccept(AC), 0.0)
        asks.receive_data(b"".join(map(bytes, answers.data_to_send())), 0.0)
        seen: dict[tuple[str, int], list[str]] = {}
        for number, name in enumerate(names):
            asks.send(REQUESTS[name], number + 0.5)
            answers.receive_data(b"".join(map(bytes, asks.data_to_send())), number + 0.5)
        asks.transport_closed(90.0)
        answers.transport_closed(90.0)
        for end, path in enumerate(paths):
            lines = path.read_text().splitlines()
            for number, name in enumerate(names):
                time = f'{{"time":{number * 1000 + 500}.000,'
                told = [one.removeprefix(time) for one in lines if one.startswith(time)]
                assert len(told) >= 2
                assert seen.setdefault((name, end), told) == told


@given(st.data())
def test_with_raw_every_byte_that_was_sent_and_every_pdu_that_came_is_there(data: st.DataObject) -> None:
    ends, texts = recorded(data, raw=True)
    for end, text in zip(ends, texts, strict=True):
        sent, at = bytearray(), 0
        for line in TraceReader(text):
            match line.record:
                case PduSent(_, raw):
                    sent += raw.data
                case PduReceived(_, raw) | BytesPassed(_, raw):
                    for piece in raw.pieces():
                        if isinstance(piece, bytes):
                            assert end.given[at : at + len(piece)] == piece
                            at += len(piece)
                        else:
                            at += piece.size
                case _:
                    pass
        assert sent == end.sent


@given(st.data())
def test_no_data_set_is_in_a_trace_and_all_lengths_are(data: st.DataObject) -> None:
    ends, texts = recorded(data, raw=False)
    for end, text in zip(ends, texts, strict=True):
        assert NAME.hex().encode() not in text
        lengths = [line.record.raw.length for line in TraceReader(text) if isinstance(line.record, PduSent)]
        assert sum(lengths) == len(end.sent)


def lines_of(path: Path) -> list[object]:
    return [line.record for line in TraceReader(path)]


def test_connection_that_is_refused_is_told(tmp_path: Path) -> None:
    file = TraceFile(tmp_path / "a.jsonl")
    layer = UpperLayer(is_requestor=True, observer=file())
    layer.send(AssociateRequest(RQ), 5.0)
    layer.transport_closed(5.5, ConnectionRefusedError("refused"))
    found = lines_of(tmp_path / "a.jsonl")
    assert found[2:4] == [TransportFailed("refused"), MachineStep("requestor", "Sta4", "Evt17", "AA-4", "Sta1")]
    assert found[4] == PrimitivePassed("requestor", "A-P-ABORT indication", "the transport connection closed")
    assert found[0] == PrimitivePassed("requestor", "A-ASSOCIATE request")


def established(observer: Any) -> UpperLayer:
    layer = UpperLayer(is_requestor=False, observer=observer)
    layer.transport_connected(0.0)
    layer.receive_data(encode(RQ), 0.0)
    layer.send(AssociateAccept(AC), 0.0)
    return layer


@pytest.mark.parametrize(
    ("error", "told"),
    [(None, TransportClosed("requestor")), (ConnectionResetError("by peer"), TransportReset("requestor", "by peer"))],
)
def test_how_the_connection_ended_and_the_rest_of_a_pdu_are_told(
    error: Exception, told: object, tmp_path: Path
) -> None:
    layer = established(TraceFile(tmp_path / "a.jsonl")())
    layer.receive_data(b"\5\0\0\0\0\4\0", 1.0)
    layer.transport_closed(2.0, error)
    *_, rest, end, step, primitive = lines_of(tmp_path / "a.jsonl")
    assert isinstance(rest, BytesPassed)
    assert (rest.sender, rest.raw.data) == ("requestor", b"\5\0\0\0\0\4\0")
    assert end == told
    assert step == MachineStep("acceptor", "Sta6", "Evt17", "AA-4", "Sta1")
    assert isinstance(primitive, PrimitivePassed)


def test_what_was_refused_is_there_with_the_reason(tmp_path: Path) -> None:
    layer = established(TraceFile(tmp_path / "a.jsonl")())
    layer.receive_data(b"\x99\0\xff\xff\xff\xff", 1.0)
    found = lines_of(tmp_path / "a.jsonl")
    violation = next(one for one in found if isinstance(one, ViolationSeen))
    assert violation.sender == "requestor"
    assert "99H" in violation.problem
    refused = [one for one in found if isinstance(one, PduReceived)][-1]
    assert refused.raw.length == 6 + 0xFFFFFFFF


def test_local_close_is_told_once_and_without_a_step_in_sta1(tmp_path: Path) -> None:
    layer = established(TraceFile(tmp_path / "a.jsonl")())
    layer.receive_data(b"\7\0\0\0\0\4\0\0\0\0", 1.0)
    layer.transport_closed(2.0)
    found = lines_of(tmp_path / "a.jsonl")
    assert [one for one in found if isinstance(one, TransportClosed)] == [TransportClosed("acceptor")]
    assert [one.state for one in found if isinstance(one, MachineStep)][-1] == "Sta6"


def test_pseudonyms_leave_neither_titles_nor_addresses_nor_words(tmp_path: Path) -> None:
    observer = TraceFile(tmp_path / "a.jsonl", pseudonymise=True)()
    observer.opened(("pacs.example.org", 11112))
    layer = established(observer)
    layer.transport_closed(2.0, ConnectionResetError("pacs.example.org is gone"))
    text = (tmp_path / "a.jsonl").read_text()
    assert "example" not in text
    for title in (RQ.called_ae_title, RQ.calling_ae_title):
        assert title.strip().encode().hex() not in text
    opened = next(one for one in lines_of(tmp_path / "a.jsonl") if isinstance(one, TransportOpened))
    assert opened.requestor is not None
    assert opened.requestor.host == "192.0.2.1"


def test_file_is_for_its_owner_only_and_has_all_associations(tmp_path: Path) -> None:
    file = TraceFile(tmp_path / "a.jsonl", title="two", vantage="acceptor", clock=lambda: 1000.0)
    layers = [established(file()) for _ in range(2)]
    for layer in layers:
        layer.transport_closed(1.0)
    established(file()).transport_closed(2.0)
    trace = RecordedTrace.read(tmp_path / "a.jsonl")
    assert [one.role for one in trace.associations] == ["acceptor"] * 3
    assert (trace.header.title, trace.header.vantage, trace.header.begun) == ("two", "acceptor", 1000.0)
    assert (tmp_path / "a.jsonl").stat().st_mode & 0o077 == 0
    assert trace.remarks == ()


def test_file_that_cannot_be_written_does_not_end_an_association(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "dulcimer"):
        layer = established(TraceFile(tmp_path / "missing" / "a.jsonl")())
    assert layer.is_established
    layer.transport_closed(1.0)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "cannot be written: No such file or directory" in caplog.text


def test_full_disk_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    with caplog.at_level(logging.WARNING, "dulcimer"):
        layer = established(TraceFile("/dev/full")())
        layer.transport_closed(1.0)
    assert caplog.text.count("No space left on device") == 1


def test_recording_ends_at_the_limit_of_a_file(tmp_path: Path) -> None:
    layer = established(TraceFile(tmp_path / "a.jsonl", most=20_000)())
    for _ in range(2000):
        layer.receive_data(encode_data(), 1.0)
    layer.transport_closed(2.0)
    found = lines_of(tmp_path / "a.jsonl")
    assert isinstance(found[-1], RecordingCut)
    assert (tmp_path / "a.jsonl").stat().st_size < 150_000


def encode_data() -> bytes:
    return bytes.fromhex("04000000000c000000080102") + b"abcdef"


def test_folder_stays_within_its_limit_and_loses_the_oldest_only(tmp_path: Path) -> None:
    keep = tmp_path / "notes.jsonl"
    keep.write_text("mine\n")
    clock = iter(range(10**6))
    folder = TraceFolder(tmp_path, most=200_000, clock=lambda: float(next(clock)))
    for _ in range(200):
        established(folder()).transport_closed(1.0)
    found = sorted(path.name for path in tmp_path.iterdir() if path != keep)
    assert sum((tmp_path / name).stat().st_size for name in found) <= 200_000 * 17 // 16
    assert keep.read_text() == "mine\n"
    assert found[-1].endswith("-000200.jsonl")
    numbers = [int(name[-12:-6]) for name in found]
    assert numbers == list(range(numbers[0], 201))
    assert 1 < len(numbers) < 200


def test_traces_of_earlier_runs_count(tmp_path: Path) -> None:
    old = tmp_path / "20200101T000000-1-000001.jsonl"
    old.write_bytes(bytes(300_000))
    folder = TraceFolder(tmp_path, most=200_000)
    for _ in range(20):
        established(folder()).transport_closed(1.0)
    assert not old.exists()


@settings(deadline=None)
@given(st.integers(0, 3))
def test_every_association_of_an_entity_is_recorded_at_both_ends(echoes: int) -> None:
    async def main(folder: Path) -> None:
        async with AsyncAE("BOTH") as ae:
            ae.add_supported_context(Verification)
            ae.add_requested_context(Verification)
            ae.observe = TraceFolder(folder)
            server = await ae.start_server(("127.0.0.1", 0), block=False)
            assert server is not None
            async with await ae.associate(*server.server_address) as association:
                for _ in range(echoes):
                    assert (await association.send_c_echo()).Status == 0x0000

    with tempfile.TemporaryDirectory() as name:
        asyncio.run(main(Path(name)))
        traces = [RecordedTrace.read(path) for path in Path(name).iterdir()]
    ends = {one.role: one for trace in traces for one in trace.associations}
    assert set(ends) == {"requestor", "acceptor"}
    raws = {
        role: [
            (line.record.sender, line.record.raw)
            for line in end.lines
            if isinstance(line.record, PduSent | PduReceived)
        ]
        for role, end in ends.items()
    }
    assert sorted(raws["requestor"], key=repr) == sorted(raws["acceptor"], key=repr)
    assert len(raws["requestor"]) == 4 + 2 * echoes
    for end in ends.values():
        assert any(isinstance(line.record, TransportClosed | TransportReset) for line in end.lines)


def test_observe_takes_functions_only() -> None:
    ae = AE()
    assert ae.observe is None
    with pytest.raises(TypeError, match="must be a function that makes an observer"):
        ae.observe = 3  # type: ignore[assignment]  # that is what is tested
    nothing: Callable[[], None] = lambda: None  # noqa: E731 - it has a type here
    ae.observe = nothing
    assert ae.observe is nothing
