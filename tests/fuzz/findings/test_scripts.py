"""Exported programs need only Python, send what was sent, and say whether the same came again."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dulcimer.conformance.stimuli.messages import plain_pdu
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.engine import play as engine
from dulcimer.fuzz.engine.conversation import ConnectionRecord, Ended, EndKind, Entry, Received, Sent
from dulcimer.fuzz.engine.settle import SettleTiming
from dulcimer.fuzz.findings import playing, scripts
from dulcimer.fuzz.findings.finding import FindingOracle, FuzzFinding
from dulcimer.fuzz.findings.reproducer import FuzzTarget, Reproducer
from dulcimer.fuzz.findings.seen import SeenConversation
from dulcimer.fuzz.sequences.steps import (
    AwaitReply,
    Chunks,
    FuzzSequence,
    FuzzStep,
    Pause,
    RefuseConnection,
    Reset,
    SendBytes,
    TargetRole,
)
from dulcimer.wire.codec import encode
from support.fuzz_findings import reproducers
from support.fuzz_sequences import sending_steps
from support.loopback_stub import LoopbackStub
from support.peers.processes import free_port

REQUEST, ACCEPT, RELEASE, ABORT = (
    encode(plain_pdu(name, Titles())) for name in ("A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "A-RELEASE-RQ", "A-ABORT")
)
OTHER_ABORT = ABORT[:-2] + b"\2\1"
_NO_CLOSE = 0.3
"""Seconds for the close of a peer that does not close; all else has come by then."""
STEPS: tuple[FuzzStep, ...] = (
    SendBytes(REQUEST, "A-ASSOCIATE-RQ"),
    AwaitReply(("A-ASSOCIATE-AC",)),
    Chunks(RELEASE, "A-RELEASE-RQ", ("A-RELEASE-RQ/reserved: 0 -> 1",), (3,), 0.01),
)


def reproducer(
    replies: list[bytes],
    end: EndKind,
    serves: bool | None = True,
    *,
    oracle: FindingOracle = FindingOracle.DEVIATION,
    steps: tuple[FuzzStep, ...] = STEPS,
    role: TargetRole = "acceptor",
) -> Reproducer:
    entries: list[Entry] = [Sent(0.0, 0, REQUEST), *(Received(0.1, data) for data in replies), Ended(0.2, end)]
    seen = SeenConversation.of(ConnectionRecord(tuple(entries)), serves)
    finding = FuzzFinding(oracle, "It is 'wrong'.", clause="PS3.8 9.2", times=9, tries=10)
    target = FuzzTarget("storescp 11112", "OFFIS 3.6")
    return Reproducer(finding, FuzzSequence(role, steps), seen, expected=("A-RELEASE-RP",), target=target)


def with_waits(text: str, grace: float = 20.0, close: float = 20.0) -> str:
    """The program, with other waits: long ones for a busy machine, short ones where nothing comes."""
    for name, usual, seconds in (("GRACE", "1.0", grace), ("CLOSE", "3.0", close)):
        assert f"\n{name} = {usual}\n" in text
        text = text.replace(f"\n{name} = {usual}\n", f"\n{name} = {seconds}\n")
    return text


def written(text: str, place: Path, close: float = 20.0) -> Path:
    text = with_waits(text, close=close)
    place.write_text(text, encoding="utf-8")
    return place


def run(one: Reproducer, words: list[str], place: Path) -> subprocess.CompletedProcess[str]:
    program = written(scripts.script(one), place / "finding.py", _NO_CLOSE if one.seen.end is EndKind.OPEN else 20.0)
    # -I and -S: nothing that is installed can be imported.
    command = [sys.executable, "-I", "-S", "-X", "utf8", str(program), *words]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


CASES: list[tuple[str, Reproducer, dict[str, Any], int]] = [
    ("same replies", reproducer([ACCEPT, ABORT], EndKind.FIN), {"replies": [ACCEPT, ABORT]}, 0),
    ("reset or close", reproducer([ACCEPT, ABORT], EndKind.RST), {"replies": [ACCEPT, ABORT]}, 0),
    ("other code", reproducer([ACCEPT, ABORT], EndKind.FIN), {"replies": [ACCEPT, OTHER_ABORT]}, 1),
    ("reply missing", reproducer([ACCEPT, ABORT], EndKind.FIN), {"replies": [ACCEPT, b""]}, 1),
    ("dead", reproducer([ACCEPT], EndKind.FIN, False), {"replies": [ACCEPT, b""], "last": 1}, 0),
    ("alive", reproducer([ACCEPT], EndKind.FIN, False), {"replies": [ACCEPT, b""]}, 1),
    ("not asked", reproducer([ACCEPT], EndKind.FIN, None), {"replies": [ACCEPT, b""], "last": 1}, 0),
    ("kept open", reproducer([ACCEPT, ABORT], EndKind.OPEN), {"replies": [ACCEPT, ABORT], "holds": True}, 0),
    ("closed", reproducer([ACCEPT, ABORT], EndKind.OPEN), {"replies": [ACCEPT, ABORT]}, 1),
    ("leak", reproducer([ACCEPT], EndKind.FIN, oracle=FindingOracle.GROWTH), {"replies": [ACCEPT, b""]}, 4),
    ("file", reproducer([ACCEPT], EndKind.FIN, oracle=FindingOracle.FILE), {"replies": [ACCEPT, b""]}, 4),
]


@pytest.mark.parametrize(("one", "stub", "status"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_exit_status_says_whether_the_same_came_again(
    one: Reproducer, stub: dict[str, Any], status: int, tmp_path: Path
) -> None:
    with LoopbackStub(**stub) as server:
        done = run(one, server.address, tmp_path)
    assert done.returncode == status, done.stdout + done.stderr
    assert not done.stderr
    assert server.received[0] == REQUEST + RELEASE
    assert "A-RELEASE-RQ/reserved: 0 -> 1" in done.stdout
    assert "It is 'wrong'." in done.stdout


def test_no_connection_and_wrong_words_have_their_own_statuses(tmp_path: Path) -> None:
    one = reproducer([], EndKind.FIN)
    with LoopbackStub() as server:
        nobody = server.address
    assert run(one, nobody, tmp_path).returncode == 3
    done = run(one, ["127.0.0.1"], tmp_path)
    assert done.returncode == 2
    assert "HOST PORT" in done.stderr


def test_all_connections_are_made_as_often_as_it_says(tmp_path: Path) -> None:
    before = FuzzSequence("acceptor", (SendBytes(ABORT, "A-ABORT"),))
    one = replace(reproducer([ACCEPT, ABORT], EndKind.FIN), before=(before,), rounds=2)
    with LoopbackStub([ACCEPT, ABORT]) as server:
        done = run(one, server.address, tmp_path)
    assert done.returncode == 0, done.stdout
    # The last connection asks whether it still serves; the stub may end before it takes it.
    assert server.received[:4] == [ABORT, REQUEST + RELEASE, ABORT, REQUEST + RELEASE]
    with LoopbackStub([ACCEPT, ABORT], last=2) as server:
        assert run(one, server.address, tmp_path).returncode == 1
    assert len(server.received) == 2


@pytest.mark.parametrize(("reply", "status"), [(ABORT, 0), (OTHER_ABORT, 1)])
def test_for_a_client_it_listens(reply: bytes, status: int, tmp_path: Path) -> None:
    steps = (AwaitReply(("A-ASSOCIATE-RQ",)), SendBytes(ACCEPT, "A-ASSOCIATE-AC"), AwaitReply())
    one = reproducer([REQUEST, ABORT], EndKind.FIN, None, steps=steps, role="requestor")
    program, port = written(scripts.script(one), tmp_path / "finding.py"), str(free_port())
    command = [sys.executable, "-I", "-S", str(program), "127.0.0.1", port]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while "listening" not in process.stdout.readline():
            assert process.poll() is None
        with socket.create_connection(("127.0.0.1", int(port))) as client:
            client.sendall(REQUEST)
            assert client.recv(65536) == ACCEPT
            client.sendall(reply)
        process.stdout.read()
    assert process.returncode == status


def test_connection_that_nobody_accepts_shows_only_inside_the_client(tmp_path: Path) -> None:
    one = reproducer([], EndKind.REFUSED, None, steps=(RefuseConnection(),), role="requestor")
    done = run(one, ["127.0.0.1", str(free_port())], tmp_path)
    assert done.returncode == 4
    assert "nobody listens" in done.stdout


@pytest.mark.parametrize(("replies", "passes"), [([ACCEPT, ABORT], False), ([ACCEPT, OTHER_ABORT], True)])
def test_as_a_test_it_fails_for_as_long_as_the_same_comes(replies: list[bytes], passes: bool, tmp_path: Path) -> None:
    one = reproducer([ACCEPT, ABORT], EndKind.FIN)
    path = written(scripts.pytest_file(one), tmp_path / f"test_{scripts.name_of(one)}.py")
    with LoopbackStub(replies) as server:
        environment = {**os.environ, "DULCIMER_TARGET": ":".join(server.address)}
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, str(path)]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=60
        )
    assert done.returncode == (0 if passes else 1), done.stdout + done.stderr
    assert ("It is 'wrong'." in done.stdout) != passes


@settings(max_examples=30)
@given(reproducers())
def test_programs_of_any_reproducer_are_right_python(one: Reproducer) -> None:
    for text in (scripts.script(one), scripts.pytest_file(one)):
        names: dict[str, Any] = {"__name__": "exported"}
        exec(compile(text, "exported", "exec"), names)
        assert names["PLAN"]["rounds"] == one.rounds
        assert bytes.fromhex("".join(step.get("data", "") for step in names["PLAN"]["conversations"][-1])) == (
            one.sequence.sent
        )
    assert scripts.name_of(one).isidentifier()


@settings(max_examples=25)
@given(st.lists(sending_steps(st.binary(max_size=30)), max_size=4).map(tuple))
def test_bytes_arrive_as_they_are(steps: tuple[FuzzStep, ...]) -> None:
    quick = tuple(replace(step, seconds=0.0) if isinstance(step, Chunks) else step for step in steps)
    one = reproducer([], EndKind.FIN, None, steps=quick)
    names: dict[str, Any] = {"__name__": "exported"}
    exec(
        compile(with_waits(scripts.script(one), grace=0.01), "exported", "exec"),
        names,
    )
    with LoopbackStub() as server:
        host, port = server.address
        names["play"](names["PLAN"], host, int(port))
    assert server.received[0] == one.sequence.sent


@pytest.mark.parametrize("holds", [False, True], ids=["closes", "holds"])
@pytest.mark.parametrize("replies", [[], [ACCEPT], [ACCEPT, ABORT], [ABORT[:7]]], ids=len)
def test_what_the_engine_records_comes_again(replies: list[bytes], holds: bool) -> None:
    # A reply that is later than a wait comes in the next one; only where nothing comes the waits may be short at will.
    grace, close = 0.5 if replies else 0.1, (0.5 if replies else 0.1) if holds else 20.0
    sequence = FuzzSequence("acceptor", (*STEPS, AwaitReply()))
    with LoopbackStub(replies, holds=holds) as server:
        host, port = server.address
        timing = SettleTiming(grace, close, 20.0)
        recorded = engine.play(sequence, engine.Address(host, int(port)), timing)
    finding = FuzzFinding(FindingOracle.HANG, "")
    one = Reproducer(finding, sequence, SeenConversation.of(recorded, serves=True))
    names: dict[str, Any] = {"__name__": "exported"}
    exec(compile(with_waits(scripts.script(one), grace, close), "exported", "exec"), names)
    with LoopbackStub(replies, holds=holds) as server:
        host, port = server.address
        found = names["play"](names["PLAN"], host, int(port))
    assert playing.same(found, names["PLAN"]["seen"]), found


def test_own_close_ends_the_steps() -> None:
    one = reproducer([], EndKind.CLOSED, None, steps=(SendBytes(ABORT, "A-ABORT"), Reset(), Pause(50.0)))
    names: dict[str, Any] = {"__name__": "exported"}
    exec(compile(scripts.script(one), "exported", "exec"), names)
    with LoopbackStub() as server:
        host, port = server.address
        found = names["play"](names["PLAN"], host, int(port))
    assert found == {"pdus": [], "end": "ours", "serves": True}
    assert playing.same(found, names["PLAN"]["seen"])
