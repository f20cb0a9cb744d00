"""The work of operations is within a tenth of what is recorded: calls, system calls, memory, modules; never seconds."""

from __future__ import annotations

import sys

import pytest

from support.counted.recorded import FILE, PYTHON, RENEW, recorded
from support.counted.work_of import figures

_TENTH = 0.1
_WHEN = f"""
  More than recorded: look for the cause first; tests/benchmarks/profiling.py shows calls by room. Record the new
  figures only if users get something for it, and say in the commit what.
  Less than recorded: record the new figures, so that what was gained is kept.
  To record them: {RENEW}"""


def test_work_is_within_a_tenth_of_what_is_recorded() -> None:
    if sys.gettrace() is not None:
        pytest.skip("a tracer, such as that of coverage, takes memory of its own")
    known = recorded()
    if known is None:
        pytest.skip(f"{FILE.name} has no figures for Python {PYTHON}; to record them: {RENEW}")
    found = figures()
    assert {name: set(row) for name, row in found.items()} == {name: set(row) for name, row in known.items()}, _WHEN
    beyond = [
        f"  {operation}, {what}: {count}, recorded are {known[operation][what]}"
        for operation, row in found.items()
        for what, count in row.items()
        if abs(count - known[operation][what]) > _TENTH * known[operation][what]
    ]
    assert not beyond, "\n".join(["work has changed by more than a tenth:", *beyond]) + _WHEN
