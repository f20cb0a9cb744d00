"""Files that crashed a process when they were read: they are skipped, so that the next start does not crash as well.

While a file is read for the index, its name is in a small marker file that the process keeps locked. An unlocked marker
with a name in it was left by a process that ended while it read that file. The next process to open the archive has the
file read by a separate process: if that one crashes as well, or does not finish in time, the file is skipped from then
on, until it changes.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import pickle
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from dulcimer.archive.index.extract import Record, read_record
from dulcimer.archive.index.pending import locked_file
from dulcimer.errors import DulcimerError
from dulcimer.limits import Limits
from dulcimer.services.durable import try_lock

logger = logging.getLogger("dulcimer.archive")

_PATIENCE = 60.0
"""Seconds that the separate process may take for a file."""
_MOST_MEMORY = 2 << 30
_PASSED_OVER = "passed-over.json"
_PROGRAM = f"from {__name__} import main; main()"


class PassedOver(DulcimerError):
    """A file that is not read, because reading it crashed a process before."""


class Suspects:
    """The markers of this process and of earlier ones, in `folder`, which is created if missing; paths below `root`."""

    def __init__(self, folder: Path, root: Path, limits: Limits) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._root = root
        self._limits = limits
        self._lock = threading.Lock()
        self._passed_over = self._load()
        self._path = folder / f"{os.getpid()}-{secrets.token_hex(4)}"
        self._file: IO[bytes] = locked_file(self._path)

    @property
    def passed_over(self) -> list[str]:
        """The files that are skipped, relative to the directory."""
        return sorted(self._passed_over)

    def read(self, path: Path) -> Record:
        """The record of a file, with a marker while it is read. Raises PassedOver, and the errors of `read_record`."""
        name = path.relative_to(self._root).as_posix()
        known = self._passed_over.get(name)
        if known is not None and known == _stamp(path):
            raise PassedOver(f"{path} is skipped: reading it crashed a process before")
        with self._marked(name):
            return read_record(path, self._root, self._limits)

    def left_behind(self) -> list[Path]:
        """The files that processes were reading when they ended; their markers are removed."""
        found = []
        for mark in self._folder.iterdir():
            if mark == self._path or mark.name == _PASSED_OVER or mark.name.startswith("."):
                continue  # a name with a dot is that of a file that is not complete yet
            with contextlib.suppress(OSError), mark.open("r+b") as file:
                if try_lock(file):
                    name = file.read().decode("utf-8", "replace")
                    if name and (self._root / name).is_file():
                        found.append(self._root / name)
                    mark.unlink(missing_ok=True)
        return found

    def examine(self, path: Path, apart: Callable[[Path, Path, Limits], Record | None] | None = None) -> Record | None:
        """Have the file read by a separate process; None if it has no record, or is skipped from now on."""
        try:
            return (apart or read_apart)(path, self._root, self._limits)
        except PassedOver as error:
            logger.error("%s", error)
            self._passed_over[path.relative_to(self._root).as_posix()] = _stamp(path)
            self._save()
            return None

    def close(self) -> None:
        """Remove the markers; nothing is read any more."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    @contextmanager
    def _marked(self, name: str) -> Iterator[None]:
        with self._lock:
            os.pwrite(self._file.fileno(), name.encode(), 0)
            try:
                yield
            finally:
                os.ftruncate(self._file.fileno(), 0)

    def _load(self) -> dict[str, list[int]]:
        try:
            found = json.loads((self._folder / _PASSED_OVER).read_text("utf-8"))
            there = {name: stamp for name, stamp in found.items() if _stamp(self._root / name) == stamp}
        except (OSError, ValueError, AttributeError):
            return {}
        return there

    def _save(self) -> None:
        new = self._folder / f".{_PASSED_OVER}"
        new.write_text(json.dumps(self._passed_over), "utf-8")
        new.replace(self._folder / _PASSED_OVER)


def read_apart(path: Path, root: Path, limits: Limits) -> Record | None:
    """The record of the file, read by another process; None if it has none. Raises PassedOver if that process fails."""
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", _PROGRAM],
            input=pickle.dumps((path, root, limits)),
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PassedOver(f"{path} is skipped: reading it took more than {_PATIENCE:g} s") from None
    if done.returncode:
        raise PassedOver(f"{path} is skipped: reading it crashed a process, which ended with status {done.returncode}")
    record = pickle.loads(done.stdout)  # noqa: S301 - from our own program
    assert record is None or isinstance(record, Record)
    return record


def main() -> None:
    """Read the file named on standard input, and print its record."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (_MOST_MEMORY, _MOST_MEMORY))
    path, root, limits = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own program
    record = None
    with contextlib.suppress(DulcimerError, OSError):
        record = read_record(path, root, limits)
    sys.stdout.buffer.write(pickle.dumps(record))


def _stamp(path: Path) -> list[int]:
    try:
        status = path.stat()
    except OSError:
        return []
    return [status.st_size, status.st_mtime_ns]
