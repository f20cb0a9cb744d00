"""What implementations do otherwise: one source for the tests and for `explain`."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.spec import SpecError
from codegen.spec.deviations import load_deviations
from dulcimer._generated.deviations import DEVIATIONS
from dulcimer.conformance.judge import baseline
from support.project_copies import Edit


def test_every_failure_of_every_baseline_is_told_once_with_its_reason(root_of_project: Path) -> None:
    told = [(case, one.reason) for one in DEVIATIONS for case in one.cases]
    listed = [
        (row.case, row.reason)
        for path in (root_of_project / "spec/baselines").glob("*.toml")
        for row in baseline.load(path)
        if row.verdict == "FAILED"
    ]
    assert sorted(told) == sorted(listed)
    assert len(told) > 100


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("spec/stacks.toml", "odil  ", "olid  ", "'odil' is missing"),
        ("spec/stacks.toml", 'role = "acceptor"', 'role = "server"', "unknown value 'server'"),
        ("spec/baselines/odil.toml", "verdict =", "verdikt =", "unknown key 'verdikt'"),
    ],
)
def test_mistake_is_named(copy_of_project: Path, edit: Edit, file: str, old: str, new: str, told: str) -> None:
    edit(file, old, new)
    with pytest.raises(SpecError, match=told):
        load_deviations(copy_of_project)
