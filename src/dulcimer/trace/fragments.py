"""Where the fragments of a P-DATA-TF are, whatever its bytes are (PS3.8 9.3.5.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dulcimer._generated.headers import PDU_HEADER, PDV_HEADER

COMMAND: Final = 1
"""Bit of the message control header of a fragment of a command set (PS3.8 Annex E.2)."""
LAST: Final = 2
"""Bit of the last fragment (PS3.8 Annex E.2)."""
_LENGTH = 4


def fragments(data: bytes) -> Iterator[tuple[int, int, int | None]]:
    """Where each fragment begins and ends, and its message control header.

    Without a header: the rest, which cannot be cut into values.
    """
    at = PDU_HEADER.size
    while at < len(data):
        if at + PDV_HEADER.size > len(data):
            yield at, len(data), None
            return
        length, _, header = PDV_HEADER.unpack_from(data, at)
        start, stop = at + PDV_HEADER.size, at + _LENGTH + length
        if stop < start:
            yield start, len(data), None
            return
        yield start, min(stop, len(data)), header
        at = stop
