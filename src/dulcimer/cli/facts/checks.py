"""Explanations of what `dulcimer check` prints: cases, rules, clauses, verdicts, severities."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from dulcimer._generated.codes import ItemType, PduType
from dulcimer._generated.conformance import RULES, SENDER_RULES, Demand
from dulcimer._generated.fsm import ACTIONS
from dulcimer._generated.requestor import RULES as REQUESTOR_SENDER_RULES
from dulcimer.cli.facts.deviations import deviations_where
from dulcimer.cli.facts.explanation import Cell, Explanation, Section
from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.catalogue.extended import thorough_cases
from dulcimer.conformance.catalogue.requestor import requestor_cases
from dulcimer.conformance.catalogue.upper_tester import held_cases
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.verdict import MEANINGS
from dulcimer.conformance.report.contents import SEVERITY_MEANINGS
from dulcimer.conformance.stimuli.messages import Titles

_BOUND_BY = {
    "sender": "the end that sends",
    "receiver": "the end that receives",
    "both": "both ends",
    "requestor": "the requestor",
    "acceptor": "the acceptor",
    "service-user": "the local user of either end",
    "service-provider": "the upper layer of either end",
}
_COMMANDS = {
    "acceptor": "dulcimer check HOST PORT --case {} -v",
    "requestor": "dulcimer check --requestor --case {} -v -- COMMAND {{host}} {{port}}",
    "held": "dulcimer check HOST PORT --upper-tester ADAPTER --case {} -v",
}
_CLAUSE = re.compile(r"(?:ps ?3\.(\d+) )?((?:[6-9]|10|[a-z])(?:\.\d+)+)(?: .*)?")


@cache
def cases_by_id() -> dict[str, tuple[Case, str]]:
    """Every case by its id, with the command that runs it."""
    acceptor, requestor = acceptor_cases(Titles("DULCIMER", "ANY-SCP")), requestor_cases()
    found: dict[str, tuple[Case, str]] = {}
    for cases, how in (
        ((*acceptor, *thorough_cases(acceptor)), "acceptor"),
        ((*requestor, *thorough_cases(requestor)), "requestor"),
        (held_cases(), "held"),
    ):
        for case in cases:
            found.setdefault(case.id, (case, _COMMANDS[how].format(case.id)))
    return found


def case(name: str) -> Explanation | None:
    """The case with this id, or the rule for everything that a peer sends; None if there is none."""
    for watching in (*SENDER_RULES, *REQUESTOR_SENDER_RULES):
        if watching.id == name:
            facts = (
                ("severity", f"{watching.severity}: {SEVERITY_MEANINGS[watching.severity]}"),
                ("looks at", "everything that the peer sends in any case, such as " + ", ".join(watching.pdus)),
            )
            sections = (_rules(watching.rules), deviations_where(name.__eq__))
            return Explanation("case", name, watching.requirement, watching.clause, facts, sections)
    if name not in cases_by_id():
        return None
    found, command = cases_by_id()[name]
    facts = (
        ("severity", f"{found.severity}: {SEVERITY_MEANINGS[found.severity]}"),
        ("peer", f"the {found.role} is tested"),
        *((("cell", f"{found.cell[1].label} + {found.cell[0].label}"),) if found.cell else ()),
        ("expected", found.expected),
        ("run it", command),
    )
    sections = (_rules(found.rules), deviations_where(name.__eq__))
    return Explanation("case", name, found.requirement, found.clause, facts, sections)


def rule(name: str) -> Explanation | None:
    """The rule with this id, with its remedy and the cases that test it; None if there is none."""
    demand = RULES.get(name)
    if demand is None:
        return None
    facts = [("binds", _BOUND_BY.get(demand.who, demand.who))]
    if demand.remedy:
        facts.append(("if it is broken", demand.remedy))
    if demand.remedy_of_receiver:
        facts.append(("if the other end breaks it", demand.remedy_of_receiver))
    tested_by = [found for found, _ in cases_by_id().values() if name in found.rules]
    rows = tuple((found.id, found.severity, found.requirement) for found in tested_by)
    cases = Section("cases", "Cases that test it", ("case", "severity", "demands"), rows)
    seen = deviations_where(lambda case: name in _about(case)[1])
    return Explanation("rule", name, demand.statement, demand.clause, tuple(facts), (cases, seen))


def deviations_of_clause(text: str) -> Section:
    """What implementations do otherwise in the cases of a clause, such as ``PS3.8 9.3.2``, and of its subclauses."""
    wanted = re.compile(rf"{re.escape(text)}(?![0-9]).*")
    return deviations_where(lambda case: wanted.fullmatch(_about(case)[0]) is not None)


@cache
def _about(name: str) -> tuple[str, tuple[str, ...]]:
    """The clause of a case or of a rule for everything that is sent, and the rules that it tests."""
    for watching in (*SENDER_RULES, *REQUESTOR_SENDER_RULES):
        if watching.id == name:
            return watching.clause, watching.rules
    if name not in cases_by_id():
        return "", ()
    return cases_by_id()[name][0].clause, cases_by_id()[name][0].rules


def clause(text: str) -> Explanation | None:
    """What dulcimer knows about a clause, such as ``PS3.8 9.3.2`` or ``9.3.2``, and its subclauses."""
    match = _CLAUSE.fullmatch(text.lower())
    if match is None:
        return None
    part, number = match[1], match[2].upper()
    wanted = re.compile(rf"PS3\.{part or '[0-9]+'} (?:Annex )?(?:.*, )?{re.escape(number)}(?![0-9])(?:[.,].*| .*)?")
    rules = tuple((name, demand.statement, demand.clause) for name, demand in RULES.items() if _is(wanted, demand))
    places = tuple(_places(wanted))
    if not rules and not places:
        return None
    sections = (
        Section("named", "What it is about", ("name", "which is", "clause"), places),
        Section("rules", "Its rules", ("rule", "demands", "clause"), rules),
    )
    parts = sorted({str(found[2]).partition(" ")[0] for found in (*rules, *places)})
    name = f"{f'PS3.{part}' if part else ' and '.join(parts)} {number}"
    return Explanation("clause", name, "as far as dulcimer covers it", name, (), sections)


def word(name: str) -> Explanation | None:
    """A verdict or a severity, as reports name it."""
    for verdict, meaning in MEANINGS.items():
        if verdict.lower() == name.lower():
            return Explanation("verdict", verdict.value, meaning, "docs/conformance/check.md")
    for severity, meaning in SEVERITY_MEANINGS.items():
        if severity.lower() == name.lower():
            return Explanation("severity", severity, meaning, "docs/conformance/check.md")
    return None


def _rules(names: tuple[str, ...]) -> Section:
    rows = tuple((name, RULES[name].statement, RULES[name].clause) for name in names if name in RULES)
    return Section("rules", "Rules that it tests", ("rule", "demands", "clause"), rows)


def _is(wanted: re.Pattern[str], demand: Demand) -> bool:
    return wanted.fullmatch(demand.clause) is not None


def _places(wanted: re.Pattern[str]) -> Iterator[tuple[Cell, ...]]:
    for kind in (PduType, ItemType):
        for member in kind:
            if wanted.fullmatch(member.clause):
                yield f"{member:02X}H", member.label, member.clause
    for label, info in ACTIONS.items():
        if wanted.fullmatch(info.clause):
            yield label, info.description, info.clause
