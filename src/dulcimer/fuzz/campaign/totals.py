"""The results of batches, merged: in any order, and each batch once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from dulcimer.conformance.model.oracle import Cell
from dulcimer.fuzz.campaign.batch import BatchResult
from dulcimer.fuzz.campaign.causes import CauseTally, add_causes
from dulcimer.fuzz.findings.finding import FindingCause, FindingKey
from dulcimer.fuzz.findings.found import FindingSet
from dulcimer.fuzz.operators.catalogue import Pair
from dulcimer.fuzz.sequences.steps import FuzzSequence


class CampaignTotals:
    """All that the batches have given so far.

    - `certain`, `possible`, `visits`, `missed`, `pairs`, `triples`, `repeats`, `unconfirmed`, `causes`: as in
      `BatchResult`, of all batches.
    - `corpus`: by digest, with the sequences that were given at the beginning.
    """

    def __init__(self, corpus: Iterable[FuzzSequence] = ()) -> None:
        self.numbers: set[int] = set()
        self.corpus = {sequence.digest: sequence for sequence in corpus}
        self.findings = FindingSet()
        self.certain: Counter[Cell] = Counter()
        self.possible: Counter[Cell] = Counter()
        self.visits: Counter[Cell] = Counter()
        self.missed: Counter[Cell] = Counter()
        self.pairs: Counter[Pair] = Counter()
        self.triples: set[str] = set()
        self.repeats: Counter[FindingKey] = Counter()
        self.unconfirmed: Counter[str] = Counter()
        self.cases = self.pdus = self.restarts = 0
        self.causes: dict[FindingCause, CauseTally] = {}

    def add(self, result: BatchResult) -> bool:
        """Take the result of a batch; False, and nothing is changed, if that batch is there already."""
        if result.number in self.numbers:
            return False
        self.numbers.add(result.number)
        self.cases += result.cases
        self.pdus += result.pdus
        self.restarts += result.restarts
        self.certain.update(result.certain)
        self.possible.update(result.possible)
        self.visits.update(result.visits)
        self.missed.update(result.missed)
        self.pairs.update(result.pairs)
        self.triples |= result.triples
        self.findings.merge(result.found)
        self.repeats.update(result.repeats)
        self.unconfirmed.update(result.unconfirmed)
        self.give(result.additions)
        add_causes(self.causes, result.causes)
        return True

    def give(self, sequences: Iterable[FuzzSequence]) -> None:
        """Take sequences for the corpus."""
        for sequence in sequences:
            self.corpus.setdefault(sequence.digest, sequence)

    @property
    def hits(self) -> Counter[Cell]:
        """How often each cell was visited, surely or maybe: a cell that can never be sure is not drawn for ever."""
        return self.certain + self.possible

    @property
    def digests(self) -> tuple[str, ...]:
        """Of the corpus, ascending."""
        return tuple(sorted(self.corpus))

    @property
    def in_order(self) -> tuple[FuzzSequence, ...]:
        """The corpus, in the order of the digests."""
        return tuple(self.corpus[digest] for digest in self.digests)
