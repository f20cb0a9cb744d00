"""Explanations of the state machine of PS3.8 9.2: states, events, actions and cells of Table 9-10."""

from __future__ import annotations

from collections.abc import Iterable

from dulcimer._generated.codes import AbortSource
from dulcimer._generated.fsm import (
    ACTIONS,
    EFFECTS,
    EVENTS,
    STATES,
    TABLE,
    Events,
    Outcome,
    StateInfo,
    States,
)
from dulcimer.cli.facts.deviations import in_cells
from dulcimer.cli.facts.explanation import Cell, Explanation, Section
from dulcimer.counting import counted
from dulcimer.learn.explorer.wording import CONDITIONS, ROLE_WORDS, why_blank

TABLE_CLAUSE = "PS3.8 Table 9-10"
MANY_CELLS = 4
_ROLE_GUARD = "is_requestor"
_KIND_WORDS = {
    "primitive": "the local user asks for something",
    "transport": "the local transport service reports something",
    "pdu": "the peer sent something",
    "timer": "time is up",
}


def table_as_json() -> dict[str, dict[str, tuple[str, list[str]]]]:
    """The filled cells of Table 9-10: event, state, then action and the states it can lead to."""
    table: dict[str, dict[str, tuple[str, list[str]]]] = {event.label: {} for event in Events}
    for (event, state), action in TABLE.items():
        table[event.label][state.label] = (action, _next_labels(ACTIONS[action].outcomes))
    return table


def state(which: States) -> Explanation:
    """A state: who can be in it, and what each event does there."""
    info = STATES[which]
    return Explanation(
        "state",
        info.label,
        info.meaning,
        info.clause,
        (("role", ROLE_WORDS[info.role]),),
        (
            Section(
                "events",
                "What can happen here",
                ("event", "which is", "action", "next"),
                tuple(
                    (event.label, EVENTS[event].description, action, " or ".join(_next_states(action)))
                    for event in Events
                    if (action := TABLE.get((event, which)))
                ),
            ),
            Section(
                "not_possible",
                "What cannot happen here",
                ("event", "which is", "why not"),
                tuple(
                    (event.label, EVENTS[event].description, why_blank(event))
                    for event in Events
                    if (event, which) not in TABLE
                ),
            ),
            Section("reached_by", "What leads here", ("action", "does", "in"), tuple(_ways_to(which))),
            in_cells(state=which),
        ),
    )


def event(which: Events) -> Explanation:
    """An event: what it does in each state."""
    info = EVENTS[which]
    return Explanation(
        "event",
        info.label,
        info.description,
        info.clause,
        (("kind", f"{info.kind}: {_KIND_WORDS[info.kind]}"),),
        (
            Section(
                "states",
                "What it does",
                ("action", "next", "which does", "in"),
                tuple(
                    (label, " or ".join(_next_states(label)), ACTIONS[label].description, _labels(places))
                    for label, places in _by_action(which).items()
                ),
            ),
            Section(
                "not_possible",
                "Where it cannot happen",
                ("in", "why not"),
                ((_labels(_blanks(which)), why_blank(which)),),
            ),
            in_cells(event=which),
        ),
    )


def action(label: str, role: str | None = None) -> Explanation:
    """An action: its steps in order, the next state, and the cells that call for it."""
    info = ACTIONS[label]
    outcomes = _outcomes_for(info.outcomes, role)
    return Explanation(
        "action",
        label,
        info.description,
        info.clause,
        _outcome_facts(outcomes),
        (
            *_step_sections(outcomes),
            Section("cells", "Cells of Table 9-10 that call for it", ("event", "which is", "in"), _cells_of(label)),
            in_cells(action=label, role=role),
        ),
    )


def cell(where: States, which: Events, role: str | None = None) -> Explanation:
    """A cell of Table 9-10, blank or filled, with the cells beside it."""
    here, what = STATES[where], EVENTS[which]
    name = f"{here.label} + {what.label}"
    facts = [
        ("state", f"{here.label}: {here.meaning}"),
        ("event", f"{what.label}: {what.description}"),
        ("role", _role_sentence(here, role)),
    ]
    label = TABLE.get((which, where))
    if label is None:
        summary = "is blank in the table: this cannot happen"
        sections: tuple[Section, ...] = ()
        facts.append(("why", why_blank(which)))
        if what.kind == "primitive":
            facts.append(("what then", "a misuse by the local user: nothing is sent, and the state does not change"))
    else:
        outcomes = _outcomes_for(ACTIONS[label].outcomes, role)
        summary = f"-> {label} -> {' or '.join(_next_labels(outcomes))}"
        facts.append(("action", f"{label}: {ACTIONS[label].description} ({ACTIONS[label].clause})"))
        facts += [*_outcome_facts(outcomes), *_next_facts(outcomes)]
        sections = _step_sections(outcomes)
    sections = (*sections, in_cells(where, which, role=role), *_neighbours(where, which))
    return Explanation("cell", name, summary, TABLE_CLAUSE, tuple(facts), sections)


