"""`spec/ps3_8/state_machine.toml`: states, events, effects, guards, actions, Table 9-10."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path

from codegen.spec.reader import MAY_BE_EMPTY, Place, check_choice, check_unique, read

ROLES = ("both", "acceptor", "requestor")
KINDS = ("primitive", "transport", "pdu", "timer")
SEND = "send_pdu:"
SEND_ABORT = "send_pdu:A-ABORT"


@dataclass(frozen=True)
class State:
    """One of Sta1 to Sta13."""

    role: str
    clause: str
    meaning: str


@dataclass(frozen=True)
class Event:
    """One of Evt1 to Evt19."""

    kind: str
    clause: str
    description: str
    subject: str = field(metadata=MAY_BE_EMPTY)


@dataclass(frozen=True)
class Effect:
    """One thing an action does, and the method that does it."""

    clause: str
    description: str
    method: str = field(metadata=MAY_BE_EMPTY)


@dataclass(frozen=True)
class Guard:
    """A condition that selects one of two outcomes of an action."""

    clause: str
    description: str


@dataclass(frozen=True)
class Outcome:
    """Effects in order, and the next state."""

    effects: tuple[str, ...]
    next: str
    when: str = ""
    unless: str = ""
    abort_sources: tuple[int, ...] = ()

    @property
    def guard(self) -> str:
        """The name of the guard, "" if there is none."""
        return self.when or self.unless


@dataclass(frozen=True)
class Action:
    """One of AE-1 to AA-8."""

    clause: str
    description: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class StateMachine:
    """The whole file."""

    states: dict[str, State]
    events: dict[str, Event]
    effects: dict[str, Effect]
    guards: dict[str, Guard]
    actions: dict[str, Action]
    table: dict[str, tuple[str, ...]]

    def cells(self) -> dict[tuple[str, str], str]:
        """The filled cells in reading order: (event, state) to action."""
        return {
            (event, state): action
            for event in self.events
            for state, action in zip(self.states, self.table[event], strict=True)
            if action
        }


def load_state_machine(root: Path) -> tuple[StateMachine, Place]:
    """Read and check the file; what it says about methods is checked against `AssociationEffects`."""
    machine, place = read(StateMachine, root / "spec/ps3_8/state_machine.toml", root)
    _check_labels(machine, place)
    _check_actions(machine, place)
    _check_table(machine, place)
    _check_methods(machine, place, root)
    return machine, place


def _check_labels(machine: StateMachine, place: Place) -> None:
    for name, prefix, labels in (("states", "Sta", machine.states), ("events", "Evt", machine.events)):
        for number, label in enumerate(labels, 1):
            if label != f"{prefix}{number}":
                place.at(name).at(label).fail(f"expected {prefix}{number} in this row")
    for label, state in machine.states.items():
        check_choice(state.role, ROLES, place.at("states").at(label).at("role"))
    for label, event in machine.events.items():
        check_choice(event.kind, KINDS, place.at("events").at(label).at("kind"))


def _check_actions(machine: StateMachine, place: Place) -> None:
    effects: set[str] = set()
    guards: set[str] = set()
    for label, action in machine.actions.items():
        here = place.at("actions").at(label).at("outcomes")
        for number, outcome in enumerate(action.outcomes, 1):
            _check_outcome(outcome, machine, here.at(number))
            effects.update(outcome.effects)
            guards.add(outcome.guard)
        conditions = [(outcome.when, outcome.unless) for outcome in action.outcomes]
        guard = action.outcomes[0].guard if action.outcomes else ""
        if conditions not in ([("", "")], [(guard, ""), ("", guard)]):
            here.fail("expected one outcome, or one `when` and one `unless` of the same guard")
    for name, rows, used in (("effects", machine.effects, effects), ("guards", machine.guards, guards)):
        for row in rows:
            if row not in used:
                place.at(name).at(row).fail("no action uses it")


def _check_outcome(outcome: Outcome, machine: StateMachine, here: Place) -> None:
    for effect in outcome.effects:
        if effect not in machine.effects:
            here.fail(f"unknown effect {effect!r}, expected one of the keys of [effects]")
    if outcome.guard and outcome.guard not in machine.guards:
        here.fail(f"unknown guard {outcome.guard!r}, expected one of the keys of [guards]")
    if outcome.next not in machine.states:
        here.at("next").fail(f"unknown state {outcome.next!r}, expected one of the keys of [states]")
    if bool(outcome.abort_sources) != (SEND_ABORT in outcome.effects):
        here.fail(f"expected abort_sources where an effect is {SEND_ABORT!r}, and nowhere else")


def _check_table(machine: StateMachine, place: Place) -> None:
    here = place.at("table")
    rows = dict(machine.table)
    columns = rows.pop("columns", ())
    if columns != tuple(machine.states):
        here.at("columns").fail(f"expected the states in order, {', '.join(machine.states)}")
    for label in machine.events:
        if label not in rows:
            here.fail(f"row {label} is missing, expected one row for each event")
    for label, row in rows.items():
        if label not in machine.events:
            here.at(label).fail("unknown event, expected one of the keys of [events]")
        if len(row) != len(machine.states):
            here.at(label).fail(f"expected {len(machine.states)} cells, found {len(row)}")
        for state, action in zip(machine.states, row, strict=True):
            if action and action not in machine.actions:
                here.at(label).fail(f"unknown action {action!r} in column {state}")
    used = {action for row in rows.values() for action in row}
    for label in machine.actions:
        if label not in used:
            place.at("actions").at(label).fail("no cell of the table uses it")


def _check_methods(machine: StateMachine, place: Place, root: Path) -> None:
    check_unique(
        {key: effect.method for key, effect in machine.effects.items() if effect.method},
        place.at("effects"),
        "method",
    )
    source = root / "src/dulcimer/fsm/effects.py"
    methods = _methods_of("AssociationEffects", source)
    needed = [(place.at("effects").at(key), effect.method) for key, effect in machine.effects.items()]
    needed += [(place.at("guards").at(key), key) for key in machine.guards]
    for here, method in needed:
        if method and method not in methods:
            here.fail(f"expected a method {method!r} of AssociationEffects in src/dulcimer/fsm/effects.py")


def _methods_of(name: str, source: Path) -> set[str]:
    if not source.exists():
        return set()
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
    return set()
