"""Captures that we write, read by tshark."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.captures import pcapng
from dulcimer.captures.tcp import SEGMENT, TcpConversation
from dulcimer.wire import model
from dulcimer.wire.codec import encode

CONTEXT = model.PresentationContextRq.of(1, "1.2.840.10008.1.1", "1.2.840.10008.1.2")
USER = model.UserInformation((model.MaximumLength(0), model.ImplementationClassUid("1.2.3")))
NAME = model.ApplicationContext("1.2.840.10008.3.1.1.1")
REQUEST = encode(model.AssociateRq("CALLED", "CALLING", (NAME, CONTEXT, USER)))
ACCEPTANCE = encode(
    model.AssociateAc("CALLED", "CALLING", (NAME, model.PresentationContextAc.of(1, 0, "1.2.840.10008.1.2"), USER))
)
LONG = encode(model.PDataTf((model.PresentationDataValue(1, 2, bytes(140_000)),)))
STRICT = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]


def conversation() -> TcpConversation:
    """An association with a long PDU, released by the client; each PDU has a comment."""
    told = TcpConversation()
    told.open(0.0, "connection opened")
    told.send(0.1, told.client, REQUEST, "request: Sta2 + Evt6 → AE-6")
    told.send(0.2, told.server, ACCEPTANCE, "acceptance")
    told.send(0.3, told.client, LONG, "long")
    told.send(0.4, told.client, encode(model.ReleaseRq()), "release")
    told.send(0.5, told.server, encode(model.ReleaseRp()), "released")
    told.finish(0.6, told.client, "FIN")
    told.finish(0.7, told.server)
    return told


def written(told: TcpConversation, **texts: str) -> bytes:
    return pcapng.write(told.packets, application="a test", names={"192.0.2.1": "tester"}, **texts)


def tshark(capture: Path, *options: str) -> list[str]:
    command = ["tshark", "-r", str(capture), *STRICT, *options]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / "association.pcapng"
    path.write_bytes(written(conversation(), comment="about all of it"))
    return path


@pytest.mark.peer("tshark")
def test_tshark_finds_every_pdu_and_its_comment(capture: Path) -> None:
    rows = tshark(capture, "-Y", "dicom", "-T", "fields", "-e", "dicom.pdu.type", "-e", "frame.comment")
    assert [row.split("\t") for row in rows] == [
        ["0x01", "request: Sta2 + Evt6 → AE-6"],
        ["0x02", "acceptance"],
        ["0x04", "long"],
        ["0x05", "release"],
        ["0x06", "released"],
    ]


@pytest.mark.peer("tshark")
@pytest.mark.parametrize("complaint", ["_ws.malformed", "tcp.checksum.status == 0", "ip.checksum.status == 0"])
def test_tshark_finds_nothing_wrong(capture: Path, complaint: str) -> None:
    assert tshark(capture, "-Y", complaint) == []


@pytest.mark.peer("tshark")
def test_tshark_sees_no_gap_and_no_repetition(capture: Path) -> None:
    assert tshark(capture, "-Y", "tcp.analysis.flags", "-T", "fields", "-e", "frame.number", "-e", "_ws.expert") == []


@pytest.mark.peer("tshark")
def test_handshake_fin_and_rst_are_seen_as_such(tmp_path: Path) -> None:
    told = conversation()
    other = TcpConversation()
    other.open(0.0)
    other.reset(1.0, other.server, "reset")
    for name, packets in (("fin", told), ("rst", other)):
        (tmp_path / name).write_bytes(written(packets))
    flags = tshark(tmp_path / "fin", "-T", "fields", "-e", "tcp.flags.str")
    assert [row.strip("·") for row in flags[:3]] == ["S", "A··S", "A"]
    assert len(tshark(tmp_path / "fin", "-Y", "tcp.flags.fin == 1")) == 2
    assert tshark(tmp_path / "rst", "-Y", "tcp.flags.reset == 1", "-T", "fields", "-e", "frame.comment") == ["reset"]


@pytest.mark.peer("tshark")
def test_bytes_that_are_not_known_are_marked_as_not_captured(tmp_path: Path) -> None:
    told = TcpConversation()
    told.open(0.0)
    told.send(1.0, told.client, LONG[:512], missing=len(LONG) - 512)
    told.send(2.0, told.client, b"behind it")
    path = tmp_path / "cut.pcapng"
    path.write_bytes(written(told))
    frames = tshark(path, "-Y", "tcp.len > 0", "-T", "fields", "-e", "frame.len", "-e", "frame.cap_len")
    sizes = [tuple(map(int, row.split())) for row in frames]
    assert sum(size - captured for size, captured in sizes) == len(LONG) - 512
    assert tshark(path, "-Y", "tcp.analysis.flags") == []


@pytest.mark.peer("tshark")
def test_times_are_kept_to_the_microsecond_however_long_it_takes(tmp_path: Path) -> None:
    told = TcpConversation()
    told.open(0.000001)
    told.finish(7200.25, told.client)
    told.finish(3600.0, told.server)
    path = tmp_path / "slow.pcapng"
    path.write_bytes(written(told))
    times = [float(row) for row in tshark(path, "-T", "fields", "-e", "frame.time_epoch")]
    assert times == [0.000001] * 3 + [7200.25] * 4


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=3 * SEGMENT), st.text(max_size=50)), max_size=8))
def test_sequence_numbers_count_the_bytes_sent_and_blocks_add_up(turns: list[tuple[bool, bytes, str]]) -> None:
    told = TcpConversation()
    told.open(0.0)
    for number, (by_client, data, comment) in enumerate(turns):
        told.send(float(number), told.client if by_client else told.server, data, comment)
    sent = {True: b"", False: b""}
    first: dict[bool, int] = {}
    for packet in told.packets:
        assert len(packet.frame) <= 14 + 65_535
        by_client = packet.frame[26:30] == bytes([192, 0, 2, 1])
        (sequence,) = struct.unpack_from(">I", packet.frame, 38)
        first.setdefault(by_client, sequence + 1)
        payload = packet.frame[34 + (packet.frame[46] >> 4) * 4 :]
        if payload:
            assert sequence - first[by_client] == len(sent[by_client])
        sent[by_client] += payload
    for by_client, data in sent.items():
        assert data == b"".join(chunk for side, chunk, _ in turns if side is by_client)
    assert [kind for kind, _ in blocks(written(told))] == [0x0A0D0D0A, 1, 4, *[6] * len(told.packets)]


def blocks(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The blocks of a file; both lengths of each must agree."""
    while data:
        kind, length = struct.unpack_from("<II", data)
        assert length % 4 == 0
        assert struct.unpack_from("<I", data, length - 4) == (length,)
        yield kind, data[8 : length - 4]
        data = data[length:]


def test_equal_input_gives_equal_bytes() -> None:
    assert written(conversation()) == written(conversation())


@given(st.binary(max_size=200))
def test_the_checksum_of_tcp_is_the_sum_of_its_words_with_end_around_carry(data: bytes) -> None:
    told = conversation()
    told.send(9.0, told.client, data)
    for packet in told.packets:
        segment = packet.frame[34:]
        pseudo_header = packet.frame[26:34] + struct.pack(">BBH", 0, 6, len(segment))
        words = pseudo_header + segment + bytes(len(segment) % 2)
        total = sum(struct.unpack(f">{len(words) // 2}H", words))
        while total >> 16:
            total = (total & 0xFFFF) + (total >> 16)
        assert total == 0xFFFF
