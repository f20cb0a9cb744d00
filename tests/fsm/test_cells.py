"""The machine whose cells are resolved once does what a machine of `transitions` does, whatever it is given."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transitions import Machine, MachineError

from dulcimer._generated import fsm
from dulcimer._generated.fsm import ACTIONS, TABLE, Events, States
from dulcimer.fsm import StateMachine, build_machine
from dulcimer.fsm.cells import CellMachine
from support.associations import CAUSES, DATA
from support.work import calls_in

LOG = logging.getLogger("transitions.core")
STATES = [state.label for state in States]
CELLS = sorted((event.label, state.label) for event, state in TABLE)
GUARDS = sorted({outcome.guard for action in ACTIONS.values() for outcome in action.outcomes if outcome.guard})
AROUND = ("prepare_event", "before_state_change", "after_state_change", "finalize_event", "on_exception", "on_final")
MOST = 8

Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]


class Model:
    """Has a state, answers guards, and remembers what is called; `named` is a callback by its name."""

    def __init__(self, state: str, answers: dict[str, bool]) -> None:
        self.state = state
        self.calls: list[object] = []
        self._answers = answers

    def named(self, *_: object) -> None:
        self.calls.append(("named", self.state))

    def __getattr__(self, name: str) -> Callable[..., bool | None]:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._answers:
            return lambda: self._answers[name]
        return lambda *arguments: self.calls.append((name, *arguments))


def told(word: str) -> Callable[[Model], None]:
    def tell(model: Model) -> None:
        model.calls.append((word, model.state))

    return tell


def failing(_: Model) -> None:
    raise KeyError("a callback that raises")


CALLBACKS: tuple[Any, ...] = (told("one"), told("two"), "named", failing)


def change(machine: Machine, cell: tuple[str, str], added: Any, draw: Draw) -> None:
    """Change a machine around one cell, in one of the ways that `transitions` has; `draw` decides how."""
    event, source = cell
    transitions = machine.get_transitions(event, source, "*")
    match draw(st.integers(0, 10)):
        case 0:
            getattr(machine, draw(st.sampled_from(AROUND))).append(added)
        case 1:
            setattr(machine, draw(st.sampled_from(AROUND)), draw(st.sampled_from([added, [added, told("more")], None])))
        case 2:
            transitions[0].add_callback(draw(st.sampled_from(["prepare", "before", "after"])), added)
        case 3:
            transitions[-1].before = [added]
        case 4:
            transitions[0].before[:1] = []
        case 5:
            transitions[0].dest = draw(st.sampled_from([None, "Sta14", *STATES]))
        case 6:
            for condition in transitions[0].conditions:
                condition.target = not condition.target
        case 7:
            name = draw(st.sampled_from([source, *(one.dest for one in transitions if one.dest in machine.states)]))
            machine.get_state(name).add_callback(draw(st.sampled_from(["enter", "exit"])), added)
        case 8:
            machine.get_state(draw(st.sampled_from(STATES))).final = True
        case 9:
            machine.add_transition(event, source, draw(st.sampled_from([None, *STATES])), before=added)
        case 10:
            machine.send_event = draw(st.booleans())


class Replay:
    """Draws values, and gives them a second time."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data
        self._drawn: deque[Any] = deque()

    def draw(self, strategy: st.SearchStrategy[Any]) -> Any:
        self._drawn.append(self._data.draw(strategy))
        return self._drawn[-1]

    def again(self, _: st.SearchStrategy[Any]) -> Any:
        return self._drawn.popleft()


@contextmanager
def records(level: int) -> Iterator[list[str]]:
    """What the log of `transitions` gets at this level."""
    kept: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kept.append(record.getMessage())

    before, handler = LOG.level, Keep()
    LOG.setLevel(level)
    LOG.addHandler(handler)
    try:
        yield kept
    finally:
        LOG.removeHandler(handler)
        LOG.setLevel(before)


def outcome_of(machine: Machine, event: str, model: Model) -> object:
    """All that an event does, in order."""
    try:
        result: object = machine.events[event].trigger(model, model)
    except (MachineError, KeyError, ValueError, TypeError, AttributeError) as error:
        result = type(error), str(error)
    calls, model.calls = model.calls, []
    return result, model.state, [call if isinstance(call, tuple) else str(call) for call in calls]


@given(st.data(), st.sampled_from([logging.DEBUG, logging.INFO, logging.WARNING]))
def test_every_event_does_what_transitions_does_after_any_changes(data: st.DataObject, level: int) -> None:
    answers = {guard: data.draw(st.booleans(), guard) for guard in GUARDS}
    event, state = cell = data.draw(st.sampled_from(CELLS), "cell")
    plain, own = fsm.build_machine(), build_machine()
    first, second = Model(state, answers), Model(state, answers)
    with records(level) as kept:
        for _ in range(data.draw(st.integers(1, MOST), "changes")):
            added, replay = data.draw(st.sampled_from(CALLBACKS)), Replay(data)
            change(plain, cell, added, replay.draw)
            change(own, cell, added, replay.again)
            first.state = second.state = state
            expected = outcome_of(plain, event, first)
            recorded = kept.copy()
            kept.clear()
            assert outcome_of(own, event, second) == expected
            assert kept == recorded
            kept.clear()


def test_the_state_may_be_kept_elsewhere() -> None:
    own = build_machine(make=partial(CellMachine, model_attribute="phase"))
    model = Model("Sta6", dict.fromkeys(GUARDS, True))
    model.__dict__["phase"] = "Sta5"
    assert own.events["Evt3"].trigger(model, model)
    assert (model.state, model.__dict__["phase"]) == ("Sta6", "Sta6")
    assert own.events["Evt10"].trigger(model, model)
    model.state = "Sta1"
    assert own.events["Evt10"].trigger(model, model)


def test_a_change_counts_although_the_cell_was_resolved_before() -> None:
    own = build_machine()
    machine = StateMachine(is_requestor=True, machine=own)
    heard: list[str] = []
    machine.state = "Sta6"
    assert len(machine.action(Events.EVT_10, DATA)) == 1
    (transition,) = own.get_transitions("Evt10", "Sta6", "*")
    transition.before.append(lambda fx: heard.append(fx.state))
    assert len(machine.action(Events.EVT_10, DATA)) == 1
    transition.before.clear()
    assert machine.action(Events.EVT_10, DATA) == []
    assert heard == ["Sta6"]


@pytest.mark.parametrize("cell", sorted(TABLE), ids=lambda cell: f"{cell[0].label}-{cell[1].label}")
def test_no_record_is_made_and_nothing_is_looked_up_for_a_cell_of_the_table(cell: tuple[Events, States]) -> None:
    event, state = cell
    machine = StateMachine(is_requestor=True)

    def act() -> None:
        machine.state = state.label
        machine.action(event, CAUSES.get(event))

    act()
    assert calls_in(act) <= 40  # a machine of `transitions` needs 49 for the cell with the least to do


def test_nothing_happens_if_no_guard_lets_an_event_pass() -> None:
    own = build_machine()
    own.remove_transition("Evt12", "Sta7", "Sta10")
    model = Model("Sta7", dict.fromkeys(GUARDS, False))
    assert not own.events["Evt12"].trigger(model, model)
    assert (model.state, model.calls) == ("Sta7", [])


def test_a_state_that_the_machine_does_not_have_is_an_error_of_transitions() -> None:
    machine = StateMachine(is_requestor=True)
    machine.state = "Sta14"
    with pytest.raises(ValueError, match="Sta14"):
        machine.action(Events.EVT_10, DATA)
