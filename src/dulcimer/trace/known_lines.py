"""Lines of P-DATA-TFs that were written before: of most, nothing but the time is new."""

from __future__ import annotations

from typing import Final

from dulcimer._generated.headers import PDU_HEADER, PDV_HEADER
from dulcimer.trace.fragments import COMMAND

HEADERS: Final = PDU_HEADER.size + PDV_HEADER.size
"""Bytes before the fragment of a P-DATA-TF with one value."""
CONTROL: Final = HEADERS - 1
"""Place of its message control header."""
_CONTEXT = HEADERS - 2
_MOST = 64
"""Headers that are kept: fragments have few sizes."""


class KnownLines(dict[bytes, str]):
    """By the headers of a P-DATA-TF, its line after the time; its fragment is of a data set and is left out."""

    def keep(self, head: bytes, size: int, line: str) -> None:
        """Keep a line if others with these headers have the same; `size`: of the fragment, in bytes.

        What deviates has a line of its own for that, and what may be a command set is looked at.
        """
        if size % 2 or not head[_CONTEXT] % 2 or head[CONTROL] & COMMAND:
            return
        if len(self) >= _MOST:
            self.clear()
        self[head] = line
