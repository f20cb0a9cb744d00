"""Strategies of the test kit under the names that tests of the layers use, and bytes that are damaged blindly."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dulcimer.testing.strategies import (
    aborts,
    associate_acs,
    associate_rjs,
    associate_rqs,
    contexts_ac,
    contexts_rq,
    p_data_tfs,
    wrong_pdus,
)
from dulcimer.testing.strategies import pdus as legal_pdus
from dulcimer.wire.codec import encode

__all__ = [
    "aborts",
    "any_bytes",
    "associate_acs",
    "associate_rjs",
    "associate_rqs",
    "bytes_u8",
    "contexts_ac",
    "contexts_rq",
    "damaged",
    "legal_pdus",
    "p_data_tfs",
    "wrong_pdus",
]

bytes_u8 = st.integers(0, 255)


@st.composite
def damaged(draw: st.DrawFn, whole: SearchStrategy[bytes] | None = None) -> bytes:
    """Bytes of a PDU, flipped, cut, repeated or mixed with others in one to three places."""
    data = bytearray(draw(whole if whole is not None else (legal_pdus() | wrong_pdus()).map(encode)))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 12)))
        data[start:end] = draw(st.binary(max_size=8) | st.just(bytes(data[start:end]) * 2))
    if draw(st.booleans()) and len(data) >= 6:
        data[2:6] = (len(data) - 6).to_bytes(4, "big")
    return bytes(data)


def any_bytes() -> SearchStrategy[bytes]:
    """Legal, wrong, damaged, truncated, concatenated and random bytes."""
    good = (legal_pdus() | wrong_pdus()).map(encode)
    noise = st.binary(max_size=120)
    typed = st.builds(
        lambda kind, body: bytes((kind, 0)) + len(body).to_bytes(4, "big") + body, st.integers(0, 9), noise
    )
    joined = st.builds(lambda first, second: first + second, good, good)
    truncated = st.builds(lambda data, cut: data[: cut % (len(data) + 1)], good, st.integers(0, 400))
    return st.one_of(good, damaged(), noise, typed, joined, truncated)
