"""The state machine and its drawing as JSON, as the page has them: from the same rows as the machine of Python."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dulcimer._generated.codes import PduType
from dulcimer._generated.drawing import ARROWS, DRAWN_EVENTS, DRAWN_STATES
from dulcimer._generated.fsm import ACTIONS, EFFECTS, EVENT_OF_PDU, EVENTS, STATES, TABLE, Events
from dulcimer.conformance.report.clauses import links
from dulcimer.learn.drawing.arrows import states_of
from dulcimer.learn.explorer.wording import CONDITIONS, ROLE_WORDS, why_blank


def machine_json() -> dict[str, Any]:
    """All of it but the PDUs."""
    table: dict[str, dict[str, str]] = {event.label: {} for event in EVENTS}
    for (event, state), action in TABLE.items():
        table[EVENTS[event].label][STATES[state].label] = action
    return {
        "states": [
            {
                "label": state.label,
                "meaning": state.meaning,
                "role": state.role,
                "clause": state.clause,
                "words": DRAWN_STATES[state.label].words,
            }
            for state in STATES
        ],
        "events": [
            {
                "label": event.label,
                "description": event.description,
                "kind": event.kind,
                "words": DRAWN_EVENTS[event.label].words if event.label in DRAWN_EVENTS else event.subject,
                "blank": why_blank(Events.from_label(event.label)),
            }
            for event in EVENTS
        ],
        "actions": {label: _action(label) for label in ACTIONS},
        "effects": {
            key: {"description": effect.description, "clause": effect.clause} for key, effect in EFFECTS.items()
        },
        "guards": {guard: {"words": words} for guard, words in CONDITIONS.items()},
        "roles": ROLE_WORDS,
        "table": table,
        "arrows": [
            {"from": list(states_of(arrow)), "to": arrow.to, "actions": list(arrow.actions)} for arrow in ARROWS
        ],
        "places": {label: [state.x, state.y] for label, state in DRAWN_STATES.items()},
        "pdu_types": {f"{member:02X}": member.label for member in PduType},
        "pdu_events": {name: EVENTS[event].label for name, event in EVENT_OF_PDU.items()},
    }


def _action(label: str) -> dict[str, Any]:
    action = ACTIONS[label]
    return {
        "description": action.description,
        "clause": action.clause,
        "outcomes": [
            {
                "guard": one.guard,
                "negated": one.negated,
                "effects": list(one.effects),
                "next": one.next_state.label,
                "sources": list(one.abort_sources),
            }
            for one in action.outcomes
        ],
    }


def links_of(clauses: Iterable[str]) -> dict[str, list[list[str]]]:
    """The places in the standard that clauses name: text and address of each, by the clause."""
    known = [*(one.clause for one in STATES), *(one.clause for one in EVENTS), "PS3.8 Table 9-10"]
    known += [*(one.clause for one in ACTIONS.values()), *(one.clause for one in EFFECTS.values())]
    return {
        clause: [[link.text, link.address] for link in links(clause)] for clause in dict.fromkeys((*known, *clauses))
    }
