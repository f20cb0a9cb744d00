"""Sequences for tests of what keeps, exports and shrinks them."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dulcimer._generated.fsm import TABLE
from dulcimer.fuzz.sequences.steps import (
    AwaitReply,
    Chunks,
    Close,
    FuzzSequence,
    FuzzStep,
    HalfClose,
    Pause,
    RefuseConnection,
    Reset,
    SendBytes,
)
from dulcimer.wire.codec import encode
from support.wire_strategies import legal_pdus

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SECONDS = st.floats(0, 100)
LEGAL = legal_pdus().map(encode)
FRAMED = st.builds(
    lambda kind, body: bytes((kind, 0)) + len(body).to_bytes(4, "big") + body, st.integers(1, 7), st.binary(max_size=40)
)
"""PDUs of right length and any content, far faster drawn than `LEGAL`: for what reads only types and lengths."""
STREAMS = st.lists(FRAMED | st.binary(max_size=12), max_size=5).map(b"".join)
"""PDUs, whole and cut, and other bytes, one behind the other."""


def sending_steps(data: SearchStrategy[bytes]) -> SearchStrategy[FuzzStep]:
    operators = st.lists(TEXTS, max_size=2).map(tuple)
    sizes = st.lists(st.integers(0, 50), max_size=4).map(tuple)
    return st.builds(SendBytes, data, TEXTS, operators) | st.builds(Chunks, data, TEXTS, operators, sizes, SECONDS)


def steps(data: SearchStrategy[bytes]) -> SearchStrategy[FuzzStep]:
    kinds = st.lists(st.sampled_from(["A-ASSOCIATE-AC", "A-ABORT", "P-DATA-TF"]), max_size=2).map(tuple)
    others: list[SearchStrategy[FuzzStep]] = [
        st.builds(AwaitReply, kinds),
        st.builds(Pause, SECONDS),
        st.sampled_from([HalfClose(), Reset(), Close(), RefuseConnection()]),
    ]
    return st.one_of(sending_steps(data), sending_steps(data), *others)


CELLS = st.none() | st.sampled_from(sorted(TABLE))
ANY_DATA = FRAMED | st.binary(max_size=60)


def sequences(data: SearchStrategy[bytes] = ANY_DATA, *, most: int = 6) -> SearchStrategy[FuzzSequence]:
    roles = st.sampled_from(["acceptor", "requestor"])
    return st.builds(FuzzSequence, roles, st.lists(steps(data), max_size=most).map(tuple), CELLS)
