"""What servers of archives do: several senders at a time, queries with many matches, associations that wait."""

from __future__ import annotations

import json
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from benchmarks.measures import SYNCED, Effort, Lane, Measure, idle_associations, processor_seconds, target
from benchmarks.stacks import DCMTK_WITHOUT_NAGLE, DULCIMER, DcmtkStack, PythonStack, Serving
from support.instances import populate, write
from support.peers.processes import PeerProcess, client, dulcimer_serve, free_port, server
from support.peers.query_peers import dcmqrscp

HERE = Path(__file__).parent
SENDERS = 8
_AT_A_TIME = 500


class ArchiveStack(PythonStack):
    """`dulcimer serve`, which also indexes what it keeps; as SCU it is dulcimer."""

    def serve(self, directory: Path | None, maximum_length: int | None) -> Serving:
        """The archive in `directory`."""
        assert directory is not None
        return dulcimer_serve(directory, "--max-associations", "2000")


ARCHIVE = ArchiveStack("dulcimer serve", HERE / "dulcimer_peer.py")


def write_small_instance(path: Path, size: int, number: int) -> Path:
    """An instance of a study, with pixel data of `size` bytes."""
    pixels = b"\xe0\x7f\x10\0OW\0\0" + size.to_bytes(4, "little") + number.to_bytes(4, "little") * (size // 4)
    return write(
        path, f"1.2.826.2.1.{number}", StudyInstanceUID="1.2.826.2", SeriesInstanceUID="1.2.826.2.1", tail=pixels
    )


def parallel_instances(effort: Effort, folder: Path) -> Measure:
    """C-STORE of many small instances on several associations at the same time, to disk."""
    folder.mkdir()
    numbers = range(1, effort.small_files + 1)
    files = [write_small_instance(folder / f"{number}.dcm", effort.small_size, number) for number in numbers]

    def sample(scu: PythonStack | DcmtkStack, scp: PythonStack | DcmtkStack) -> float:
        with target(True, files[0].parent) as directory, ExitStack() as stack:
            if isinstance(scp, DcmtkStack):
                peer = stack.enter_context(scp.serve(directory, None, "--fork"))
            else:
                peer = stack.enter_context(scp.serve(directory, None))
            shares = [files[start::SENDERS] for start in range(SENDERS)]
            return len(files) / scu.store_in_parallel(peer.port, shares)

    pairs: list[tuple[PythonStack | DcmtkStack, PythonStack | DcmtkStack]] = [
        (ARCHIVE, ARCHIVE),
        (DCMTK_WITHOUT_NAGLE, ARCHIVE),
        (DULCIMER, DULCIMER),
        (DCMTK_WITHOUT_NAGLE, DULCIMER),
        (DCMTK_WITHOUT_NAGLE, DCMTK_WITHOUT_NAGLE),
    ]
    return Measure(
        "store-parallel-disk",
        f"{len(files)} x {effort.small_size // 1000} kB on {SENDERS} associations, to disk",
        "instances/s",
        True,
        tuple(Lane(f"{scu.name} to {scp.name}", partial(sample, scu, scp)) for scu, scp in pairs),
        f"{SYNCED}; dulcimer serve has an index, too; storescp with --fork",
    )


def find(matches: int, folder: Path) -> Measure:
    """One C-FIND with many matches."""
    populate(folder / "files", matches, per_series=matches)
    files = sorted((folder / "files").rglob("*.dcm"))

    @contextmanager
    def archive() -> Iterator[PeerProcess]:
        with dulcimer_serve(folder / "files") as peer:
            yield peer

    @contextmanager
    def dcmtk() -> Iterator[PeerProcess]:
        home = Path(tempfile.mkdtemp(dir=folder))
        with dcmqrscp(home) as peer:
            for start in range(0, len(files), _AT_A_TIME):
                client(["dcmqridx", home / "database", *files[start : start + _AT_A_TIME]])
            yield peer
        shutil.rmtree(home)

    @contextmanager
    def pynetdicom() -> Iterator[PeerProcess]:
        port = free_port()
        command: list[str | Path] = [sys.executable, HERE / "pynetdicom_find.py", str(port), str(matches)]
        with server("pynetdicom", command, port) as peer:
            yield peer

    def sample(serving: Serving, called: str) -> float:
        with serving as peer:
            words: list[str | Path] = [
                sys.executable,
                HERE / "find_client.py",
                str(peer.port),
                called,
                "1.2.826.1.0",
                "1.2.826.1.0.0",
            ]
            done = json.loads(client(words, seconds=600).stdout)
            if done["matches"] != matches:
                raise RuntimeError(f"{done['matches']} matches instead of {matches}")
            return matches / float(done["seconds"])

    return Measure(
        "find",
        f"C-FIND with {matches:,} matches, one association",
        "matches/s",
        True,
        (
            Lane("dulcimer serve", lambda: sample(archive(), "DULCIMER")),
            Lane("pynetdicom", lambda: sample(pynetdicom(), "ANY-SCP")),
            Lane("DCMTK dcmqrscp, TCP_NODELAY=1", lambda: sample(dcmtk(), "QR")),
        ),
        "pynetdicom has its matches in memory, and no index",
    )


def many_idle(count: int, seconds: float) -> Iterator[Measure]:
    """Processor time and memory of a server for associations on which nothing happens."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    def sample(stack: PythonStack) -> tuple[float, float]:
        with target(True, Path(tempfile.gettempdir())) as directory, ExitStack() as opened:
            peer = opened.enter_context(stack.serve(directory, None))
            # What the first associations need once is not counted.
            idle_associations(peer.port, count // 10, opened)
            resident = _resident_bytes(peer.pid)
            idle_associations(peer.port, count - count // 10, opened)
            before, begin = processor_seconds(peer.pid), time.perf_counter()
            time.sleep(seconds)
            share = 100 * (processor_seconds(peer.pid) - before) / (time.perf_counter() - begin)
            return share, (_resident_bytes(peer.pid) - resident) / (count - count // 10) / 1000

    stacks = (ARCHIVE, DULCIMER)
    setting = f"server with {count} idle associations"
    for number, unit in enumerate(("% of a core", "kB each")):
        lanes = tuple(Lane(stack.name, partial(_item, sample, stack, number)) for stack in stacks)
        yield Measure("idle-many", setting, unit, False, lanes)


def _item(sample: Callable[[PythonStack], tuple[float, float]], stack: PythonStack, number: int) -> float:
    return sample(stack)[number]


def _resident_bytes(process: int) -> int:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"process {process} has no VmRSS")
