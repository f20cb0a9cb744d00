"""Where the lines of recorders go: a file, written in portions, that never stops an association."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from dulcimer import __version__
from dulcimer.trace.json_lines import header_text, time_text
from dulcimer.trace.masking import Masks
from dulcimer.trace.records import TraceHeader

logger = logging.getLogger("dulcimer.trace")
PORTION: Final = 128
"""Pieces that are kept before they are written; a P-DATA-TF is one, with two lines."""
LONGEST: Final = 1.0
"""Seconds after which they are written with the next line."""


@dataclass(frozen=True, slots=True)
class TraceOrigin:
    """What the header of a file says, and the clock that gives the time of its beginning, in seconds since 1970."""

    vantage: str = ""
    title: str = ""
    masks: Masks = field(default_factory=Masks)
    clock: Callable[[], float] = time.time

    def header(self) -> TraceHeader:
        """The header of a file that begins now."""
        masks = self.masks
        return TraceHeader(
            f"dulcimer {__version__}",
            self.title,
            self.vantage,
            self.clock(),
            masks_data_sets=masks.data_sets,
            masks_secrets=masks.secrets,
            pseudonyms=masks.pseudonyms is not None,
        )


class LineSink:
    """A file of lines, open as long as there are associations that write to it.

    It is made when the first one begins, readable for its owner only. When it cannot be written, a warning is logged,
    and it is left as it is. `pieces` wait to be written: texts, between each two of which the time of the piece
    belongs. `times` has these times, in seconds of the clock of the association, and `began` that of the first event.
    `written` is the size of the file in bytes.
    """

    def __init__(self, path: Path, origin: TraceOrigin) -> None:
        self.path = path
        self.origin = origin
        self.pieces: list[tuple[str, ...]] = []
        self.times: list[float] = []
        self.written = 0
        self.began: float | None = None
        self._file: BinaryIO | None = None
        self._users = 0
        self._has_failed = False

    @property
    def is_open(self) -> bool:
        """Whether an association writes to it."""
        return self._users > 0

    def begin(self) -> None:
        """One more association writes to it."""
        self._users += 1
        if self._file is None and not self._has_failed:
            try:
                self._file = opened_for_owner(self.path, is_new=not self.written)
            except OSError as error:
                self._fail(error)
            if not self.written:
                self.add((header_text(self.origin.header()) + "\n",), 0.0)

    def add(self, piece: tuple[str, ...], now: float) -> None:
        """Keep a piece until it is written."""
        self.pieces.append(piece)
        self.times.append(now)

    def end(self) -> None:
        """An association writes to it no more."""
        self._users -= 1
        self.flush()
        if not self._users:
            self._close()

    def close(self) -> None:
        """Write the lines that wait, and nothing more after them."""
        self.flush()
        self._close()

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()

    def forget(self) -> None:
        """Drop what waits to be written."""
        self.pieces.clear()
        self.times.clear()

    def flush(self) -> None:
        """Write what waits."""
        data = self._lines().encode("ascii")
        self.forget()
        if data and self._file is not None:
            try:
                self._file.write(data)
                self._file.flush()
                self.written += len(data)
            except OSError as error:
                self._fail(error)

    def _lines(self) -> str:
        """The pieces with their times: put in here, in one go, which costs less than with each PDU."""
        began, at, time = self.began or 0.0, -1.0, ""
        lines = []
        for now, piece in zip(self.times, self.pieces, strict=True):
            if now != at:
                at, time = now, time_text(max(0.0, now - began))
            lines.append(time.join(piece))
        return "".join(lines)

    def _fail(self, error: OSError) -> None:
        self._has_failed = True
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None
        logger.warning("the trace %s cannot be written: %s", self.path, error.strerror or error)


def opened_for_owner(path: Path, *, is_new: bool = True) -> BinaryIO:
    """A file to write that only its owner can read. Raises OSError."""
    flags = os.O_CREAT | os.O_WRONLY | (os.O_TRUNC if is_new else os.O_APPEND)
    return os.fdopen(os.open(path, flags, 0o600), "wb")
