"""What belongs together in the report of a campaign."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.fsm import TABLE
from dulcimer.fuzz.campaign.reach import planner_of, tellable_cells
from dulcimer.fuzz.findings.finding import Confidence
from dulcimer.fuzz.findings.found import FoundOnce
from dulcimer.fuzz.report.grouping import (
    CellReach,
    cell_marks,
    grouped_findings,
    last_growth,
    operator_uses,
    pdu_coverage,
    share,
)
from dulcimer.fuzz.report.meanings import CONFIDENCE_WORDS, how_sure
from dulcimer.fuzz.report.reached import coverage_words
from dulcimer.fuzz.report.wording import (
    changed_span,
)
from support.fuzz_campaigns import FOUND, campaign, curve_of


def test_facts_come_first_and_crashes_before_leaks() -> None:
    groups = grouped_findings(reversed(FOUND))
    assert [group.finding.oracle for group in groups] == ["exit", "hang", "growth", "deviation"]
    assert sorted(len(group.members) for group in groups) == [1, 1, 1, 2]


def test_simplest_way_to_a_finding_comes_first() -> None:
    for found in (FOUND, FOUND[::-1]):
        members = grouped_findings(found)[0].members
        assert [len(member.reproducer.finding.operators) for member in members] == [1, 2]


def test_each_filled_cell_is_marked_once_by_the_best_that_is_known() -> None:
    result = campaign()
    marks = cell_marks(result)
    assert set(marks) == set(TABLE)
    for cell, mark in marks.items():
        if result.certain.get(cell):
            assert mark.reach is CellReach.CERTAIN
        elif result.possible.get(cell):
            assert mark.reach is CellReach.POSSIBLE
        else:
            assert mark.reach is (CellReach.MISSED if cell in result.drivable else CellReach.UNDRIVABLE)
        assert bool(mark.why) == (cell not in result.drivable)


def test_pairs_are_counted_once_each() -> None:
    result = campaign()
    pdus = pdu_coverage(result)
    assert sum(pdu.total for pdu in pdus) == len(result.all_pairs)
    assert sum(pdu.tried for pdu in pdus) == len(result.pairs)
    assert sum(pdu.tries for pdu in pdus) == sum(result.pairs.values())
    assert sum(use.tries for use in operator_uses(result)) == sum(result.pairs.values())


def test_operators_with_findings_come_first() -> None:
    first, *others = operator_uses(campaign())
    assert (first.operator, first.findings) == ("length-all-ones", 5)
    assert not any(use.findings for use in others)


def test_pair_of_another_role_is_not_counted() -> None:
    result = campaign()
    more = replace(result, pairs={**result.pairs, ("A-NEW", "x"): 3})
    assert pdu_coverage(more) == pdu_coverage(result)


def test_last_growth_is_the_last_new_maximum() -> None:
    curve = curve_of(10, 20, 3)
    point = last_growth(curve, "findings")
    assert point is not None and point.findings == 3 and curve[curve.index(point) - 1].findings == 2
    assert last_growth((), "cells") is None


def test_hundred_percent_is_all_of_it() -> None:
    assert share(999_999, 1_000_000) == "999,999 of 1,000,000 (99 %)"
    assert share(3, 3) == "3 of 3 (100 %)"
    assert share(0, 0) == "0 of 0"


@given(st.binary(max_size=12), st.binary(max_size=12))
def test_bytes_outside_of_the_changed_part_are_those_of_before(data: bytes, base: bytes) -> None:
    start, stop = changed_span(data, base)
    assert 0 <= start <= stop <= len(data)
    after = len(data) - stop
    assert data[:start] == base[:start]
    assert data[stop:] == base[len(base) - after :]
    assert (start == stop) <= (len(data) <= len(base))


def test_unstable_findings_come_after_stable_ones() -> None:
    (crashes, *_) = grouped_findings(FOUND)
    (stable, *_) = crashes.members
    unstable = replace(stable.reproducer, finding=replace(stable.reproducer.finding, times=7, tries=10))
    alone = FoundOnce.of(unstable)
    others = [found for group in grouped_findings(FOUND)[1:] for found in group.members]
    groups = grouped_findings([alone, *others])
    assert [group.finding.oracle for group in groups] == ["hang", "growth", "exit", "deviation"]
    assert grouped_findings([alone, stable])[0].members == (stable, alone)
    assert how_sure(unstable.finding).startswith("unstable: only 7 of 10 replays showed it again")
    assert how_sure(stable.reproducer.finding) == CONFIDENCE_WORDS[Confidence.FACT]


def test_coverage_is_told_with_what_is_not_sure_and_what_the_target_cannot_be_driven_into() -> None:
    scripts = planner_of("acceptor").scripts
    alike = next(iter(sorted(scripts.keys() - tellable_cells("acceptor"))))
    visited, unsure, *rest = sorted(scripts.keys() - {alike})
    never = rest[:3]
    result = replace(
        campaign(),
        certain={visited: 3},
        possible={unsure: 2, alike: 1},
        drivable=frozenset(scripts) - set(never),
        undrivable={
            **{cell: f"it does not: {number} of 9 tries" for number, cell in enumerate(never[:2])},
            never[2]: "it never did",
        },
    )
    told, *others = coverage_words(result)
    assert told == f"1 of {len(scripts) - 3} (1 %) that this target can be driven into"
    assert others[0] == "1 more perhaps: what it shows does not tell it from other cells"
    assert others[1] == "1 more perhaps: what it has shown does not say so for certain"
    assert others[2].startswith("2 others not: it does not (Sta")
    assert others[3].startswith("1 other not: it never did (Sta")
    assert len(others) == 4


def test_without_drivable_cells_there_is_nothing_to_tell() -> None:
    assert not list(coverage_words(replace(campaign(), drivable=frozenset(), undrivable={}, possible={})))
