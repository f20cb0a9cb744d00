"""A campaign visits all cells that a tester can drive, soon: measured at our own stack, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.fsm import Events, States
from dulcimer.conformance.model.oracle import Cell
from dulcimer.fuzz.campaign.orders import make_order
from dulcimer.fuzz.campaign.totals import CampaignTotals
from dulcimer.fuzz.campaign.visiting import MOST_VISITS, CellVisits, watched
from dulcimer.fuzz.campaign.waiting import waiting_plays
from dulcimer.fuzz.campaign.worker import SessionWorker
from dulcimer.fuzz.findings.reproducer import FuzzTarget
from dulcimer.fuzz.sequences.planner import Planner
from dulcimer.fuzz.sequences.rendering import BasePdus
from dulcimer.fuzz.sequences.steps import FuzzSequence, Pause, TargetRole, cell_name
from dulcimer.wire.codec import encode
from support.associations import RQ
from support.fuzz_own_stack import OwnStackSession

ROLES: tuple[TargetRole, ...] = ("acceptor", "requestor")
BASES: Mapping[TargetRole, BasePdus] = {"acceptor": BasePdus(), "requestor": BasePdus(request=encode(RQ))}
VISITS = {role: CellVisits(role, BASES[role]) for role in ROLES}
SOON = {role: {cell for cell, script in Planner(role).scripts.items() if not script.waits_for_timers} for role in ROLES}
"""The cells that wait for no timer."""
FIRST_BATCHES = (20, 20, 80, 80, 80)
BAR = 60.0
"""Seconds for all cells, at a target whose timers run for a second or three."""


def names(cells: Iterable[Cell]) -> set[str]:
    return set(map(cell_name, cells))


@pytest.mark.clause("PS3.8 Table 9-10")
@pytest.mark.parametrize("role", ROLES)
def test_first_batches_visit_every_cell_that_waits_for_no_timer_within_seconds(role: TargetRole) -> None:
    session, totals = OwnStackSession(role), CampaignTotals()
    worker = SessionWorker(session, FuzzTarget("our own stack"), BASES[role])
    for number, cases in enumerate(FIRST_BATCHES):
        totals.add(worker.play(make_order(totals, number, 7, cases)))
    assert not names(SOON[role] - session.cells)
    assert session.clock < 2.0
    assert names(totals.certain) <= names(session.cells)
    assert len(SOON[role] - set(totals.certain)) <= 5
    assert not names(SOON[role] - set(totals.certain) - set(totals.possible))
    assert not totals.findings


@pytest.mark.clause("PS3.8 Table 9-10")
@pytest.mark.parametrize("role", ROLES)
def test_cells_that_wait_for_timers_are_all_visited_beside_within_a_minute(role: TargetRole) -> None:
    session = OwnStackSession(role)
    plays = list(waiting_plays(session, BASES[role], FuzzTarget("our own stack")))
    waiting = set(Planner(role).scripts) - SOON[role]
    assert not names(waiting - session.cells)
    assert session.clock < BAR
    assert not any(play.played.suspicions for play in plays)
    certain = frozenset[Cell]().union(*(play.played.review.certain for play in plays))
    assert names(certain) <= names(session.cells)
    assert len(waiting - certain) <= 2


def cells_of(sequences: Iterable[FuzzSequence]) -> list[Cell]:
    return [sequence.cell for sequence in sequences if sequence.cell is not None]


@pytest.mark.parametrize("role", ROLES)
def test_every_cell_is_due_once_before_anything_is_known_the_near_ones_first(role: TargetRole) -> None:
    due = cells_of(VISITS[role].due(frozenset(), {}, 0))
    assert len(due) == len(set(due)) == len(SOON[role])
    costs = [Planner(role).scripts[cell].cost for cell in due]
    assert costs == sorted(costs)


@pytest.mark.parametrize("role", ROLES)
def test_batches_that_are_handed_out_at_once_begin_with_different_cells(role: TargetRole) -> None:
    first, second = (cells_of(VISITS[role].due(frozenset(), {}, batch))[:20] for batch in (0, 1))
    assert not set(first) & set(second)


@given(st.sampled_from(ROLES), st.data())
def test_cells_that_were_visited_or_tried_often_enough_are_not_due(role: TargetRole, data: st.DataObject) -> None:
    some = st.sets(st.sampled_from(sorted(SOON[role])))
    certain, often = data.draw(some), data.draw(some)
    due = cells_of(VISITS[role].due(certain, dict.fromkeys(often, MOST_VISITS), data.draw(st.integers(0, 50))))
    assert set(due) == SOON[role] - certain - often


def test_cell_that_was_missed_is_tried_by_its_other_ways() -> None:
    cell = (Events.EVT_16, States.STA_13)
    others = SOON["acceptor"] - {cell}
    tried = {sequence for tries in range(MOST_VISITS) for sequence in VISITS["acceptor"].due(others, {cell: tries}, 0)}
    assert len(tried) == MOST_VISITS
    assert cells_of(tried) == [cell] * MOST_VISITS


@pytest.mark.parametrize("role", ROLES)
def test_target_is_watched_where_it_may_close_by_itself(role: TargetRole) -> None:
    """Within an association no timer runs."""
    scripts = Planner(role).scripts
    pauses = {
        cell: [step for step in watched(scripts[cell], BASES[role]).steps if isinstance(step, Pause)]
        for cell in SOON[role]
    }
    assert all(pauses[cell] for cell in SOON[role] if cell[1] is States.STA_13)
    assert not any(pauses[cell] for cell in SOON[role] if cell[1] is States.STA_6)
    assert all(len(found) <= 1 for found in pauses.values())
