"""Targets as processes, and a plain connection to talk to them, with nothing of the package."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from support.fuzz.targets.catalogue import TARGETS
from support.fuzz.targets.octets import (
    APPLICATION_CONTEXT,
    EXPLICIT,
    IMPLICIT,
    NO_DATA_SET,
    RELEASE_RQ,
    RQ,
    SECONDARY_CAPTURE,
    STUDY_ROOT_FIND,
    VERIFICATION,
    Command,
    abort,
    command_bytes,
    command_of,
    element,
    item,
    number_of,
    p_data,
    pdu,
    values,
)
from support.peers.catalogue import require_peer

HOST = "127.0.0.1"
TESTS = Path(__file__).parents[3]
PATIENCE = 10.0
"""Seconds for what must come."""
SILENCE = 1.0
"""Seconds after which nothing more comes."""
SANITIZER = "AddressSanitizer"
ECHO_CONTEXT, FIND_CONTEXT, STORE_CONTEXT, EXPLICIT_CONTEXT = 1, 3, 5, 7


def command(name: str, *words: object) -> list[str]:
    return [sys.executable, "-m", "support.fuzz.targets", name, *map(str, words)]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(TESTS)}


class Running:
    """A server that runs."""

    def __init__(self, port: int, process: subprocess.Popen[bytes], errors: IO[bytes], directory: Path) -> None:
        self.port, self.process, self._errors, self.directory = port, process, errors, directory

    def log(self) -> str:
        return os.pread(self._errors.fileno(), 1 << 20, 0).decode(errors="replace")

    def in_status(self, key: str) -> int:
        """A number of the process's status in /proc: VmRSS, VmHWM (both in KiB), Threads."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(f"{key}:"):
                return int(line.split()[1])
        raise KeyError(key)

    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def end_status(self) -> int | None:
        """The exit status if the process has died or is about to, else None; negative: the signal."""
        return self.process.poll() if self.echoes() else self.process.wait(PATIENCE)

    def connect(self) -> Connection:
        return Connection(socket.create_connection((HOST, self.port), PATIENCE))

    def associate(self) -> Connection:
        connection = self.connect()
        connection.send(request())
        assert connection.next()[:1] == b"\2"
        return connection

    def echoes(self, seconds: float = PATIENCE) -> bool:
        """Whether a C-ECHO is answered in time."""
        with contextlib.suppress(OSError), self.connect() as connection:
            connection.socket.settimeout(seconds)
            connection.send(request())
            if connection.next()[:1] != b"\2":
                return False
            connection.send(echo())
            return connection.next()[:1] == b"\4"
        return False


@contextlib.contextmanager
def running(name: str, *options: object, cache: Path | None = None) -> Iterator[Running]:
    """Run a server for the length of the block, in a directory of its own; one in C needs gcc."""
    if TARGETS[name].is_compiled:
        require_peer("gcc")
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryFile() as errors:
        words = command(name, "--dir", directory, *options, *(("--cache", cache) if cache else ()))
        process = subprocess.Popen(
            words, env=environment(), stdout=subprocess.PIPE, stderr=errors, start_new_session=True
        )
        assert process.stdout is not None
        try:
            line = process.stdout.readline().split()
            assert line[:2] == [b"listening", b"on"], os.pread(errors.fileno(), 1 << 16, 0).decode()
            yield Running(int(line[2]), process, errors, Path(directory))
        finally:
            # Also what it has forked: it is a group of its own.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            process.wait()
            process.stdout.close()


