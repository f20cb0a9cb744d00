"""The stacks under measurement: how each serves, and how long each takes for a job as SCU."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from support.peers.processes import (
    HOST,
    PYNETDICOM_PEER,
    WITHOUT_NAGLE,
    PeerProcess,
    client,
    free_port,
    server,
)

HERE = Path(__file__).parent
Serving = contextlib.AbstractContextManager[PeerProcess]


class PythonStack:
    """A stack behind one of our peer programs, which time themselves."""

    def __init__(self, name: str, program: Path) -> None:
        self.name = name
        self._program = program

    def serve(self, directory: Path | None, maximum_length: int | None) -> Serving:
        """An SCP that writes to ``directory``, or drops what it gets."""
        port = free_port()
        where = [] if directory is None else ["--dir", str(directory)]
        limits = _option("--maximum-length", maximum_length)
        return server(self.name, [sys.executable, self._program, "serve", str(port), *where, *limits], port)

    def _run(self, work: str, port: int, *arguments: str | Path) -> float:
        done = client([sys.executable, self._program, work, str(port), *arguments], seconds=900)
        result = json.loads(done.stdout)
        failed = {path: status for path, status in result.get("statuses", {}).items() if status != 0}
        if failed:
            raise RuntimeError(f"{self.name} did not store everything: {failed}")
        return float(result["seconds"])

    def echo(self, port: int, count: int) -> float:
        """Seconds for ``count`` C-ECHO on one association."""
        return self._run("echo", port, "--count", str(count))

    def associate(self, port: int, count: int) -> float:
        """Seconds for ``count`` times open, C-ECHO, release."""
        return self._run("associate", port, "--count", str(count))

    def store(self, port: int, files: Sequence[Path], maximum_length: int | None) -> float:
        """Seconds for C-STORE of the files on one association."""
        return self._run("store", port, *files, *_option("--maximum-length", maximum_length))

    def store_in_parallel(self, port: int, shares: Sequence[Sequence[Path]]) -> float:
        """Seconds for C-STORE of each share on an association of its own, all at the same time."""
        files = [path for share in shares for path in share]
        return self._run("store", port, *files, "--count", str(len(shares)))


@dataclass(frozen=True)
class DcmtkStack:
    """DCMTK's programs. They do not time themselves: their wall time without that of a minimal run counts."""

    name: str = "DCMTK"
    environment: Mapping[str, str] = field(default_factory=dict)

    def serve(self, directory: Path | None, maximum_length: int | None, *options: str) -> Serving:
        """``storescp``, with ``--ignore`` where nothing is to be kept."""
        port = free_port()
        keep = ["--ignore"] if directory is None else ["+B", "+uf", "-od", str(directory)]
        limits = _option("-pdu", maximum_length)
        command = ["storescp", "-dhl", "+xa", "-pm", *keep, *limits, *options, str(port)]
        return server(self.name, command, port, environment=self.environment)

    def _seconds(self, command: Sequence[str | Path]) -> float:
        begin = time.perf_counter()
        client(command, seconds=900, environment=self.environment)
        return time.perf_counter() - begin

    def echo(self, port: int, count: int) -> float:
        """Seconds for ``count`` C-ECHO on one association."""
        few, many = (["echoscu", "--repeat", str(n), HOST, str(port)] for n in (1, count + 1))
        return self._seconds(many) - self._seconds(few)

    def store(self, port: int, files: Sequence[Path], maximum_length: int | None) -> float:
        """Seconds for C-STORE of the files on one association."""
        storescu = ["storescu", "-R", *_option("-pdu", maximum_length), HOST, str(port)]
        return self._seconds([*storescu, *files]) - self._seconds(["echoscu", HOST, str(port)])

    def store_in_parallel(self, port: int, shares: Sequence[Sequence[Path]]) -> float:
        """Seconds for C-STORE of each share by a process of its own, all at the same time."""
        commands = [["storescu", "-R", HOST, str(port), *share] for share in shares]
        begin = time.perf_counter()
        with ThreadPoolExecutor(len(commands)) as threads:
            list(threads.map(partial(client, seconds=900, environment=self.environment), commands))
        return time.perf_counter() - begin - self._seconds(["echoscu", HOST, str(port)])


class RawCopy:
    """No DICOM at all."""

    name = "raw copy"

    def serve(self, directory: Path | None, maximum_length: int | None) -> Serving:
        """The receiver."""
        port = free_port()
        return server(self.name, [sys.executable, HERE / "raw_copy.py", "serve", str(port)], port)

    def store(self, port: int, files: Sequence[Path], maximum_length: int | None) -> float:
        """Seconds to send the files."""
        done = client([sys.executable, HERE / "raw_copy.py", "send", str(port), *files])
        return float(json.loads(done.stdout)["seconds"])


def _option(name: str, value: int | None) -> list[str]:
    return [] if value is None else [name, str(value)]


DULCIMER = PythonStack("dulcimer", HERE / "dulcimer_peer.py")
DULCIMER_BLOCKING = PythonStack("dulcimer, blocking", HERE / "blocking_peer.py")
PYNETDICOM = PythonStack("pynetdicom", PYNETDICOM_PEER)
DCMTK = DcmtkStack()
DCMTK_WITHOUT_NAGLE = DcmtkStack("DCMTK, TCP_NODELAY=1", WITHOUT_NAGLE)
RAW_COPY = RawCopy()
