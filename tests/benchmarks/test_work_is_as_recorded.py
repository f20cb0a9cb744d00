"""The work of operations is within a tenth of what is recorded: calls, system calls, memory, modules; never seconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.counted.recorded import FILE, PYTHON, RENEW, Figures, recorded

_TENTH = 0.1
_WHEN = f"""
  More than recorded: look for the cause first; tests/benchmarks/profiling.py shows calls by room. Record the new
  figures only if users get something for it, and say in the commit what.
  Less than recorded: record the new figures, so that what was gained is kept.
  To record them, while the machine does nothing else: {RENEW}"""


def figures() -> Figures:
    """Found in an interpreter where nothing else is: what other tests have left there would be looked through, too."""
    paths = os.pathsep.join((str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])))
    command = [sys.executable, "-m", "support.counted.recorded", "--show"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": paths})
    assert done.returncode == 0, done.stderr
    found: Figures = json.loads(done.stdout)
    return found


def _is_within_a_tenth(found: int | list[int], known: int | list[int]) -> bool:
    least, most = known if isinstance(known, list) else (known, known)
    few, many = found if isinstance(found, list) else (found, found)
    return few >= (1 - _TENTH) * least and many <= (1 + _TENTH) * most


def test_work_is_within_a_tenth_of_what_is_recorded() -> None:
    known = recorded()
    if known is None:
        pytest.skip(f"{FILE.name} has no figures for Python {PYTHON}; to record them: {RENEW}")
    found = figures()
    assert {name: set(row) for name, row in found.items()} == {name: set(row) for name, row in known.items()}, _WHEN
    beyond = [
        f"  {operation}, {what}: {count}, recorded are {known[operation][what]}"
        for operation, row in found.items()
        for what, count in row.items()
        if not _is_within_a_tenth(count, known[operation][what])
    ]
    assert not beyond, "\n".join(["work has changed by more than a tenth:", *beyond]) + _WHEN
