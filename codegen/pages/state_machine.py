"""Writes `docs/reference/state_machine.md`: Table 9-10 with every state, event and action explained."""

from __future__ import annotations

from collections.abc import Iterator

from codegen.drawing import LAYERS
from codegen.pages.markdown import link, page, table
from codegen.spec import Spec
from codegen.spec.artim import artim_states
from codegen.spec.state_machine import Outcome, StateMachine

SOURCE = "spec/ps3_8/state_machine.toml"

_INTRODUCTION = """
The DICOM upper layer is one machine at each end of an association (PS3.8 9.2). It is in one of {states} states. An
event is a primitive of the local user, an indication of the transport service, a PDU of the peer, or the expiry of
the ARTIM timer. The cell of the event's row and the state's column in Table 9-10 names the action: effects in a
fixed order, and the next state. {filled} of the {all} cells are filled. A blank cell is not an abort: the event
cannot happen in that state, or it is a primitive that the local user must not issue in it.
"""

_DIAGRAMS = """
An arrow has its events and its action; where an action has two outcomes, it has the condition, too. Heavy lines are the
way from request to release. `dulcimer explain Sta6 Evt12 --svg FILE` draws the machine with that cell in it marked.
"""

_ARTIM = """
With these effects the ARTIM timer (PS3.8 9.1.5) runs in {states}, whatever the path, and in no other state. Those are
the states in which its expiry has a cell.
"""


def generate(spec: Spec) -> str:
    """The text of the page."""
    machine = spec.machine
    cells = machine.cells()
    introduction = _INTRODUCTION.format(
        states=len(machine.states), filled=len(cells), all=len(machine.states) * len(machine.events)
    )
    return page(
        "The state machine",
        SOURCE,
        introduction,
        "## Table 9-10",
        _table_9_10(machine),
        _ARTIM.format(states=" and ".join(link(state) for state in artim_states(machine))),
        "## Diagrams",
        _DIAGRAMS,
        *(part for layer in LAYERS for part in _diagram(layer)),
        "## States",
        *(_state(label, machine) for label in machine.states),
        "## Events",
        *(_event(label, machine) for label in machine.events),
        "## Actions",
        *(_action(label, machine) for label in machine.actions),
        "## Effects",
        table(
            ["effect", "what it does", "clause"],
            [[f"`{key}`", effect.description, effect.clause] for key, effect in machine.effects.items()],
        ),
        "## Guards",
        table(
            ["guard", "what it tests", "clause"],
            [[f"`{key}`", guard.description, guard.clause] for key, guard in machine.guards.items()],
        ),
    )


def _diagram(layer: str) -> Iterator[str]:
    # Imported late: where everything is in a picture is in a file written just before.
    from dulcimer._generated.drawing import LAYERS as DRAWN
    from dulcimer.learn.drawing.arrows import ALL
    from dulcimer.learn.drawing.twin import COLUMNS, twin_rows

    title = DRAWN[layer].title
    yield f"### {title}"
    yield DRAWN[layer].about
    yield f"![{title}: the states as boxes, their transitions as arrows](state_machine_{layer}.svg)"
    if layer == ALL:
        yield "The same as a table: [Table 9-10](#table-9-10)."
    else:
        yield "<details><summary>The same as a table</summary>"
        yield table(COLUMNS, twin_rows(layer))
        yield "</details>"


def _table_9_10(machine: StateMachine) -> str:
    cells = machine.cells()
    rows = []
    for event in machine.events:
        row = [link(event)]
        for state in machine.states:
            action = cells.get((event, state))
            anchor = f'<span id="{state.lower()}-{event.lower()}"></span>'
            row.append(anchor + (link(action) if action else ""))
        rows.append(row)
    return table(["", *map(link, machine.states)], rows)


def _state(label: str, machine: StateMachine) -> str:
    state = machine.states[label]
    role = {"both": "either end", "acceptor": "the acceptor only", "requestor": "the requestor only"}[state.role]
    out = [
        [link(event), machine.events[event].description, link(action), _outcomes(action, machine)]
        for (event, source), action in machine.cells().items()
        if source == label
    ]
    reached = sorted(
        {
            (int(source[3:]), source)
            for (_, source), action in machine.cells().items()
            for outcome in machine.actions[action].outcomes
            if outcome.next == label
        }
    )
    return "\n\n".join(
        [
            f"### {label}",
            f"{state.meaning} ({state.clause}; {role}.)",
            f"Reached from {', '.join(link(source) for _, source in reached)}.",
            table(["event", "description", "action", "effects and next state"], out),
        ]
    )


def _event(label: str, machine: StateMachine) -> str:
    event = machine.events[label]
    where: dict[str, list[str]] = {}
    for (row, state), action in machine.cells().items():
        if row == label:
            where.setdefault(action, []).append(state)
    rows = [
        [link(action), ", ".join(map(link, states)), _outcomes(action, machine)] for action, states in where.items()
    ]
    blank = [state for state in machine.states if (label, state) not in machine.cells()]
    return "\n\n".join(
        [
            f"### {label}",
            f"{event.description}. Kind: {event.kind}. ({event.clause})",
            table(["action", "in state", "effects and next state"], rows),
            f"Blank in {', '.join(map(link, blank))}.",
        ]
    )


def _action(label: str, machine: StateMachine) -> str:
    action = machine.actions[label]
    rows = [
        [_condition(outcome), _effects(outcome), link(outcome.next), ", ".join(map(str, outcome.abort_sources))]
        for outcome in action.outcomes
    ]
    cells = [
        f'<a href="#{state.lower()}-{event.lower()}">{event}/{state}</a>'
        for (event, state), used in machine.cells().items()
        if used == label
    ]
    return "\n\n".join(
        [
            f"### {label}",
            f"{action.description} ({action.clause})",
            table(["when", "effects in order", "next state", "Source field of the A-ABORT"], rows),
            f"Cells: {', '.join(cells)}.",
        ]
    )


def _outcomes(label: str, machine: StateMachine) -> str:
    parts = []
    for outcome in machine.actions[label].outcomes:
        condition = f"{_condition(outcome)}: " if outcome.guard else ""
        parts.append(f"{condition}{_effects(outcome)}, then {link(outcome.next)}")
    return "; ".join(parts)


def _effects(outcome: Outcome) -> str:
    return ", ".join(f"`{effect}`" for effect in outcome.effects)


def _condition(outcome: Outcome) -> str:
    if not outcome.guard:
        return "always"
    return f"when `{outcome.when}`" if outcome.when else f"unless `{outcome.unless}`"
