"""What a worker is asked for, and what it gives: values that go through pickles and files.

A batch is some seconds of a campaign. Which cases it plays follows from its order alone: the seed of the campaign, its
number, the corpus and the counts. So it does not matter which worker has it, and a lost one is given out again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dulcimer.conformance.model.oracle import Cell
from dulcimer.fuzz.campaign.causes import KnownCauses
from dulcimer.fuzz.findings.finding import FindingKey
from dulcimer.fuzz.findings.found import FoundOnce
from dulcimer.fuzz.operators.catalogue import Pair
from dulcimer.fuzz.sequences.steps import FuzzSequence
from dulcimer.fuzz.targets.vitals import Vitals

_NO_VITALS = Vitals()


@dataclass(frozen=True, slots=True)
class BatchOrder:
    """Play `cases` cases of batch `number`, 0 and up.

    - `seed`: that of the campaign.
    - `corpus`: the sequences that cases are made from, beside those of the table, in the order of their digests.
    - `cell_hits`, `pair_hits`: how often each cell was visited, and each pair of schema node and operator tried.
    - `causes`: what was confirmed already, and how often; a worker does not do that again once it is enough.
    - `certain`: the cells that were surely visited, and `visits`: how often each other one was tried to be.
    """

    number: int
    seed: int
    cases: int
    corpus: tuple[FuzzSequence, ...] = ()
    cell_hits: Mapping[Cell, int] = field(default_factory=dict)
    pair_hits: Mapping[Pair, int] = field(default_factory=dict)
    causes: KnownCauses = field(default_factory=dict)
    certain: frozenset[Cell] = frozenset()
    visits: Mapping[Cell, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What came of a batch.

    - `cases` played in `seconds`; confirming and shrinking took `confirming_seconds` more. `pdus`: sent to the target.
    - `certain`, `possible`: visits of cells that are sure, and those that may have been. `pairs`: tries of each pair.
    - `visits`: cases that were to visit a cell and nothing else; `missed`: those of them in which it was surely not.
    - `triples`: what came three in a row, such as ``>A-ASSOCIATE-RQ <A-ASSOCIATE-AC >P-DATA-TF`` (k-paths of length 3).
    - `found`: findings that were confirmed. `repeats`: how often each known finding was seen again.
    - `unconfirmed`: what was seen once, in a sentence, but did not come again, and how often.
    - `causes`: of what this batch has tried to confirm.
    - `additions`: sequences that have shown something new, for the corpus.
    - `vitals`: what the target took of the machine at the end, all 0 if nobody can see.
    """

    number: int
    cases: int = 0
    pdus: int = 0
    seconds: float = 0.0
    confirming_seconds: float = 0.0
    certain: Mapping[Cell, int] = field(default_factory=dict)
    possible: Mapping[Cell, int] = field(default_factory=dict)
    pairs: Mapping[Pair, int] = field(default_factory=dict)
    triples: frozenset[str] = frozenset()
    found: tuple[FoundOnce, ...] = ()
    repeats: Mapping[FindingKey, int] = field(default_factory=dict)
    unconfirmed: Mapping[str, int] = field(default_factory=dict)
    causes: KnownCauses = field(default_factory=dict)
    additions: tuple[FuzzSequence, ...] = ()
    restarts: int = 0
    vitals: Vitals = _NO_VITALS
    worker: str = ""
    visits: Mapping[Cell, int] = field(default_factory=dict)
    missed: Mapping[Cell, int] = field(default_factory=dict)
