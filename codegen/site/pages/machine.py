"""Pages of the state machine: states, events, actions, and every cell of Table 9-10."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from codegen.pages.markdown import table
from codegen.site.examples import example_of_pdu
from codegen.site.made import MadePage
from codegen.site.nouns import cell_noun
from codegen.site.pages.bytes import bytes_section
from codegen.site.pages.pictures import picture_of_cell, picture_of_state, shown
from codegen.site.prose import clause, escaped, explained, facts, linked, page, role, section, sections
from dulcimer._generated.codes import PduType
from dulcimer._generated.conformance import ACTION_RULES
from dulcimer._generated.fsm import ACTIONS, EFFECTS, EVENTS, STATES, TABLE, ActionInfo, Events, States
from dulcimer.cli.facts import machine
from dulcimer.cli.facts.checks import cases_by_id
from dulcimer.cli.facts.explanation import Explanation
from dulcimer.conformance.model.case import Case
from dulcimer.learn.explorer.wording import joined

TABLE_PAGE = "protocol/table-9-10"
_TRAIL = ("[Protocol](/protocol/index.md)", f"[Table 9-10](/{TABLE_PAGE}.md)")
_MOST_CASES = 6
_TARGETS = {
    "send_pdu": ("to the peer", "the PDU"),
    "issue": ("to the local user", "the primitive"),
    "transport_connect": ("to the transport service", ""),
    "transport_accept": ("to the transport service", ""),
    "close_transport": ("to the transport service", ""),
    "start_artim": ("timer", ""),
    "stop_artim": ("timer", ""),
    "restart_artim": ("timer", ""),
    "ignore": ("nowhere", ""),
}
"""Where each kind of effect goes, and what it carries there."""
_SOURCES = {
    "primitive": "from the local user",
    "transport": "from the transport service",
    "pdu": "from the peer",
    "timer": "timer",
}


def pages() -> Iterator[MadePage]:
    """All pages of the machine."""
    for place in States:
        found = machine.state(place)
        name = f"states/{place.label.lower()}"
        picture = shown(name, f"The state machine with {place.label} marked")
        yield picture_of_state(name, place)
        yield MadePage(name, _noun_page(found, "State", f"dulcimer explain {place.label}", picture))
    for which in Events:
        yield MadePage(f"events/{which.label.lower()}", _event(which))
    for label in ACTIONS:
        found = machine.action(label)
        rules = _rules(label)
        yield MadePage(f"actions/{label.lower()}", _noun_page(found, "Action", f"dulcimer explain {label}", rules))
    cases = _cases_of_cells()
    for place in States:
        for which in Events:
            own = cases.get((which, place), [])
            name = cell_noun(place, which).page
            if (which, place) in TABLE:
                yield picture_of_cell(name, place, which)
            yield MadePage(name, _cell(place, which, own))


def _noun_page(found: Explanation, kind: str, command: str, *more: str) -> str:
    return page(
        f"{found.name}: {found.summary}" if kind == "State" else f"{kind} {found.name}",
        _TRAIL,
        "" if kind == "State" else linked(found.summary),
        *explained(found),
        *more,
        _in_terminal(command),
    )


def _in_terminal(command: str) -> str:
    return f"In a terminal: `{command}`."


def _event(which: Events) -> str:
    info = EVENTS[which]
    example = ""
    if info.kind == "pdu" and info.subject:
        kind = next(member for member in PduType if member.label == info.subject)
        example = bytes_section(f"The bytes of an {info.subject}", example_of_pdu(kind))
    found = machine.event(which)
    return _noun_page(found, "Event", f"dulcimer explain {info.label}", example)


def _rules(label: str) -> str:
    names = ACTION_RULES.get(label, ())
    return "## Rules\n\n" + "\n".join(f"- {role('rule', name)}" for name in names) if names else ""


# ---------------------------------------------------------------------- cells


def _cell(place: States, which: Events, cases: list[tuple[Case, str]]) -> str:
    found = machine.cell(place, which)
    label = TABLE.get((which, place))
    here, what = STATES[place], EVENTS[which]
    lead = f"**{here.label}**: {linked(here.meaning)} **{what.label}**: {linked(what.description)}."
    parts = [lead, _answer(label, found), facts(_facts(found))]
    if label is not None:
        parts += [_in_and_out(which, ACTIONS[label])]
        parts += _steps(found)
        parts += [shown(cell_noun(place, which).page, f"The state machine with {here.label} and {label} marked")]
        parts += _bytes(which, ACTIONS[label])
    parts += [_tests(cases), *sections(found, "deviations"), _beside(place, which)]
    parts += sections(found, "also_here", "same_event", "not_possible", level=3)
    parts += [_in_terminal(f"dulcimer explain {here.label} {what.label}")]
    trail = (*_TRAIL, role("state", here.label), role("event", what.label))
    return page(f"{here.label} + {what.label}", trail, *parts)


def _answer(label: str | None, found: Explanation) -> str:
    if label is None:
        why = dict(found.facts)["why"]
        return f"{{.answer .blank}}\nThe cell is **blank**: this cannot happen, since {linked(why)}."
    info = ACTIONS[label]
    states = list(dict.fromkeys(outcome.next_state.label for outcome in info.outcomes))
    then = " or ".join(role("state", state) for state in states)
    stays = " (the state stays)" if states == [found.name.split()[0]] else ""
    return f"{{.answer}}\n{role('action', label)} → {then}{stays}. {linked(info.description)}"


def _facts(found: Explanation) -> Iterator[tuple[str, str]]:
    for label, text in found.facts:
        if label in ("role", "what then", "next state"):
            yield "who" if label == "role" else label, linked(text.replace(".; or", "; or"))
    yield "clause", clause(found.clause)


def _in_and_out(which: Events, action: ActionInfo) -> str:
    """What comes in and what goes out, for each outcome."""
    info = EVENTS[which]
    rows = [["in", _SOURCES[info.kind], linked(info.description), clause(info.clause)]]
    for effect in dict.fromkeys(effect for outcome in action.outcomes for effect in outcome.effects):
        kind, _, carried = effect.partition(":")
        where, thing = _TARGETS[kind]
        some = not all(effect in outcome.effects for outcome in action.outcomes)
        text = f"{thing} {linked(carried)}" if thing else linked(EFFECTS[effect].description)
        rows.append(["out", where, text + (", in one of the outcomes" if some else ""), clause(EFFECTS[effect].clause)])
    return "## In and out\n\n" + table(["", "where", "what", "clause"], rows)


def _steps(found: Explanation) -> Iterator[str]:
    """The steps of each outcome."""
    yield "## Step by step"
    for part in found.sections:
        if part.key.startswith("steps"):
            condition = part.heading.removeprefix("Steps").strip()
            yield f"{linked(condition[0].upper() + condition[1:])}:" if condition else ""
            yield section(replace(part, heading=""))


def _bytes(which: Events, action: ActionInfo) -> Iterator[str]:
    """The PDU that comes in, and those that go out."""
    info = EVENTS[which]
    kinds = {member.label: member for member in PduType}
    if info.kind == "pdu" and info.subject:
        yield bytes_section(f"The bytes that come in: {info.subject}", example_of_pdu(kinds[info.subject]))
    sent = [
        (effect.partition(":")[2], outcome.abort_sources)
        for outcome in action.outcomes
        for effect in outcome.effects
        if effect.startswith("send_pdu:")
    ]
    for label, sources in dict.fromkeys(sent):
        example = example_of_pdu(kinds[label], abort_source=sources[0] if sources else None)
        yield bytes_section(f"The bytes that go out: {label}", example)


def _tests(cases: list[tuple[Case, str]]) -> str:
    """The cases of `dulcimer check` that drive the cell."""
    if not cases:
        return ""
    rows = [[f"`{case.id}`", linked(case.requirement), linked(case.expected)] for case, _ in cases[:_MOST_CASES]]
    more = f"\n\n{len(cases) - _MOST_CASES} more, in the same way." if len(cases) > _MOST_CASES else ""
    shown = table(["case", "demands", "expected"], rows)
    run = f"```console\n$ {cases[0][1]}\n```"
    return f"## Is it tested?\n\n`dulcimer check` tries it with a server or a client:\n\n{shown}{more}\n\n{run}"


def _cases_of_cells() -> dict[tuple[Events, States], list[tuple[Case, str]]]:
    """The cases by cell; those that go on after another one are left out."""
    found: dict[tuple[Events, States], list[tuple[Case, str]]] = {}
    for case, command in cases_by_id().values():
        if case.cell is not None and case.then is None and not case.base:
            found.setdefault(case.cell, []).append((case, command))
    return found


def _beside(place: States, which: Events) -> str:
    """The cells to the left and right, above and below, in the printed table."""
    around = []
    for name, row, column in (
        ("left", which, place - 1),
        ("right", which, place + 1),
        ("above", which - 1, place),
        ("below", which + 1, place),
    ):
        if 0 <= column < len(States) and 0 <= row < len(Events):
            neighbour = cell_noun(States(column), Events(row))
            action = TABLE.get((Events(row), States(column)), "blank")
            around.append(f"{name} {role('cell', neighbour.name)} ({action})")
    return "## Neighbours\n\n" + "In the table: " + ", ".join(around) + "."


def table_page() -> str:
    """The whole table, with what can be in a cell."""
    blank = len(States) * len(Events) - len(TABLE)
    return page(
        "Table 9-10",
        ("[Protocol](/protocol/index.md)",),
        f"Rows are events, columns are states. {len(TABLE)} cells have an action; {blank} are blank: what they stand "
        "for cannot happen, or is a misuse by the local user. Every cell is a link to its page, which says why.",
        "```{dul:table}\n```",
        "## States",
        table(
            ["state", "who", "meaning"],
            [[role("state", info.label), info.role, escaped(info.meaning)] for info in STATES],
        ),
        "## Events",
        table(
            ["event", "kind", "what it is", "blank in"],
            [
                [
                    role("event", info.label),
                    info.kind,
                    linked(info.description),
                    linked(joined([place.label for place in States if (which, place) not in TABLE])),
                ]
                for which, info in zip(Events, EVENTS, strict=True)
            ],
        ),
        "## Actions",
        table(
            ["action", "does", "next", "clause"],
            [
                [
                    role("action", label),
                    linked(info.description),
                    " or ".join(dict.fromkeys(role("state", one.next_state.label) for one in info.outcomes)),
                    clause(info.clause),
                ]
                for label, info in ACTIONS.items()
            ],
        ),
        orphan=False,
    )