class Connection:
    """A connection to a target; what comes is read PDU by PDU."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self.socket.settimeout(PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, *data: bytes) -> None:
        self.socket.sendall(b"".join(data))

    def next(self) -> bytes:
        """The next PDU; b"" at the end of the connection."""
        with contextlib.suppress(ConnectionError):
            header = self._exactly(6)
            return header + self._exactly(int.from_bytes(header[2:], "big")) if header else b""
        return b""

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size and (more := self.socket.recv(size - len(data))):
            data += more
        return data

    def rest(self) -> bytes:
        """Send nothing more; what comes until the other end, which has taken everything, closes."""
        data = b""
        with contextlib.suppress(ConnectionError):
            self.socket.shutdown(socket.SHUT_WR)
            while more := self.socket.recv(65536):
                data += more
        return data

    def response(self) -> Command:
        """The command set of the next message; its data set, if it has one, is read, too."""
        found = command_of(self._message())
        if number_of(found, 0x0800) != NO_DATA_SET:
            self._message()
        return found

    def _message(self) -> bytes:
        ((_, header, data),) = values(self.next()[6:])
        assert header & 2
        return data


def comes_about(holds: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Whether something holds in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


# ---------------------------------------------------------------------- valid PDUs


def request(
    *,
    version: int = 1,
    called: bytes = b"ANY-SCP",
    calling: bytes = b"TESTER",
    application: bytes = APPLICATION_CONTEXT,
    contexts: bytes | None = None,
    user: bytes = b"",
) -> bytes:
    """An A-ASSOCIATE-RQ; `user` is added to its user information."""
    body = version.to_bytes(2, "big") + bytes(2) + called.ljust(16) + calling.ljust(16) + bytes(32)
    body += item(0x10, application) + (usual_contexts() if contexts is None else contexts)
    return pdu(RQ, body + item(0x50, item(0x51, bytes((0, 0, 64, 0))) + item(0x52, b"2.25.1") + user))


def usual_contexts() -> bytes:
    return (
        context(ECHO_CONTEXT, VERIFICATION)
        + context(FIND_CONTEXT, STUDY_ROOT_FIND)
        + context(STORE_CONTEXT, SECONDARY_CAPTURE)
        + context(EXPLICIT_CONTEXT, SECONDARY_CAPTURE, EXPLICIT)
    )


def context(number: int, abstract: bytes, syntax: bytes = IMPLICIT) -> bytes:
    return item(0x20, bytes((number, 0, 0, 0)) + item(0x30, abstract) + item(0x40, syntax))


def echo(number: int = ECHO_CONTEXT) -> bytes:
    return p_data(number, 3, command_bytes({2: VERIFICATION, 0x100: 0x30, 0x110: 1, 0x800: NO_DATA_SET}))


def find_command() -> bytes:
    elements: dict[int, int | bytes] = {2: STUDY_ROOT_FIND, 0x100: 0x20, 0x110: 2, 0x700: 0, 0x800: 1}
    return p_data(FIND_CONTEXT, 3, command_bytes(elements))


def identifier() -> bytes:
    return p_data(FIND_CONTEXT, 2, element(0x0008, 0x0052, b"CS", b"STUDY", False))


def store_command(instance: bytes = b"2.25.7", number: int = STORE_CONTEXT) -> bytes:
    elements: dict[int, int | bytes] = {
        2: SECONDARY_CAPTURE,
        0x100: 1,
        0x110: 3,
        0x700: 0,
        0x800: 1,
        0x1000: instance,
    }
    return p_data(number, 3, command_bytes(elements))


def instance_data(is_explicit: bool = False) -> bytes:
    """A data set; the explicit one has a sequence in it."""
    data = element(0x0008, 0x0016, b"UI", SECONDARY_CAPTURE, is_explicit)
    data += element(0x0008, 0x0018, b"UI", b"2.25.7", is_explicit)
    if is_explicit:
        data += b"\x08\0\x40\x11SQ\0\0\x08\0\0\0" + b"\xfe\xff\0\xe0\0\0\0\0"
    return data + element(0x0010, 0x0010, b"PN", b"TESTER", is_explicit)


# ---------------------------------------------------------------------- a row of valid sequences


def valid_row(server: Running) -> None:
    """C-ECHO; C-ECHO and release; abort; rejection of an unknown title; C-FIND; C-STORE: all as they must be."""
    with server.associate() as connection:
        connection.send(echo())
        assert number_of(connection.response(), 0x0900) == 0
    with server.associate() as connection:
        connection.send(echo())
        assert number_of(connection.response(), 0x0900) == 0
        release(connection)
    with server.associate() as connection:
        connection.send(abort(0, 0))
        assert connection.next() == b""
    with server.connect() as connection:
        connection.send(request(called=b"NOBODY"))
        assert connection.next() == bytes((3, 0, 0, 0, 0, 4, 0, 1, 1, 7))
    with server.associate() as connection:
        connection.send(find_command(), identifier())
        found = [number_of(connection.response(), 0x0900) for _ in range(4)]
        assert found == [0xFF00, 0xFF00, 0xFF00, 0]
        release(connection)
    with server.associate() as connection:
        for number in (STORE_CONTEXT, EXPLICIT_CONTEXT):
            data = instance_data(number == EXPLICIT_CONTEXT)
            connection.send(store_command(number=number), p_data(number, 0, data[:20]), p_data(number, 2, data[20:]))
            assert number_of(connection.response(), 0x0900) == 0
        release(connection)


def release(connection: Connection) -> None:
    connection.send(pdu(RELEASE_RQ, bytes(4)))
    assert connection.next() == bytes((6, 0, 0, 0, 0, 4, 0, 0, 0, 0))
