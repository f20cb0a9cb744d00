"""How a peer stopped serving after a case: what the run notes in the observation, and what the advice depends on."""

from __future__ import annotations

from enum import StrEnum

STOPS = "stops-serving"
"""Name of the alternative for a peer that crashes, hangs or ends after a case."""


class Outage(StrEnum):
    """What the sanity probes after a case found; the words stand at the end of what was observed."""

    RESTARTED = "after it the peer refused connections for a while, as if it was restarted"
    NOT_RESPONDING = "after it the peer has stopped responding"


def outage_in(observed: str) -> Outage | None:
    """The outage that an observation ends with; None if it names none."""
    return next((outage for outage in Outage if observed.endswith(outage)), None)
