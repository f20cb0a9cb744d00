"""Pieces of a sequence of bytes that wait for what is missing before them.

Each byte belongs to the piece that was captured first: what comes again, cut elsewhere or not, adds only what is new.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

COST = 256
"""Bytes of memory that a piece takes beside its own bytes."""


class Piece(NamedTuple):
    """Bytes at a place, `missing` ones behind them that the capture has cut off, and the frame and its time."""

    data: bytes
    missing: int
    frame: int
    t: float

    @property
    def size(self) -> int:
        """Bytes that it stands for."""
        return len(self.data) + self.missing


class Pieces:
    """Pieces that do not overlap, in the order of their places; `held`: bytes of memory that they take, roughly.

    `conflicting`: bytes that came again with another value.
    """

    __slots__ = ("_ends", "_pieces", "conflicting", "held", "starts")

    def __init__(self) -> None:
        self.starts: list[int] = []
        self._ends: list[int] = []
        self._pieces: list[Piece] = []
        self.held = 0
        self.conflicting = 0

    def add(self, place: int, data: bytes, missing: int, frame: int, t: float) -> None:
        """Take of these bytes those that are not there yet."""
        at, end = place, place + len(data) + missing
        index = bisect_right(self.starts, place)
        self._compare(max(0, index - 1), place, data)
        if index and self._ends[index - 1] > at:
            at = self._ends[index - 1]
        while at < end:
            stop = min(end, self.starts[index]) if index < len(self.starts) else end
            if at < stop:
                part = data[at - place : stop - place]
                self.starts.insert(index, at)
                self._ends.insert(index, stop)
                self._pieces.insert(index, Piece(part, stop - at - len(part), frame, t))
                self.held += len(part) + COST
                index += 1
            if index == len(self.starts):
                return
            at = self._ends[index]
            index += 1

    def _compare(self, index: int, place: int, data: bytes) -> None:
        """Count the bytes that are there already with another value."""
        while index < len(self.starts) and self.starts[index] < place + len(data):
            self.conflicting += differing(self._pieces[index].data, self.starts[index], data, place)
            index += 1

    @property
    def first(self) -> Piece:
        """The piece that is first in the sequence."""
        return self._pieces[0]

    def take_run(self) -> list[Piece]:
        """Remove the first piece and those that follow it without a gap."""
        count = 1
        while count < len(self.starts) and self.starts[count] == self._ends[count - 1]:
            count += 1
        run = self._pieces[:count]
        del self.starts[:count], self._ends[:count], self._pieces[:count]
        self.held -= sum(len(piece.data) for piece in run) + COST * count
        return run

    def joined(self, size: int) -> bytes | None:
        """The first `size` bytes, if all are there."""
        at = 0
        for start, end in zip(self.starts, self._ends, strict=True):
            if start > at or at >= size:
                break
            at = end
        if at < size:
            return None
        return b"".join(piece.data for piece in self._pieces)[:size]


def differing(known: bytes, known_at: int, data: bytes, place: int) -> int:
    """How many of the bytes at the same places of a sequence are not the same."""
    start, stop = max(known_at, place), min(known_at + len(known), place + len(data))
    if start >= stop:
        return 0
    before, again = known[start - known_at : stop - known_at], data[start - place : stop - place]
    return 0 if before == again else sum(one != other for one, other in zip(before, again, strict=True))
