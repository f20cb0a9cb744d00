"""The facts of PS3.8 9.2, typed here a second time on purpose, compared with what is generated from the spec."""

from __future__ import annotations

from typing import Any

import pytest

from dulcimer._generated.fsm import ACTIONS, EFFECTS, EVENTS, STATES, TABLE, Events, States

CELLS_PER_EVENT = (1, 1, 11, 11, 1, 11, 1, 1, 2, 11, 1, 11, 11, 3, 10, 11, 12, 2, 11)


def cell(event: int, state: int) -> str:
    return TABLE.get((Events(event - 1), States(state - 1)), "")


def row(event: int) -> list[str]:
    return [cell(event, state) for state in range(1, 14)]


@pytest.mark.clause("PS3.8 Table 9-10")
def test_table_has_13_columns_19_rows_and_123_filled_cells() -> None:
    assert (len(STATES), len(EVENTS), len(TABLE)) == (13, 19, 123)
    assert [state.label for state in STATES] == [f"Sta{number}" for number in range(1, 14)]
    assert [event.label for event in EVENTS] == [f"Evt{number}" for number in range(1, 20)]


@pytest.mark.clause("PS3.8 Table 9-10")
@pytest.mark.parametrize("event", Events, ids=lambda event: event.label)
def test_row_has_the_printed_number_of_cells(event: Events) -> None:
    assert sum(row == event for row, _ in TABLE) == CELLS_PER_EVENT[event]


@pytest.mark.clause("PS3.8 Table 9-10")
@pytest.mark.peer("pynetdicom")
def test_table_is_that_of_pynetdicom() -> None:
    from pynetdicom.fsm import TRANSITION_TABLE

    ours = {(event.label, state.label): action for (event, state), action in TABLE.items()}
    assert ours == TRANSITION_TABLE


@pytest.mark.clause("PS3.8 Tables 9-6 to 9-9")
def test_28_actions_have_these_next_states() -> None:
    expected = {
        "AE-1": "4", "AE-2": "5", "AE-3": "6", "AE-4": "1", "AE-5": "2", "AE-6": "3 13", "AE-7": "6", "AE-8": "13",
        "DT-1": "6", "DT-2": "6",
        "AR-1": "7", "AR-2": "8", "AR-3": "1", "AR-4": "13", "AR-5": "1", "AR-6": "7", "AR-7": "8", "AR-8": "9 10",
        "AR-9": "11", "AR-10": "12",
        "AA-1": "13", "AA-2": "1", "AA-3": "1 1", "AA-4": "1", "AA-5": "1", "AA-6": "13", "AA-7": "13", "AA-8": "13",
    }  # fmt: skip
    found = {
        label: " ".join(outcome.next_state.label[3:] for outcome in action.outcomes)
        for label, action in ACTIONS.items()
    }
    assert found == expected


@pytest.mark.clause("PS3.8 Table 9-10")
def test_blank_cells_of_pdu_events_are_in_sta1_and_sta4_only() -> None:
    blank = {
        state.label
        for event in Events
        for state in States
        if EVENTS[event].kind == "pdu" and (event, state) not in TABLE
    }
    assert blank == {"Sta1", "Sta4"}


@pytest.mark.clause("PS3.8 Table 9-10")
def test_closed_connection_is_silent_in_sta2_and_sta13_and_an_abort_elsewhere() -> None:
    assert row(17) == ["", "AA-5", *["AA-4"] * 10, "AR-5"]


@pytest.mark.clause("PS3.8 Table 9-10")
def test_sta4_has_three_cells() -> None:
    filled = {event.label: action for (event, state), action in TABLE.items() if state == States.STA_4}
    assert filled == {"Evt2": "AE-2", "Evt15": "AA-2", "Evt17": "AA-4"}


@pytest.mark.clause("PS3.8 Table 9-10")
def test_release_collision_goes_through_its_four_states() -> None:
    assert (cell(12, 7), cell(14, 9), cell(13, 11)) == ("AR-8", "AR-9", "AR-3")
    assert (cell(13, 10), cell(14, 12), cell(17, 13)) == ("AR-10", "AR-4", "AR-5")
    assert (cell(13, 9), cell(13, 12), cell(14, 10), cell(14, 11)) == ("AA-8", "AA-8", "", "")


@pytest.mark.clause("PS3.8 Tables 9-6 to 9-9")
def test_only_these_actions_close_the_connection() -> None:
    closing = {
        label
        for label, action in ACTIONS.items()
        if any("close_transport" in outcome.effects for outcome in action.outcomes)
    }
    assert closing == {"AE-4", "AR-3", "AA-2", "AA-3"}


@pytest.mark.clause("PS3.8 Table 9-9")
def test_abort_sources_are_those_of_the_standard() -> None:
    sources = {
        label: set(outcome.abort_sources)
        for label, action in ACTIONS.items()
        for outcome in action.outcomes
        if outcome.abort_sources
    }
    assert sources == {"AA-1": {0}, "AA-7": {0, 2}, "AA-8": {2}}


@pytest.mark.clause("PS3.8 9.1.5")
def test_artim_runs_exactly_in_sta2_and_sta13_on_every_path() -> None:
    todo = [(States.STA_1, False)]
    seen = set(todo)
    while todo:
        state, running = todo.pop()
        for (event, source), action in TABLE.items():
            if source != state:
                continue
            for outcome in ACTIONS[action].outcomes:
                after = running and event != Events.EVT_18
                for effect in outcome.effects:
                    after = {"start_artim": True, "restart_artim": True, "stop_artim": False}.get(effect, after)
                if (outcome.next_state, after) not in seen:
                    seen.add((outcome.next_state, after))
                    todo.append((outcome.next_state, after))
    assert seen == {(state, state in (States.STA_2, States.STA_13)) for state in States}


@pytest.mark.clause("PS3.8 Table 9-6")
def test_rejection_by_the_provider_restarts_artim() -> None:
    supported, refused = ACTIONS["AE-6"].outcomes
    assert (supported.guard, supported.negated, refused.negated) == ("request_is_supported", False, True)
    assert refused.effects == ("stop_artim", "send_pdu:A-ASSOCIATE-RJ", "start_artim")


def test_every_row_names_its_clause() -> None:
    rows: list[Any] = [*STATES, *EVENTS, *ACTIONS.values(), *EFFECTS.values()]
    assert all(row.clause.startswith("PS3.8 ") for row in rows)
