"""The lines of a log, whatever its encoding: without colours, each with its number and, if it has one, its time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

LONGEST_LINE: Final = 4096
"""Characters of a line that are looked at."""
MOST_BYTES: Final = 64 << 20
"""Bytes of a log that are read."""
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07")
_TIME = re.compile(
    r"(?<![0-9])(?P<hours>[01]?[0-9]|2[0-3]):(?P<minutes>[0-5][0-9]):(?P<seconds>[0-5][0-9])(?P<part>[.,][0-9]{1,9})?"
)
_TIME_WITHIN = 48
"""Characters at the beginning of a line in which its time stands."""
_DAY = 86_400.0
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class LogLine(NamedTuple):
    """A line: its number from 1, its text without colours and end, and its time in seconds, None if it has none."""

    number: int
    text: str
    t: float | None


def log_lines(source: bytes | Path) -> Iterator[LogLine]:
    """The lines of a log. Raises OSError."""
    data = source[:MOST_BYTES] if isinstance(source, bytes) else _read(source)
    day, last = 0.0, None
    for number, line in enumerate(_text(data).splitlines(), 1):
        text = _COLOURS.sub("", line[:LONGEST_LINE]).rstrip()
        t = _time(text)
        if t is not None:
            # A log has no date that we read: a time that goes back by hours is one of the next day.
            if last is not None and t + day < last - _DAY / 2:
                day += _DAY
            t += day
            last = t
        yield LogLine(number, text, t)


def is_text(beginning: bytes) -> bool:
    """Whether a file may be a log: text, not bytes of any kind."""
    if beginning.startswith(tuple(mark for mark, _ in _MARKS)):
        return True
    controls = sum(byte < 0x20 and byte not in b"\t\n\r\f\x1b" for byte in beginning)
    return bool(beginning) and controls == 0


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES)


def _text(data: bytes) -> str:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        # Cut off in the middle of a character, or in an encoding of one byte for each.
        if error.start >= len(data) - 3:
            return data.decode("utf-8", "replace")
        return data.decode("latin-1")


def _time(text: str) -> float | None:
    found = _TIME.search(text[:_TIME_WITHIN])
    if found is None:
        return None
    part = float("0." + found["part"][1:]) if found["part"] else 0.0
    return int(found["hours"]) * 3600.0 + int(found["minutes"]) * 60.0 + int(found["seconds"]) + part
