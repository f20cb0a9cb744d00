"""The mutants of Table 9-10: there is one of each kind, each differs from the table, and the machine runs it."""

from __future__ import annotations

from collections import Counter

import pytest
from transitions import MachineError

from dulcimer._generated.fsm import (
    ACTIONS,
    EVENTS,
    GUARD_FUNCTIONS,
    STATES,
    TABLE,
    Events,
    Outcome,
    States,
    build_machine,
)
from dulcimer.fsm.machine import StateMachine
from selftest.mutants import FAULTS, TABLE_ROWS, Mutant, cell_label, machine_of, mutants

MUTANTS = mutants()
BY_ID = {mutant.id: mutant for mutant in MUTANTS}


class Recorder:
    """Takes the place of the effects: every call is noted, every guard answers as told."""

    def __init__(self, state: States, answers: dict[str, bool]) -> None:
        self.state = state.label
        self.calls: list[tuple[object, ...]] = []
        self._answers = answers

    def __getattr__(self, name: str):  # type: ignore[no-untyped-def]  # any effect has any signature
        if name in self._answers:
            return lambda: self._answers[name]
        return lambda *values: self.calls.append((name, *values))


def fired(machine: object, cell: tuple[Events, States], answer: bool) -> tuple[str, list[tuple[object, ...]]]:
    event, state = cell
    recorder = Recorder(state, dict.fromkeys(GUARD_FUNCTIONS, answer))
    machine.events[event.label].trigger(recorder, recorder)  # type: ignore[attr-defined]  # transitions has no types
    return recorder.state, recorder.calls


def of_cell(cell: tuple[Events, States], fault: str) -> list[Mutant]:
    return [mutant for mutant in MUTANTS if mutant.cell == cell and mutant.fault == fault]


def test_every_filled_cell_has_mutants_and_no_other() -> None:
    assert {mutant.cell for mutant in MUTANTS} == set(TABLE)


def test_every_kind_of_fault_occurs_as_often_as_the_table_lets_it() -> None:
    count = Counter(mutant.fault for mutant in MUTANTS)
    assert set(count) == set(FAULTS)
    assert count["blank"] == len(TABLE) == 123
    aborts = sum("send_pdu:A-ABORT" in row.effects for rows in TABLE_ROWS.values() for row in rows)
    assert count["source"] == aborts == 71
    assert count["without"] + count["action"] > 2 * len(TABLE)
    assert count["next"] >= 4 * len(TABLE)


def test_ids_are_unique_and_do_not_depend_on_position() -> None:
    assert len(BY_ID) == len(MUTANTS)
    assert "Evt3-Sta6.next.Sta1" in BY_ID
    assert "Evt12-Sta6.action.AA-8" in BY_ID
    assert "Evt12-Sta7.when_is_requestor.next.Sta6" in BY_ID
    assert all(mutant.id.startswith(cell_label(mutant.cell)) for mutant in MUTANTS)


def test_no_two_mutants_are_alike_and_none_is_the_table() -> None:
    behaviours = [(mutant.cell, frozenset(mutant.rows)) for mutant in MUTANTS]
    assert len(set(behaviours)) == len(behaviours)
    assert all(frozenset(mutant.rows) != frozenset(TABLE_ROWS[mutant.cell]) for mutant in MUTANTS)


def test_a_mutant_differs_from_the_table_in_its_cell_alone() -> None:
    for mutant in MUTANTS:
        assert [cell for cell, rows in mutant.table().items() if rows != TABLE_ROWS[cell]] == [mutant.cell]


def test_a_wrong_action_is_one_that_another_state_has_for_the_event() -> None:
    for mutant in MUTANTS:
        if mutant.fault == "action":
            assert mutant.detail in {
                TABLE[mutant.cell[0], state] for state in States if (mutant.cell[0], state) in TABLE
            }


def test_waiting_and_closing_are_swapped() -> None:
    (closes,) = of_cell((Events.EVT_3, States.STA_6), "close")
    assert closes.rows[0].effects == ("send_pdu:A-ABORT", "issue:A-P-ABORT indication", "close_transport")
    assert closes.rows[0].next_state == States.STA_1
    waits = of_cell((Events.EVT_4, States.STA_5), "wait")
    assert [row.effects[-1] for row in waits[0].rows] == ["start_artim"]
    assert not of_cell((Events.EVT_10, States.STA_6), "wait")


@pytest.mark.parametrize("answer", [True, False])
@pytest.mark.parametrize("cell", TABLE, ids=cell_label)
def test_machine_of_the_right_table_is_the_generated_one(cell: tuple[Events, States], answer: bool) -> None:
    assert fired(machine_of(TABLE_ROWS), cell, answer) == fired(build_machine(), cell, answer)


def test_machine_of_a_mutant_does_what_its_rows_say() -> None:
    wrong = BY_ID["Evt3-Sta6.next.Sta2"]
    state, calls = fired(machine_of(wrong.table()), wrong.cell, True)
    assert state == "Sta2"
    assert calls == fired(build_machine(), wrong.cell, True)[1]
    source = BY_ID["Evt3-Sta6.source.0"]
    assert ("send_a_abort", 0) in fired(machine_of(source.table()), source.cell, True)[1]


def test_blank_mutant_leaves_the_state_alone() -> None:
    blank = BY_ID["Evt12-Sta6.blank"]
    with pytest.raises(MachineError):
        fired(machine_of(blank.table()), blank.cell, True)
    machine = StateMachine(is_requestor=False, machine=machine_of(blank.table()))
    machine.state = "Sta6"
    assert machine.action(Events.EVT_12) == []
    assert machine.state == "Sta6"


def test_rows_take_the_source_that_is_sent() -> None:
    def first(outcome: Outcome) -> int:
        return (outcome.abort_sources or (0,))[0]

    for cell, rows in TABLE_ROWS.items():
        assert [row.source for row in rows] == [first(outcome) for outcome in ACTIONS[TABLE[cell]].outcomes]
        assert EVENTS[cell[0]].label in cell_label(cell)
        assert STATES[cell[1]].label in cell_label(cell)
