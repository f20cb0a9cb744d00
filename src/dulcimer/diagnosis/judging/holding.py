"""How much is kept for judging, over all connections; where it is too much, those that hold most give it up."""

from __future__ import annotations

from typing import Final, Protocol

_KEPT: Final = 0.75
"""Part of the limit that may be held when room was made: so that it is not made again with the next frame."""


class Holder(Protocol):
    """Keeps bytes until it can judge them."""

    @property
    def held(self) -> int:
        """Bytes of memory, roughly."""

    def give_up(self, frame: int) -> None:
        """Keep as little as possible; the frame is the one with which it was too much."""


class HeldBytes:
    """What holders keep, by their numbers: in all at most `most` bytes. `total`: how much it is."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._of: dict[int, tuple[int, Holder]] = {}
        self.total = 0

    def note(self, number: int, holder: Holder, frame: int) -> None:
        """A holder may keep more or less than before."""
        if number not in self._of and not holder.held:
            return
        self._count(number, holder)
        if self.total > self._most:
            self._make_room(frame)

    def forget(self, number: int) -> None:
        """A holder is over, or another one has its number now."""
        before = self._of.pop(number, None)
        if before is not None:
            self.total -= before[0]

    def _count(self, number: int, holder: Holder) -> None:
        held = holder.held
        before = self._of.get(number)
        if before is not None:
            self.total -= before[0]
        if held:
            self._of[number] = held, holder
            self.total += held
        elif before is not None:
            del self._of[number]

    def _make_room(self, frame: int) -> None:
        for number, (_, holder) in sorted(self._of.items(), key=lambda one: -one[1][0]):
            if self.total <= self._most * _KEPT:
                return
            holder.give_up(frame)
            self._count(number, holder)
