"""Associations of captures as `dulcimer decode` finds and shows them: on any port, from any place on."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.captures import pcapng
from dulcimer.captures.bounds import CaptureBounds
from dulcimer.captures.collected import CapturedConnection, connections
from dulcimer.captures.dicom_streams import associations, pdus_after, seems_to_be, sorted_connections
from dulcimer.captures.files import is_capture
from dulcimer.captures.following import CaptureReader
from dulcimer.captures.tcp import TcpConversation
from dulcimer.cli.main import app
from dulcimer.cli.show import hexinput
from dulcimer.conformance.stimuli.messages import plain_pdu
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.wire.codec import encode
from dulcimer.wire.model import Abort, ReleaseRp, ReleaseRq
from self_fuzz.bounds import within
from self_fuzz.surface import Allowance
from support.captures.capture_maker import pcap, records
from support.command_runs import CommandRunner

REQUEST, ACCEPT, ECHO = (
    encode(plain_pdu(name, Titles())) for name in ("A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "P-DATA-TF")
)


def talk(turns: list[tuple[bool, bytes]]) -> TcpConversation:
    told = TcpConversation()
    told.open(0.0)
    for number, (by_client, data) in enumerate(turns, start=1):
        told.send(float(number), told.client if by_client else told.server, data)
    return told


def capture(packets: list[pcapng.Packet]) -> bytes:
    return pcapng.write(packets, application="test")


def read(data: bytes) -> list[CapturedConnection]:
    return list(connections(CaptureReader(data)))


def test_work_grows_with_the_segments_and_not_with_their_square_when_all_are_out_of_order() -> None:
    told = talk([(True, b"ab")] * 1500)
    # Without the acknowledgements, which would say that what has not come yet was lost.
    data = capture([*told.packets[:3], *(packet for packet in told.packets[:2:-1] if packet.frame.endswith(b"ab"))])
    with within(Allowance(calls_per_byte=5), len(data)):
        (connection,) = read(data)
    assert bytes(connection.client.data) == b"ab" * 1500


@pytest.mark.parametrize(
    ("payload", "protocol"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "HTTP"),
        (b"\x16\x03\x01\x02\x00\x01\x00", "TLS"),
        (b"\x01\x00\x00\x00\x00\x01a", "unknown"),
        (b"", "no bytes"),
        (REQUEST, "DICOM"),
    ],
)
def test_other_protocols_are_named_and_not_taken_for_dicom(payload: bytes, protocol: str) -> None:
    found = read(capture(talk([(True, payload)]).packets))
    assert [seems_to_be(one) for one in found] == [protocol]
    assert len(associations(found)) == (protocol == "DICOM")


@given(st.integers(1, len(ECHO) - 1), st.booleans())
def test_capture_that_begins_in_a_pdu_is_read_from_the_next_one_and_says_that_this_is_a_guess(
    cut: int, by_client: bool
) -> None:
    told = talk([(by_client, (REQUEST if by_client else ACCEPT) + ECHO[:cut]), (by_client, ECHO[cut:] + ECHO * 3)])
    (association,) = associations(read(capture(told.packets[5:])))
    # Whoever is seen first counts as the client.
    assert association.begins == (len(ECHO) - cut, 0)
    assert not association.is_whole


@given(st.binary(max_size=400))
def test_place_of_pdus_is_none_or_has_a_header(data: bytes) -> None:
    place = pdus_after(data, 0, len(data))
    assert place is None or 1 <= data[place] <= 7
    assert pdus_after(b"\4\0" + data + ECHO + ECHO, 2, 2 + len(data) + 2 * len(ECHO)) is not None


def test_search_for_pdus_takes_work_in_proportion_to_the_bytes() -> None:
    data = bytes(range(8)) * 4000
    with within(Allowance(calls_per_byte=10), len(data)):
        assert pdus_after(data, 0, len(data)) is None


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


def test_capture_may_have_more_bytes_than_other_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hexinput, "MOST_BYTES", 100)
    path = tmp_path / "a.pcapng"
    path.write_bytes(capture(talk([(True, encode(ReleaseRq()))]).packets))
    result = CommandRunner().invoke(app, ["decode", str(path)], env={"COLUMNS": "100"})
    assert "PDU 1, frame 4, client to server: A-RELEASE-RQ" in result.stdout


def test_bytes_beyond_the_bound_and_those_of_other_protocols_are_not_kept() -> None:
    packets = talk([(True, REQUEST + ECHO * 60), (False, ACCEPT)]).packets
    other = TcpConversation(client=("192.0.2.1", 50000))
    other.open(9.0)
    other.send(9.0, other.client, b"GET / HTTP/1.1" + bytes(5000))
    other.send(9.0, other.server, bytes(500))
    data = capture([*packets, *other.packets])
    found = sorted_connections(CaptureReader(data))
    assert (len(found.associations), dict(found.others)) == (1, {"HTTP": 1})
    kept = sorted_connections(CaptureReader(data, CaptureBounds(collected=6000))).associations[0]
    assert kept.is_whole
    assert bytes(kept.connection.client.data) == REQUEST + ECHO * 60
    small = talk([(True, REQUEST)] + [(True, ECHO)] * 9).packets
    (part,) = sorted_connections(CaptureReader(capture(small), CaptureBounds(collected=600))).associations
    kept_bytes = len(part.connection.client.data)
    assert kept_bytes + part.connection.client.not_kept == len(REQUEST) + 9 * len(ECHO)
    assert (kept_bytes <= 600, part.is_whole) == (True, False)


def test_compressed_capture_is_decoded_and_remarks_are_printed(tmp_path: Path) -> None:
    told = talk([(True, encode(ReleaseRq()))])
    path = tmp_path / "a.pcap.gz"
    path.write_bytes(gzip.compress(capture(told.packets)))
    result = CommandRunner().invoke(app, ["decode", str(path)], env={"COLUMNS": "100"})
    assert "PDU 1, frame 4, client to server: A-RELEASE-RQ" in result.stdout
    other = tmp_path / "other.pcap"
    other.write_bytes(pcap(records(packet.frame for packet in told.packets), 127))
    result = CommandRunner().invoke(app, ["decode", "--json", str(other)])
    (remark,) = json.loads(result.stdout)["capture"]["remarks"]
    assert remark == "Left out: 5 frames of link type 127, which is not read."
    assert remark in CommandRunner().invoke(app, ["decode", str(other)], env={"COLUMNS": "100"}).stdout
