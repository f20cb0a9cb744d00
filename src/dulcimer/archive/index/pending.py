"""The instances that processes sharing an archive have stored but not indexed yet.

Each process has a small file that it keeps locked while it runs. The first two numbers in it are how many instances the
process stored, and how many of these it has finished. So a query in one process can wait until the instances that
another one acknowledged are indexed, and a crashed process is recognised by a file that is not locked. The next two are
written by processes that wait: how many instances they need finished, and how often one began to wait. The last two are
how often the process has written the index, and how many instances it could not write: then the others stop waiting.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from struct import Struct
from time import sleep
from typing import IO

from dulcimer.errors import DulcimerError
from dulcimer.services.durable import try_lock

try:
    import fcntl
except ImportError:  # Windows, where only one process can use an archive
    fcntl = None  # type: ignore[assignment]  # Windows has none

_SHARED: bool = fcntl is not None
_NUMBERS = Struct("<QQ")
_AWAITED = Struct("<Q")
_ASKED = Struct("<Q")
_TRIED = Struct("<QQ")
_AT_AWAITED = _NUMBERS.size
_AT_ASKED = _AT_AWAITED + _AWAITED.size
_AT_TRIED = _AT_ASKED + _ASKED.size
_RECOVERY = ".recovery"
_POLL = 0.002


class IndexIncomplete(DulcimerError):
    """Some acknowledged instances could not be indexed yet, so a query might miss them."""


class Pending:
    """The numbers of this process and of the others, in files in `folder`, which is created if missing."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._lock = threading.Lock()
        self._taken = self._done = self._asked = self._tries = 0
        self._path = folder / f"{os.getpid()}-{secrets.token_hex(4)}"
        self._file = locked_file(self._path, bytes(_AT_TRIED + _TRIED.size)) if _SHARED else None

    @property
    def backlog(self) -> int:
        """Number of instances that this process has stored and not indexed."""
        return self._taken - self._done

    @property
    def is_awaited(self) -> bool:
        """Whether another process waits for instances of this one."""
        return self._file is not None and _awaited(self._file) > self._done

    def is_asked(self) -> bool:
        """Whether another process has begun to wait for instances of this one since the last call."""
        asked = 0 if self._file is None else _number(self._file, _ASKED, _AT_ASKED)
        before, self._asked = self._asked, asked
        return asked != before

    def tried(self, failed: int) -> None:
        """Record that the index was written except for `failed` instances."""
        self._tries += 1
        if self._file is not None:
            os.pwrite(self._file.fileno(), _TRIED.pack(self._tries, failed), _AT_TRIED)

    def take(self) -> None:
        """Record that one more instance is to be indexed."""
        with self._lock:
            self._taken += 1
            self._write()

    def done(self, count: int) -> None:
        """Record that `count` instances are finished."""
        with self._lock:
            self._done += count
            self._write()

    def wait_for_others(self) -> bool:
        """Wait until the others have indexed what they have stored so far; False if one ended before that.

        Raises IndexIncomplete if one could not write the index.
        """
        waited = [self._wait_for(path) for path in self._others()]
        return all(waited)

    def left_behind(self) -> bool:
        """Whether a process ended without `close`."""
        for path in self._others():
            with _opened(path) as file:
                if file is not None and try_lock(file):
                    return True
        return False

    @contextmanager
    def recovery(self) -> Iterator[bool]:
        """Inside the block no other process recovers; yields whether there is something to recover.

        The files of crashed processes are removed at the end of the block, and kept if it raises.
        """
        with (self._folder / _RECOVERY).open("ab") as lock:
            if fcntl is not None:
                fcntl.flock(lock, fcntl.LOCK_EX)
            left = []
            for path in self._others():
                with _opened(path) as file:
                    if file is not None and try_lock(file):
                        left.append(path)
            yield bool(left)
            for path in left:
                path.unlink(missing_ok=True)

    def close(self, *, complete: bool) -> None:
        """End all waiting for this process; if not `complete`, the file stays, so that the next process recovers."""
        if complete:
            self._path.unlink(missing_ok=True)
        if self._file is not None:
            self._file.close()

    def _write(self) -> None:
        if self._file is not None:
            os.pwrite(self._file.fileno(), _NUMBERS.pack(self._taken, self._done), 0)

    def _others(self) -> list[Path]:
        named = (path for path in self._folder.iterdir() if not path.name.startswith("."))
        return [path for path in named if path != self._path and _SHARED]

    def _wait_for(self, path: Path) -> bool:
        with _opened(path) as file:
            if file is None:
                return True
            taken, done = _numbers(file)
            before, _ = _tried(file)
            if done < taken:
                os.pwrite(file.fileno(), _ASKED.pack(_number(file, _ASKED, _AT_ASKED) + 1), _AT_ASKED)
            while done < taken:
                if try_lock(file):
                    # It has ended, perhaps after it finished everything.
                    return not path.exists()
                if _awaited(file) < taken:
                    os.pwrite(file.fileno(), _AWAITED.pack(taken), _AT_AWAITED)
                tries, failed = _tried(file)
                if failed and tries != before:
                    raise IndexIncomplete("another process cannot index some stored instances; its log says why")
                sleep(_POLL)
                _, done = _numbers(file)
            return True


def locked_file(path: Path, content: bytes = b"") -> IO[bytes]:
    """A new file, locked before it gets its name: one that can be locked belongs to a process that has ended."""
    hidden = path.with_name(f".{path.name}") if _SHARED else path
    file = hidden.open("x+b", buffering=0)
    file.write(content)
    try_lock(file)
    if _SHARED:
        hidden.rename(path)
    return file


def _numbers(file: IO[bytes]) -> tuple[int, int]:
    taken, done = _NUMBERS.unpack(os.pread(file.fileno(), _NUMBERS.size, 0))
    return taken, done


def _awaited(file: IO[bytes]) -> int:
    return _number(file, _AWAITED, _AT_AWAITED)


def _tried(file: IO[bytes]) -> tuple[int, int]:
    tries, failed = _TRIED.unpack(os.pread(file.fileno(), _TRIED.size, _AT_TRIED))
    return tries, failed


def _number(file: IO[bytes], form: Struct, place: int) -> int:
    (number,) = form.unpack(os.pread(file.fileno(), form.size, place))
    return int(number)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes] | None]:
    try:
        file = path.open("r+b", buffering=0)
    except FileNotFoundError:
        yield None
        return
    with file:
        yield file
