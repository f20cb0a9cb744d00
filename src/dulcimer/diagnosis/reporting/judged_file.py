"""A capture or trace that was judged: the verdicts, and what is said about the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from dulcimer.diagnosis.judging.verdicts import AssociationVerdict, Breach, OtherConnection, WireOutcome


@dataclass(frozen=True, slots=True)
class JudgedFile:
    """One file. `frames`: how many frames, or lines (`unit`), were read; `damage`: where it broke off."""

    name: str
    associations: tuple[AssociationVerdict, ...]
    others: tuple[OtherConnection, ...] = ()
    frames: int = 0
    unit: str = "frame"
    damage: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def counts(self) -> Mapping[WireOutcome, int]:
        """How many associations have each verdict."""
        found = Counter(one.outcome for one in self.associations)
        return {outcome: found[outcome] for outcome in WireOutcome}

    @property
    def other_protocols(self) -> Mapping[str, int]:
        """How many connections were left out, by what they seem to speak."""
        return dict(sorted(Counter(one.name for one in self.others).items()))

    @property
    def breaches(self) -> tuple[tuple[AssociationVerdict, Breach], ...]:
        """All of them, in the order of the associations."""
        return tuple((one, breach) for one in self.associations for end in one.ends for breach in end.breaches)

    def is_broken(self, *, strict: bool) -> bool:
        """Whether a rule was broken; `strict`: also what is tolerated, inconclusive, or not there at all."""
        counts = self.counts
        if counts[WireOutcome.VIOLATION] or not self.associations:
            return True
        return strict and bool(counts[WireOutcome.INCONCLUSIVE] or self.breaches or self.damage)
