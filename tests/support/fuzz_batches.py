"""Results of batches of any content."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dulcimer._generated.fsm import TABLE
from dulcimer.fuzz.campaign.batch import BatchResult
from dulcimer.fuzz.campaign.causes import CauseTally
from dulcimer.fuzz.findings.found import FoundOnce
from dulcimer.fuzz.judging.suspicion import Suspicion
from dulcimer.fuzz.targets.vitals import Vitals
from support.fuzz_findings import findings, reproducers
from support.fuzz_sequences import TEXTS, sequences

COUNTS = st.integers(0, 10**6)
VISITS = st.dictionaries(st.sampled_from(sorted(TABLE)), COUNTS, max_size=4)
NODES = st.sampled_from(["A-ABORT", "A-ABORT/source"])
CAUSES = st.dictionaries(
    findings().map(lambda finding: Suspicion.of(finding).cause),
    st.builds(CauseTally, COUNTS, COUNTS, st.none() | findings().map(lambda finding: finding.key)),
    max_size=2,
)
PAIRS = st.dictionaries(st.tuples(NODES, st.sampled_from(["zero", "one"])), COUNTS, max_size=3)


def batch_results(numbers: SearchStrategy[int] = COUNTS) -> SearchStrategy[BatchResult]:
    seconds = st.floats(0, 1e6)
    return st.builds(
        BatchResult,
        numbers,
        COUNTS,
        COUNTS,
        seconds,
        seconds,
        VISITS,
        VISITS,
        PAIRS,
        st.frozensets(TEXTS, max_size=3),
        st.lists(reproducers().map(FoundOnce.of), max_size=2).map(tuple),
        st.dictionaries(findings().map(lambda finding: finding.key), COUNTS, max_size=2),
        st.dictionaries(TEXTS, COUNTS, max_size=2),
        CAUSES,
        st.lists(sequences(most=2), max_size=2).map(tuple),
        COUNTS,
        st.builds(Vitals, COUNTS, COUNTS, COUNTS, COUNTS),
        TEXTS,
    )
