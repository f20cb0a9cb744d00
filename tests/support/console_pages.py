"""Commands in the blocks for the console of a page, with what the page shows of their output.

The output is all that is printed, word for word, but for times and ports. A line of three dots, or three dots at the
end of a line, stand for what is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^```(?:console|sh|bash)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PRINTED_BY_PYTHON = re.compile(r"^```python\n.*?^```$\n\n^```text\n.*?^```$", re.MULTILINE | re.DOTALL)
_TEXT = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_VARYING = re.compile(r"\d+(?:\.\d+)?(?= (?:ms|s|MB/s)\b)|(?<![\w.])\d+\.\d{3}(?![\w.])|(?<=port )\d+|127\.0\.0\.1:\d+")
_DOTS = re.compile(r"(?m)(?:^| )\.\.\.$")
_GAP = "\0"


@dataclass(frozen=True)
class Example:
    """A command of a page, and what the page shows below it, "" if nothing."""

    page: str
    command: str
    shown: str

    def __str__(self) -> str:
        return f"{self.page}: {self.command}"


def examples_of(page: Path) -> Iterator[Example]:
    """The commands in the blocks of a page, in their order."""
    where = page.relative_to(ROOT).as_posix()
    for block in _FENCE.findall(page.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.replace("\\\n", " ").partition("\n")
            yield Example(where, " ".join(command.split()), shown)


def texts_of(page: str) -> list[str]:
    """The blocks of text of a page that are not what an example of Python before them prints."""
    return _TEXT.findall(_PRINTED_BY_PYTHON.sub("", (ROOT / page).read_text(encoding="utf-8")))


def example(page: str, beginning: str) -> Example:
    """The first command of a page that begins like this and of which the page shows the output."""
    found, *_ = (one for one in examples_of(ROOT / page) if one.command.startswith(beginning) and one.shown.strip())
    return found


def is_as_shown(shown: str, printed: str) -> bool:
    """Whether this was printed: line breaks, times and ports may differ."""
    parts = _comparable(_DOTS.sub(_GAP, shown)).split(_GAP)
    return re.fullmatch(".*".join(re.escape(part.strip()) for part in parts), _comparable(printed)) is not None


def _comparable(text: str) -> str:
    return _VARYING.sub("#", " ".join(text.split()))
