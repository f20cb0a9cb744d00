"""What each arrow of the drawing stands for, from Table 9-10, and the words on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from dulcimer._generated.drawing import ARROWS, DRAWN_GUARDS, FRAMES, LAYERS, DrawnArrow
from dulcimer._generated.fsm import ACTIONS, EVENTS, TABLE, Events, Outcome, States

ALL: Final = "all"
"""The layer with every arrow."""
_FEW = 2
"""States of a frame that are named one by one."""
_MANY = 3
"""Events that are named one by one."""


@dataclass(frozen=True, slots=True)
class DrawnOutcome:
    """One outcome of one cell of Table 9-10, as an arrow has it."""

    event: Events
    state: States
    action: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class ArrowWords:
    """The lines of words on an arrow; `exceptions` hold for one or two states of a frame, which they name."""

    lines: tuple[str, ...]
    exceptions: tuple[str, ...] = ()


def layer_names() -> tuple[str, ...]:
    """The parts that can be drawn: from the main path to all."""
    return tuple(LAYERS)


def arrows_of(layer: str) -> tuple[int, ...]:
    """The numbers of the arrows of a layer: their places in `ARROWS`."""
    return tuple(number for number, arrow in enumerate(ARROWS) if layer == ALL or layer in arrow.layers)


def states_of(arrow: DrawnArrow) -> tuple[str, ...]:
    """The labels of the states that an arrow starts in."""
    frame = FRAMES.get(arrow.from_)
    return (arrow.from_,) if frame is None else frame.states


@cache
def outcomes_of(number: int) -> tuple[DrawnOutcome, ...]:
    """All that an arrow stands for, in the order of the table."""
    arrow = ARROWS[number]
    starts = states_of(arrow)
    return tuple(
        DrawnOutcome(event, state, action, outcome)
        for (event, state), action in TABLE.items()
        if state.label in starts and action in arrow.actions
        for outcome in ACTIONS[action].outcomes
        if outcome.next_state.label == arrow.to
    )


def arrows_through(cells: Iterable[tuple[Events, States]]) -> frozenset[int]:
    """The arrows of these cells."""
    wanted = set(cells)
    return frozenset(
        number for number in range(len(ARROWS)) if any((one.event, one.state) in wanted for one in outcomes_of(number))
    )


@cache
def words_of(number: int) -> ArrowWords:
    """The words on an arrow: events and their action, the guard if it takes one, states where they are exceptions."""
    arrow = ARROWS[number]
    found = outcomes_of(number)
    common: list[str] = []
    exceptions: list[str] = []
    for action in arrow.actions:
        states: dict[Events, list[States]] = {}
        for one in found:
            if one.action == action and one.state not in states.setdefault(one.event, []):
                states[one.event].append(one.state)
        is_frame = arrow.from_ in FRAMES
        few = [event for event in states if is_frame and len(states[event]) <= _FEW]
        rest = [event for event in states if event not in few]
        if rest:
            common += _lines(rest, action, found, stacked=arrow.stacked)
        for place in dict.fromkeys(tuple(states[event]) for event in few):
            events = [event for event in few if tuple(states[event]) == place]
            where = ", ".join(state.label for state in place)
            exceptions += (f"{where}: {line}" for line in _lines(events, action, found, stacked=False))
    if arrow.exceptions:
        return ArrowWords(tuple(common), tuple(exceptions))
    return ArrowWords((*common, *exceptions))


def _lines(events: list[Events], action: str, found: Iterable[DrawnOutcome], *, stacked: bool) -> Iterator[str]:
    name = events_text(events)
    yield from (name, action) if stacked else (f"{name} {action}",)
    here = [one.outcome for one in found if one.action == action]
    guards = {(one.guard, one.negated) for one in here if one.guard is not None}
    if len(guards) == 1:
        ((guard, negated),) = guards
        words = DRAWN_GUARDS[str(guard)]
        yield words.fails if negated else words.holds


def events_text(events: list[Events]) -> str:
    """``Evt16,18``; ``other PDU`` for many PDUs."""
    if len(events) > _MANY and all(EVENTS[event].kind == "pdu" for event in events):
        return "other PDU"
    first, *others = (event.label for event in events)
    return ",".join([first, *(label.removeprefix("Evt") for label in others)])
