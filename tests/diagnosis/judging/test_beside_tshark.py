"""Damaged associations beside tshark: no crash, and no verdict that all is well over other PDUs than tshark finds."""

from __future__ import annotations

import pytest

from support.beside_tshark import beside_tshark, damaged

_COUNT = 60


@pytest.mark.peer("tshark")
def test_where_all_is_called_well_tshark_finds_the_same_pdus() -> None:
    found = beside_tshark(damaged(7, _COUNT))
    assert found.silent == []
    assert found.compared > _COUNT * 0.9
    assert found.consistent > _COUNT // 6
