"""The planner finds a way into every cell that a tester can drive, and each way leads through the cells it names."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from dulcimer._generated.codes import APPLICATION_CONTEXT_NAME
from dulcimer._generated.fsm import EVENTS, TABLE, Events, States
from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.catalogue.requestor import requestor_cases
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.oracle import Cell, PossibleStates
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.sequences.moves import Ability, Act, Script
from dulcimer.fuzz.sequences.planner import AWAITS_USER, Planner, drivable_cells
from dulcimer.fuzz.sequences.rendering import BasePdus
from dulcimer.fuzz.sequences.steps import TargetRole, cell_name
from dulcimer.upper_layer import UpperLayer
from dulcimer.wire.model import AssociateRj, AssociateRq
from support.associations import REQUESTS
from support.fuzz_scripts import PathOfCells

ROLES: tuple[TargetRole, ...] = ("acceptor", "requestor")
STARTED = {"acceptor": States.STA_1, "requestor": States.STA_4}
BASES = BasePdus()


def of_check(role: TargetRole) -> Iterable[Case]:
    return acceptor_cases(Titles()) if role == "acceptor" else requestor_cases()


@pytest.mark.parametrize("role", ROLES)
def test_every_cell_that_check_drives_has_a_script(role: TargetRole) -> None:
    driven = {case.cell for case in of_check(role) if case.cell is not None}
    assert not {cell_name(cell) for cell in driven - drivable_cells(role)}


@pytest.mark.parametrize("role", ROLES)
def test_each_cell_has_a_script_or_a_reason(role: TargetRole) -> None:
    planner = Planner(role)
    assert set(planner.scripts) | set(planner.undrivable) == set(TABLE)
    assert not set(planner.scripts) & set(planner.undrivable)
    assert all(planner.undrivable.values())


def test_what_cannot_be_driven_in_its_own_role_is_an_abort_before_there_is_an_association() -> None:
    other = {"acceptor": "Evt1-Sta1", "requestor": "Evt5-Sta1"}
    lacking = {
        role: {cell_name(cell) for cell, why in Planner(role).undrivable.items() if "never in this state" not in why}
        for role in ROLES
    }
    assert lacking == {
        "acceptor": {other["acceptor"], "Evt15-Sta3"},
        "requestor": {other["requestor"], "Evt15-Sta4", "Evt15-Sta5"},
    }


def refuse(request: AssociateRq) -> AssociateRj | None:
    return None if request.application_context == APPLICATION_CONTEXT_NAME else AssociateRj(1, 1, 2)


def played(script: Script) -> list[Cell]:
    """The cells that our own provider goes through when its user does what the script waits for."""
    watch = PathOfCells()
    provider = UpperLayer(is_requestor=script.role == "requestor", refuse=refuse, observer=watch)
    for move in script.moves:
        match move.act:
            case Act.LAUNCH | Act.USER:
                provider.send(REQUESTS[move.event], 0.0)
            case Act.CONNECT:
                provider.transport_connected(0.0)
            case Act.SEND:
                for data in BASES.pdus(script.role, move.event, move.kind):
                    provider.receive_data(data, 0.0)
            case Act.ARTIM:
                provider.expire(0.0)
            case Act.HALF_CLOSE | Act.REFUSE:
                provider.transport_closed(0.0)
    return watch.seen


@pytest.mark.clause("PS3.8 9.2.3")
@pytest.mark.parametrize("role", ROLES)
def test_each_way_leads_our_own_machine_through_the_cells_it_names(role: TargetRole) -> None:
    planner = Planner(role)
    for cell, script in planner.scripts.items():
        assert script.cell == cell
        for way in (script, *planner.ways(cell)):
            assert played(way) == list(way.path), cell_name(cell)


@pytest.mark.parametrize("role", ROLES)
def test_the_possible_states_explain_what_a_script_expects(role: TargetRole) -> None:
    for cell, script in Planner(role).scripts.items():
        states = PossibleStates(STARTED[role], is_requestor=role == "requestor")
        for move in script.moves:
            if EVENTS[move.event].kind in ("pdu", "transport"):
                states.inject(move.event)
            for name in move.shows:
                assert states.observe(name), (cell_name(cell), name)


@pytest.mark.parametrize("role", ROLES)
def test_what_is_sent_in_a_state_that_passes_by_itself_is_in_the_same_segment(role: TargetRole) -> None:
    for script in Planner(role).scripts.values():
        for move, (_, state) in zip(script.moves, script.path, strict=True):
            assert move.act is not Act.SEND or state not in AWAITS_USER or move.joined


@pytest.mark.parametrize("role", ROLES)
def test_the_cheapest_way_is_the_first_and_is_the_script(role: TargetRole) -> None:
    planner = Planner(role)
    for cell, script in planner.scripts.items():
        ways = planner.ways(cell)
        assert [way.cost for way in ways] == sorted(way.cost for way in ways)
        assert ways[0].cost == script.cost
        assert len({(way.path, way.moves) for way in ways}) == len(ways)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("lacking", Ability)
def test_no_script_needs_what_a_target_does_not_do(role: TargetRole, lacking: Ability) -> None:
    able = frozenset(Ability) - {lacking}
    planner, whole = Planner(role, able), Planner(role)
    assert all(lacking not in script.needs for script in planner.scripts.values())
    lost = set(whole.scripts) - set(planner.scripts)
    assert all(lacking in whole.scripts[cell].needs for cell in lost)
    assert {cell for cell, script in whole.scripts.items() if lacking not in script.needs} <= set(planner.scripts)
    for cell in lost:
        assert planner.undrivable[cell]


def test_a_server_that_never_releases_has_fewer_cells_and_each_says_why() -> None:
    planner = Planner("acceptor", frozenset())
    assert (Events.EVT_3, States.STA_7) not in planner.scripts
    assert planner.undrivable[Events.EVT_11, States.STA_6].startswith("the user of this target does not do it")
    assert "no event" in planner.undrivable[Events.EVT_3, States.STA_7]
