"""What one target cannot be driven into is known from tries, and is said with the reason that Table 9-10 gives."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.fsm import Events, States
from dulcimer.conformance.model.oracle import Cell
from dulcimer.fuzz.campaign.orders import make_order
from dulcimer.fuzz.campaign.reach import beyond_reach, planner_of, tellable_cells
from dulcimer.fuzz.campaign.totals import CampaignTotals
from dulcimer.fuzz.campaign.worker import SessionWorker
from dulcimer.fuzz.findings.reproducer import FuzzTarget
from dulcimer.fuzz.sequences.moves import Ability
from dulcimer.fuzz.sequences.planner import AWAITS_USER
from dulcimer.fuzz.sequences.rendering import BasePdus
from dulcimer.fuzz.sequences.steps import TargetRole, cell_name
from support.fuzz_own_stack import OwnStackSession

ROLES: tuple[TargetRole, ...] = ("acceptor", "requestor")
ASKED_IN_STA3 = (Events.EVT_6, States.STA_3)
RELEASES = (Events.EVT_11, States.STA_6)


def beyond(certain: Iterable[Cell], missed: dict[Cell, int], tried: dict[Cell, int] | None = None) -> set[str]:
    return set(map(cell_name, beyond_reach("acceptor", set(certain), tried or missed, missed)))


def test_state_that_waits_for_the_user_is_beyond_reach_if_it_was_left_each_time() -> None:
    found = beyond_reach("acceptor", set(), {ASKED_IN_STA3: 5}, {ASKED_IN_STA3: 5})
    assert found == {
        ASKED_IN_STA3: "the target left this state before it took what came in the same segment: 5 of 5 tries"
    }


@pytest.mark.parametrize(
    ("certain", "missed", "tried"),
    [((), 2, 2), ((), 5, 6), ((ASKED_IN_STA3,), 5, 5), ((), 0, 0)],
    ids=["few tries", "not each time", "visited", "no try"],
)
def test_without_enough_evidence_nothing_is_beyond_reach(certain: tuple[Cell, ...], missed: int, tried: int) -> None:
    assert beyond(certain, {ASKED_IN_STA3: missed}, {ASKED_IN_STA3: tried}) == set()


def test_other_cells_that_are_missed_are_not_beyond_reach() -> None:
    """Whatever the reason is: the table has none."""
    assert beyond((), {(Events.EVT_10, States.STA_6): 12, (Events.EVT_3, States.STA_2): 12}) == set()


def test_server_that_does_not_release_what_is_idle_is_never_in_the_states_after_that() -> None:
    needing = {
        cell_name(cell) for cell, script in planner_of("acceptor").scripts.items() if Ability.RELEASES in script.needs
    }
    assert beyond((), {RELEASES: 1}) == needing
    assert beyond([RELEASES], {RELEASES: 1}) == set()


@given(st.sampled_from(ROLES), st.data())
def test_what_is_beyond_reach_can_be_tried_and_depends_on_the_target(role: TargetRole, data: st.DataObject) -> None:
    scripts = planner_of(role).scripts
    cells = st.sampled_from(sorted(scripts))
    certain = data.draw(st.sets(cells))
    missed = data.draw(st.dictionaries(cells, st.integers(0, 12)))
    found = beyond_reach(role, certain, missed, missed)
    assert not certain & found.keys()
    assert all(cell in scripts and (scripts[cell].needs or cell[1] in AWAITS_USER) for cell in found)


@pytest.mark.parametrize("role", ROLES)
def test_most_cells_can_be_told_from_outside_and_the_others_are_those_of_the_user(role: TargetRole) -> None:
    alike = set(planner_of(role).scripts) - tellable_cells(role)
    assert 0 < len(alike) <= 6
    assert (Events.EVT_15, States.STA_8) in alike
    assert not [cell for cell in alike if cell[1] in (States.STA_2, States.STA_13)]


@pytest.mark.clause("PS3.8 Table 9-10")
def test_server_that_answers_at_once_is_said_to_leave_the_states_of_its_user() -> None:
    session, totals = OwnStackSession("acceptor", is_hasty=True), CampaignTotals()
    worker = SessionWorker(session, FuzzTarget("our own stack"), BasePdus())
    for number in range(6):
        totals.add(worker.play(make_order(totals, number, 7, 60)))
    found = beyond_reach("acceptor", totals.certain.keys(), totals.visits, totals.missed)
    assert found
    assert not {cell_name(cell) for cell in found if cell in session.cells}
    assert {state for _, state in found} <= AWAITS_USER
