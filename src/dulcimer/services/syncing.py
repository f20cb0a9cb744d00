"""What makes files and their names safe from a power failure: one at a time, or many by one call of the system."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import re
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path

_FEW = 2
"""Files, or folders, that are synced one by one: a whole file system takes longer."""
_DIRTY_FOR_EACH = 8 << 20
"""Bytes that the machine has not written yet, for each file of a group: to write them takes as long as to sync the
file by itself. With more, syncing a file system would wait for the data of others."""
_DIRTY = re.compile(r"^(?:Dirty|Writeback):\s+(\d+) kB$", re.MULTILINE)
_REPORTS_ERRORS = (5, 8)
"""The first Linux whose syncfs(2) reports that data could not be written."""
_KINDS = {0xEF53: "ext4", 0x58465342: "XFS", 0x9123683E: "Btrfs"}
"""File systems of which syncfs(2) is known to wait until the disk has everything; statfs(2) gives these numbers."""
_STATFS_LENGTH = 256
_START_WRITING = 2
"""SYNC_FILE_RANGE_WRITE of sync_file_range(2)."""


class SyncMode(StrEnum):
    """When received instances are synced, and so what an answer 0000H to a C-STORE promises."""

    EACH = "each"
    GROUP = "group"
    NEVER = "never"


def sync_file(descriptor: int) -> None:
    """Wait until the data and the length of an open file are on disk. Raises OSError."""
    (os.fdatasync if hasattr(os, "fdatasync") else os.fsync)(descriptor)


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable, if the system can. Raises OSError."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


class SyncedTree:
    """Syncs many files, or many folders, of the file system of `root` at once, where that is safe and quicker.

    That is so on ext4, XFS and Btrfs under Linux 5.8 or later, for three or more of them, while the machine has at
    most 8 MiB to write for each one: syncfs(2) also writes the data of other programs. Elsewhere each one is synced by
    itself. One thread may use it at a time.
    """

    def __init__(self, root: Path) -> None:
        # It stays open: on the same descriptor the system reports every failed write once.
        self._descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY) if _has_safe_syncfs(root) else -1

    def __del__(self) -> None:
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)

    def sync_files(self, descriptors: Sequence[int]) -> list[OSError | None]:
        """Wait until these open files are on disk; for each one the error, if it is not."""
        if self._synced_together(len(descriptors)):
            return [None] * len(descriptors)
        if len(descriptors) > 1:
            for descriptor in descriptors:
                _start_writing(descriptor)
        return [_error_of(descriptor) for descriptor in descriptors]

    def sync_folders(self, folders: Iterable[Path]) -> dict[Path, OSError]:
        """Wait until the names in these folders are on disk; the errors of those that are not."""
        chosen = set(folders)
        if self._synced_together(len(chosen)):
            return {}
        errors = {}
        for folder in sorted(chosen):
            try:
                sync_directory(folder)
            except OSError as error:
                errors[folder] = error
        return errors

    def _synced_together(self, count: int) -> bool:
        if count <= _FEW or self._descriptor < 0 or _dirty() > count * _DIRTY_FOR_EACH:
            return False
        try:
            sync_file_system(self._descriptor)
        except OSError:
            # It does not say whose data failed, and will not say so again: from now on each file is asked.
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)
            return False
        return True


def sync_file_system(descriptor: int) -> None:
    """Wait until all files and names of the file system of an open file are on disk. Raises OSError."""
    if _libc().syncfs(descriptor):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _start_writing(descriptor: int) -> None:
    """Have the system begin to write the file: then all are on the way while the first one is waited for."""
    if sys.platform == "linux":
        nothing = ctypes.c_int64(0)
        _libc().sync_file_range(descriptor, nothing, nothing, _START_WRITING)


def _error_of(descriptor: int) -> OSError | None:
    try:
        sync_file(descriptor)
    except OSError as error:
        return error
    return None


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _has_safe_syncfs(root: Path) -> bool:
    version = re.match(r"(\d+)\.(\d+)", platform.release())
    if sys.platform != "linux" or version is None or tuple(map(int, version.groups())) < _REPORTS_ERRORS:
        return False
    status = ctypes.create_string_buffer(_STATFS_LENGTH)
    failed = _libc().statfs(os.fsencode(root), status)
    return not failed and ctypes.c_long.from_buffer(status).value in _KINDS


def _dirty() -> int:
    """Bytes that the machine has not written to disk yet."""
    try:
        text = Path("/proc/meminfo").read_text("ascii")
    except OSError:
        return sys.maxsize
    return sum(int(number) << 10 for number in _DIRTY.findall(text))
