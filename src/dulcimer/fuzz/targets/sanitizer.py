"""Reports of AddressSanitizer, LeakSanitizer, MemorySanitizer and UndefinedBehaviorSanitizer, in files of their own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_PREFIX = "sanitizer"
_OPTIONS = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "MSAN_OPTIONS", "TSAN_OPTIONS")
_SUMMARY = re.compile(rb"^SUMMARY: \w+Sanitizer", re.MULTILINE)
"""What the last line of a report begins with."""
_OVERFLOW = "stack-overflow"
_ERROR = re.compile(rb"(?:ERROR|WARNING): (\w+Sanitizer): ([^\n]+)|([^\s:]+:\d+:\d+: )?runtime error: ([^\n]+)")
_FRAME = re.compile(rb"^\s+#\d+ 0x[0-9a-f]+ (?:in )?(\S+)(?: \(?([^\s()]+))?", re.MULTILINE)
_RUNTIME = (
    "__asan",
    "__interceptor_",
    "__sanitizer",
    "__ubsan",
    "__lsan",
    "operator new",
    "malloc",
    "calloc",
    "realloc",
)
_NUMBERS = re.compile(r" on (?:unknown )?address 0x.*| 0x[0-9a-f]+.*| at pc .*|\(pid=\d+\)")
_LONGEST = 1 << 20
"""Bytes of a file that are read."""
_TOP = 3


@dataclass(frozen=True, slots=True)
class SanitizerReport:
    """`what` was found, such as ``AddressSanitizer: heap-use-after-free``, and the `frames` nearest to it.

    Frames of the sanitizer itself and of the allocator are left out. `text` is the whole report.
    """

    what: str
    frames: tuple[str, ...]
    text: str


def environment(directory: Path, inherited: Mapping[str, str]) -> dict[str, str]:
    """The variables that make the sanitizers of a target write into this directory; other options of the user stay."""
    changed = {}
    for name in _OPTIONS:
        before = [inherited[name]] if inherited.get(name) else []
        changed[name] = ":".join([*before, f"log_path={directory / _PREFIX}", "print_stacktrace=1"])
    return changed


def has_begun(directory: Path) -> bool:
    """Whether there is a file of a report, complete or not."""
    return any(directory.glob(f"{_PREFIX}.*"))


def is_complete(directory: Path) -> bool:
    """Whether each report that says what is wrong has its last line, too: to name the frames takes a target time."""
    texts = map(_text_of, directory.glob(f"{_PREFIX}.*"))
    return all(_SUMMARY.search(text) or not _ERROR.search(text) for text in texts)


def reports(directory: Path) -> Iterator[SanitizerReport]:
    """The reports that have been written since the last call; their files are removed."""
    for path in sorted(directory.glob(f"{_PREFIX}.*")):
        found = parsed(_text_of(path))
        if found is not None:
            path.unlink(missing_ok=True)
            yield found


def parsed(text: bytes) -> SanitizerReport | None:
    """The first report in a file; None if there is none, or if it is not complete yet."""
    error = _ERROR.search(text)
    if error is None:
        return None
    tool, what, _, undefined = (None if part is None else part.decode("utf-8", "replace") for part in error.groups())
    name = f"{tool}: {_NUMBERS.sub('', what or '')}" if tool else f"UndefinedBehaviorSanitizer: {undefined}"
    frames = (match[1].decode("utf-8", "replace") for match in _FRAME.finditer(text, error.end()))
    own = [frame for frame in frames if not frame.startswith(_RUNTIME)]
    top = own[:_TOP]
    if _OVERFLOW in name:
        # Which of the functions that call each other meets the end of the stack is chance.
        top = sorted(frame for frame, times in Counter(own).items() if times > 1)[:_TOP] or top
    return SanitizerReport(name.strip(), tuple(top), text.decode("utf-8", "replace"))


def _text_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LONGEST)
