"""Which cases were under way when the peer went away: another case may have caused what they saw.

A peer went away if it refused a connection and answered later. Then all cases are spoiled that were under way between
the last sign of life before and the first one after. A peer also went away if all its connections ended at one moment
without a PDU, and at least one of them for no reason; then those cases are spoiled. A peer may close the connection on
anything that a case sends, and several cases may send at one moment, so closes that all have a reason mean nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from dulcimer._generated.codes import PduType
from dulcimer.conformance.catalogue.ways import waits
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.steps import Send
from dulcimer.conformance.model.trace import Kind
from dulcimer.conformance.run.sanity import PROBE

_MARGIN = 0.25
"""Seconds by which the tester may be late in noticing what has come."""
_AT_ONCE = 0.05
"""Seconds within which connections that end for one reason end."""
_LAST_WORDS = tuple(kind.label for kind in (PduType.A_ABORT, PduType.A_ASSOCIATE_RJ, PduType.A_RELEASE_RP))
_REQUEST = PduType.A_ASSOCIATE_RQ.label
_BY_TESTER = frozenset((Kind.TESTER_FIN, Kind.TESTER_RST))
_BY_PEER = frozenset((Kind.PEER_FIN, Kind.PEER_RST))


@dataclass(frozen=True, slots=True)
class _Played:
    case: str
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class _Dropped:
    """A connection that the peer ended without a PDU; `prompted`: after something that the case sent, or by a timer;
    `due`: as it has to.
    """

    case: str
    at: float
    prompted: bool
    due: bool


@dataclass(frozen=True, slots=True)
class _Open:
    """A connection that was open from `since`, on the side of the peer, too."""

    since: float
    until: float


class Overlap:
    """The cases under way at each time, on the clock of the loop."""

    def __init__(self) -> None:
        self._played: list[_Played] = []
        self._signs: list[float] = []
        self._refusals: list[float] = []
        self._dropped: list[_Dropped] = []
        self._open: list[_Open] = []
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
        signs = [result.opened_at + row["t"] for row in result.trace if row["kind"] == Kind.RECEIVED]
        self._signs += signs
        if result.trace:
            closed = next((row["t"] for row in result.trace if row["kind"] in _BY_TESTER | _BY_PEER), None)
            since = min([result.opened_at + _AT_ONCE, *signs])
            self._open.append(_Open(since, ended if closed is None else result.opened_at + closed))
        dropped = _dropped(result)
        if dropped is not None:
            self._dropped.append(dropped)
        if result.refused:
            self.refused(ended)

    def spoiled(self) -> set[str]:
        """The ids of the cases that were under way while the peer was away; clears everything."""
        windows = [*self._away, *self._absences()]
        found = {row.case for row in self._played for start, end in windows if row.began <= end and start <= row.ended}
        for ended in self._moments():
            found |= {row.case for row in ended}
        for known in (self._played, self._signs, self._refusals, self._dropped, self._open, self._away):
            known.clear()
        return found

    def _absences(self) -> Iterator[tuple[float, float]]:
        signs = sorted(self._signs)
        for at in self._refusals:
            before, after = bisect_left(signs, at), bisect_right(signs, at)
            start = signs[before - 1] if before else float("-inf")
            yield start - _MARGIN, signs[after] if after < len(signs) else float("inf")

    def _moments(self) -> Iterator[list[_Dropped]]:
        """The connections that ended together with one that had no reason to, if none stayed open."""
        for unprompted in self._dropped:
            if unprompted.prompted:
                continue
            ended = [row for row in self._dropped if abs(row.at - unprompted.at) <= _AT_ONCE]
            start, end = min(row.at for row in ended), max(row.at for row in ended)
            stayed_open = any(row.since < start and end + _AT_ONCE < row.until for row in self._open)
            if sum(not row.due for row in ended) > 1 and not stayed_open:
                yield ended


def _dropped(result: Result) -> _Dropped | None:
    """The end of a connection by the peer, without a PDU and before the tester closed it; None otherwise."""
    sent, due = 0, False
    for row in result.trace:
        kind, is_last_word = row["kind"], str(row["pdu"]).startswith(_LAST_WORDS)
        if kind in _BY_TESTER or (is_last_word and kind == Kind.RECEIVED):
            return None
        if kind in _BY_PEER:
            return _Dropped(result.case.id, result.opened_at + float(row["t"]), _is_prompted(result.case, sent), due)
        sent += kind == Kind.SENT
        due |= is_last_word and kind == Kind.SENT
    return None


def _is_prompted(case: Case, sent: int) -> bool:
    """Whether more than a plain A-ASSOCIATE-RQ had been sent, or a timer of the peer may have ended the connection."""
    plain = any(isinstance(step, Send) and step.label == _REQUEST for step in case.opening.steps)
    return case.id != PROBE and (waits(case) or sent > plain)
