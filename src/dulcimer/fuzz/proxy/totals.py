"""The sums of a run of the proxy, for its summary and its exit status; memory does not grow with the run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.fuzz.proxy.events import (
    DirectionEnded,
    EndIsSilent,
    LinkOpened,
    PduSeen,
    PeerDeviation,
    ServerNotReached,
    Told,
)

_MOST_DEVIATIONS = 1000
"""Different deviations that are kept; further ones are only counted."""


@dataclass
class ProxyTotals:
    """What has happened so far.

    - `connections` that reached the server, and those that `failed`, with the last `error`.
    - `pdus`, `octets`: from each end; bytes of PDUs. `faults`: PDUs that a rule was for.
    - `deviations`: how often each came, one for each connection, with the number of its first one.
    """

    connections: int = 0
    failed: int = 0
    error: OSError | None = None
    pdus: Counter[LinkEnd] = field(default_factory=Counter)
    octets: Counter[LinkEnd] = field(default_factory=Counter)
    faults: int = 0
    deviations: dict[PeerDeviation, int] = field(default_factory=dict)
    first_seen: dict[PeerDeviation, tuple[int, float]] = field(default_factory=dict)
    other_deviations: int = 0

    @property
    def has_failed(self) -> bool:
        """Whether an end has deviated without doubt."""
        return self.other_deviations > 0 or any(one.sure for one in self.deviations)

    def add(self, told: Told) -> None:
        """Count one event."""
        match told:
            case LinkOpened():
                self.connections += 1
            case ServerNotReached(error=error):
                self.failed += 1
                self.error = error
            case PduSeen():
                self.pdus[told.sender] += 1
                self.octets[told.sender] += told.size
                self.faults += bool(told.faults)
            case _:
                pass
        if isinstance(told, PduSeen | DirectionEnded | EndIsSilent):
            for one in told.deviations:
                self._count(one, told.connection, told.at)

    def _count(self, one: PeerDeviation, connection: int, at: float) -> None:
        if one in self.deviations:
            self.deviations[one] += 1
        elif len(self.deviations) < _MOST_DEVIATIONS:
            self.deviations[one] = 1
            self.first_seen[one] = (connection, at)
        else:
            self.other_deviations += one.sure
