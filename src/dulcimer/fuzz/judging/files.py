"""Where a target writes: files outside the place where valid sequences put theirs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from dulcimer.fuzz.findings.finding import FindingOracle
from dulcimer.fuzz.judging.suspicion import Suspicion

_DEPTH = ("1", "2", "3", "4")
"""Directories above that of the target: ``../`` leads into them, and not out of what is watched."""
_NAME = "target"


class FileWatch:
    """Watches `root`, a directory for this alone; `given`, deep inside, is the one that the target is told to use."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.given = root.joinpath(*_DEPTH, _NAME)
        self.given.mkdir(parents=True, exist_ok=True)
        self._home = self.given
        self._known: set[Path] = set()
        self._stamps: dict[Path, int] = {}

    def learn(self) -> None:
        """What is there now was put there rightly: files belong where these are, and below."""
        places = sorted({path.parent for path in self.given.rglob("*") if path.is_file()})
        self.use(os.path.relpath(os.path.commonpath(places), self.given) if places else ".")

    @property
    def home(self) -> str:
        """Where files belong, as seen from the directory that the target is told to use."""
        return os.path.relpath(self._home, self.given)

    def use(self, home: str) -> None:
        """Files belong there, as another watch has learned."""
        self._home = self.given / home
        self._known = set()
        # Each time, one level deeper: what is in a new directory is not named.
        while (there := set(self._outside())) != self._known:
            self._known = there
        self._stamp()

    def clear(self) -> None:
        """Remove what the target has written rightly."""
        for path in self._home.iterdir() if self._home.is_dir() else ():
            _remove(path)

    @property
    def has_changed(self) -> bool:
        """Whether the system says that something was made or removed outside since the last call of `news`.

        That takes no time, but the system counts in milliseconds: what comes right after that call is not seen.
        """
        return any(_changed(directory) != stamp for directory, stamp in self._stamps.items())

    def news(self) -> Iterator[Suspicion]:
        """What has been written outside since the last call; it is removed, so that it can come again."""
        for path in sorted(set(self._outside()) - self._known):
            where = os.path.relpath(path, self._home)
            what = "directory" if _is_directory(path) else "file"
            yield Suspicion(FindingOracle.FILE, f"The target made a {what} outside its place: {where!r}")
            _remove(path)
        self._stamp()

    def _stamp(self) -> None:
        """Remember when each directory outside was changed."""
        above = [path for path in self._home.parents if path == self._root or self._root in path.parents]
        self._stamps = {path: _changed(path) for path in (*above, *filter(_is_directory, self._known))}

    def _outside(self) -> Iterator[Path]:
        """The files outside, and the directories that are new; what is in a new directory is not named as well."""
        queue = [self._root]
        while queue:
            for path in queue.pop().iterdir():
                leads_home = path == self._home or path in self._home.parents
                if path == self._home:
                    continue
                if leads_home or path in self._known:
                    if _is_directory(path):
                        queue.append(path)
                    if path in self._known:
                        yield path
                else:
                    yield path


def _changed(directory: Path) -> int:
    try:
        return directory.stat().st_mtime_ns
    except OSError:
        return 0


def _is_directory(path: Path) -> bool:
    """A link to one is a file."""
    return path.is_dir() and not path.is_symlink()


def _remove(path: Path) -> None:
    if _is_directory(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
