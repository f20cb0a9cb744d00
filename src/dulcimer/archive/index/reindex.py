"""Updating the index from the files of the directory."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from dulcimer.archive.index.database import Index
from dulcimer.archive.index.extract import Record
from dulcimer.archive.index.statuses import message_of
from dulcimer.services.durable import SUPERSEDED
from dulcimer.services.instance_file import NotADicomFile
from dulcimer.services.storage import InstanceDirectory

logger = logging.getLogger("dulcimer.archive")

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the number of files checked so far and the number of all files."""
_BATCH = 500


@dataclass(frozen=True, slots=True)
class ReindexReport:
    """How many files were read into the index, left unchanged, or could not be read; how many rows were removed."""

    indexed: int
    unchanged: int
    unreadable: int
    removed: int


def reindex(
    storage: InstanceDirectory,
    root: Path,
    index: Index,
    read: Callable[[Path], Record],
    *,
    full: bool = False,
    progress: Progress | None = None,
) -> ReindexReport:
    """`read` new and changed files, with `full` all files; remove the rows of missing files.

    Files may have any name and lie in any folder below `root`; hidden and superseded ones are skipped. If several
    files hold the same instance, the one stored by the storage service counts, else the last. Instances may be
    added at the same time.
    """
    return _Reindex(storage, root, index, read, full, progress or (lambda _done, _total: None)).run()


class _Reindex:
    def __init__(
        self,
        storage: InstanceDirectory,
        root: Path,
        index: Index,
        read: Callable[[Path], Record],
        full: bool,
        progress: Progress,
    ) -> None:
        self._storage = storage
        self._root = root
        self._index = index
        self._read_record = read
        self._full = full
        self._progress = progress
        self._indexed = self._unchanged = self._unreadable = self._removed = 0

    def run(self) -> ReindexReport:
        total = sum(len(files) for _, files in self._folders())
        done = 0
        folders: set[str] = set()
        for folder, files in self._folders():
            folders.add(folder)
            indexed = self._index.files_in(folder)
            self._remove_gone(indexed)
            changed = []
            for path in files:
                try:
                    status = path.stat()
                except OSError:
                    continue
                name = path.relative_to(self._root).as_posix()
                if self._full or indexed.get(name) != (status.st_size, status.st_mtime_ns):
                    changed.append(path)
                else:
                    self._unchanged += 1
            done += len(files) - len(changed)
            for start in range(0, len(changed), _BATCH):
                batch = changed[start : start + _BATCH]
                self._index.write(list(self._read(batch)))
                done += len(batch)
                self._progress(done, total)
            self._progress(done, total)
        for folder in self._index.folders() - folders:
            self._remove_gone(self._index.files_in(folder))
        return ReindexReport(self._indexed, self._unchanged, self._unreadable, self._removed)

    def _folders(self) -> Iterator[tuple[str, list[Path]]]:
        for folder, below, names in os.walk(self._root):
            below[:] = sorted(name for name in below if not name.startswith("."))
            files = [Path(folder, name) for name in sorted(names) if not _is_skipped(name)]
            relative = Path(folder).relative_to(self._root).as_posix()
            yield "" if relative == "." else relative, files

    def _remove_gone(self, indexed: dict[str, tuple[int, int]]) -> None:
        # Checked now, not against an earlier list: an instance may have been stored in between.
        self._removed += self._index.remove(name for name in indexed if not (self._root / name).exists())

    def _read(self, paths: list[Path]) -> Iterator[Record]:
        for path in paths:
            try:
                record = self._read_record(path)
            except Exception as error:  # whatever a damaged file leads to, the server must start
                level = logging.INFO if isinstance(error, NotADicomFile | OSError) else logging.WARNING
                logger.log(level, "not indexed: %s: %s", path, message_of(error))
                self._unreadable += 1
                continue
            kept = self._storage.path_of(record.sop_instance_uid)
            if kept is not None and kept != path and kept.exists():
                self._unchanged += 1
                continue
            self._indexed += 1
            yield record


def _is_skipped(name: str) -> bool:
    return name.startswith(".") or name.endswith(SUPERSEDED)
