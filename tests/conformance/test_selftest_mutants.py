"""The mutants of the self-test: each is a wrong cell of its own, and the right table is none of them."""

from __future__ import annotations

import pytest
from associations import CAUSES
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.fsm import TABLE, Events, States
from dulcimer.conformance.selftest.__main__ import main
from dulcimer.conformance.selftest.mutants import TABLE_ROWS, machine_of, mutants
from dulcimer.fsm import StateMachine

MUTANTS = mutants()


def test_every_filled_cell_has_mutants_and_each_has_a_name_of_its_own() -> None:
    assert {mutant.cell for mutant in MUTANTS} == set(TABLE)
    assert len({mutant.id for mutant in MUTANTS}) == len(MUTANTS)


@given(st.sampled_from(MUTANTS))
def test_a_mutant_is_wrong_in_one_cell_only(mutant: object) -> None:
    table = mutant.table()
    wrong = [cell for cell in TABLE_ROWS if set(table[cell]) != set(TABLE_ROWS[cell])]
    assert wrong == [mutant.cell]


@given(st.booleans(), st.sampled_from(list(States)), st.sampled_from(list(Events)))
def test_the_machine_of_the_right_rows_is_the_generated_one(is_requestor: bool, state: States, event: Events) -> None:
    outcomes = []
    for machine in (StateMachine(is_requestor=is_requestor), StateMachine(is_requestor=is_requestor, machine=RIGHT)):
        machine.state = state.label
        try:
            effects = machine.action(event, CAUSES.get(event))
        except Exception as error:
            effects = [type(error)]
        outcomes.append((effects, machine.state))
    assert outcomes[0] == outcomes[1]


RIGHT = machine_of(TABLE_ROWS)


def test_a_name_that_fits_no_mutant_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--only", "Evt99*"])
    assert "no mutant" in capsys.readouterr().err
