"""A campaign whose coordinator is killed at any moment goes on, and nothing is counted twice or lost."""

from __future__ import annotations

from pathlib import Path

from support.killed_campaigns import kill_and_resume


def test_nothing_is_lost_or_counted_twice_when_the_coordinator_is_killed(tmp_path: Path) -> None:
    assert kill_and_resume(tmp_path, kills=8, batches=20, workers=1) == ()


def test_no_process_is_left_when_the_coordinator_of_several_is_killed(tmp_path: Path) -> None:
    assert kill_and_resume(tmp_path, kills=1, batches=12, workers=2, seed=3) == ()
