"""Other implementations, and ``dulcimer serve``, as processes on free loopback ports.

Each server is a context manager: inside it the port answers, after it the process and its children
are gone. Nothing sleeps: a port is polled by connecting to it, between two tries the process is waited for.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

HOST = "127.0.0.1"
START_SECONDS = 30.0
STOP_SECONDS = 5.0
WITHOUT_NAGLE = {"TCP_NODELAY": "1"}
"""Environment in which DCMTK sends small segments at once; without it each answer waits 40 ms or more."""
PYNETDICOM_PEER = Path(__file__).with_name("pynetdicom_peer.py")
_FIRST_PORT, _PORTS_EACH, _RANGES = 10_000, 200, 100
_OWN_RANGE = _FIRST_PORT + os.getpid() % _RANGES * _PORTS_EACH
_PORTS = itertools.cycle(range(_OWN_RANGE, _OWN_RANGE + _PORTS_EACH))
DULCIMER = Path(sys.executable).with_name("dulcimer")


class PeerProcessError(AssertionError):
    """A peer did not start, died, or did not do its work; its output is in the message."""


@dataclass(frozen=True)
class PeerProcess:
    """A server process. ``port`` listens on 127.0.0.1; ``log()`` is what it has written so far."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    output: IO[bytes]

    @property
    def pid(self) -> int:
        """Process id, for measurements."""
        return self.process.pid

    def log(self) -> str:
        """Standard output and standard error so far."""
        return os.pread(self.output.fileno(), 1 << 20, 0).decode(errors="replace")


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing listened on a moment ago.

    It lies below those that systems give to clients, and each process of the tests counts in a range of its own: a
    port cannot be taken by anybody else between the choice and the server's start.
    """
    while True:
        port = next(_PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            return port


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1.0):
        return True
    return False


def _wait_until_it_answers(peer: PeerProcess, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not _answers(peer.port) or peer.process.poll() is not None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = peer.process.wait(timeout=0.02)
            raise PeerProcessError(f"{peer.name} ended with status {status} at its start:\n{peer.log()}")
        if time.monotonic() > deadline:
            raise PeerProcessError(f"{peer.name} does not listen after {seconds} s:\n{peer.log()}")


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=STOP_SECONDS)
            return
    raise PeerProcessError(f"process {process.pid} cannot be ended")


@contextlib.contextmanager
def server(
    name: str, command: Sequence[str | Path], port: int, *, environment: Mapping[str, str] | None = None
) -> Iterator[PeerProcess]:
    """Run ``command``, which listens on ``port``, for the length of the block, in its own process group."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={**os.environ, **(environment or {})},
        )
        peer = PeerProcess(name, port, process, output)
        try:
            _wait_until_it_answers(peer, START_SECONDS)
            yield peer
        finally:
            _end(process)


def client(
    command: Sequence[str | Path],
    *,
    seconds: float = 120.0,
    expect: int | None = 0,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run ``command`` to its end, at most ``seconds``; an exit status but ``expect`` raises (None: any)."""
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    if expect is not None and done.returncode != expect:
        words = " ".join(str(word) for word in command)
        raise PeerProcessError(f"{words[:400]}\nexit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def storescp(
    directory: Path, *options: str, environment: Mapping[str, str] = WITHOUT_NAGLE
) -> contextlib.AbstractContextManager[PeerProcess]:
    """DCMTK's storescp: all transfer syntaxes, data sets written as received."""
    port = free_port()
    command = [
        "storescp",
        "-v",
        "-dhl",
        "+xa",
        "-pm",
        "+B",
        "+uf",
        "-od",
        str(directory),
        *options,
        str(port),
    ]
    return server("storescp", command, port, environment=environment)


def pynetdicom_scp(directory: Path | None, *options: str) -> contextlib.AbstractContextManager[PeerProcess]:
    """pynetdicom's SCP: all storage SOP classes and transfer syntaxes; ``directory`` None drops the data."""
    port = free_port()
    where = [] if directory is None else ["--dir", str(directory)]
    return server("pynetdicom", [sys.executable, PYNETDICOM_PEER, "serve", str(port), *where, *options], port)


def dulcimer_serve(directory: Path, *options: str) -> contextlib.AbstractContextManager[PeerProcess]:
    """``dulcimer serve`` with its archive in ``directory``."""
    port = free_port()
    return server("dulcimer serve", [DULCIMER, "serve", "--port", str(port), "--dir", directory, *options], port)


def peak_resident_bytes(status: Path) -> int:
    """The most that was resident at once (VmHWM), in bytes, as a process's ``/proc/PID/status`` says."""
    for line in status.read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise PeerProcessError(f"{status} has no VmHWM")
