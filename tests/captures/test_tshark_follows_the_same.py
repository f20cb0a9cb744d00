"""tshark finds the same bytes in each connection, and the same PDUs in the same frames."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from dulcimer.captures.collected import CapturedConnection, connections
from dulcimer.captures.following import CaptureReader
from dulcimer.captures.tcp import Flags
from dulcimer.cli.show.capture_decode import pdus_of, read_capture
from dulcimer.conformance.stimuli.messages import plain_pdu
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.wire.codec import encode
from support.captures.capture_maker import (
    ETHERNET,
    LOOP,
    NULL,
    RAW,
    SLL,
    SLL2,
    Record,
    Wrapping,
    interface,
    packet,
    section,
    tcp,
)

pytestmark = pytest.mark.peer("tshark")

REQUEST, ACCEPT, ECHO, RELEASE, RELEASED = (
    encode(plain_pdu(name, Titles()))
    for name in ("A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "P-DATA-TF", "A-RELEASE-RQ", "A-RELEASE-RP")
)
TURNS = [(True, REQUEST), (False, ACCEPT), (True, ECHO), (False, ECHO), (True, RELEASE), (False, RELEASED)]
LINKS = (ETHERNET, SLL, SLL2, RAW, NULL, LOOP)
SIZE = 60
SYN, ACK, FIN = Flags.SYN, Flags.ACK, Flags.FIN


class Dialogue:
    """An association as frames, each with the place of its bytes in the stream of its end."""

    def __init__(self, port: int, wrapping: Wrapping, client: int = 1000, server: int = 5000) -> None:
        self._ports = (port, 104)
        self._wrapping = wrapping
        self._next = {True: client, False: server}
        self._number = port
        self.frames: list[list[bytes]] = []
        self.segment(True, b"", SYN)
        self.segment(False, b"", SYN | ACK)
        self.segment(True, b"", ACK)
        for by_client, data in TURNS:
            for start in range(0, len(data), SIZE):
                self.segment(by_client, data[start : start + SIZE], ACK)
            self.segment(not by_client, b"", ACK)
        for by_client in (True, False):
            self.segment(by_client, b"", ACK | FIN)
            self.segment(not by_client, b"", ACK)

    def segment(self, by_client: bool, payload: bytes, flags: int) -> None:
        sequence = self._next[by_client]
        acknowledged = self._next[not by_client] if flags & ACK else 0
        made = tcp(by_client, sequence, payload, flags, acknowledged=acknowledged, ports=self._ports)
        self._number += 1
        self.frames.append(self._wrapping.frames(made, by_client, self._number))
        self._next[by_client] = sequence + len(payload) + bool(flags & (SYN | FIN))


def swapped(frames: list[list[bytes]]) -> list[list[bytes]]:
    """The second and the third segment of the request have changed places."""
    return [*frames[:4], frames[5], frames[4], *frames[6:]]


def late(frames: list[list[bytes]]) -> list[list[bytes]]:
    """A segment of the client's message comes behind its next PDU, which was whole before."""
    place = 3 + -(-len(REQUEST) // SIZE) + 1 + -(-len(ACCEPT) // SIZE) + 1
    behind = place + -(-len(ECHO) // SIZE) + 1 + -(-len(ECHO) // SIZE) + 1 + -(-len(RELEASE) // SIZE)
    return [*frames[:place], *frames[place + 1 : behind], frames[place], *frames[behind:]]


def doubled(frames: list[list[bytes]]) -> list[list[bytes]]:
    return [one for frame in frames for one in (frame, frame)]


Change: TypeAlias = Callable[[list[list[bytes]]], list[list[bytes]]]
CHANGES: dict[str, tuple[Wrapping, Change]] = {
    "ethernet": (Wrapping(), lambda frames: frames),
    "swapped": (Wrapping(), swapped),
    "late": (Wrapping(), late),
    "doubled": (Wrapping(), doubled),
    "fragments swapped": (Wrapping(fragment=24), lambda frames: [one[::-1] for one in frames]),
    "options": (Wrapping(options=8), lambda frames: frames),
    "VLAN": (Wrapping(vlans=(0x8100,)), lambda frames: frames),
    "PPPoE": (Wrapping(pppoe=True), lambda frames: frames),
    "PPPoE of IPv6 in a VLAN": (Wrapping(pppoe=True, vlans=(0x8100,), is_ipv6=True), lambda frames: frames),
    "MPLS": (Wrapping(labels=(16, 17)), lambda frames: frames),
    "QinQ": (Wrapping(vlans=(0x88A8, 0x8100), is_ipv6=True), lambda frames: frames),
    "IPv6": (Wrapping(is_ipv6=True, extensions=(0, 60), fragment=32), lambda frames: frames),
    **{f"link type {link}": (Wrapping(link), lambda frames: frames) for link in LINKS[1:]},
    "from the middle on": (Wrapping(), lambda frames: frames[5:]),
    "lost": (Wrapping(), lambda frames: [*frames[:4], *frames[5:]]),
}


def traffic() -> bytes:
    """A connection for each change, one after the other; the first one once more, on the same ports."""
    parts = [section(), *map(interface, LINKS)]
    for place, (wrapping, change) in enumerate([*CHANGES.values(), next(iter(CHANGES.values()))]):
        port = 40_000 + 100 * (place % len(CHANGES))
        dialogue = Dialogue(port, wrapping, client=(1 << 32) - 70 if place == 0 else 10_000 * place)
        for frames in change(dialogue.frames):
            for one in frames:
                record = Record(one, 1_700_000_000 + len(parts) / 1000)
                parts.append(packet(record, number=LINKS.index(wrapping.link_type)))
    return b"".join(parts)


@pytest.fixture(scope="module")
def captured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("followed") / "all.pcapng"
    path.write_bytes(traffic())
    return path


def tshark(path: Path, *options: str) -> str:
    command = ["tshark", "-r", str(path), *options]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def followed(output: str) -> dict[int, tuple[bytes, bytes]]:
    """What both ends sent, of each stream in the output of `follow`; a gap is a text among the bytes."""
    found = {}
    for stream in output.split("Filter: tcp.stream eq ")[1:]:
        sent = {False: b"", True: b""}
        for line in stream.partition("Node 1:")[2].splitlines()[1:]:
            if line.startswith("="):
                break
            sent[line.startswith("\t")] += bytes.fromhex(line.strip())
        found[int(stream.splitlines()[0])] = (sent[False], sent[True])
    return found


def with_gaps(connection: CapturedConnection) -> tuple[bytes, bytes]:
    """The bytes of both ends, with the text that tshark has for a gap."""
    found = []
    for end in connection.both:
        data, before = b"", 0
        for place, size in end.gaps:
            data += end.data[before:place] + f"[{size} bytes missing in capture file]\0".encode()
            before = place
        found.append(data + end.data[before:])
    return found[0], found[1]


def test_bytes_and_gaps_of_each_connection(captured: Path) -> None:
    found = sorted(connections(CaptureReader(captured)), key=lambda one: one.number)
    assert len(found) == len(CHANGES) + 1
    # Wireshark takes bytes for missing as soon as they are acknowledged, also those that come after that.
    numbers = [number for number, change in enumerate([*CHANGES, ""]) if change != "late"]
    asked = [word for number in numbers for word in ("-z", f"follow,tcp,raw,{number}")]
    theirs = followed(tshark(captured, "-q", *asked))
    assert theirs == {one.number - 1: with_gaps(one) for one in found if one.number - 1 in numbers}


def test_pdus_and_their_frames(captured: Path) -> None:
    in_order = ("-o", "tcp.reassemble_out_of_order:TRUE")
    fields = ("-T", "fields", "-e", "tcp.stream", "-e", "frame.number", "-e", "dicom.pdu.type")
    rows = tshark(captured, *in_order, "-Y", "dicom", *fields)
    found = (row.split("\t") for row in rows.splitlines())
    told = sorted((stream, frame, kind) for stream, frame, kinds in found for kind in kinds.split(","))
    ours = []
    for association in read_capture(captured).associations:
        number = association.connection.number
        if list(CHANGES)[(number - 1) % len(CHANGES)] in ("lost", "from the middle on"):
            continue
        ours += [(str(number - 1), str(one.frame), f"0x{one.pdu.data[0]:02x}") for one in pdus_of(association)]
    assert sorted(ours) == [row for row in told if int(row[0]) in {int(one[0]) for one in ours}]
