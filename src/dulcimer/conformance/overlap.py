"""Which cases were under way when the peer went away: what they saw may be the fault of another one.

A peer went away if it refused a connection and answered later, or if several connections ended at the same moment
without a word, and none that was open stayed so. All that was under way between the last sign of life before and the
first after is spoiled.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from dulcimer._generated.codes import PduType
from dulcimer.conformance.case import Result
from dulcimer.conformance.trace import Kind

_MARGIN = 0.25
"""Seconds by which the tester may be late to take note of what has come."""
_AT_ONCE = 0.05
"""Seconds in which connections that end for one reason are seen to end."""
_LAST_WORDS = tuple(kind.label for kind in (PduType.A_ABORT, PduType.A_ASSOCIATE_RJ, PduType.A_RELEASE_RP))
_BY_TESTER = frozenset((Kind.TESTER_FIN, Kind.TESTER_RST))
_BY_PEER = frozenset((Kind.PEER_FIN, Kind.PEER_RST))


@dataclass(frozen=True, slots=True)
class _Played:
    case: str
    began: float
    ended: float


class Overlap:
    """What was under way when. Times on the clock of the loop."""

    def __init__(self) -> None:
        self._played: list[_Played] = []
        self._signs: list[float] = []
        self._refusals: list[float] = []
        self._dropped: list[float] = []
        self._open: list[tuple[float, float]] = []
        self._away: list[tuple[float, float]] = []

    def away(self, start: float, end: float) -> None:
        """The peer is known to have been away between these times."""
        self._away.append((start - _MARGIN, end))

    def refused(self, at: float) -> None:
        """The peer refused a connection."""
        self._refusals.append(at)

    def note(self, result: Result, began: float, ended: float) -> None:
        """A case has been played."""
        self._played.append(_Played(result.case.id, began, ended))
        self._signs += [result.opened_at + row["t"] for row in result.trace if row["kind"] == Kind.RECEIVED]
        if result.trace:
            closed = next((row["t"] for row in result.trace if row["kind"] in _BY_TESTER | _BY_PEER), None)
            self._open.append((result.opened_at, ended if closed is None else result.opened_at + closed))
        dropped = _dropped_at(result)
        if dropped is not None:
            self._dropped.append(result.opened_at + dropped)
        if result.refused:
            self.refused(ended)

    def spoiled(self) -> set[str]:
        """The ids of the cases that were under way while the peer was away; all is forgotten then."""
        windows = [*self._away, *self._absences(), *self._moments()]
        found = {row.case for row in self._played for start, end in windows if row.began <= end and start <= row.ended}
        for known in (self._played, self._signs, self._refusals, self._dropped, self._open, self._away):
            known.clear()
        return found

    def _absences(self) -> Iterator[tuple[float, float]]:
        signs = sorted(self._signs)
        for at in self._refusals:
            before, after = bisect_left(signs, at), bisect_right(signs, at)
            start = signs[before - 1] if before else float("-inf")
            yield start - _MARGIN, signs[after] if after < len(signs) else float("inf")

    def _moments(self) -> Iterator[tuple[float, float]]:
        for one, other in pairwise(sorted(self._dropped)):
            start, end = one - _AT_ONCE, other + _AT_ONCE
            if other - one <= _AT_ONCE and not any(opened < start and end < closed for opened, closed in self._open):
                yield one - _MARGIN, end


def _dropped_at(result: Result) -> float | None:
    """When the peer ended the connection without a word, and without having been left; None if it did not."""
    for row in result.trace:
        if row["kind"] in _BY_TESTER or str(row["pdu"]).startswith(_LAST_WORDS):
            return None
        if row["kind"] in _BY_PEER:
            return float(row["t"])
    return None
