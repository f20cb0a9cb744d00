"""Bytes of connections from captures: they are the bytes sent, however the frames were cut, repeated or reordered."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.captures import pcapng
from dulcimer.captures.dicom_streams import associations
from dulcimer.captures.files import CaptureError, frames, is_capture
from dulcimer.captures.reassembly import CapturedConnection, connections
from dulcimer.captures.segments import segment_of
from dulcimer.captures.tcp import Flags, TcpConversation
from dulcimer.cli.main import app
from dulcimer.wire.codec import encode
from dulcimer.wire.model import Abort, ReleaseRp, ReleaseRq
from self_fuzz.bounds import within
from self_fuzz.surface import Allowance
from support.command_runs import CommandRunner

TURNS = st.lists(st.tuples(st.booleans(), st.binary(min_size=1, max_size=200)), max_size=12)


def talk(turns: list[tuple[bool, bytes]]) -> TcpConversation:
    told = TcpConversation()
    told.open(0.0)
    for number, (by_client, data) in enumerate(turns, start=1):
        told.send(float(number), told.client if by_client else told.server, data)
    return told


def capture(packets: list[pcapng.Packet]) -> bytes:
    return pcapng.write(packets, application="test")


def read(data: bytes) -> list[CapturedConnection]:
    return connections(filter(None, map(segment_of, frames(data))))


def said(turns: list[tuple[bool, bytes]], by_client: bool) -> bytes:
    return b"".join(data for who, data in turns if who is by_client)


@given(TURNS, st.randoms(use_true_random=False))
def test_bytes_come_back_from_frames_that_are_mixed_and_doubled(
    turns: list[tuple[bool, bytes]], chance: random.Random
) -> None:
    opening, rest = talk(turns).packets[:2], talk(turns).packets[2:]
    mixed = rest + chance.sample(rest, len(rest) // 2)
    chance.shuffle(mixed)
    (connection,) = read(capture([*opening, *mixed]))
    assert bytes(connection.client.data) == said(turns, True)
    assert bytes(connection.server.data) == said(turns, False)
    assert connection.client.gaps == connection.server.gaps == []


@given(TURNS.filter(lambda turns: sum(who for who, _ in turns) > 2), st.data())
def test_lost_frame_is_a_gap_of_its_size(turns: list[tuple[bool, bytes]], data: st.DataObject) -> None:
    told = talk([(True, sent) for who, sent in turns if who])
    payloads = [packet for packet in told.packets if packet.frame[47] & Flags.PSH]
    lost = data.draw(st.integers(0, len(payloads) - 2), label="lost")
    sent = [payload for who, payload in turns if who]
    (connection,) = read(capture([packet for packet in told.packets if packet is not payloads[lost]]))
    assert bytes(connection.client.data) == b"".join(sent[:lost] + sent[lost + 1 :])
    assert connection.client.gaps == [(len(b"".join(sent[:lost])), len(sent[lost]))]


def test_bytes_that_the_capture_did_not_keep_are_a_gap() -> None:
    told = TcpConversation()
    told.open(0.0)
    told.send(1.0, told.client, b"abcd", missing=6)
    told.send(2.0, told.client, b"ef")
    (connection,) = read(capture(told.packets))
    assert bytes(connection.client.data) == b"abcdef"
    assert connection.client.gaps == [(4, 6)]


def test_capture_that_begins_late_begins_with_what_is_there() -> None:
    told = talk([(True, b"abc"), (False, b"xyz")])
    (connection,) = read(capture(told.packets[3:]))
    assert bytes(connection.client.data) == b"abc"
    assert not connection.client.opened


def test_ports_that_are_used_again_are_another_connection() -> None:
    one, other = talk([(True, b"one")]), talk([(True, b"other")])
    found = read(capture([*one.packets, *other.packets]))
    assert [bytes(connection.client.data) for connection in found] == [b"one", b"other"]


def test_work_grows_with_the_segments_and_not_with_their_square_when_all_are_out_of_order() -> None:
    told = talk([(True, b"ab")] * 3000)
    data = capture([*told.packets[:3], *told.packets[:2:-1]])
    with within(Allowance(calls_per_byte=5), len(data)):
        (connection,) = read(data)
    assert bytes(connection.client.data) == b"ab" * 3000


def test_sequence_numbers_may_pass_zero() -> None:
    told = TcpConversation()
    told.client.sequence = (1 << 32) - 4
    told.open(0.0)
    for number in range(8):
        told.send(float(number), told.client, bytes([number]) * 3)
    (connection,) = read(capture(told.packets))
    assert bytes(connection.client.data) == bytes(number for number in range(8) for _ in range(3))


@given(st.integers(0, 400), st.binary(max_size=8))
def test_damaged_capture_gives_what_is_before_and_an_error(cut: int, junk: bytes) -> None:
    whole = capture(talk([(True, b"abc" * 30), (False, b"xyz")]).packets)
    data = whole[: len(whole) - cut] + junk
    count = 0
    try:
        for frame in frames(data):
            count = frame.number
            segment_of(frame)
    except CaptureError as error:
        assert str(error)
    assert count <= 7


@given(st.binary(max_size=300))
def test_any_bytes_behind_the_head_of_a_capture_are_read_or_reported(data: bytes) -> None:
    for head in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\x3c\x4d", capture([])):
        try:
            read(head + data)
        except CaptureError as error:
            assert str(error)


def test_link_types_and_vlan() -> None:
    told = talk([(True, b"abc")])
    (frame,) = (found for found in frames(capture(told.packets)) if bytes(found.data).endswith(b"abc"))
    ethernet = bytes(frame.data)
    ip = ethernet[14:]
    forms = {
        1: ethernet[:12] + b"\x81\x00\x00\x05" + ethernet[12:],
        0: b"\x02\0\0\0" + ip,
        101: ip,
        113: bytes(14) + b"\x08\x00" + ip,
        276: b"\x08\x00" + bytes(18) + ip,
    }
    for link_type, data in forms.items():
        segment = segment_of(replace(frame, link_type=link_type, data=memoryview(data)))
        assert segment is not None, link_type
        assert bytes(segment.payload) == b"abc"
    assert segment_of(replace(frame, link_type=9999)) is None


def test_ipv6() -> None:
    told = talk([(True, b"abc")])
    (frame,) = (found for found in frames(capture(told.packets)) if bytes(found.data).endswith(b"abc"))
    tcp = bytes(frame.data)[34:]
    ipv6 = b"\x60\0\0\0" + (len(tcp) + 8).to_bytes(2, "big") + b"\0\x40" + bytes(15) + b"\1" + bytes(15) + b"\2"
    segment = segment_of(replace(frame, link_type=101, data=memoryview(ipv6 + b"\x06\0" + bytes(6) + tcp)))
    assert segment is not None
    assert (segment.source[0], segment.destination[0], bytes(segment.payload)) == ("::1", "::2", b"abc")


@pytest.mark.parametrize(
    "payload", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"\x01\x00\x00\x00\x00\x01a"]
)
def test_other_protocols_are_not_taken_for_dicom(payload: bytes) -> None:
    assert list(associations(read(capture(talk([(True, payload)]).packets)))) == []


def exported(tmp_path: Path, *forms: str) -> list[Path]:
    told = talk([(True, encode(ReleaseRq())), (False, encode(ReleaseRp())), (True, encode(Abort(2, 2)))])
    path = tmp_path / "a.pcapng"
    path.write_bytes(capture(told.packets))
    made = [path]
    for form in forms:
        made.append(tmp_path / f"a.{form}")
        subprocess.run([shutil.which("editcap") or "editcap", "-F", form, path, made[-1]], check=True)
    return made


@pytest.mark.peer("tshark")
def test_forms_of_a_capture_that_wireshark_writes_say_the_same(tmp_path: Path) -> None:
    outputs = []
    for path in exported(tmp_path, "pcap", "nsecpcap"):
        assert is_capture(path.read_bytes())
        result = CommandRunner().invoke(app, ["decode", "--json", str(path)])
        assert result.exit_code == 0, result.output
        document = json.loads(result.stdout)
        for pdu in document["pdus"]:
            pdu["t"] = round(pdu["t"], 5)
        outputs.append(document)
    assert outputs[0] == outputs[1] == outputs[2]
    told = subprocess.run(
        [
            "tshark",
            "-r",
            tmp_path / "a.pcap",
            "-Y",
            "dicom",
            "-T",
            "fields",
            "-e",
            "frame.number",
            "-e",
            "dicom.pdu.type",
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    ours = [text for pdu in outputs[0]["pdus"] for text in (str(pdu["frame"]), f"0x{pdu['type']:02x}")]
    assert ours == told


def test_text_names_ends_and_frames_and_says_what_is_missing(tmp_path: Path) -> None:
    told = talk([(True, encode(ReleaseRq())), (False, encode(ReleaseRp()))])
    path = tmp_path / "late.pcapng"
    path.write_bytes(capture(told.packets[3:]))
    result = CommandRunner().invoke(app, ["decode", str(path)], env={"COLUMNS": "100"})
    assert result.exit_code == 0
    assert "Association 1: client 192.0.2.1 port 49152, server 192.0.2.2 port 104" in result.stdout
    assert "PDU 1, frame 1, client to server: A-RELEASE-RQ" in result.stdout
    assert "INCOMPLETE: the capture began after the connection was opened" in result.stdout
    empty = tmp_path / "none.pcapng"
    empty.write_bytes(capture(talk([(True, b"GET / HTTP/1.1\r\n\r\n")]).packets))
    result = CommandRunner().invoke(app, ["decode", str(empty)], env={"COLUMNS": "100"})
    assert result.exit_code == 1
    assert "0 with DICOM" in result.stdout


def test_gap_near_the_beginning_does_not_hide_an_association() -> None:
    told, pdu = TcpConversation(), encode(ReleaseRq())
    told.open(0.0)
    told.send(1.0, told.client, pdu + pdu[:3], missing=5)
    told.send(2.0, told.client, pdu)
    assert [found.is_whole for found in associations(read(capture(told.packets)))] == [False]
