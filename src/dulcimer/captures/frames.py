"""One frame of a capture, in the chunk of the file that it was read with."""

from __future__ import annotations

from typing import Final, NamedTuple

MOST_BYTES_OF_A_FRAME: Final = 16 << 20
"""A frame, or a block of pcapng, that announces more bytes is damaged; so Wireshark decides, too."""


class CapturedFrame(NamedTuple):
    """One frame: its `number` in the file, counted from 1 as Wireshark does, and the link type of its interface.

    `t`: seconds since 1970-01-01 UTC, 0 where the file has no time; `chunk`: bytes of the file, in which the frame is
    from `start` to `stop`; `missing`: bytes at its end that were on the wire and are not in the file.
    """

    number: int
    t: float
    link_type: int
    chunk: bytes
    start: int
    stop: int
    missing: int = 0

    @property
    def data(self) -> bytes:
        """The bytes of the frame."""
        return self.chunk[self.start : self.stop]
