"""`spec/conformance/rules/`: what the standard demands, rule by rule, and who names which rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from codegen.spec.reader import Place, check_choice, read

LEVELS = ("shall", "should", "may")
BOUND = ("sender", "receiver", "requestor", "acceptor", "both", "service-user", "service-provider")
FOLDER = "spec/conformance/rules"

_ID = re.compile(r"r\.(?P<part>ps3_\d+)\.(?P<clause>[a-z0-9]+(?:_\d+)*)\.(?P<name>[a-z0-9]+(?:-[a-z0-9]+)*)")
_ACTIONS = "r.ps3_8.9_2_2."


@dataclass(frozen=True)
class Rule:
    """One demand of the standard; `unobservable` says why the network does not show whether it is met.

    `remedy`: what to do at the end that it binds; `remedy_of_receiver`: at the end that receives a breach of it.
    """

    id: str
    clause: str
    level: str
    who: str
    statement: str
    unobservable: str = ""
    remedy: str = ""
    remedy_of_receiver: str = ""


@dataclass(frozen=True)
class _File:
    rules: tuple[Rule, ...]


def load_rules(root: Path) -> dict[str, Rule]:
    """All rules by id, in the order of the files and within them; raises SpecError."""
    rules: dict[str, Rule] = {}
    for path in sorted((root / FOLDER).glob("*.toml")):
        file, place = read(_File, path, root)
        for rule in file.rules:
            _check(rule, rules, place.at(rule.id))
            rules[rule.id] = rule
    if not rules:
        Place(FOLDER).fail("there is no rule")
    return rules


def _check(rule: Rule, known: Mapping[str, Rule], place: Place) -> None:
    found = _ID.fullmatch(rule.id)
    if found is None:
        place.fail("expected an id such as r.ps3_8.9_3_1.unknown-items-ignored")
    if rule.id in known:
        place.fail("two rules have this id")
    part, _, section = rule.clause.partition(" ")
    if part.lower().replace(".", "_") != found["part"] or not _within(section.lower(), found["clause"]):
        place.at("clause").fail(f"{rule.clause!r} is not in the clause that the id names")
    check_choice(rule.level, LEVELS, place.at("level"))
    check_choice(rule.who, BOUND, place.at("who"))
    if not rule.statement.endswith("."):
        place.at("statement").fail("expected a sentence")
    for key in ("remedy", "remedy_of_receiver"):
        words: str = getattr(rule, key)
        if words and (words.endswith(".") or not words[0].islower()):
            place.at(key).fail("expected what to do, without a capital letter and a full stop")


def _within(section: str, clause: str) -> bool:
    """Whether `9.3.2.1` lies in `9_3_2`, or is that clause."""
    return f"{section}.".startswith(clause.replace("_", ".") + ".")


def rules_of_action(action: str, rules: Iterable[str]) -> tuple[str, ...]:
    """The rules of an action such as AE-6, one for each outcome."""
    wanted = _ACTIONS + action.lower()
    return tuple(rule for rule in rules if rule == wanted or rule.startswith(f"{wanted}-"))


def check_named(named: Iterable[str], rules: Mapping[str, Rule], place: Place) -> None:
    """Fail at `place` for a rule that does not exist."""
    for rule in named:
        if rule not in rules:
            near = get_close_matches(rule, rules, 1)
            place.at("rules").fail(f"unknown rule {rule!r}" + (f", nearest is {near[0]}" if near else ""))


def check_all_named(named: set[str], rules: Mapping[str, Rule]) -> None:
    """Fail unless each rule is either named by a case or declared unobservable."""
    for rule in rules.values():
        place = Place(FOLDER).at(rule.id)
        if rule.unobservable and rule.id in named:
            place.fail("a case names this rule, which is declared unobservable")
        if not rule.unobservable and rule.id not in named:
            place.fail("no case names this rule; name it, or say why it is unobservable")
