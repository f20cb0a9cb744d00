"""The table of planted faults says what was measured, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dulcimer.fuzz.findings.finding import FindingOracle, FuzzFinding
from dulcimer.fuzz.findings.reproducer import Reproducer
from dulcimer.fuzz.sequences.steps import AwaitReply, FuzzSequence, SendBytes
from support.fuzz.ground_truth import main
from support.fuzz.hunting import TruthRow, is_shown, sizes_of
from support.fuzz.targets.catalogue import ALL, TARGETS
from support.fuzz.truth_page import TruthRun, line, page

CRASH = FuzzFinding(
    FindingOracle.EXIT, "The target died of SIGSEGV", operators=("A-ABORT/source: 0 -> 9",), times=9, tries=10
)
SHOWN = Reproducer(CRASH, FuzzSequence("acceptor", (SendBytes(bytes(10), "A-ABORT", CRASH.operators), AwaitReply())))
FAULTY, CORRECT = TARGETS["ac-in-find"], TARGETS["stub-server"]
FOUND = TruthRow(FAULTY, 12.4, 4321, SHOWN, (), 9)


def run_of(*rows: TruthRow) -> TruthRun:
    return TruthRun(rows, seed=7, seconds=60.0, jobs=2, took=99.6, load=0.04, processors=2)


def test_row_has_what_was_found_and_how_small_it_is() -> None:
    assert sizes_of(SHOWN) == (2, 1, 10)
    assert line(FOUND) == "| ac-in-find | exit | 12 s, 4,321 cases | 2 steps, 1 changes, 10 bytes | 9 of 10 |"
    several = replace(FOUND, found=replace(SHOWN, before=(SHOWN.sequence,), rounds=8))
    assert "4 steps, 1 changes, 20 bytes, 2 connections, 8 rounds" in line(several)


@pytest.mark.parametrize(
    ("row", "is_right", "word"),
    [
        (FOUND, True, "exit"),
        (replace(FOUND, replayed=8), False, "8 of 10"),
        (replace(FOUND, found=None), False, "**not found**"),
        (replace(FOUND, failure="it does not start"), False, "exit"),
        (TruthRow(FAULTY, failure="it does not start"), False, "**failed**: it does not start"),
        (TruthRow(CORRECT, 60.0, 9000), True, "nothing, as it must be"),
        (TruthRow(CORRECT, 60.0, 9000, others=(SHOWN,)), False, "**1 false findings**"),
    ],
)
def test_what_is_not_as_it_must_be_is_said(row: TruthRow, is_right: bool, word: str) -> None:
    assert row.is_right == is_right
    assert word in line(row)
    assert run_of(row).wrong == (() if is_right else (row,))


def test_page_has_every_row_and_how_it_was_measured() -> None:
    missed = TruthRow(TARGETS["c-wrong-vr"], 60.2, 777, others=(SHOWN,))
    text = page(run_of(FOUND, missed, TruthRow(CORRECT, 60.0, 9000)))
    assert "Found: 1 of 2 faults, in 100 s for all campaigns and replays together." in text
    assert "Stable, at least 9 of 10 replays: 1 of 1." in text
    assert "Findings at the 1 correct targets: 0." in text
    assert "2 processors" in text and "load average 0.0 at the beginning" in text and "seed 7" in text
    for row in (FOUND, missed, TruthRow(CORRECT, 60.0, 9000)):
        assert line(row) in text.splitlines()
    assert "- `c-wrong-vr`, fact: The target died of SIGSEGV" in text
    assert f"- `ac-in-find`: {FAULTY.fault}." in text


def test_finding_of_another_kind_does_not_show_the_fault() -> None:
    assert is_shown(FAULTY, SHOWN)
    assert not any(is_shown(target, SHOWN) for target in ALL if target.shows not in ("crash", "sanitizer"))
    deviation = replace(CRASH, oracle=FindingOracle.DEVIATION, clause="PS3.8 Table 9-10 Evt13/Sta6 AA-8")
    assert is_shown(TARGETS["ignores-release-rp"], replace(SHOWN, finding=deviation))
    assert not is_shown(TARGETS["accepts-after-release"], replace(SHOWN, finding=deviation))


@pytest.mark.parametrize("words", [["no-such-target"], ["ac-in-find", "--write-docs", "page.md"]])
def test_wrong_command_lines_are_told(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "no target is called" in (error := capsys.readouterr().err) or "needs all targets" in error