def _outcomes_for(outcomes: tuple[Outcome, ...], role: str | None) -> tuple[Outcome, ...]:
    if role is None:
        return outcomes
    return tuple(
        outcome for outcome in outcomes if outcome.guard != _ROLE_GUARD or outcome.negated == (role == "acceptor")
    )


def _role_sentence(here: StateInfo, role: str | None) -> str:
    sentence = ROLE_WORDS[here.role]
    if role is not None and here.role not in ("both", role):
        return f"{sentence}: never the {role}"
    return sentence


def _condition(outcome: Outcome) -> str:
    if outcome.guard is None:
        return ""
    return CONDITIONS[outcome.guard][outcome.negated]


def _next_labels(outcomes: Iterable[Outcome]) -> list[str]:
    return list(dict.fromkeys(outcome.next_state.label for outcome in outcomes))


def _next_states(label: str) -> list[str]:
    return _next_labels(ACTIONS[label].outcomes)


def _next_facts(outcomes: tuple[Outcome, ...]) -> list[tuple[str, str]]:
    reached = dict.fromkeys(outcome.next_state for outcome in outcomes)
    text = "; or ".join(f"{found.label}: {STATES[found].meaning}" for found in reached)
    return [("next state", text)]


def _outcome_facts(outcomes: tuple[Outcome, ...]) -> tuple[tuple[str, str], ...]:
    sent = [effect.partition(":")[2] for outcome in outcomes for effect in outcome.effects if _sends(effect)]
    if not sent:
        wire = "nothing is sent"
    else:
        wire = f"sends {' or '.join(dict.fromkeys(sent))}"
        if any(not any(map(_sends, outcome.effects)) for outcome in outcomes):
            wire += " in one of the outcomes"
    sources = [source for outcome in outcomes for source in outcome.abort_sources]
    if sources:
        meant = {member.value: member.label for member in AbortSource}
        wire += ", Source " + " or ".join(f"{source} ({meant[source]})" for source in sources)
    return (("on the wire", wire),)


def _sends(effect: str) -> bool:
    return effect.startswith("send_pdu:")


def _step_sections(outcomes: tuple[Outcome, ...]) -> tuple[Section, ...]:
    return tuple(
        Section(
            "steps" if len(outcomes) == 1 else f"steps_{number}",
            " ".join(filter(None, ("Steps", _condition(outcome)))),
            ("step", "which means", "clause"),
            (
                *((effect, EFFECTS[effect].description, EFFECTS[effect].clause) for effect in outcome.effects),
                (
                    f"next state {outcome.next_state.label}",
                    STATES[outcome.next_state].meaning,
                    STATES[outcome.next_state].clause,
                ),
            ),
        )
        for number, outcome in enumerate(outcomes, start=1)
    )


def _neighbours(where: States, which: Events) -> tuple[Section, ...]:
    return (
        Section(
            "also_here",
            f"Other events handled in {STATES[where].label}",
            ("event", "which is", "action", "next"),
            tuple(
                (found.label, EVENTS[found].description, label, " or ".join(_next_states(label)))
                for found in Events
                if found != which and (label := TABLE.get((found, where)))
            ),
        ),
        Section(
            "same_event",
            f"What {EVENTS[which].label} does in other states",
            ("action", "does", "in"),
            tuple(
                (label, ACTIONS[label].description, _labels(others))
                for label, places in _by_action(which).items()
                if (others := [place for place in places if place != where])
            ),
        ),
        Section(
            "not_possible",
            f"What cannot happen in {STATES[where].label}",
            ("events", "why not"),
            tuple((_labels(events), reason) for reason, events in _reasons(where).items()),
        ),
    )


def _reasons(where: States) -> dict[str, list[Events]]:
    found: dict[str, list[Events]] = {}
    for which in Events:
        if (which, where) not in TABLE:
            found.setdefault(why_blank(which), []).append(which)
    return found


def _labels(found: Iterable[States] | Iterable[Events]) -> tuple[str, ...]:
    return tuple(one.label for one in found)


def _blanks(which: Events) -> list[States]:
    return [place for place in States if (which, place) not in TABLE]


def _by_action(which: Events) -> dict[str, list[States]]:
    found: dict[str, list[States]] = {}
    for place in States:
        if label := TABLE.get((which, place)):
            found.setdefault(label, []).append(place)
    return found


def _cells_of(label: str) -> tuple[tuple[Cell, ...], ...]:
    return tuple(
        (found.label, EVENTS[found].description, _labels(places))
        for found in Events
        if (places := _by_action(found).get(label))
    )


def _ways_to(which: States) -> Iterable[tuple[Cell, ...]]:
    for label, info in ACTIONS.items():
        if any(outcome.next_state == which for outcome in info.outcomes):
            cells = [f"{place.label} + {found.label}" for (found, place), used in TABLE.items() if used == label]
            many = len(cells) > MANY_CELLS
            yield label, info.description, counted(len(cells), "cell") if many else ", ".join(cells)
