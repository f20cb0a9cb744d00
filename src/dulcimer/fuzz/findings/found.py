"""Findings without doubles: of those that are the same, the smallest reproducer, and how many there were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dulcimer.fuzz.findings.finding import FindingKey
from dulcimer.fuzz.findings.reproducer import Reproducer

_MOST_SHOWN_BY = 1000
"""Sequences that are counted for one finding; beyond that, it is enough to know that there are many."""


@dataclass(frozen=True, slots=True)
class FoundOnce:
    """A finding with its smallest reproducer. `shown_by`: digests of the sequences that showed it, ascending."""

    reproducer: Reproducer
    shown_by: tuple[str, ...]

    @classmethod
    def of(cls, reproducer: Reproducer) -> FoundOnce:
        """What one reproducer says."""
        return cls(reproducer, (reproducer.sequence.digest,))

    @property
    def key(self) -> FindingKey:
        """Of the finding."""
        return self.reproducer.finding.key

    def with_another(self, other: FoundOnce) -> FoundOnce:
        """The two together. Order does not matter, and neither does it if one is in the other already."""
        shown_by = sorted({*self.shown_by, *other.shown_by})[:_MOST_SHOWN_BY]
        return FoundOnce(min(self.reproducer, other.reproducer, key=_rank), tuple(shown_by))


class FindingSet:
    """Findings by what makes them the same. Sets of several workers are merged in any order."""

    def __init__(self, found: Iterable[FoundOnce] = ()) -> None:
        self._found: dict[FindingKey, FoundOnce] = {}
        self.merge(found)

    def __len__(self) -> int:
        """How many different ones there are."""
        return len(self._found)

    def __iter__(self) -> Iterator[FoundOnce]:
        """Facts first, then by oracle, cell, operators and frames."""
        return iter(sorted(self._found.values(), key=_place))

    def add(self, reproducer: Reproducer) -> bool:
        """Take a finding; whether there was none like it."""
        before = len(self)
        self.merge([FoundOnce.of(reproducer)])
        return len(self) > before

    def merge(self, others: Iterable[FoundOnce]) -> None:
        """Take the findings of another set."""
        for other in others:
            known = self._found.get(other.key)
            self._found[other.key] = other if known is None else known.with_another(other)


def _rank(reproducer: Reproducer) -> tuple[object, ...]:
    """The best first: stable, then of fewer connections, steps, operators and bytes, then of more replays."""
    return (
        not reproducer.finding.is_stable,
        len(reproducer.sequences) * reproducer.rounds,
        sum(len(sequence.steps) for sequence in reproducer.sequences),
        len(reproducer.finding.operators),
        sum(len(sequence.sent) for sequence in reproducer.sequences),
        -reproducer.finding.times,
        reproducer.to_text(),
    )


def _place(found: FoundOnce) -> tuple[str, ...]:
    key, finding = found.key, found.reproducer.finding
    facts_first = "" if finding.confidence == "fact" else finding.confidence
    return (facts_first, key.oracle, str(key.cell), "\n".join(key.operators), "\n".join(key.frames))
