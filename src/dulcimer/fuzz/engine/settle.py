"""How long to wait for a target: found by calibration, not guessed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_SHORTEST = 0.0005
"""Seconds; a reply over loopback takes less only if it is already there."""
_PART = 0.9
_MARGIN = 5.0
"""The reply time at that part of all replies, times this, is the time after which the target counts as silent."""


@dataclass(frozen=True, slots=True)
class SettleTiming:
    """Seconds.

    - `grace`: without a reply for so long, the target counts as silent.
    - `again`: the same, if it was silent before and nothing has come since.
    - `close`: a close that is due has to come within this time.
    - `connect`: a connection has to be accepted within this time.
    """

    grace: float = 0.05
    close: float = 0.5
    connect: float = 1.0
    again: float = 0.05

    def calibrated(self, replies: Iterable[float]) -> SettleTiming:
        """The timing for a target that took these times to reply; `self` if there are none."""
        times = sorted(replies)
        if not times:
            return self
        usual = times[min(int(len(times) * _PART), len(times) - 1)]
        grace = max(_SHORTEST, usual * _MARGIN)
        return SettleTiming(grace, self.close, self.connect, max(_SHORTEST, grace / 4))


PATIENT = SettleTiming(grace=0.25, close=1.0, connect=5.0, again=0.1)
"""For what must not be taken for silence only since the target is slow for once."""
