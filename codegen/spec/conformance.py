"""`spec/conformance/`: reactions, stimuli, entries, expectations, encoding and DIMSE cases, sender rules."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from codegen.spec.codes import Codes
from codegen.spec.reader import Place, check_choice, read
from codegen.spec.rules import Rule, check_named, load_rules, rules_of_action
from codegen.spec.sent_rows import MODELS as SENT_MODELS
from codegen.spec.sent_rows import PLACES, USER_ITEMS, Echo, RequestVariant, check_echo, check_request
from codegen.spec.state_machine import StateMachine

__all__ = [
    "BREACHES",
    "MODELS",
    "PLACES",
    "SEVERITIES",
    "USER_ITEMS",
    "VERDICTS",
    "WAITS",
    "Alternative",
    "Conformance",
    "Reaction",
    "SenderRule",
    "check_alternatives",
    "check_new",
    "check_reaction",
    "load_conformance",
]

BREACHES = ("NON-STRICT", "FAILED")
"""The verdicts that a breach of a rule for what a peer sends can have."""

VERDICTS = ("OK", "NON-STRICT", "INFORMATIONAL", "UNOBSERVABLE", "INCONCLUSIVE", "FAILED")
SEVERITIES = ("S0", "S1", "S2", "S3", "S4")
MACROS = ("@p-abort", "@rj", "@accept", "@failure")
SEEN = (
    "silence",
    "close(",
    "late-close(",
    "early-close(",
    "left(",
    "open-after-artim",
    "open-after-window",
    "gone",
    "*",
    "C-",
    "N-",
)
TRANSPORT = ("", "connect", "fin", "rst", "half-close")
WAITS = ("", "nothing", "half", "drip")
CLOSES = ("tester", "peer", "open")
SETTLES = ("none", "echo", "release")
NEEDS = ("storage", "find", "sut-releases")
STEPS = ("connect", "send", "expect", "await")
CASE_FILES = ("encoding", "negotiation", "pdv", "dimse", "storage")
UNKNOWN_CONTEXT = "A-ASSOCIATE-RQ with an unknown application context"


@dataclass(frozen=True)
class Alternative:
    """A reaction and its verdict: `on` are shell patterns of what was seen, `severity` "" that of the case."""

    name: str
    verdict: str
    on: tuple[str, ...]
    severity: str = ""
    why: str = ""


@dataclass(frozen=True)
class Reaction:
    """What some actions of Table 9-10 look like from outside."""

    actions: tuple[str, ...]
    clause: str
    requirement: str
    severity: str
    close: str
    alternatives: tuple[Alternative, ...]
    events: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stimulus:
    """What causes an event at the peer."""

    event: str
    variant: str = ""
    pdu: str = ""
    fields: dict[str, int] | None = None
    overwrite: dict[str, int] | None = None
    body: tuple[int, ...] | None = None
    split: int = 0
    transport: str = ""
    wait: str = ""
    states: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    open: str = ""
    passed_over: str = ""
    best: int = -1
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class StateEntry:
    """A way into a state, step by step."""

    role: str
    state: str
    steps: tuple[str, ...]
    way: str = ""
    provoke: str = ""
    answer: str = ""
    pipeline: str = ""
    passed: str = ""
    passed_state: str = ""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class EncodingCase:
    """One variation of one PDU or message, and the reactions of a peer to it."""

    id: str
    clause: str
    requirement: str
    severity: str
    expect: str
    before: tuple[Alternative, ...] = ()
    settle: str = "none"
    request: RequestVariant | None = None
    echo: Echo | None = None
    pdu: str = ""
    fields: dict[str, int] | None = None
    overwrite: dict[str, int] | None = None
    body: tuple[int, ...] | None = None
    maximum_length: int = -1
    service: str = ""
    refused_service: str = ""
    needs: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class SenderRule:
    """A rule for everything that the peer itself sends; `cases` that are also about it fail if it is broken."""

    id: str
    clause: str
    requirement: str
    severity: str
    check: str
    pdus: tuple[str, ...]
    verdict: str = "FAILED"
    cases: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Demand:
    """What a rule of the standard demands, of whom, and how to mend the end that breaks it or mishandles a breach."""

    clause: str
    who: str
    statement: str
    remedy: str = ""
    remedy_of_receiver: str = ""


MODELS = (Alternative, Reaction, Stimulus, StateEntry, *SENT_MODELS, EncodingCase, SenderRule, Demand)
"""The rows in the generated module, in an order in which they can be defined."""


@dataclass(frozen=True)
class Expectation:
    """Named alternatives."""

    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True)
class _Reactions:
    reaction: dict[str, Reaction]


@dataclass(frozen=True)
class _Stimuli:
    stimulus: tuple[Stimulus, ...]


@dataclass(frozen=True)
class _Entries:
    entry: tuple[StateEntry, ...]


@dataclass(frozen=True)
class _Expectations:
    expectation: dict[str, Expectation]


@dataclass(frozen=True)
class _Cases:
    case: tuple[EncodingCase, ...]


@dataclass(frozen=True)
class _Rules:
    rule: tuple[SenderRule, ...]


@dataclass(frozen=True)
class Conformance:
    """All of `spec/conformance/`."""

    reactions: dict[str, Reaction]
    stimuli: tuple[Stimulus, ...]
    entries: tuple[StateEntry, ...]
    expectations: dict[str, Expectation]
    cases: tuple[EncodingCase, ...]
    rules: tuple[SenderRule, ...]
    demands: dict[str, Rule]
    action_rules: dict[str, tuple[str, ...]]

    @property
    def named(self) -> set[str]:
        """The rules that cases of acceptors, or classes of reactions, name."""
        rows: tuple[Reaction | Stimulus | EncodingCase | SenderRule, ...]
        rows = (*self.reactions.values(), *self.stimuli, *self.cases, *self.rules)
        return {rule for row in rows for rule in row.rules} | self._by_action

    @property
    def _by_action(self) -> set[str]:
        return {rule for row in self.reactions.values() for action in row.actions for rule in self.action_rules[action]}


def load_conformance(root: Path, machine: StateMachine, codes: Codes) -> Conformance:
    """Read the files of `root/spec/conformance` and check them against the machine; raises SpecError."""
    folder = root / "spec" / "conformance"
    pdus = tuple(member.label for member in codes.enums["PduType"].members.values())
    reactions, place = read(_Reactions, folder / "reactions.toml", root)
    demands = load_rules(root)
    for name, reaction in reactions.reaction.items():
        check_named(reaction.rules, demands, place.at("reaction").at(name))
        check_reaction(reaction, machine, pdus, place.at("reaction").at(name))
    entries, place = read(_Entries, folder / "entries.toml", root)
    for number, entry in enumerate(entries.entry, 1):
        _check_entry(entry, machine, pdus, place.at("entry").at(number))
    stimuli, place = read(_Stimuli, folder / "stimuli.toml", root)
    for number, stimulus in enumerate(stimuli.stimulus, 1):
        check_named(stimulus.rules, demands, place.at("stimulus").at(number))
        _check_stimulus(stimulus, machine, pdus, entries.entry, place.at("stimulus").at(number))
    _check_cells(machine, reactions.reaction, entries.entry, stimuli.stimulus, place)
    expectations, place = read(_Expectations, folder / "expectations.toml", root)
    for name, expectation in expectations.expectation.items():
        check_alternatives(expectation.alternatives, pdus, place.at("expectation").at(name))
    seen: set[str] = set()
    cases: list[EncodingCase] = []
    for file in CASE_FILES:
        rows, place = read(_Cases, folder / f"{file}.toml", root)
        for case in rows.case:
            check_named(case.rules, demands, place.at("case").at(case.id))
            if not case.rules:
                place.at("case").at(case.id).fail("key 'rules' is missing: a case names what it is about")
            _check_case(case, pdus, expectations.expectation, seen, place.at("case").at(case.id))
        cases += rows.case
    rules, place = read(_Rules, folder / "sender.toml", root)
    for rule in rules.rule:
        check_named(rule.rules, demands, place.at("rule").at(rule.id))
        check_new(rule.id, seen, place.at("rule").at(rule.id))
        check_choice(rule.severity, SEVERITIES, place.at("rule").at(rule.id).at("severity"))
        check_choice(rule.verdict, BREACHES, place.at("rule").at(rule.id).at("verdict"))
        for pdu in rule.pdus:
            check_choice(pdu, (*pdus, "*"), place.at("rule").at(rule.id).at("pdus"))
    return Conformance(
        reactions.reaction,
        stimuli.stimulus,
        entries.entry,
        expectations.expectation,
        tuple(cases),
        rules.rule,
        demands,
        {action: rules_of_action(action, demands) for action in machine.actions},
    )


def check_alternatives(alternatives: tuple[Alternative, ...], pdus: tuple[str, ...], place: Place) -> None:
    """Fail at `place` unless each alternative has a verdict, a reason if it needs one, and patterns that can match."""
    for alternative in alternatives:
        where = place.at(alternative.name)
        check_choice(alternative.verdict, VERDICTS, where.at("verdict"))
        if alternative.severity:
            check_choice(alternative.severity, SEVERITIES, where.at("severity"))
        if alternative.verdict != "OK" and not alternative.why:
            where.fail("key 'why' is missing: a verdict other than OK has a reason")
        for pattern in alternative.on:
            if pattern not in MACROS and not pattern.startswith((*pdus, *SEEN)):
                where.at("on").fail(f"{pattern!r} matches nothing that can be seen")
    names = [alternative.name for alternative in alternatives]
    for name in {name for name in names if names.count(name) > 1}:
        place.at(name).fail("two alternatives have this name")


def check_reaction(reaction: Reaction, machine: StateMachine, pdus: tuple[str, ...], place: Place) -> None:
    """Fail at `place` if a class of reactions names something unknown."""
    for action in reaction.actions:
        check_choice(action, tuple(machine.actions), place.at("actions"))
    for event in reaction.events:
        check_choice(event, tuple(machine.events), place.at("events"))
    check_choice(reaction.severity, SEVERITIES, place.at("severity"))
    check_choice(reaction.close, CLOSES, place.at("close"))
    check_alternatives(reaction.alternatives, pdus, place)
    try:
        reaction.requirement.format(state="", event="", action="")
    except (KeyError, IndexError, ValueError) as error:
        place.at("requirement").fail(f"unknown placeholder {error}")


def _check_entry(entry: StateEntry, machine: StateMachine, pdus: tuple[str, ...], place: Place) -> None:
    check_choice(entry.role, ("acceptor", "requestor"), place.at("role"))
    check_choice(entry.state, tuple(machine.states), place.at("state"))
    for step in entry.steps:
        verb, _, what = step.partition(" ")
        check_choice(verb, STEPS, place.at("steps"))
        if verb == "send":
            check_choice(what, (*pdus, UNKNOWN_CONTEXT), place.at("steps"))
    if entry.provoke:
        check_choice(entry.provoke, pdus, place.at("provoke"))
    if entry.pipeline:
        check_choice(entry.pipeline, pdus, place.at("pipeline"))
        check_choice(entry.passed_state, tuple(machine.states), place.at("passed_state"))
    for need in entry.needs:
        check_choice(need, NEEDS, place.at("needs"))


def _check_stimulus(
    stimulus: Stimulus, machine: StateMachine, pdus: tuple[str, ...], entries: tuple[StateEntry, ...], place: Place
) -> None:
    check_choice(stimulus.event, tuple(machine.events), place.at("event"))
    if stimulus.pdu:
        check_choice(stimulus.pdu, pdus, place.at("pdu"))
    check_choice(stimulus.transport, TRANSPORT, place.at("transport"))
    check_choice(stimulus.wait, WAITS, place.at("wait"))
    if sum(map(bool, (stimulus.pdu, stimulus.transport, stimulus.wait))) != 1:
        place.fail("exactly one of pdu, transport and wait is needed")
    for state in stimulus.states:
        check_choice(state, tuple(entry.state for entry in entries), place.at("states"))
    for way in stimulus.entries:
        check_choice(way, tuple(entry.way for entry in entries), place.at("entries"))


def _check_cells(
    machine: StateMachine,
    reactions: dict[str, Reaction],
    entries: tuple[StateEntry, ...],
    stimuli: tuple[Stimulus, ...],
    place: Place,
) -> None:
    """Every filled cell that the network can cause in a driven state has a stimulus and one reaction."""
    driven = {entry.state for entry in entries}
    for (event, state), action in machine.cells().items():
        if state not in driven or machine.events[event].kind == "primitive":
            continue
        if not any(row.event == event and (not row.states or state in row.states) for row in stimuli):
            place.fail(f"no stimulus for {event} in {state}")
        found = [
            name for name, row in reactions.items() if action in row.actions and (not row.events or event in row.events)
        ]
        if len(found) != 1:
            place.fail(f"expected one reaction for {event} in {state} ({action}), found {found}")


def _check_case(
    case: EncodingCase,
    pdus: tuple[str, ...],
    expectations: dict[str, Expectation],
    seen: set[str],
    place: Place,
) -> None:
    check_new(case.id, seen, place)
    check_choice(case.severity, SEVERITIES, place.at("severity"))
    check_choice(case.expect, tuple(expectations), place.at("expect"))
    check_choice(case.settle, SETTLES, place.at("settle"))
    check_alternatives(case.before, pdus, place.at("before"))
    if sum((case.request is not None, case.echo is not None, bool(case.pdu))) != 1:
        place.fail("exactly one of request, echo and pdu is needed")
    if case.pdu:
        check_choice(case.pdu, pdus, place.at("pdu"))
    if case.request is not None:
        check_request(case.request, place.at("request"))
    if case.echo is not None:
        check_echo(case.echo, place.at("echo"))
    for need in case.needs:
        check_choice(need, NEEDS, place.at("needs"))


def check_new(identifier: str, seen: set[str], place: Place) -> None:
    """Fail at `place` if a case has this id already, and note it."""
    if identifier in seen:
        place.fail("two cases have this id")
    seen.add(identifier)
