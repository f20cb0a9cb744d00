"""Work of the tester that is done while the target works: both have a processor of their own, mostly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from dulcimer.fuzz.engine.conversation import Entry, HalfClosed
from dulcimer.fuzz.engine.play import PlayReader

Meanwhile: TypeAlias = Callable[[], None]
"""Something to do while the target works; whoever needs it done has to see whether it was."""


class BusyReader(PlayReader):
    """Reads along as another reader does; when the target has only to close, `meanwhile` is done, once."""

    def __init__(self, reader: PlayReader, meanwhile: Meanwhile) -> None:
        self._reader = reader
        self._meanwhile: Meanwhile | None = meanwhile

    def follow(self, entries: Sequence[Entry]) -> None:
        """See `PlayReader`."""
        self._reader.follow(entries)
        if self._meanwhile is not None and entries and isinstance(entries[-1], HalfClosed):
            work, self._meanwhile = self._meanwhile, None
            work()

    @property
    def may_wait(self) -> bool:
        """See `PlayReader`."""
        return self._reader.may_wait
