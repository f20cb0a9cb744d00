"""Files that are complete and synced before they get their name; no file that had a name is lost."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import logging
import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from dulcimer.services.instance_file import InstanceFile, NotADicomFile, file_header, foreign_group
from dulcimer.services.syncing import sync_directory, sync_file
from dulcimer.wire.model import Buffer

try:
    import fcntl
except ImportError:  # Windows, where an open file cannot be removed by another process
    fcntl = None  # type: ignore[assignment]  # Windows has none

logger = logging.getLogger("dulcimer.storage")

PART = ".part"
SUPERSEDED = ".superseded"
"""Suffixes of files that are not complete yet, and of earlier versions of an instance."""
_TEMPORARY = re.compile(r"\.\d+(?:-[0-9a-f]+)+" + re.escape(PART))
"""Names of our own incomplete files; a directory may have others with that suffix."""
_LOCK = ".duplicates.lock"
WAITING_LOCK = ".resting.lock"
"""Locked while a process has temporary files that it does not keep open."""
_BLOCK = 1 << 20
HELD_LENGTH = 16 << 10
"""Most bytes of an instance that are held in memory; a longer one is written as it arrives."""
_FIRST = 8
"""Bytes of a data set that tell the group of its first element."""
_ATTEMPTS = 100
_one_at_a_time = threading.Lock()


class FileSink:
    """A received data set on its way into a temporary file, after a header of File Meta Information.

    `size` counts the bytes written, `error` is the first error. The file is opened when there are more than
    `HELD_LENGTH` bytes, or when it is needed: a small one uses no descriptor while it waits for its turn.
    """

    def __init__(
        self, path: Path, sop_class_uid: str, sop_instance_uid: str, transfer_syntax: str, source_ae_title: str
    ) -> None:
        header = file_header(sop_class_uid, sop_instance_uid, transfer_syntax, source_ae_title)
        self.instance = InstanceFile(path, sop_class_uid, sop_instance_uid, transfer_syntax, len(header))
        self.path = path
        self.size = 0
        self.error: OSError | None = None
        self._fd = -1
        self._held: bytearray | None = bytearray(header)
        self._beginning = b""
        self._is_kept = False

    def write(self, fragment: Buffer) -> None:
        """Append a fragment; after an error the rest is ignored."""
        if len(self._beginning) < _FIRST:
            self._beginning += bytes(fragment[: _FIRST - len(self._beginning)])
        if self._held is None:
            self._append(fragment)
        elif len(self._held) + len(fragment) <= HELD_LENGTH:
            self._held += fragment
        else:
            self.open()
            self._append(fragment)

    def open(self) -> None:
        """Open the file and write all bytes received so far; `error` is set if that fails."""
        if self._fd >= 0 or self.error is not None:
            return
        held, self._held = self._held, None
        try:
            self._fd = _locked(self.path) if held is None else _created(self.path)
        except OSError as error:
            self.error = error
        if held is not None:
            self._append(held)

    @property
    def foreign_group(self) -> str:
        """The group of the first element, in words, if it does not belong in a data set (PS3.5 7.1); else ""."""
        return foreign_group(self._beginning, self.instance.transfer_syntax)

    def close_until_commit(self) -> None:
        """Close the descriptor of the complete file until it is committed, because others are committed first.

        That releases its lock, so WAITING_LOCK must be held meanwhile.
        """
        try:
            self._close()
        except OSError as error:
            self.error = error

    def _append(self, fragment: Buffer) -> None:
        view = memoryview(fragment)
        try:
            while view.nbytes and self.error is None:
                written = os.write(self._fd, view)
                self.size += written
                view = view[written:]
        except OSError as error:
            self.error = error

    def discard(self) -> None:
        """Remove the file. If that fails it is only logged: the peer gets its response nevertheless."""
        try:
            self._close()
            self.path.unlink(missing_ok=True)
        except OSError as error:
            logger.warning("the temporary file %s cannot be removed: %s", self.path, error)

    def commit(self, target: Path, *, sync: bool = True) -> None:
        """Make the file durable under its name: sync it, name it, sync the directory. Raises OSError.

        If a file with the same data set and transfer syntax has the name already, that one stays and this one is
        removed. If another file has it, this one takes the name, and the other one is kept under a name that ends in
        `.superseded`. At every moment the name refers to a complete, synced file; without `sync` it refers to a
        complete file as long as the system runs.
        """
        try:
            descriptor = self.to_sync(target)
            if sync:
                sync_file(descriptor)
            self.take_name(target)
            if sync:
                sync_directory(target.parent)
        except OSError:
            self.discard()
            raise

    def to_sync(self, target: Path) -> int:
        """The descriptor that has to be synced before `take_name`: of this file, or of one that `target` is already.

        Raises OSError.
        """
        self.open()
        if self.error is not None:
            raise self.error
        if target.exists() and self._same_as(target):
            self.discard()
            self._is_kept = True
            # Windows syncs only what can be written.
            self._fd = os.open(target, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
        return self._fd

    def take_name(self, target: Path) -> None:
        """Give the synced file its name, and close it; the folder of `target` has to be synced then. Raises OSError."""
        if not self._is_kept:
            if not _link(self.path, target):
                with exclusive(self.path.parent / _LOCK):
                    if target.exists():
                        _set_aside(target)
                    self.path.replace(target)
            self.path.unlink(missing_ok=True)
        self._close()

    def _same_as(self, target: Path) -> bool:
        mine = self.instance
        try:
            other = InstanceFile.inspect(target)
        except NotADicomFile:
            return False
        if (other.sop_class_uid, other.transfer_syntax) != (mine.sop_class_uid, mine.transfer_syntax):
            return False
        with target.open("rb", buffering=0) as there, self.path.open("rb", buffering=0) as here:
            if os.fstat(there.fileno()).st_size - other.offset != self.size - mine.offset:
                return False
            there.seek(other.offset)
            here.seek(mine.offset)
            return _same_rest(there, here)

    def _close(self) -> None:
        if self._fd >= 0:
            fd, self._fd = self._fd, -1
            os.close(fd)


def _created(path: Path) -> int:
    """A new file, open and locked. Raises OSError.

    Until it is locked, another process that has just started may take it for a leftover, and remove it; then it is
    made again.
    """
    for _ in range(_ATTEMPTS):
        fd = _locked(path, os.O_CREAT | os.O_EXCL)
        if _is_named(fd, path):
            return fd
        os.close(fd)
    raise FileNotFoundError(errno.ENOENT, "it is removed as soon as it is there", path)


def _locked(path: Path, flags: int = 0) -> int:
    fd = os.open(path, os.O_WRONLY | getattr(os, "O_BINARY", 0) | flags, 0o644)
    try:
        if fcntl is not None:
            fcntl.flock(fd, fcntl.LOCK_EX)  # who removes leftovers has it for a moment only
    except BaseException:
        os.close(fd)
        raise
    return fd


def _is_named(fd: int, path: Path) -> bool:
    """Whether the open file still has this name."""
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False


def remove_leftovers(directory: Path) -> None:
    """Remove temporary files that no process writes any more; none while another process holds WAITING_LOCK."""
    leftovers = [path for path in directory.glob(f".*{PART}") if _TEMPORARY.fullmatch(path.name)]
    if not leftovers:
        return
    # Nobody may begin to let files wait meanwhile.
    with contextlib.suppress(OSError), (directory / WAITING_LOCK).open("ab") as waiting:
        if not try_lock(waiting):
            return
        for leftover in leftovers:
            with contextlib.suppress(OSError), leftover.open("rb") as file:
                if try_lock(file):
                    leftover.unlink(missing_ok=True)


def try_lock(file: IO[bytes]) -> bool:
    """Lock the file until it is closed; False if another process holds it."""
    if fcntl is not None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


def _link(path: Path, target: Path) -> bool:
    """Give the file a second name; False if that is taken, or if the file system has no hard links."""
    try:
        os.link(path, target)
    except OSError:
        return False
    return True


def _set_aside(target: Path) -> None:
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    aside = target.with_name(f"{target.stem}.{digest[:16]}{SUPERSEDED}")
    if aside.exists() or _link(target, aside):
        return
    copy = aside.with_suffix(f"{SUPERSEDED}{PART}")
    shutil.copyfile(target, copy)
    with copy.open("rb+") as file:
        os.fsync(file.fileno())
    copy.replace(aside)


def _same_rest(one: IO[bytes], other: IO[bytes]) -> bool:
    while True:
        block = one.read(_BLOCK)
        if block != other.read(_BLOCK):
            return False
        if not block:
            return True


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Only one thread of one process of this machine is inside such a block for the same file."""
    with _one_at_a_time, path.open("ab") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def lock_file(path: Path) -> tuple[IO[bytes], bool]:
    """The file, locked until it is closed; and whether no other process of this machine held it at this moment."""
    file = path.open("ab")
    alone = try_lock(file)
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_SH)
    return file, alone
