"""Servers with a process for each association: when it begins, and how it has ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import Enum
from time import sleep

from dulcimer._generated.codes import PduType
from dulcimer.fuzz.engine.conversation import ConnectionRecord
from dulcimer.fuzz.engine.play import Address
from dulcimer.fuzz.findings.finding import Confidence, FindingOracle
from dulcimer.fuzz.judging.probe import Probe
from dulcimer.fuzz.judging.suspicion import Suspicion
from dulcimer.fuzz.targets.children import EndedChild

_LOOKS = 8
_BETWEEN = 0.03
"""Seconds in which a process begins or ends, mostly."""


class ForkTime(Enum):
    """When a server begins a process for an association."""

    NEVER = "never"
    CONNECTION = "connection"
    """When the connection is opened."""
    ASSOCIATION = "association"
    """When it has accepted the association."""

    def is_served_by_child(self, record: ConnectionRecord) -> bool:
        """Whether a process for this connection alone was there at its end."""
        if self is ForkTime.ASSOCIATION:
            return any(pdu[0] == PduType.A_ASSOCIATE_AC for pdu in record.received)
        return self is ForkTime.CONNECTION


def fork_time(probe: Probe, target: Address, processes: Callable[[], int]) -> ForkTime:
    """When a server begins a process; `processes`: how many it has now.

    One that shows late counts as begun when the association was accepted.
    """
    # A process of the association before may take a moment to end.
    before = min(_soon(processes) for _ in range(_LOOKS))
    for when, is_accepted in ((ForkTime.CONNECTION, False), (ForkTime.ASSOCIATION, True)):
        with probe.held(target, accepted=is_accepted):
            if any(_soon(processes) > before for _ in range(_LOOKS)):
                return when
    return ForkTime.NEVER


def crash_of(children: Sequence[EndedChild]) -> Suspicion | None:
    """The newest crash among children that have ended."""
    crashed = [child for child in children if child.has_crashed]
    return Suspicion(FindingOracle.CHILD, f"The process of an association {crashed[-1].how}") if crashed else None


def of_child(found: Suspicion) -> Suspicion:
    """A process for one association that closes without the PDU that is due has ended, of itself or by a crash."""
    if found.oracle is not FindingOracle.DEVIATION:
        return found
    verdict = f"The process of the association ended: {found.verdict}"
    return replace(found, oracle=FindingOracle.CHILD, verdict=verdict, confidence=Confidence.DEVIATION)


def _soon(processes: Callable[[], int]) -> int:
    sleep(_BETWEEN)
    return processes()
