"""The generated `transitions` machine compared with the rows it is generated from."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transitions import MachineError

from codegen.spec import load
from codegen.targets import TARGETS
from dulcimer._generated import fsm
from dulcimer._generated.fsm import ACTIONS, EFFECTS, GUARDS, TABLE, Events, Outcome, States
from dulcimer.fsm.effects import AssociationEffects

MACHINE = fsm.build_machine()
CELLS = list(product(Events, States))


class Recorder:
    """Records effects; guards have the given answer."""

    def __init__(self, state: States, answers: dict[str, bool], failing: str = "") -> None:
        self.state = state.label
        self.calls: list[tuple[object, ...]] = []
        self._answers = answers
        self._failing = failing

    def __getattr__(self, name: str) -> Callable[..., bool | None]:
        if name in self._answers:
            return lambda: self._answers[name]

        def record(*arguments: int) -> None:
            if name == self._failing:
                raise RuntimeError(name)
            self.calls.append((name, *arguments))

        return record


def chosen(action: str, answers: dict[str, bool]) -> Outcome:
    return next(
        outcome
        for outcome in ACTIONS[action].outcomes
        if outcome.guard is None or answers[outcome.guard] != outcome.negated
    )


def calls_of(outcome: Outcome) -> list[tuple[object, ...]]:
    return [
        (EFFECTS[effect].method, *outcome.abort_sources[:1] * (effect == "send_pdu:A-ABORT"))
        for effect in outcome.effects
        if EFFECTS[effect].method
    ]


def trigger(event: Events, recorder: Recorder) -> None:
    MACHINE.events[event.label].trigger(recorder, recorder)


def test_machine_is_made_from_the_committed_file(root_of_project: object) -> None:
    spec = load(root_of_project)  # type: ignore[arg-type]  # a fixture, given by name
    assert {(event.label, state.label): action for (event, state), action in TABLE.items()} == spec.machine.cells()
    assert "fsm.py" in {target.path.rsplit("/", 1)[1] for target in TARGETS}


@pytest.mark.clause("PS3.8 9.2.3")
@pytest.mark.parametrize(("event", "state"), CELLS, ids=[f"{event.label}-{state.label}" for event, state in CELLS])
@pytest.mark.parametrize("answer", [True, False], ids=["yes", "no"])
def test_cell_runs_its_effects_in_printed_order_and_reaches_its_next_state(
    event: Events, state: States, answer: bool
) -> None:
    answers = dict.fromkeys(GUARDS, answer)
    recorder = Recorder(state, answers)
    if (event, state) in TABLE:
        outcome = chosen(TABLE[event, state], answers)
        trigger(event, recorder)
        assert recorder.calls == calls_of(outcome)
        assert recorder.state == outcome.next_state.label
    else:
        with pytest.raises(MachineError):
            trigger(event, recorder)
        assert (recorder.calls, recorder.state) == ([], state.label)


@given(
    cell=st.sampled_from(sorted(TABLE)),
    answers=st.fixed_dictionaries({guard: st.booleans() for guard in GUARDS}),
    data=st.data(),
)
def test_effect_that_raises_leaves_the_state_and_the_effects_before_it(
    cell: tuple[Events, States], answers: dict[str, bool], data: st.DataObject
) -> None:
    event, state = cell
    calls = calls_of(chosen(TABLE[cell], answers))
    if not calls:
        return
    failing = data.draw(st.sampled_from(calls))[0]
    recorder = Recorder(state, answers, str(failing))
    with pytest.raises(RuntimeError):
        trigger(event, recorder)
    assert recorder.state == state.label
    assert recorder.calls == calls[: [name for name, *_ in calls].index(failing)]


@given(st.lists(st.tuples(st.sampled_from(Events), st.sampled_from([True, False])), max_size=60))
def test_any_walk_stays_on_the_table(steps: list[tuple[Events, bool]]) -> None:
    recorder = Recorder(States.STA_1, {})
    state = States.STA_1
    for event, answer in steps:
        recorder._answers = dict.fromkeys(GUARDS, answer)
        if (event, state) in TABLE:
            trigger(event, recorder)
            state = chosen(TABLE[event, state], recorder._answers).next_state
        else:
            with pytest.raises(MachineError):
                trigger(event, recorder)
        assert recorder.state == state.label


def test_effects_of_an_association_implement_the_protocol() -> None:
    named = {effect.method for effect in EFFECTS.values() if effect.method} | set(GUARDS)
    assert named == {name for name in vars(fsm.Effects) if not name.startswith("_")}
    assert all(callable(getattr(AssociationEffects, name)) for name in named)


def test_labels_go_both_ways() -> None:
    assert [States.from_label(state.label) for state in States] == list(States)
    assert [Events.from_label(event.label) for event in Events] == list(Events)
    assert (States.STA_1, States.STA_13, Events.EVT_1, Events.EVT_19) == (0, 12, 0, 18)
    with pytest.raises(KeyError):
        States.from_label("Sta14")


@pytest.mark.parametrize("answer", [True, False], ids=["yes", "no"])
@pytest.mark.parametrize("label", ACTIONS)
def test_action_method_has_the_effects_and_the_next_state_of_its_row(label: str, answer: bool) -> None:
    answers = dict.fromkeys(GUARDS, answer)
    recorder = Recorder(States.STA_1, answers)
    outcome = chosen(label, answers)
    assert getattr(fsm.ActionMethods, ACTIONS[label].method)(recorder) is outcome.next_state
    assert recorder.calls == calls_of(outcome)
    assert recorder.state == "Sta1"
