"""Each broken client shows its fault after the least that triggers it, not before; the correct one never does."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Callable
from contextlib import closing, suppress

import pytest

from support.fuzz.targets.catalogue import ALL, CLIENT
from support.fuzz.targets.octets import (
    AC,
    APPLICATION_CONTEXT,
    DATA,
    IMPLICIT,
    RELEASE_RQ,
    VERIFICATION,
    item,
    pdu,
    reject,
)
from support.fuzz.targets.running import HOST, PATIENCE, SILENCE, Connection, command, environment, running

CLIENTS = [target.name for target in ALL if target.role == CLIENT]


def status_of(name: str, act: Callable[[Connection], None], *options: str, seconds: float = PATIENCE) -> int | None:
    """How a client ends within `seconds` after `act` has talked to it; None if it does not."""
    with closing(socket.create_server((HOST, 0))) as listener:
        listener.settimeout(PATIENCE)
        words = command(name, HOST, listener.getsockname()[1], *options)
        with subprocess.Popen(words, env=environment()) as process:
            connected, _ = listener.accept()
            with Connection(connected) as connection:
                assert connection.next()[:1] == b"\1"
                act(connection)
            try:
                return process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                return None


def acceptance(*contexts: int, maximum: int = 16384) -> bytes:
    body = b"\0\1\0\0" + bytes(64) + item(0x10, APPLICATION_CONTEXT)
    for number in contexts:
        body += item(0x21, bytes((number, 0, 0, 0)) + item(0x40, IMPLICIT))
    return pdu(AC, body + item(0x50, item(0x51, maximum.to_bytes(4, "big")) + item(0x52, b"2.25.1")))


def unproposed_context(connection: Connection) -> None:
    connection.send(acceptance(1, 3, 5, 9))
    connection.next()


def empty_p_data(connection: Connection) -> None:
    connection.send(acceptance(1, 3, 5))
    assert connection.next()[:1] == bytes((DATA,))
    connection.send(pdu(DATA, b""))
    connection.next()


def unknown_reason(connection: Connection) -> None:
    connection.send(reject(1, 1, 8))
    assert connection.next() == b""


CRASHES = {
    "client-unproposed-context": unproposed_context,
    "client-empty-p-data": empty_p_data,
    "client-unknown-reason": unknown_reason,
}


@pytest.mark.parametrize("name", CRASHES)
def test_client_dies_of_what_triggers_its_fault(name: str) -> None:
    assert status_of(name, CRASHES[name]) == -signal.SIGSEGV


@pytest.mark.parametrize("name", CRASHES)
def test_correct_client_survives_it(name: str) -> None:
    assert status_of("stub-client", CRASHES[name]) == 1


def collided(name: str) -> bytes:
    """What a client sends first after an A-RELEASE-RQ that crosses its own."""
    found = []

    def collide(connection: Connection) -> None:
        connection.send(acceptance())
        assert connection.next()[:1] == bytes((RELEASE_RQ,))
        connection.send(pdu(RELEASE_RQ, bytes(4)))
        found.append(connection.next())

    status_of(name, collide, "--patience", "0.3")
    return found[0]


def test_collision_is_answered_by_the_correct_client_alone() -> None:
    assert collided("stub-client")[:1] == b"\6"
    assert collided("client-ignores-collision")[:1] == b"\7"


def tiny_maximum(connection: Connection) -> None:
    connection.send(acceptance(1, 3, 5, maximum=7))
    connection.socket.settimeout(SILENCE)
    with suppress(TimeoutError):
        connection.next()


def test_client_hangs_when_there_is_no_room_for_fragments() -> None:
    assert status_of("client-tiny-maximum", tiny_maximum, seconds=0) is None
    assert status_of("stub-client", tiny_maximum) == 1


@pytest.mark.parametrize("name", CLIENTS)
def test_valid_conversations_show_nothing(name: str) -> None:
    with running("stub-server") as server:
        for _ in range(2):
            done = subprocess.run(command(name, HOST, server.port), env=environment(), timeout=PATIENCE, check=False)
            assert done.returncode == 0
        refused = command(name, HOST, server.port, "--title", "NOBODY")
        assert subprocess.run(refused, env=environment(), timeout=PATIENCE, check=False).returncode == 1


def test_correct_client_asks_for_what_its_options_say() -> None:
    def act(connection: Connection) -> None:
        connection.send(acceptance(1))
        assert VERIFICATION in connection.next()

    assert status_of("stub-client", act, "--operations", "echo") == 1
