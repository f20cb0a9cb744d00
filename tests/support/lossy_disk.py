"""A disk that a power failure can be tried on: it knows what was synced, and what would be lost without power."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from dulcimer.services import syncing


class LossyDisk:
    """Watches the directories below `root` while `patch` lasts.

    Data are safe after a sync of their file, names after one of their folder, both after a sync of the file system,
    which is offered if `together`. `syncs` counts the calls of each kind.
    """

    def __init__(self, root: Path, patch: pytest.MonkeyPatch, *, together: bool) -> None:
        self._root = root
        self._contents: dict[int, bytes] = {}
        self._names: dict[Path, dict[str, int]] = {}
        self.syncs = {"file": 0, "folder": 0, "file system": 0}
        open_file = os.open

        def opened(path: str, flags: int, mode: int = 0o777, **where: Any) -> int:
            descriptor = open_file(path, flags, mode, **where)
            if flags & os.O_EXCL:
                # The number may be that of a file that was removed.
                self._contents.pop(os.fstat(descriptor).st_ino, None)
            return descriptor

        patch.setattr(os, "open", opened)
        patch.setattr(os, "fsync", self._sync)
        patch.setattr(os, "fdatasync", self._sync)
        patch.setattr(syncing, "_has_safe_syncfs", lambda _: together)
        patch.setattr(syncing, "_dirty", lambda: 0)
        patch.setattr(syncing, "sync_file_system", self._sync_all)

    def after_a_power_failure(self, copy: Path, *, names_survive: bool) -> None:
        """Write into `copy` what the disk has: only what was synced, or with `names_survive` each present name, too."""
        for folder in self._folders():
            there = dict(self._names.get(folder, {}))
            if names_survive:
                there |= {path.name: path.stat().st_ino for path in folder.iterdir() if path.is_file()}
            kept = copy / folder.relative_to(self._root)
            if there:
                kept.mkdir(parents=True, exist_ok=True)
            for name, number in there.items():
                (kept / name).write_bytes(self._contents.get(number, b""))

    def _sync(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        path = Path(f"/proc/self/fd/{descriptor}")
        if stat.S_ISDIR(status.st_mode):
            self.syncs["folder"] += 1
            self._keep_names(path.resolve())
        else:
            self.syncs["file"] += 1
            self._contents[status.st_ino] = path.read_bytes()

    def _sync_all(self, _descriptor: int) -> None:
        self.syncs["file system"] += 1
        for folder in self._folders():
            self._keep_names(folder)
            for path in folder.iterdir():
                if path.is_file():
                    self._contents[path.stat().st_ino] = path.read_bytes()

    def _keep_names(self, folder: Path) -> None:
        self._names[folder] = {path.name: path.stat().st_ino for path in folder.iterdir() if path.is_file()}

    def _folders(self) -> list[Path]:
        return [self._root, *(path for path in self._root.rglob("*") if path.is_dir())]
