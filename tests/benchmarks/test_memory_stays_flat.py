"""Memory does not follow the size of an instance; `memory.py` beside this file shows it with 1 GiB."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.memory import LIMIT, MIB, measure


@pytest.mark.skipif(sys.platform != "linux", reason="VmHWM is an entry of Linux' /proc")
def test_scp_and_scu_stay_below_the_limit_with_an_instance_larger_than_it(tmp_path: Path) -> None:
    size = 256 * MIB
    assert size > LIMIT
    peak = measure(size, tmp_path)
    assert peak.scp < LIMIT
    assert peak.scu < LIMIT
