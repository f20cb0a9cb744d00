"""Clients are started for one connection each, some ahead of time, and nothing of them is left."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from dulcimer.conformance.processes.command import Command
from dulcimer.fuzz.targets.launched import ClientLauncher, ClientStartError, LaunchedClient

PROGRAM = """
import os, signal, socket, sys, time
try:
    with socket.create_connection(("{host}", {port})) as connection:
        word = connection.recv(10)
except OSError:
    sys.exit(4)
print("it said " + word.decode(), flush=True)
if word == b"die":
    os.kill(os.getpid(), signal.SIGSEGV)
if word == b"hang":
    time.sleep(600)
"""
PATIENCE = 60.0


def command(program: str = PROGRAM) -> Command:
    return Command((sys.executable, "-S", "-c", program))


@pytest.mark.parametrize(("word", "status"), [(b"go", 0), (b"die", -11)])
def test_end_of_a_client_is_told_with_its_last_lines(tmp_path: Path, word: bytes, status: int) -> None:
    client = LaunchedClient(command(), "127.0.0.1", "ANY-SCP", tmp_path)
    connection = client.connection(PATIENCE)
    assert connection is not None
    with connection:
        connection.sendall(word)
        end = client.ended(PATIENCE)
    client.stop()
    assert end is not None
    assert (end.status, end.output) == (status, (f"it said {word.decode()}",))


def test_client_that_hangs_has_not_ended_and_is_stopped(tmp_path: Path) -> None:
    client = LaunchedClient(command(), "127.0.0.1", "ANY-SCP", tmp_path)
    connection = client.connection(PATIENCE)
    assert connection is not None
    with connection:
        connection.sendall(b"hang")
    assert client.ended(0.01) is None
    client.stop()
    assert not psutil.pid_exists(client._process.pid)


def test_client_that_ends_before_it_connects_has_no_connection(tmp_path: Path) -> None:
    client = LaunchedClient(command("raise SystemExit(3)"), "127.0.0.1", "ANY-SCP", tmp_path)
    assert client.connection(PATIENCE) is None
    end = client.ended(PATIENCE)
    client.stop()
    assert end is not None
    assert end.status == 3


def test_clients_wait_for_their_turn(tmp_path: Path) -> None:
    launcher = ClientLauncher(command(), "127.0.0.1", "ANY-SCP", tmp_path, ahead=1, stale=PATIENCE)
    first = launcher.next()
    (waiting,) = launcher._waiting
    assert launcher.next() is waiting
    refused = launcher.refused()
    end = refused.ended(PATIENCE)
    assert end is not None
    assert end.status == 4
    last = launcher._waiting[0]
    launcher.close()
    for client in (first, waiting, refused):
        client.stop()
    assert not any(psutil.pid_exists(client._process.pid) for client in (first, waiting, refused, last))


def test_client_that_is_not_there_leaves_no_listener(tmp_path: Path) -> None:
    with pytest.raises(ClientStartError, match="no/such/client"):
        LaunchedClient(Command(("no/such/client",)), "127.0.0.1", "ANY-SCP", tmp_path)


def test_client_that_has_waited_for_too_long_loses_its_turn(tmp_path: Path) -> None:
    launcher = ClientLauncher(command(), "127.0.0.1", "ANY-SCP", tmp_path, ahead=1, stale=0.0)
    first = launcher.next()
    (waiting,) = launcher._waiting
    second = launcher.next()
    assert second is not waiting
    assert not psutil.pid_exists(waiting._process.pid)
    launcher.close()
    for client in (first, second):
        client.stop()
