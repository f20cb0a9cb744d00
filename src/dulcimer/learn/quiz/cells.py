"""Questions about a cell of Table 9-10: which action, which next state? Wrong answers are those of cells beside it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from dulcimer._generated.fsm import ACTIONS, EVENTS, STATES, TABLE, Events, States
from dulcimer.learn.quiz.question import QuizQuestion, options_with
from dulcimer.trace.records import ACCEPTOR, ENDS, REQUESTOR

TABLE_CLAUSE: Final = "PS3.8 Table 9-10"
_ROLE_GUARD: Final = "is_requestor"
_BLANK: Final = "none: this cannot happen here"
_ONE_BLANK_IN: Final = 5


def next_action(chance: random.Random) -> QuizQuestion:
    """Which action does an event bring? In one of five questions none: the cell is blank."""
    filled, blank = list(TABLE), [(event, state) for event in Events for state in States if (event, state) not in TABLE]
    is_blank = chance.randrange(_ONE_BLANK_IN) == 0
    event, state = chance.choice([cell for cell in blank if _is_primitive(cell[0])] if is_blank else filled)
    right = _BLANK if is_blank else _action_text(TABLE[event, state])
    wrong = [_action_text(label) for label in _beside(event, state, chance)]
    if not is_blank and chance.randrange(2):
        wrong.insert(0, _BLANK)
    options, place = options_with(right, wrong, chance)
    if is_blank:
        where = ", ".join(one.label for one in States if (event, one) in TABLE)
        why = f"The local user may ask for this only in {where}. Nothing is sent, and the state stays."
    else:
        why = f"{STATES[state].label} + {EVENTS[event].label} is {TABLE[event, state]}."
    role = _role(state, chance)
    text = f"{_situation(state, event, role)} Which action follows?"
    return QuizQuestion("next action", text, (), options, place, why, TABLE_CLAUSE, _look(event, state), role)


def next_state(chance: random.Random) -> QuizQuestion:
    """Which state does an event lead to?"""
    event, state = chance.choice([cell for cell, label in TABLE.items() if len(_next(label, ENDS[0])) == 1])
    role = _role(state, chance)
    label = TABLE[event, state]
    (right,) = _next(label, role)
    wrong = [STATES[one].label for other in _beside(event, state, chance) for one in _next(other, role)]
    wrong += [one.label for one in chance.sample(list(States), len(States))]
    options, place = options_with(STATES[right].label, wrong, chance)
    text = f"{_situation(state, event, role)} In which state is this end then?"
    why = f"{label}: {ACTIONS[label].description} Next state {STATES[right].label}: {STATES[right].meaning}"
    return QuizQuestion("next state", text, (), options, place, why, TABLE_CLAUSE, _look(event, state), role)


def _next(label: str, role: str) -> list[States]:
    """The states that an action leads to at this end."""
    outcomes = ACTIONS[label].outcomes
    found = [one for one in outcomes if one.guard != _ROLE_GUARD or one.negated == (role == ACCEPTOR)]
    return list(dict.fromkeys(one.next_state for one in found))


def _beside(event: Events, state: States, chance: random.Random) -> Iterator[str]:
    """The actions of the cells beside this one, in its row and its column; then all others."""
    row = [TABLE[event, other] for other in States if (event, other) in TABLE]
    column = [TABLE[other, state] for other in Events if (other, state) in TABLE]
    near = list(dict.fromkeys((*row, *column)))
    chance.shuffle(near)
    yield from near
    yield from chance.sample(list(ACTIONS), len(ACTIONS))


def _situation(state: States, event: Events, role: str) -> str:
    return (
        f"The {role} is in {STATES[state].label}: {STATES[state].meaning} "
        f"Now comes {EVENTS[event].label}: {EVENTS[event].description}."
    )


def _role(state: States, chance: random.Random) -> str:
    role = STATES[state].role
    return role if role in ENDS else chance.choice((REQUESTOR, ACCEPTOR))


def _is_primitive(event: Events) -> bool:
    return EVENTS[event].kind == "primitive"


def _action_text(label: str) -> str:
    return f"{label}: {ACTIONS[label].description}"


def _look(event: Events, state: States) -> str:
    return f"{STATES[state].label} {EVENTS[event].label}"
