"""A target is started, its end is noticed and named, it is restarted, and nothing of it is left."""

from __future__ import annotations

import socket
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from dulcimer.conformance.processes.command import Command
from dulcimer.fuzz.targets.process import SpawnedTarget, TargetStartError
from dulcimer.fuzz.targets.vitals import Vitals, vitals_of
from support.peers.processes import free_port

SERVER = """
    import os, signal, socket, subprocess, sys
    listener = socket.create_server(("{host}", {port}))
    print("listening", flush=True)
    children, kept = [], []
    while True:
        connection, _ = listener.accept()
        word = connection.recv(10)
        if word == b"exit":
            print("that was wrong", flush=True)
            sys.exit(3)
        if word == b"signal":
            os.kill(os.getpid(), signal.SIGSEGV)
        if word == b"child":
            children.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]))
        if word in (b"leaves", b"crashes"):
            child = os.fork()
            if not child:
                os.kill(os.getpid(), signal.SIGSEGV if word == b"crashes" else signal.SIGTERM)
            os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        if word == b"keep":
            kept += [bytearray(8 << 20), open(os.devnull)]
        if word == b"once":
            bytes([1]) * (64 << 20)
        connection.sendall(b"done")
        connection.close()
"""


def target(directory: Path, program: str = SERVER) -> SpawnedTarget:
    return SpawnedTarget(Command((sys.executable, "-c", textwrap.dedent(program))), "127.0.0.1", free_port(), directory)


def say(server: SpawnedTarget, word: bytes) -> bytes:
    with socket.create_connection((server._host, server._port), timeout=60) as sock:
        sock.sendall(word)
        return sock.recv(10)


@pytest.mark.parametrize(
    ("word", "how", "status"), [(b"exit", "ended with status 3", 3), (b"signal", "died of SIGSEGV", -11)]
)
def test_end_of_a_target_is_named_and_it_is_started_again(tmp_path: Path, word: bytes, how: str, status: int) -> None:
    with target(tmp_path) as server:
        assert server.death() is None
        assert say(server, word) == b""
        death = server.death(1.0)
        assert death is not None
        assert (death.how, death.status) == (how, status)
        server.restart()
        assert server.death() is None
        assert say(server, b"hello") == b"done"
        assert server.starts == 2


def test_what_it_writes_is_kept(tmp_path: Path) -> None:
    with target(tmp_path) as server:
        say(server, b"exit")
        death = server.death(1.0)
        server.stop()
    assert death is not None
    assert server.output[-2:] == ("listening", "that was wrong")


def test_nothing_of_it_is_left(tmp_path: Path) -> None:
    with target(tmp_path) as server:
        assert say(server, b"child") == b"done"
        assert server._process is not None
        (child,) = psutil.Process(server._process.pid).children()
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(("word", "how", "is_crash"), [(b"crashes", "SIGSEGV", True), (b"leaves", "SIGTERM", False)])
def test_end_of_a_child_is_told_once(tmp_path: Path, word: bytes, how: str, is_crash: bool) -> None:
    with target(tmp_path) as server:
        assert server.ended_children() == []
        say(server, word)
        say(server, word)
        ended = server.ended_children()
        assert [(child.how, child.has_crashed) for child in ended] == [(f"died of {how}", is_crash)] * 2
        assert server.ended_children() == []


def test_vitals_count_the_whole_tree(tmp_path: Path) -> None:
    with target(tmp_path) as server:
        before = server.vitals()
        assert before.processes == 1
        say(server, b"keep")
        kept = server.vitals()
        assert kept.memory - before.memory > 7 << 20
        assert kept.peak >= before.peak + (7 << 20)
        assert kept.descriptors > before.descriptors
        say(server, b"child")
        assert server.vitals().processes == 2
        gone = server._process
        assert gone is not None
    assert vitals_of(gone.pid) == Vitals()


def test_most_memory_that_it_has_had_is_kept_when_it_is_given_back(tmp_path: Path) -> None:
    with target(tmp_path) as server:
        before = server.vitals()
        assert say(server, b"once") == b"done"
        after = server.vitals()
    assert after.peak - before.peak > 60 << 20
    assert after.memory - before.memory < 32 << 20


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import sys; print('no licence'); sys.exit(7)", ("ended with status 7", "no licence")),
        ("import os; os.abort()", ("died of SIGABRT",)),
    ],
)
def test_target_that_does_not_start_says_how_it_ended(tmp_path: Path, program: str, words: tuple[str, ...]) -> None:
    with pytest.raises(TargetStartError) as raised:
        target(tmp_path, program).start()
    assert [word for word in words if word not in str(raised.value)] == []


def test_command_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TargetStartError, match="no/such/server: No such file or directory"):
        SpawnedTarget(Command(("no/such/server",)), "127.0.0.1", free_port(), tmp_path).start()
