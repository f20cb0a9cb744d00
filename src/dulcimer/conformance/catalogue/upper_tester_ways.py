"""How each state is reached if the local user does what the tester asks: shortest ways through Table 9-10."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from dulcimer._generated.fsm import ACTIONS, EVENTS, TABLE, Events, Outcome, States
from dulcimer.conformance.model.oracle import Cell

_ISSUE = "issue:"
_LAST_RESORT = ("AA-",)
"""Actions that end an association abruptly: every state can be reached without them."""

_REFUSALS = (Events.EVT_4, Events.EVT_8)


@dataclass(frozen=True, slots=True)
class Leg:
    """One step of a way: the event, the state in which it comes, the outcome."""

    event: Events
    state: States
    outcome: Outcome

    @property
    def cell(self) -> Cell:
        """The cell of the table that this step goes through."""
        return self.event, self.state


def outcome_of(cell: Cell, *, is_requestor: bool, abort_source: int = 0) -> Outcome:
    """What the action of a cell does at this end; the request is one that can be supported."""
    outcomes = ACTIONS[TABLE[cell]].outcomes
    guards = {
        "is_requestor": is_requestor,
        "abort_is_from_service_user": abort_source == 0,
    }
    return next(row for row in outcomes if row.guard is None or guards.get(row.guard, True) != row.negated)


def indications_of(outcome: Outcome) -> tuple[str, ...]:
    """What the local user gets."""
    return tuple(effect.removeprefix(_ISSUE) for effect in outcome.effects if effect.startswith(_ISSUE))


def ways(*, is_requestor: bool) -> dict[States, tuple[Leg, ...]]:
    """The shortest way to each state that can be reached in order, if this end requests the association or not.

    Of events that lead to the same state, the one with the lower number is taken.
    """
    opening = Events.EVT_1 if is_requestor else Events.EVT_5
    found: dict[States, tuple[Leg, ...]] = {States.STA_1: ()}
    queue = deque([States.STA_1])
    while queue:
        state = queue.popleft()
        for event in Events:
            cell = event, state
            if cell not in TABLE or not _is_in_order(cell, opening):
                continue
            outcome = outcome_of(cell, is_requestor=is_requestor)
            if outcome.next_state not in found:
                found[outcome.next_state] = (*found[state], Leg(event, state, outcome))
                queue.append(outcome.next_state)
    del found[States.STA_1]
    return found


def _is_in_order(cell: Cell, opening: Events) -> bool:
    event, state = cell
    if TABLE[cell].startswith(_LAST_RESORT) or event in _REFUSALS:
        return False
    if state is States.STA_1:
        return event is opening
    return EVENTS[event].kind != "timer"
