"""Table 9-10 with one wrong cell: all mutants, made by rule from the generated rows, and the machine that runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from transitions import Machine

from dulcimer._generated.fsm import (
    ACTIONS,
    EFFECTS,
    GUARD_FUNCTIONS,
    STATES,
    TABLE,
    Effects,
    Events,
    States,
)
from dulcimer.conformance.model.oracle import Cell
from dulcimer.fsm.effects import AssociationEffects
from dulcimer.fsm.primitives import AbortRequest
from dulcimer.wire.model import Abort

_ABORT = "send_pdu:A-ABORT"
_CLOSE, _START = "close_transport", "start_artim"
_IGNORE = "ignore"
_SEND = "send_pdu:"
_STARTS = ("start_artim", "restart_artim")


@dataclass(frozen=True, slots=True)
class Row:
    """What a cell does if its guard allows it: effects in order, next state, Source field of an A-ABORT sent."""

    guard: str | None
    negated: bool
    effects: tuple[str, ...]
    next_state: States
    source: int = 0

    @property
    def condition(self) -> str:
        """The guard in words, "" if there is none."""
        return "" if self.guard is None else f"{'unless' if self.negated else 'when'}_{self.guard}"


Rows: TypeAlias = Mapping[Cell, tuple[Row, ...]]
"""A table: the rows of each filled cell."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One wrong cell. `fault` says what is wrong; `rows` is what the cell does instead, nothing if it is blank.

    `condition` is the guard of the outcome that is wrong, "" if it is the whole cell.
    """

    cell: Cell
    fault: str
    detail: str
    rows: tuple[Row, ...]
    condition: str = ""

    @property
    def id(self) -> str:
        """Such as Evt3-Sta6.next.Sta1; it does not depend on other mutants."""
        return f"{cell_label(self.cell)}.{self.name}"

    @property
    def name(self) -> str:
        """What is wrong in the cell, such as next.Sta1."""
        return ".".join(filter(None, (self.condition, self.fault, self.detail)))

    @property
    def wrong(self) -> tuple[Row, ...]:
        """The rows of the table that it replaces."""
        return tuple(row for row in TABLE_ROWS[self.cell] if row not in self.rows)

    def table(self) -> Rows:
        """Table 9-10 with the wrong cell."""
        return {**TABLE_ROWS, self.cell: self.rows}


FAULTS = {
    "action": "the action that another state has for the event",
    "next": "another next state",
    "blank": "no reaction at all",
    "source": "the other Source in the A-ABORT",
    "without": "one effect of the action left out",
    "close": "closes where it has to wait",
    "wait": "waits, under ARTIM, where it has to close",
}
"""The faults in words, by their name in `Mutant.fault`."""


def cell_label(cell: Cell) -> str:
    """Evt3-Sta6."""
    event, state = cell
    return f"{event.label}-{state.label}"


def rows_of(action: str) -> tuple[Row, ...]:
    """An action of Tables 9-6 to 9-9, with the Source that dulcimer sends."""
    return tuple(
        Row(row.guard, row.negated, row.effects, row.next_state, (row.abort_sources or (0,))[0])
        for row in ACTIONS[action].outcomes
    )


TABLE_ROWS: Rows = {cell: rows_of(action) for cell, action in TABLE.items()}
"""The correct Table 9-10."""


def mutants() -> tuple[Mutant, ...]:
    """Every mutant, each with a different behaviour; if two rules make the same one, the first names it."""
    found: dict[tuple[Cell, frozenset[Row]], Mutant] = {}
    for cell in TABLE:
        for mutant in _mutants_of(cell):
            if frozenset(mutant.rows) != frozenset(TABLE_ROWS[cell]):
                found.setdefault((cell, frozenset(mutant.rows)), mutant)
    return tuple(found.values())


def _mutants_of(cell: Cell) -> Iterator[Mutant]:
    event, state = cell
    yield Mutant(cell, "blank", "", ())
    same_event = (TABLE[event, other] for other in States if (event, other) in TABLE)
    for action in dict.fromkeys(same_event):
        yield Mutant(cell, "action", action, rows_of(action))
    rows = TABLE_ROWS[cell]
    for number, row in enumerate(rows):
        for fault, detail, changed in _wrong_rows(row, state):
            yield Mutant(cell, fault, detail, (*rows[:number], changed, *rows[number + 1 :]), row.condition)


def _wrong_rows(row: Row, state: States) -> Iterator[tuple[str, str, Row]]:
    if _ABORT in row.effects:
        source = 2 - row.source
        yield "source", str(source), replace(row, source=source)
    waits = row.next_state == States.STA_13
    if waits:
        kept = tuple(effect for effect in row.effects if effect not in (*_STARTS, _IGNORE))
        yield "close", "", replace(row, effects=(*kept, _CLOSE), next_state=States.STA_1)
    if _CLOSE in row.effects:
        effects = tuple(_START if effect == _CLOSE else effect for effect in row.effects if effect != "stop_artim")
        yield "wait", "", replace(row, effects=effects, next_state=States.STA_13)
    for number, effect in enumerate(row.effects):
        if effect != _IGNORE:
            left = row.effects[:number] + row.effects[number + 1 :]
            yield "without", EFFECTS[effect].method, replace(row, effects=left)
    for other in _next_states(state):
        yield "next", other.label, replace(row, next_state=other)


def _next_states(state: States) -> tuple[States, ...]:
    """The state of the cell, and the first state of each of Tables 9-1 to 9-5."""
    firsts = {STATES[other].clause: other for other in reversed(States)}
    return tuple(dict.fromkeys((state, *sorted(firsts.values()))))


# ---------------------------------------------------------------------- the machine


def machine_of(rows: Rows, note: Callable[[Cell, Row], None] = lambda _cell, _row: None) -> Machine:
    """A `transitions` machine of a table, as `dulcimer._generated.fsm.build_machine` makes it from the correct one.

    `note` is called with each row that is carried out.
    """
    machine = Machine(
        model=None,
        states=[state.label for state in STATES],
        initial=None,
        auto_transitions=False,
        send_event=False,
    )
    for event in Events:
        machine.add_transition(event.label, [], None)  # a row may be completely blank
    for (event, state), found in rows.items():
        for row in found:
            guard = GUARD_FUNCTIONS[row.guard] if row.guard else None
            machine.add_transition(
                event.label,
                state.label,
                None if row.next_state == state else row.next_state.label,
                conditions=None if row.negated else guard,
                unless=guard if row.negated else None,
                before=action_of((event, state), row, note),
            )
    return machine


def action_of(cell: Cell, row: Row, note: Callable[[Cell, Row], None]) -> Callable[[Effects], None]:
    """A function that carries out the effects of a row in order."""

    def act(fx: Effects) -> None:
        note(cell, row)
        for effect in row.effects:
            if effect == _ABORT:
                if cell[0] == Events.EVT_15 and isinstance(fx, AssociationEffects):
                    fx.cause = AbortRequest(Abort(row.source, 0))  # else the values of the user would be sent
                fx.send_a_abort(row.source)
            elif effect != _IGNORE:
                getattr(fx, EFFECTS[effect].method)()

    return act
