"""What the processes that share an archive have stored and not indexed yet.

Each has a small file with two numbers, how many instances it took and how many of them are done with, and keeps it
locked as long as it lives. So a query in one process can wait until what another one has acknowledged is indexed, and
a process that crashed is noticed by its file that nobody has locked. A third number is written by those who
wait: how many they want done; a fourth is how often somebody has asked. The last two say how often the process has
tried to write the index, and how many instances it could not write: then nobody waits any longer.
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

try:
    import fcntl
except ImportError:  # Windows, where one process has an archive to itself
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
    """Instances were acknowledged that could not be indexed yet: a query might miss them."""


class Pending:
    """The numbers of this process, and those of the others, in the files of `folder`, which is made if missing."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._lock = threading.Lock()
        self._taken = self._done = self._asked = self._tries = 0
        self._path = folder / f"{os.getpid()}-{secrets.token_hex(4)}"
        self._file = _locked(self._path) if _SHARED else None

    @property
    def backlog(self) -> int:
        """Instances that this process has taken and not indexed."""
        return self._taken - self._done

    @property
    def is_awaited(self) -> bool:
        """Whether another process waits for what this one has taken."""
        return self._file is not None and _awaited(self._file) > self._done

    def is_asked(self) -> bool:
        """Whether another process has begun to wait for what this one has taken since this was called last."""
        asked = 0 if self._file is None else _number(self._file, _ASKED, _AT_ASKED)
        before, self._asked = self._asked, asked
        return asked != before

    def tried(self, failed: int) -> None:
        """Note that the index was written except for so many instances."""
        self._tries += 1
        if self._file is not None:
            os.pwrite(self._file.fileno(), _TRIED.pack(self._tries, failed), _AT_TRIED)

    def take(self) -> None:
        """Note that one more is to be indexed."""
        with self._lock:
            self._taken += 1
            self._write()

    def done(self, count: int) -> None:
        """Note that so many are done."""
        with self._lock:
            self._done += count
            self._write()

    def wait_for_others(self) -> bool:
        """Wait until the others have indexed what they have taken so far; False if one ended before it had.

        Raises IndexIncomplete where one tried in vain.
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
        """Inside the block nobody else recovers; whether there is something to recover.

        What was left behind is forgotten at the end of the block, and kept where it raises.
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
        """End waiting for this process; if not `complete`, the file stays, for the next process to recover."""
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
                    # It has ended; and it may have been done in the last moment, and in order.
                    return not path.exists()
                if _awaited(file) < taken:
                    os.pwrite(file.fileno(), _AWAITED.pack(taken), _AT_AWAITED)
                tries, failed = _tried(file)
                if failed and tries != before:
                    raise IndexIncomplete("another process cannot index some stored instances; its log says why")
                sleep(_POLL)
                _, done = _numbers(file)
            return True


def _locked(path: Path) -> IO[bytes]:
    """A new file that is locked before it has its name: one that can be locked belongs to a process that has ended."""
    hidden = path.with_name(f".{path.name}")
    file = hidden.open("x+b", buffering=0)
    file.write(bytes(_AT_TRIED + _TRIED.size))
    try_lock(file)
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


def try_lock(file: IO[bytes]) -> bool:
    """Lock the file as long as it is open; False if another process has locked it."""
    if fcntl is not None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True
