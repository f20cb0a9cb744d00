"""Writes traces."""

from __future__ import annotations

from typing import BinaryIO

from dulcimer.trace.json_lines import header_text, line_text
from dulcimer.trace.records import TraceHeader, TraceRecord


class TraceWriter:
    """Writes records to a file, each at once; the file stays open. Raises OSError."""

    def __init__(self, file: BinaryIO, header: TraceHeader) -> None:
        self._file = file
        self._write(header_text(header))

    def write(self, t: float, group: str, record: TraceRecord) -> None:
        """An event at `t`, in seconds after the beginning, of the association `group`."""
        self._write(line_text(t, group, record))

    def _write(self, line: str) -> None:
        self._file.write(line.encode("ascii") + b"\n")
