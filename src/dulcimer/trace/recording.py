"""Records associations: `TraceFile` all of them in one file, `TraceFolder` each in a file of its own.

Each is called for a new association, and gives its observer: as `ae.observe`, or wherever an observer is taken.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from dulcimer.trace.line_sink import LineSink, TraceOrigin
from dulcimer.trace.masking import Masks
from dulcimer.trace.pseudonyms import Pseudonyms
from dulcimer.trace.recorder import AssociationRecorder

MOST_OF_A_FILE: Final = 64 << 20
"""Bytes after which nothing more of an association is recorded, unless another limit is given."""
MOST_OF_A_FOLDER: Final = 1 << 30
"""Bytes of a folder beyond which its oldest traces are removed, unless another limit is given."""
MOST_FILES: Final = 10_000
"""Traces in a folder beyond which the oldest are removed."""
_PORTION = 16
"""A folder is looked at again when a part of its limit of this size has been written."""
_FILES = 256
"""The same for the number of files."""
_NAME: Final = re.compile(r"\d{8}T\d{6}-\d+-\d{6,}\.jsonl")


def masks_of(*, raw: bool = False, pseudonymise: bool = False) -> Masks:
    """What is left out: by default data sets and user identities, with `raw` nothing."""
    return Masks(not raw, not raw, Pseudonyms() if pseudonymise else None)


class TraceFile:
    """One file for all associations, which are told apart by their number from 1.

    The file is made anew when the first association begins, with permissions for its owner only. `raw` keeps data
    sets and user identities; `pseudonymise` replaces AE titles and addresses. Beyond `most` bytes nothing more is
    recorded; 0 means no limit.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        raw: bool = False,
        pseudonymise: bool = False,
        most: int = 0,
        vantage: str = "",
        title: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        masks = masks_of(raw=raw, pseudonymise=pseudonymise)
        self._sink = LineSink(Path(path), TraceOrigin(vantage, title, masks, clock))
        self._most = most
        self._count = 0

    def __call__(self) -> AssociationRecorder:
        """The observer of one more association."""
        self._count += 1
        return AssociationRecorder(self._sink, str(self._count), self._most)

    def close(self) -> None:
        """Write what waits to be written; associations that are not over are recorded no further."""
        self._sink.close()


@dataclass(frozen=True, slots=True)
class _Found:
    """A trace in a folder."""

    name: str
    size: int


class TraceFolder:
    """A file for each association, named by time, process and number, in a folder whose size is bounded.

    When all traces in it have more than `most` bytes, or there are more than `MOST_FILES`, the oldest are removed,
    other files never. A file ends at `most_of_a_file` bytes. Several processes may share a folder; it may exceed its
    limit by a sixteenth for each. The folder is made if it is missing. Raises OSError if that is impossible.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        raw: bool = False,
        pseudonymise: bool = False,
        most: int = MOST_OF_A_FOLDER,
        most_of_a_file: int = MOST_OF_A_FILE,
        vantage: str = "",
        title: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._raw, self._pseudonymise = raw, pseudonymise
        self._most = most
        self._most_of_a_file = min(most_of_a_file, max(1, most // _PORTION))
        self._origin = TraceOrigin(vantage, title, clock=clock)
        self._count = self._looked_at = 0
        self._open: list[LineSink] = []
        self._written = 0

    def __call__(self) -> AssociationRecorder:
        """The observer of one more association."""
        self._open = [sink for sink in self._open if not self._is_done(sink)]
        under_way = sum(sink.written for sink in self._open)
        if self._written + under_way > self._most // _PORTION or self._count - self._looked_at >= _FILES:
            self._make_room()
        self._count += 1
        begun = datetime.fromtimestamp(self._origin.clock(), UTC)
        name = f"{begun:%Y%m%dT%H%M%S}-{os.getpid()}-{self._count:06d}.jsonl"
        masks = masks_of(raw=self._raw, pseudonymise=self._pseudonymise)
        sink = LineSink(self.folder / name, replace(self._origin, masks=masks))
        self._open.append(sink)
        return AssociationRecorder(sink, "1", self._most_of_a_file)

    def _is_done(self, sink: LineSink) -> bool:
        if sink.is_open:
            return False
        self._written += sink.written
        return True

    def _make_room(self) -> None:
        """Remove the oldest traces, but none that this process writes."""
        self._written, self._looked_at = 0, self._count
        ours = {sink.path.name for sink in self._open}
        try:
            with os.scandir(self.folder) as entries:
                found = sorted(
                    (_Found(one.name, one.stat().st_size) for one in entries if _NAME.fullmatch(one.name)),
                    key=lambda one: one.name,
                )
        except OSError:
            return  # what is recorded next will say so
        total, count = sum(one.size for one in found), len(found)
        for one in found:
            if total <= self._most and count <= MOST_FILES:
                return
            if one.name not in ours:
                total, count = total - one.size, count - 1
                with contextlib.suppress(OSError):  # some systems keep a file that another process has open
                    (self.folder / one.name).unlink(missing_ok=True)
