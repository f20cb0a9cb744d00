"""Findings and reproducers of any content, for tests of what writes, reads and merges them."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.engine.conversation import (
    ConnectionRecord,
    Ended,
    EndKind,
    Entry,
    HalfClosed,
    Received,
    Remains,
    Sent,
    Silent,
)
from dulcimer.fuzz.findings.finding import Confidence, FindingOracle, FuzzFinding
from dulcimer.fuzz.findings.recipes import PduRecipe, RecipeChange
from dulcimer.fuzz.findings.reproducer import FuzzTarget, Reproducer
from dulcimer.fuzz.findings.seen import SeenConversation
from dulcimer.fuzz.sequences.steps import FuzzSequence
from support.fuzz_sequences import CELLS, FRAMED, SECONDS, TEXTS, sequences

OPERATORS = st.lists(
    st.sampled_from(
        ["A-ASSOCIATE-RQ/items[0]/length: 4 -> 3", "A-ASSOCIATE-RQ/items[7]/length: 9 -> 0", "P-DATA-TF/x: 1"]
    ),
    max_size=3,
).map(tuple)
FRAMES = st.lists(st.sampled_from(["parse", "read_item", "main", "loop"]), max_size=4).map(tuple)
ENTRIES: list[SearchStrategy[Entry]] = [
    st.builds(Sent, SECONDS, st.integers(0, 5), st.binary(max_size=20)),
    st.builds(Received, SECONDS, FRAMED),
    st.builds(Remains, SECONDS, st.binary(max_size=5)),
    st.builds(Silent, SECONDS),
    st.builds(HalfClosed, SECONDS),
]
CONVERSATIONS = st.builds(
    lambda entries, how: ConnectionRecord((*entries, *([] if how is None else [Ended(100.0, how)]))),
    st.lists(st.one_of(ENTRIES), min_size=1, max_size=5),
    st.none() | st.sampled_from(EndKind),
)


@st.composite
def findings(draw: st.DrawFn) -> FuzzFinding:
    tries = draw(st.integers(0, 10))
    confidence = draw(st.sampled_from(Confidence))
    return FuzzFinding(
        draw(st.sampled_from(FindingOracle)),
        draw(TEXTS),
        confidence,
        draw(TEXTS if confidence is Confidence.FACT else TEXTS.filter(bool)),
        draw(CELLS),
        draw(OPERATORS),
        draw(FRAMES),
        draw(st.integers(0, tries)),
        tries,
    )


@st.composite
def reproducers(draw: st.DrawFn, sequence: SearchStrategy[FuzzSequence] | None = None) -> Reproducer:
    played = draw(sequences(most=4) if sequence is None else sequence)
    change = st.builds(RecipeChange, TEXTS, TEXTS, st.binary(max_size=6))
    recipe = st.none() | st.builds(PduRecipe, st.binary(max_size=9), st.lists(change, max_size=2).map(tuple))
    count = len(played.steps)
    return Reproducer(
        draw(findings()),
        played,
        draw(st.builds(SeenConversation.of, CONVERSATIONS, st.none() | st.booleans())),
        draw(st.lists(TEXTS, max_size=2).map(tuple)),
        draw(st.lists(sequences(most=2), max_size=2).map(tuple)),
        draw(st.integers(1, 100)),
        draw(st.just(()) | st.lists(recipe, min_size=count, max_size=count).map(tuple)),
        draw(st.builds(FuzzTarget, TEXTS, TEXTS, st.booleans(), st.builds(Titles, TEXTS, TEXTS))),
        draw(st.none() | st.integers()),
        draw(st.none() | st.integers(0)),
    )
