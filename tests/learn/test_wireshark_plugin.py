"""The plugin for Wireshark marks the frames in which an end violates the standard, and no others."""

from __future__ import annotations

import subprocess
from pathlib import Path
from random import Random

import pytest

from dulcimer.captures import pcapng
from dulcimer.captures.pcapng import Packet
from dulcimer.captures.tcp import TcpConversation
from dulcimer.learn.exports.wireshark import post_dissector
from support.captures.lawful_associations import LawfulRun
from support.captures.planted_captures import CAPTURES, together
from support.drawn_examples import drawn
from support.wire_strategies import any_bytes

pytestmark = pytest.mark.peer("tshark")
FIRST_PORT = 49152
OUT_OF_ORDER = ("-o", "tcp.reassemble_out_of_order:TRUE")


def rows(folder: Path, capture: bytes, *fields: str, shown: str = "dulcimer.violation") -> list[list[str]]:
    """These fields of the frames that the filter shows, with our plugin."""
    (folder / "dulcimer.lua").write_text(post_dissector(), encoding="utf-8")
    (folder / "all.pcapng").write_bytes(capture)
    command = ["tshark", "-X", f"lua_script:{folder / 'dulcimer.lua'}", *OUT_OF_ORDER, "-r", str(folder / "all.pcapng")]
    command += ["-Y", shown, "-T", "fields", *(word for name in fields for word in ("-e", name))]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=True, timeout=120)
    assert "Lua" not in done.stderr, done.stderr
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_every_planted_violation_is_marked_in_its_frame_and_no_other_frame_is(tmp_path: Path) -> None:
    capture, wanted = together()
    found = {int(number): text for number, text in rows(tmp_path, capture, "frame.number", "dulcimer.violation")}
    for one, last in zip(CAPTURES, wanted, strict=True):
        # The frame that closes follows that of the last PDU and its acknowledgement.
        frame = last + 2 if one.rules == ("ul.fsm.close",) else last
        if one.end is None:
            assert frame not in found, one.name
        else:
            assert found.pop(frame, "").startswith(one.end.role), one.name
    assert found == {}


def test_nothing_is_marked_in_lawful_associations_whose_pdus_cross(tmp_path: Path) -> None:
    packets: list[Packet] = []
    for seed in range(60):
        run, chance = LawfulRun(FIRST_PORT + seed), Random(seed)
        run.play([chance.randrange(1 << 12) for _ in range(100)])
        packets += run.packets
    capture = pcapng.write(packets, application="test")
    assert rows(tmp_path, capture, "frame.number", "dulcimer.violation") == []
    assert len(rows(tmp_path, capture, "frame.number", shown="dicom")) > 150


def test_no_bytes_are_an_error_of_the_plugin(tmp_path: Path) -> None:
    packets: list[Packet] = []
    for number, data in enumerate(drawn(any_bytes(), 200)):
        talk = TcpConversation(("192.0.2.1", FIRST_PORT + number))
        talk.open(1.0)
        talk.send(2.0, talk.client, b"\x01" + data)
        talk.send(3.0, talk.server, data)
        packets += talk.packets
    capture = pcapng.write(packets, application="test")
    told = rows(tmp_path, capture, "_ws.expert.message", shown="_ws.expert")
    assert any("(PS3.8" in text for (text,) in told)
    assert not any("Lua" in text for (text,) in told)
