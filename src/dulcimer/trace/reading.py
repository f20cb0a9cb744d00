"""Reads traces, line by line: the memory does not grow with the file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dulcimer.captures.chunks import CaptureError, CaptureSource, ChunkedFile, decompressed_beginning, opened
from dulcimer.counting import counted
from dulcimer.trace.json_lines import MILLISECONDS, TraceFormatError, header_of, record_of
from dulcimer.trace.records import TraceHeader, TraceLine

MOST_BYTES_OF_A_LINE: Final = 256 << 20
MOST_DAMAGE: Final = 100
"""Broken lines that are told one by one."""
_SEPARATOR = b"\x1e"
_BEGINNING: Final = 512
"""Bytes that show whether a file is a trace."""
_SIGN: Final = re.compile(rb'\s*\x1e?\s*\{\s*"file_schema"\s*:\s*"urn:dulcimer:trace:')


@dataclass(frozen=True, slots=True)
class DamagedLine:
    """A line that cannot be read, by its number from 1, and why."""

    line: int
    problem: str


def is_trace(beginning: bytes) -> bool:
    """Whether a file begins as a trace does, compressed with gzip or not; of any version."""
    return _SIGN.match(decompressed_beginning(beginning, _BEGINNING)) is not None


class TraceReader:
    """The events of a trace, in the order of its lines; from a file, a stream or bytes, also with gzip.

    Iterate once. `damage`: lines that could not be read, the first `MOST_DAMAGE`; `damaged`: how many there are;
    `is_cut_off`: the file ends in a line, which is left out. Raises OSError, and TraceFormatError if the first line
    is not the header of a trace of this version.
    """

    def __init__(self, source: CaptureSource) -> None:
        self.damage: list[DamagedLine] = []
        self.damaged = 0
        self.is_cut_off = False
        self._lines = _lines(source)
        self.header: TraceHeader = self._header()

    def __iter__(self) -> Iterator[TraceLine]:
        """Read the file."""
        for number, text, is_ended in self._lines:
            if text.isspace() or not text:
                continue
            try:
                value = _json_of(text)
            except TraceFormatError as error:
                if is_ended:
                    self._note(number, str(error))
                else:
                    self.is_cut_off = True
                continue
            try:
                yield _event(number, value)
            except TraceFormatError as error:
                self._note(number, str(error))

    def remarks(self) -> Iterator[str]:
        """In sentences, what could not be read; complete when the iteration has ended."""
        for one in self.damage:
            yield f"Line {one.line} cannot be read: {one.problem}."
        if self.damaged > len(self.damage):
            yield f"{counted(self.damaged - len(self.damage), 'more line')} cannot be read."
        if self.is_cut_off:
            yield "The file ends in the middle of a line: it was cut off, or it is still being written."

    def _header(self) -> TraceHeader:
        _, text, _ = next(self._lines, (1, b"", True))
        if not text:
            raise TraceFormatError("the file is empty")
        if not is_trace(text[:_BEGINNING]):
            raise TraceFormatError("the first line is not the header of a trace of dulcimer")
        return header_of(_json_of(text))

    def _note(self, line: int, problem: str) -> None:
        self.damaged += 1
        if len(self.damage) < MOST_DAMAGE:
            self.damage.append(DamagedLine(line, problem))


def _json_of(text: bytes) -> object:
    try:
        return json.loads(text.lstrip(_SEPARATOR))
    except (ValueError, RecursionError) as error:
        raise TraceFormatError("it is not JSON") from error


def _event(number: int, value: object) -> TraceLine:
    if not isinstance(value, dict):
        raise TraceFormatError("it is not an object")
    time, group, name = value.get("time"), value.get("group_id", ""), value.get("name")
    if isinstance(time, bool) or not isinstance(time, int | float) or not abs(time) < float("inf"):
        raise TraceFormatError("time is not a number")
    if not isinstance(group, str):
        raise TraceFormatError("group_id is not a text")
    if not isinstance(name, str):
        raise TraceFormatError("name is not a text")
    return TraceLine(number, time / MILLISECONDS, group, record_of(name, value.get("data", {})))


def _lines(source: CaptureSource) -> Iterator[tuple[int, bytes, bool]]:
    """Each line with its number from 1, and whether it is ended. Raises OSError, TraceFormatError."""
    number = 0
    try:
        with opened(source) as file:
            for line in _split(file):
                number += 1
                yield number, line.rstrip(b"\r\n"), line.endswith(b"\n")
    except CaptureError as error:
        raise TraceFormatError(str(error)) from error


def _split(file: ChunkedFile) -> Iterator[bytes]:
    chunk = file.refill(b"", 0, 1)
    while chunk:
        at = 0
        while (end := chunk.find(b"\n", at) + 1) > 0:
            yield chunk[at:end]
            at = end
        rest = len(chunk) - at
        if rest > MOST_BYTES_OF_A_LINE:
            raise TraceFormatError(f"a line has more than {counted(MOST_BYTES_OF_A_LINE, 'byte')}")
        chunk = file.refill(chunk, at, max(1, 2 * rest))
        if len(chunk) == rest:
            if chunk:
                yield chunk
            return
