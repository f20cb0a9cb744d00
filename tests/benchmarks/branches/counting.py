"""Which branches a program that is built with gcov has taken, from the files of its counters."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

Branch: TypeAlias = tuple[str, str, int, int]
"""A branch: its source file, its function, its line, its place in the line. The same of two objects is one."""


@dataclass(frozen=True)
class Branches:
    """Those that were taken, and all there are in the objects that have counters. `unread`: files that gcov refused."""

    taken: frozenset[Branch]
    known: frozenset[Branch]
    unread: int = 0

    def __or__(self, other: Branches) -> Branches:
        """Of two runs."""
        return Branches(self.taken | other.taken, self.known | other.known, self.unread + other.unread)

    def by_folder(self) -> dict[str, tuple[int, int]]:
        """How many were taken, and how many there are, for each library of the source tree."""
        found: dict[str, tuple[int, int]] = {}
        for branch in self.known:
            taken, known = found.get(_folder(branch), (0, 0))
            found[_folder(branch)] = taken + (branch in self.taken), known + 1
        return dict(sorted(found.items()))


def prepare(build: Path, prefix: Path) -> None:
    """Make `prefix` the place of the counters of a run: the notes of the compiler lie beside them."""
    for notes in build.rglob("*.gcno"):
        place = prefix.joinpath(*notes.resolve().parts[1:])
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(notes.resolve())


def counted(prefix: Path) -> Branches:
    """What was taken by all programs that have written their counters below `prefix`."""
    taken: set[Branch] = set()
    known: set[Branch] = set()
    unread = 0
    for counters in sorted(prefix.rglob("*.gcda")):
        words = [shutil.which("gcov") or "gcov", "--json-format", "--branch-probabilities", "--stdout", counters.name]
        done = subprocess.run(words, cwd=counters.parent, capture_output=True, text=True, check=False)
        if done.returncode or not done.stdout:
            unread += 1
            continue
        for branch, count in branches_in(json.loads(done.stdout)):
            known.add(branch)
            if count:
                taken.add(branch)
    return Branches(frozenset(taken), frozenset(known), unread)


def branches_in(document: dict[str, Any]) -> Iterator[tuple[Branch, int]]:
    """The branches of one object, with how often each was taken; those of exceptions are left out."""
    for file in document["files"]:
        if file["file"].startswith("/usr/"):
            continue
        for line in file["lines"]:
            for place, branch in enumerate(line["branches"]):
                if not branch["throw"]:
                    key = (file["file"], line.get("function_name", ""), line["line_number"], place)
                    yield key, branch["count"]


def _folder(branch: Branch) -> str:
    parts = Path(branch[0]).parts
    named = [part for part, after in pairwise(parts) if after in ("libsrc", "apps", "include")]
    return named[-1] if named else "others"
