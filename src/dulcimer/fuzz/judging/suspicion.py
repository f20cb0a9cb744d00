"""What looks wrong after one connection; it is a finding when it comes again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from dulcimer.conformance.model.oracle import Cell
from dulcimer.fuzz.findings.finding import Confidence, FindingCause, FindingOracle, FuzzFinding
from dulcimer.fuzz.oracle.review import Review
from dulcimer.fuzz.oracle.verdicts import Oddity, Unexplained

_NUMBERS = re.compile(r"\b[0-9A-F]*[0-9][0-9A-F]*H?\b")

_BY_ORACLE_ALONE = (FindingOracle.HANG, FindingOracle.REFUSAL, FindingOracle.FILE)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What may be a finding.

    - `verdict`: in words; up to " where " it says what was seen.
    - `frames`: the functions that a report of the target names, the innermost first; for growth, what grows.
    - `expected`: what the standard would have explained.
    """

    oracle: FindingOracle
    verdict: str
    clause: str = ""
    cell: Cell | None = None
    frames: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()
    confidence: Confidence = Confidence.FACT

    @classmethod
    def of(cls, finding: FuzzFinding) -> Suspicion:
        """What a replay of a finding has to show again."""
        return cls(
            finding.oracle,
            finding.verdict,
            finding.clause,
            finding.cell,
            finding.frames,
            confidence=finding.confidence,
        )

    def is_same(self, other: Suspicion) -> bool:
        """Whether two replays show the same fault, in whatever cell."""
        return replace(self, cell=None).cause == replace(other, cell=None).cause

    @property
    def cause(self) -> FindingCause:
        """Equal for what is likely to have one cause, in this cell if there is one."""
        if self.oracle in _BY_ORACLE_ALONE:
            return FindingCause(self.oracle, cell=self.cell)
        seen = self.verdict.partition(" where ")[0].partition(" (PS3.")[0]
        return FindingCause(self.oracle, _NUMBERS.sub("", seen), self.frames[:1], self.cell)


def of_deviations(review: Review, meant: Cell | None = None) -> Iterator[Suspicion]:
    """The deviations of a conversation; `meant`: the cell that its sequence is about."""
    for _, found in review.deviations:
        # A PDU that is cut off by a reset was whole when it was sent.
        if found.sure or found.oddity is not Oddity.MALFORMED:
            yield _deviation(found, meant)


def _deviation(found: Unexplained, meant: Cell | None) -> Suspicion:
    of_bytes = found.oddity is Oddity.MALFORMED
    return Suspicion(
        FindingOracle.PEER_BYTES if of_bytes else FindingOracle.DEVIATION,
        str(found),
        found.clause,
        _cell(found, meant),
        expected=found.expected,
        confidence=Confidence.DEVIATION if found.sure else Confidence.COMMON,
    )


def _cell(found: Unexplained, meant: Cell | None) -> Cell | None:
    """The one cell in which it happened; of several, the one that was meant."""
    if len(found.cells) == 1:
        return next(iter(found.cells))
    return meant if meant in found.cells else None
