"""Damaged associations beside tshark: no verdict that all is well over other PDUs, and the same frames for the same."""

from __future__ import annotations

import pytest

from support.captures.beside_tshark import Comparison, beside_tshark, damaged

_COUNT = 120


pytestmark = pytest.mark.peer("tshark")


@pytest.fixture(scope="module")
def found() -> Comparison:
    return beside_tshark(damaged(7, _COUNT))


def test_where_all_is_called_well_tshark_finds_the_same_pdus(found: Comparison) -> None:
    assert found.silent == []
    assert found.compared > _COUNT * 0.9
    assert found.consistent > _COUNT // 6


def test_a_pdu_has_the_frame_in_which_tshark_shows_it(found: Comparison) -> None:
    assert found.elsewhere == []
    assert found.same_pdus > _COUNT * 0.8
