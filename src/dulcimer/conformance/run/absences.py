"""How long a peer that does not listen while it serves took no connections after a case."""

from __future__ import annotations

from collections.abc import Iterator

from dulcimer.conformance.model.result import Result

_LONG_AWAY, _UNUSUAL = 0.1, 10.0
"""Seconds, and times as long as usual, after which an absence is noted."""


class Absences:
    """Absences that were unusually long; `usual`: seconds that a connection has to wait otherwise."""

    def __init__(self) -> None:
        self.usual = 0.0
        self._found: list[tuple[Result, str]] = []

    def note(self, previous: Result | None, waited: float) -> None:
        """The first connection after the case `previous` had to wait `waited` seconds."""
        if previous is not None and waited > max(_LONG_AWAY, _UNUSUAL * self.usual):
            usual = f"{self.usual:.2g} s are usual: it was busy, or was restarted"
            self._found.append((previous, f"after it the peer took no connections for {waited:.1f} s, where {usual}"))

    def notes(self) -> Iterator[tuple[Result, str]]:
        """Each case before an absence, with a note about it."""
        yield from self._found
