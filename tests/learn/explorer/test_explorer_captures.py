"""A capture that is dropped into the page is read as ours is, and what the page says of it is never more than ours."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from dulcimer.captures import pcapng
from dulcimer.captures.events import FollowedConnection
from dulcimer.captures.following import CaptureReader
from dulcimer.conformance.report.page import byte_script, page_file
from dulcimer.diagnosis.importing.from_capture import import_capture
from dulcimer.diagnosis.judging.connection import MissingBytes
from dulcimer.diagnosis.judging.judge import EventJudge, Judged
from dulcimer.diagnosis.judging.skimming import SkimmedPdu
from dulcimer.diagnosis.judging.verdicts import AssociationVerdict, Breach
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.learn.explorer.page import SCRIPTS, explorer_page
from dulcimer.learn.labs.turns import ACCEPT, REQUEST, C, S, pdata
from dulcimer.trace.masking import Masks
from support.captures.capture_maker import (
    IPV4_ONLY,
    IPV6_ONLY,
    LOOP,
    NULL,
    RAW,
    SLL,
    SLL2,
    Record,
    Wrapping,
    interface,
    packet,
    pcap,
    records,
    section,
)
from support.captures.drawn_breaches import drawn_breaches
from support.captures.judged_captures import captured
from support.captures.lawful_associations import disturbed, played
from support.captures.planted_captures import CAPTURES, Planted, together

RUNNER: Final = Path(__file__).parents[2] / "support" / "browser" / "explorer_captures.mjs"
FOR_PAGES: Final = ("panes", "explore", "player", "quiz", "table", "address", "main", "maps", "lane", "why", "moments")
"""Scripts that need a document."""
DRAWN, DAMAGED = 25, 60
WRAPPINGS: Final = (
    Wrapping(NULL),
    Wrapping(LOOP, is_ipv6=True),
    Wrapping(RAW, options=8),
    Wrapping(SLL2, vlans=(0x8100,)),
    Wrapping(SLL, is_ipv6=True, fragment=64),
    Wrapping(IPV4_ONLY, fragment=200),
    Wrapping(IPV6_ONLY, extensions=(0, 43, 60)),
    Wrapping(pppoe=True),
    Wrapping(labels=(16, 17)),
    Wrapping(147),
)
"""The last one is of a link type that nobody reads."""


@dataclass
class Heard:
    """What our import hears of each connection, as the page tells it."""

    passed: dict[int, list[list[Any]]] = field(default_factory=dict)

    def begun(self, connection: FollowedConnection, *, is_open: bool) -> None:
        self.passed[connection.number] = [["open", connection.frame]] if is_open else []

    def pdu(self, connection: FollowedConnection, end: LinkEnd, pdu: SkimmedPdu) -> None:
        told = [pdu.frame, end.role, pdu.size, pdu.is_cut, list(pdu.frames), pdu.data.hex()]
        self.passed[connection.number].append(["pdu", *told])

    def missing(self, connection: FollowedConnection, end: LinkEnd, missing: MissingBytes) -> None:
        told = ["missing", missing.frame, end.role, missing.size, missing.why]
        self.passed[connection.number].append(told)

    def ended(self, connection: FollowedConnection, end: LinkEnd, frame: int, t: float, *, reset: bool) -> None:
        self.passed[connection.number].append(["end", frame, end.role, reset])


@dataclass(frozen=True)
class Ours:
    """What Python reads and says of a capture."""

    frames: int
    is_damaged: bool
    passed: dict[int, list[list[Any]]]
    verdicts: Sequence[Judged]

    @property
    def others(self) -> list[str]:
        return [one.name for one in self.verdicts if not isinstance(one, AssociationVerdict)]

    def breaches(self, number: int, end: str) -> list[Breach]:
        (found,) = (one for one in self.verdicts if isinstance(one, AssociationVerdict) and one.number == number)
        return [breach for one in found.ends if one.end.role == end for breach in one.breaches]


def read_by_us(capture: bytes) -> Ours:
    heard, reader = Heard(), CaptureReader(capture)
    judge = EventJudge(listener=heard, keeps_data=True)
    verdicts = [one for event in reader if (one := judge.take(event)) is not None]
    return Ours(reader.frames, bool(reader.damage), heard.passed, verdicts)


def read_by_the_page(captures: Sequence[bytes], traces: Sequence[str]) -> dict[str, list[Any]]:
    found = re.search(r'class="data">(.*?)</script>', explorer_page(), re.DOTALL)
    assert found is not None
    files = (page_file("dulcimer.learn.explorer", f"script/{name}.js") for name in SCRIPTS if name not in FOR_PAGES)
    asked = {
        "scripts": byte_script() + "".join(files),
        "spec": json.loads(found[1])["machine"],
        "captures": [base64.b64encode(capture).decode() for capture in captures],
        "traces": traces,
    }
    done = subprocess.run(
        ["node", str(RUNNER)], input=json.dumps(asked), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, list[Any]] = json.loads(done.stdout)
    return told


def told_by_the_page(association: dict[str, Any]) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for one in association["passed"]:
        start = [one["what"], one["frame"]]
        match one["what"]:
            case "open":
                rows.append(start)
            case "pdu":
                cut = bool(one.get("isCut"))
                rows.append([*start, one["role"], one["size"], cut, one["frames"], one["hex"]])
            case "missing":
                rows.append([*start, one["role"], one["size"], one["why"]])
            case _:
                rows.append([*start, one["role"], one["isReset"]])
    return rows


def wrapped(wrapping: Wrapping, number: int) -> bytes:
    """An association with this around its segments, in another form of file each time."""
    frames, _ = Planted("", [(C, REQUEST), (S, ACCEPT), (C, pdata((1, 2, bytes(900))))], wrapping=wrapping).frames()
    found, order = records(frames), "<>"[number % 2]
    if number % 3 == 0:
        return pcap(found, wrapping.link_type, order, nanoseconds=number % 2 == 0)
    parts = [section(order), interface(wrapping.link_type, order, snap_length=600, resolution=(6, 9, 0x8A)[number % 3])]
    unit = (1e-6, 1e-9, 2.0**-10)[number % 3]
    for at, one in enumerate(found):
        kept = Record(one.frame, one.t, min(len(one.frame), 600))
        parts.append(packet(kept, order, kind=(6, 2, 3)[at % 3], unit=unit))
    return b"".join(parts)


def damaged(captures: Sequence[bytes], chance: Random, count: int) -> list[bytes]:
    """Captures of which bytes were changed, lost, or cut off at the end."""
    found = []
    for _ in range(count):
        data = bytearray(chance.choice(captures))
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(24, max(25, len(data)))
            match chance.randrange(3):
                case 0:
                    del data[at + chance.randrange(400) :]
                case 1:
                    data[at % len(data)] = chance.randrange(256)
                case _:
                    del data[at : at + chance.choice((1, 4, 8, 100))]
        found.append(bytes(data))
    return found


def imported(capture: bytes, *, raw: bool) -> str:
    file = BytesIO()
    import_capture(capture, file, Masks(data_sets=not raw, secrets=not raw))
    return file.getvalue().decode()


def all_captures() -> list[bytes]:
    chance = Random(5)
    planted = [one.made()[0] for one in CAPTURES]
    broken = [pcapng.write(one.packets, application="test") for one in drawn_breaches(2, DRAWN)]
    runs = [played([chance.randrange(1 << 12) for _ in range(chance.randrange(2, 120))]).packets for _ in range(DRAWN)]
    lawful = [pcapng.write(disturbed(one, chance), application="test") for one in runs if one]
    others = [
        captured([(C, b"\x16\x03\x01\0\5\1\0\0\1\0")]),
        captured([(S, b"220 a.b ESMTP\r\n")]),
        section(),
        captured([]),
    ]
    wraps = [wrapped(one, number) for number, one in enumerate(WRAPPINGS)]
    found = [*planted, together()[0], *broken, *lawful, *others, *wraps]
    return [*found, *damaged(found, chance, DAMAGED)]


@pytest.mark.peer("Node.js")
def test_page_reads_captures_as_we_do_and_says_no_more_of_them() -> None:
    captures = all_captures()
    ours = [read_by_us(capture) for capture in captures]
    planted = [one.made()[0] for one in CAPTURES]
    traces = [imported(capture, raw=raw) for capture in planted for raw in (True, False)]
    told = read_by_the_page(captures, traces)
    read = told["read"]
    for own, found in zip(ours, read, strict=True):
        assert (found["frames"], bool(found["damage"])) == (own.frames, own.is_damaged)
        assert found["others"] == own.others
        assert {one["number"]: told_by_the_page(one) for one in found["associations"]} == own.passed
        assert bool(found["refused"]) is not bool(own.passed)
        for association in found["associations"]:
            assert_is_no_more(association, own)
    assert sum(bool(one.is_damaged) for one in ours) > DAMAGED / 4
    for place, one in enumerate(CAPTURES):
        assert bool(harm(read[place]["associations"])) is (one.end is not None and is_for_pages(one)), one.name
        whole, masked = told["judged"][2 * place : 2 * place + 2]
        (replay,) = read[place]["replay"]["associations"]
        assert whole["unit"] == "line"
        assert kinds(whole) == kinds({"associations": [replay]}), one.name
        assert kinds(masked) <= kinds(whole) and kinds(masked, "violation") == kinds(whole, "violation"), one.name
    assert "TLS" in read[len(captures) - DAMAGED - len(WRAPPINGS) - 4]["refused"]


def is_for_pages(one: Planted) -> bool:
    """Whether what is planted is among what the page judges."""
    return any(rule.startswith("ul.fsm.") or rule.endswith(".structure") for rule in one.rules)


def harm(associations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [breach for one in associations for breach in one["breaches"] if not breach["tolerated"]]


def kinds(replay: dict[str, Any], grade: str = "") -> set[tuple[str, ...]]:
    """What is said, without its places: of a trace they are lines."""
    found = (breach for one in replay["associations"] for breach in one["breaches"])
    return {(one["end"], one["rule"], one["observed"]) for one in found if grade in ("", one["grade"])}


def assert_is_no_more(association: dict[str, Any], own: Ours) -> None:
    """What the page says, we say of the same end and the same frames; and what it grades, we grade so."""
    for one in association["breaches"]:
        breaches = own.breaches(association["number"], one["end"])
        near = [breach for breach in breaches if {*breach.place.frames} & {*one["frames"]}]
        assert near, (one, breaches)
        if one["grade"] != "value":
            graded = {(breach.rule, breach.severity, breach.is_tolerated) for breach in near}
            assert (one["rule"], one["severity"], one["tolerated"]) in graded, (one, near)
