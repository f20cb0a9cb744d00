"""What is measured: each measure has lanes that do the same work, and one sample of a lane is one figure."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.stacks import (
    DCMTK,
    DCMTK_WITHOUT_NAGLE,
    DULCIMER,
    DULCIMER_BLOCKING,
    PYNETDICOM,
    RAW_COPY,
    DcmtkStack,
    PythonStack,
    RawCopy,
)
from dulcimer.acse.negotiation import Context, request_pdu
from dulcimer.services.verification import VERIFICATION
from dulcimer.wire.codec import encode
from support.peers.processes import HOST

Stack = PythonStack | DcmtkStack | RawCopy
FEWEST, MOST = 10, 20_000
WAITING_FILES = 100


@dataclass(frozen=True)
class Effort:
    """How much work a sample does. Sizes in bytes, times in seconds."""

    seconds: float
    rounds: int
    large_files: int
    large_size: int
    small_files: int
    small_size: int
    idle_associations: int
    idle_seconds: float
    matches: int
    many_associations: int


FULL = Effort(1.5, 3, 4, 190_000_000, 1000, 40_000, 50, 10.0, 10_000, 1000)
QUICK = Effort(0.3, 1, 2, 40_000_000, 100, 40_000, 50, 3.0, 500, 100)


@dataclass(frozen=True)
class Lane:
    """One contestant: ``sample()`` does the work once and gives the figure."""

    name: str
    sample: Callable[[], float]


@dataclass(frozen=True)
class Measure:
    """Lanes to compare. ``unit`` of the figures; ``setting`` that they share; ``note`` for the reader."""

    name: str
    setting: str
    unit: str
    more_is_better: bool
    lanes: tuple[Lane, ...]
    note: str = ""


def _rate(seconds_of: Callable[[int], float], seconds: float) -> float:
    """Operations per second, with a count that takes about ``seconds``."""
    count = FEWEST
    while (taken := max(seconds_of(count), 1e-6)) < seconds / 4 and count < MOST:
        count = min(MOST, max(2 * count, int(count * seconds / taken)))
    return count / taken


def _server_rate(server: Stack, seconds_of: Callable[[int, int], float], seconds: float) -> float:
    with server.serve(None, None) as peer:
        return _rate(lambda count: seconds_of(peer.port, count), seconds)


def echo(effort: Effort) -> Measure:
    """C-ECHO one after the other on one association."""
    return Measure(
        "echo",
        "one association",
        "C-ECHO/s",
        True,
        tuple(
            Lane(stack.name, partial(_server_rate, stack, stack.echo, effort.seconds))
            for stack in (DULCIMER, DULCIMER_BLOCKING, PYNETDICOM, DCMTK, DCMTK_WITHOUT_NAGLE)
        ),
    )


def associations(effort: Effort) -> Measure:
    """Open, C-ECHO, release, one after the other."""
    scus = (DULCIMER, PYNETDICOM)
    pairs: list[tuple[PythonStack, PythonStack | DcmtkStack]] = [(stack, stack) for stack in scus]
    pairs += [(scu, scp) for scp in (DCMTK, DCMTK_WITHOUT_NAGLE) for scu in scus]
    return Measure(
        "associations",
        "open + C-ECHO + release",
        "associations/s",
        True,
        tuple(
            Lane(
                f"{scu.name} to {scp.name}",
                partial(_server_rate, scp, scu.associate, effort.seconds),
            )
            for scu, scp in pairs
        ),
    )


@contextlib.contextmanager
def target(to_disk: bool, near: Path) -> Iterator[Path | None]:
    """A new directory, removed afterwards; None for a sink."""
    if not to_disk:
        yield None
        return
    directory = Path(tempfile.mkdtemp(dir=near))
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


def _store(stack: Stack, files: Sequence[Path], maximum_length: int | None, to_disk: bool) -> float:
    with (
        target(to_disk, files[0].parent) as directory,
        stack.serve(directory, maximum_length) as peer,
    ):
        return stack.store(peer.port, files, maximum_length)


def _copy_with_fsync(files: Sequence[Path]) -> float:
    with target(True, files[0].parent) as directory:
        assert directory is not None
        begin = time.perf_counter()
        for path in files:
            with path.open("rb") as source, (directory / path.name).open("wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
                copy.flush()
                os.fsync(copy.fileno())
        return time.perf_counter() - begin


SYNCED = "dulcimer answers when the file is synced; pynetdicom and DCMTK do not sync"


def large_instances(effort: Effort, files: Sequence[Path], maximum_length: int | None, to_disk: bool) -> Measure:
    """C-STORE of large instances on one association."""
    megabytes = sum(path.stat().st_size for path in files) / 1e6
    stacks: tuple[Stack, ...] = (DULCIMER, PYNETDICOM, DCMTK, DCMTK_WITHOUT_NAGLE)

    def rate(stack: Stack) -> float:
        return megabytes / _store(stack, files, maximum_length, to_disk)

    lanes = [Lane(stack.name, partial(rate, stack)) for stack in stacks]
    if to_disk:
        lanes.append(Lane("copy of the files with fsync", lambda: megabytes / _copy_with_fsync(files)))
    else:
        lanes.append(Lane(RAW_COPY.name, lambda: megabytes / _store(RAW_COPY, files, None, False)))
    limit = "default maximum lengths" if maximum_length is None else f"maximum length {maximum_length:,}"
    place = "to disk" if to_disk else "to a sink"
    return Measure(
        "store-large-disk" if to_disk else "store-large",
        f"{len(files)} x {effort.large_size // 1_000_000} MB, {limit}, {place}",
        "MB/s",
        True,
        tuple(lanes),
        SYNCED if to_disk else "",
    )


def small_instances(effort: Effort, files: Sequence[Path], to_disk: bool) -> Measure:
    """C-STORE of many small instances on one association."""
    stacks: tuple[Stack, ...] = (DULCIMER, PYNETDICOM, DCMTK, DCMTK_WITHOUT_NAGLE)
    few = files[:WAITING_FILES]

    def sample(stack: Stack) -> float:
        chosen = few if stack in (PYNETDICOM, DCMTK) else files
        return len(chosen) / _store(stack, chosen, None, to_disk)

    note = f"pynetdicom and DCMTK with its defaults send {len(few)} of them: they wait for acknowledgements in each"
    return Measure(
        "store-small-disk" if to_disk else "store-small",
        f"{len(files)} x {effort.small_size // 1000} kB, {'to disk' if to_disk else 'to a sink'}",
        "instances/s",
        True,
        tuple(Lane(stack.name, partial(sample, stack)) for stack in stacks),
        f"{note}; {SYNCED}" if to_disk else note,
    )


def processor_seconds(group: int) -> float:
    """Processor time of all the processes in a process group so far."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def idle_associations(port: int, count: int, opened: contextlib.ExitStack) -> None:
    """Open associations that stay open as long as `opened`."""
    contexts = [Context(VERIFICATION, ("1.2.840.10008.1.2",))]
    request = encode(request_pdu(contexts, calling_ae_title="IDLE", called_ae_title="ANY-SCP"))
    for _ in range(count):
        connection = opened.enter_context(socket.create_connection((HOST, port), timeout=30.0))
        connection.sendall(request)
        if connection.recv(1) != b"\x02":
            raise RuntimeError("the association was not accepted")


def idle(effort: Effort) -> Measure:
    """Processor time that a server takes for associations on which nothing happens."""

    def sample(stack: Stack) -> float:
        options = ("--fork",) if isinstance(stack, DcmtkStack) else ()
        with contextlib.ExitStack() as opened:
            peer = opened.enter_context(stack.serve(None, None, *options))
            idle_associations(peer.port, effort.idle_associations, opened)
            before, begin = processor_seconds(peer.pid), time.perf_counter()
            time.sleep(effort.idle_seconds)
            return 100 * (processor_seconds(peer.pid) - before) / (time.perf_counter() - begin)

    return Measure(
        "idle",
        f"server with {effort.idle_associations} idle associations",
        "% of a core",
        False,
        tuple(Lane(stack.name, partial(sample, stack)) for stack in (DULCIMER, PYNETDICOM, DCMTK)),
        "DCMTK with --fork: a process for each association",
    )
