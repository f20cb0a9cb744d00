"""Whole PDUs are cut out of bytes up to the first that is incomplete or too long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.fuzz.tree.cutting import is_whole, whole_pdus
from support.fuzz_sequences import FRAMED


@given(st.lists(FRAMED, max_size=4), FRAMED, st.integers(1, 46), st.sampled_from([bytes, bytearray]))
def test_whole_pdus_end_where_an_incomplete_one_begins(
    pdus: list[bytes], last: bytes, missing: int, kind: type[bytes | bytearray]
) -> None:
    whole = b"".join(pdus)
    assert whole_pdus(kind(whole)) == (pdus, len(whole))
    assert whole_pdus(kind(whole + last[:-missing])) == (pdus, len(whole))
    assert is_whole(last)
    assert not is_whole(last[:-missing])
    assert not is_whole(last + b"\0")


@pytest.mark.parametrize(("longest", "found"), [(3, []), (4, [b"\6\0\0\0\0\4abcd"])])
def test_pdu_that_is_too_long_ends_them_although_it_is_whole(longest: int, found: list[bytes]) -> None:
    pdu = b"\6\0\0\0\0\4abcd"
    assert whole_pdus(pdu, longest) == (found, sum(map(len, found)))
