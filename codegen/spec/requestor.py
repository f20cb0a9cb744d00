"""`spec/conformance/requestor/`: what is needed, in addition, to check a peer that requests associations."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from codegen.spec.codes import Codes
from codegen.spec.conformance import (
    BREACHES,
    PLACES,
    SEVERITIES,
    USER_ITEMS,
    VERDICTS,
    WAITS,
    Alternative,
    Conformance,
    Reaction,
    SenderRule,
    check_alternatives,
    check_new,
    check_reaction,
)
from codegen.spec.reader import Place, check_choice, read
from codegen.spec.rules import check_named
from codegen.spec.state_machine import StateMachine

ENDINGS = ("ended(", "died(", "hangs", "connects-again", "unknown", "*")
PORTS = ("closed", "full", "deaf")
VARIANTS = ("all", "plain")
VERBS = ("accept", "expect", "send", "serve")


@dataclass(frozen=True)
class RequestorReaction(Reaction):
    """A reaction of a peer that requests associations."""

    states: tuple[str, ...] = ()
    serves: bool = False
    ending: str = "any"


@dataclass(frozen=True)
class RequestorEntry:
    """A way into a state of the requestor, step by step."""

    state: str
    steps: tuple[str, ...]
    way: str = ""
    provoke: str = ""
    answer: str = ""
    passed: str = ""
    variants: str = "all"


@dataclass(frozen=True)
class RefusedConnection:
    """A connection that the tester never accepts."""

    state: str
    variant: str
    port: str


@dataclass(frozen=True)
class AcceptanceVariant:
    """How an A-ASSOCIATE-AC differs from the usual one."""

    protocol_version: int = 1
    echo: bool = True
    reserved: bool = False
    result: int = 0
    syntax: str = ""
    contexts: bool = True
    reverse: bool = False
    extra: int = 0
    twice: bool = False
    application_context: tuple[str, ...] | None = None
    user: tuple[str, ...] = ()
    user_first: bool = False
    unknown: tuple[str, ...] = ()
    unasked: tuple[int, ...] = ()
    shift: dict[str, int] | None = None
    overwrite: dict[str, int] | None = None
    append: tuple[int, ...] = ()
    keep: int = 0
    octets: bool = False


@dataclass(frozen=True)
class Response:
    """How a DIMSE response differs from one of status success."""

    status: int = 0
    message_id: int = 0
    command_field: int = 0
    plain: bool = False
    fragment: int = 0
    together: bool = False
    empty_last: bool = False
    header_bits: int = 0
    context: int = 0
    group_length: int = 0
    reserved: int = 0


@dataclass(frozen=True)
class RequestorCaseRow:
    """One variation of one answer, and the reactions of a requestor to it."""

    id: str
    clause: str
    requirement: str
    severity: str
    state: str
    expect: str
    ending: str = "any"
    accept: AcceptanceVariant | None = None
    pdu: str = ""
    fields: dict[str, int] | None = None
    overwrite: dict[str, int] | None = None
    response: Response | None = None
    wait: str = ""
    maximum_length: int = -1
    rules: tuple[str, ...] = ()


MODELS = (RequestorReaction, RequestorEntry, RefusedConnection, AcceptanceVariant, Response, RequestorCaseRow)
"""The rows in the generated module, in an order in which they can be defined."""


@dataclass(frozen=True)
class _Named:
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True)
class _Reactions:
    reaction: dict[str, RequestorReaction]
    ending: dict[str, _Named]
    expectation: dict[str, _Named]


@dataclass(frozen=True)
class _Entries:
    entry: tuple[RequestorEntry, ...]
    refusal: tuple[RefusedConnection, ...]


@dataclass(frozen=True)
class _Cases:
    case: tuple[RequestorCaseRow, ...]


@dataclass(frozen=True)
class _Rules:
    rule: tuple[SenderRule, ...]


@dataclass(frozen=True)
class RequestorRows:
    """All of `spec/conformance/requestor/`."""

    reactions: dict[str, RequestorReaction]
    endings: dict[str, tuple[Alternative, ...]]
    expectations: dict[str, tuple[Alternative, ...]]
    entries: tuple[RequestorEntry, ...]
    refusals: tuple[RefusedConnection, ...]
    cases: tuple[RequestorCaseRow, ...]
    rules: tuple[SenderRule, ...]

    @property
    def named(self) -> set[str]:
        """The rules that these rows name, besides those of the actions."""
        rows: tuple[RequestorReaction | RequestorCaseRow | SenderRule, ...]
        rows = (*self.reactions.values(), *self.cases, *self.rules)
        return {rule for row in rows for rule in row.rules}


def load_requestor(root: Path, machine: StateMachine, codes: Codes, shared: Conformance) -> RequestorRows:
    """Read the files of `root/spec/conformance/requestor` and check them; raises SpecError."""
    folder = root / "spec" / "conformance" / "requestor"
    pdus = tuple(member.label for member in codes.enums["PduType"].members.values())
    found, place = read(_Reactions, folder / "reactions.toml", root)
    for name, reaction in found.reaction.items():
        where = place.at("reaction").at(name)
        check_reaction(reaction, machine, pdus, where)
        check_named(reaction.rules, shared.demands, where)
        check_choice(reaction.ending, tuple(found.ending), where.at("ending"))
        for state in reaction.states:
            check_choice(state, tuple(machine.states), where.at("states"))
    for name, row in found.expectation.items():
        check_alternatives(row.alternatives, pdus, place.at("expectation").at(name))
    for name, row in found.ending.items():
        _check_ending(row.alternatives, place.at("ending").at(name))
    entries, place = read(_Entries, folder / "entries.toml", root)
    for number, entry in enumerate(entries.entry, 1):
        _check_entry(entry, machine, pdus, place.at("entry").at(number))
    for number, refusal in enumerate(entries.refusal, 1):
        where = place.at("refusal").at(number)
        check_choice(refusal.state, tuple(entry.state for entry in entries.entry), where.at("state"))
        check_choice(refusal.port, PORTS, where.at("port"))
    _check_cells(machine, found.reaction, shared, entries.entry, place)
    seen = {row.id for row in shared.cases} | {row.id for row in shared.rules}
    cases, place = read(_Cases, folder / "cases.toml", root)
    for case in cases.case:
        check_named(case.rules, shared.demands, place.at("case").at(case.id))
        _check_case(case, found, entries.entry, pdus, seen, place.at("case").at(case.id))
    rules, place = read(_Rules, folder / "sender.toml", root)
    for rule in rules.rule:
        where = place.at("rule").at(rule.id)
        check_new(rule.id, seen, where)
        check_named(rule.rules, shared.demands, where)
        check_choice(rule.severity, SEVERITIES, where.at("severity"))
        check_choice(rule.verdict, BREACHES, where.at("verdict"))
        for pdu in rule.pdus:
            check_choice(pdu, (*pdus, "*"), where.at("pdus"))
    return RequestorRows(
        found.reaction,
        {name: row.alternatives for name, row in found.ending.items()},
        {name: row.alternatives for name, row in found.expectation.items()},
        entries.entry,
        entries.refusal,
        cases.case,
        rules.rule,
    )


def _check_ending(alternatives: tuple[Alternative, ...], place: Place) -> None:
    for alternative in alternatives:
        where = place.at(alternative.name)
        check_choice(alternative.verdict, VERDICTS, where.at("verdict"))
        if alternative.verdict != "OK" and not alternative.why:
            where.fail("key 'why' is missing: a verdict other than OK has a reason")
        for pattern in alternative.on:
            if not pattern.startswith(ENDINGS):
                where.at("on").fail(f"{pattern!r} matches no ending")


def _check_entry(entry: RequestorEntry, machine: StateMachine, pdus: tuple[str, ...], place: Place) -> None:
    check_choice(entry.state, tuple(machine.states), place.at("state"))
    check_choice(entry.variants, VARIANTS, place.at("variants"))
    for step in entry.steps:
        verb, _, what = step.partition(" ")
        check_choice(verb, VERBS, place.at("steps"))
        if verb == "send":
            check_choice(what, pdus, place.at("steps"))
    if entry.provoke:
        check_choice(entry.provoke, pdus, place.at("provoke"))


def _check_cells(
    machine: StateMachine,
    own: dict[str, RequestorReaction],
    shared: Conformance,
    entries: tuple[RequestorEntry, ...],
    place: Place,
) -> None:
    """Every filled cell that the network can cause in a driven state has a stimulus and a reaction."""
    driven = {entry.state for entry in entries}
    for (event, state), action in machine.cells().items():
        if state not in driven or state == "Sta4" or machine.events[event].kind == "primitive":
            continue
        if not any(row.event == event and (not row.states or state in row.states) for row in shared.stimuli):
            place.fail(f"no stimulus for {event} in {state}")
        mine = [
            name
            for name, row in own.items()
            if action in row.actions
            and (not row.events or event in row.events)
            and (not row.states or state in row.states)
        ]
        theirs = [
            name
            for name, row in shared.reactions.items()
            if action in row.actions and (not row.events or event in row.events)
        ]
        if len(mine) != 1 and (mine or len(theirs) != 1):
            place.fail(f"expected one reaction for {event} in {state} ({action}), found {mine or theirs}")


def _check_case(
    case: RequestorCaseRow,
    found: _Reactions,
    entries: tuple[RequestorEntry, ...],
    pdus: tuple[str, ...],
    seen: set[str],
    place: Place,
) -> None:
    check_new(case.id, seen, place)
    check_choice(case.severity, SEVERITIES, place.at("severity"))
    check_choice(case.expect, tuple(found.expectation), place.at("expect"))
    check_choice(case.ending, tuple(found.ending), place.at("ending"))
    check_choice(case.wait, WAITS, place.at("wait"))
    states = [entry.state for entry in entries if not entry.way and not entry.provoke]
    check_choice(case.state, tuple(states), place.at("state"))
    if sum((case.accept is not None, case.response is not None, bool(case.pdu), bool(case.wait))) != 1:
        place.fail("exactly one of accept, response, pdu and wait is needed")
    if case.pdu:
        check_choice(case.pdu, pdus, place.at("pdu"))
    if case.accept is not None:
        for name in case.accept.user:
            check_choice(name, USER_ITEMS, place.at("accept").at("user"))
        for where in case.accept.unknown:
            check_choice(where, PLACES, place.at("accept").at("unknown"))
