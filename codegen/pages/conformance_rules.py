"""Writes `docs/reference/conformance_rules.md`: which case tests which rule of the standard."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from codegen.pages.markdown import page, table
from codegen.spec import Spec
from codegen.spec.conformance import Conformance, load_conformance
from codegen.spec.requestor import RequestorRows, load_requestor
from codegen.spec.rules import Rule, check_all_named

if TYPE_CHECKING:
    from dulcimer.conformance.model.case import Case

SOURCE = "spec/conformance/rules/"

_MOST = 8
"""If more cases than this name a rule, they are listed in groups."""

_INTRODUCTION = """
Every "shall" and "should" of PS3.8 clauses 7 and 9 and Annexes D to F, and of PS3.7 as far as messages on an
association show it, and each "may" that decides a verdict; in our own words. `dulcimer check` has a case for each
rule, or there is a reason why the network does not show whether the rule is met.
"""
_GROUPS = "A group of cases is written with a star and the number of its cases."
_SEGMENTS = """
The cases `enc.segment.octets.*`, `enc.segment.cut-in-header.*` and `enc.segment.coalesced.*` are other cases again, in
other TCP segments; they have the same rules and are not listed again.
"""
_PARTS = {"PS3.8": "Network communication (PS3.8)", "PS3.7": "Message exchange (PS3.7)"}


def generate(spec: Spec) -> str:
    """The text of the page; raises SpecError for a rule that is neither named nor unobservable."""
    # Imported late: the catalogue is made from files written just before.
    from dulcimer.conformance.catalogue.acceptor import acceptor_cases
    from dulcimer.conformance.catalogue.requestor import requestor_cases
    from dulcimer.conformance.stimuli.requests import Titles

    shared, requestor = load_all(spec.root, spec)
    cases: tuple[Case, ...] = (*acceptor_cases(Titles()), *requestor_cases())
    named = [(case.id, case.rules) for case in cases if not case.base]
    named += [(rule.id, rule.rules) for rule in (*shared.rules, *requestor.rules)]
    in_segments = Counter(rule for case in cases if case.base for rule in case.rules)
    return _text(shared.demands, named, in_segments)


def load_all(root: Path, spec: Spec) -> tuple[Conformance, RequestorRows]:
    """The cases of both roles; raises SpecError for a rule that is neither named nor unobservable."""
    shared = load_conformance(root, spec.machine, spec.codes)
    requestor = load_requestor(root, spec.machine, spec.codes, shared)
    by_action = {
        rule for row in requestor.reactions.values() for action in row.actions for rule in shared.action_rules[action]
    }
    check_all_named(shared.named | requestor.named | by_action, shared.demands)
    return shared, requestor


def _text(rules: dict[str, Rule], named: Sequence[tuple[str, tuple[str, ...]]], in_segments: Counter[str]) -> str:
    cases_of: defaultdict[str, list[str]] = defaultdict(list)
    for case, names in named:
        for name in names:
            cases_of[name].append(case)
    levels = Counter(rule.level for rule in rules.values())
    unobservable = sum(1 for rule in rules.values() if rule.unobservable)
    count = ", ".join(f"{levels[level]} {level}" for level in ("shall", "should", "may"))
    return page(
        "Conformance rules and their cases",
        SOURCE,
        _INTRODUCTION,
        f"{len(rules)} rules ({count}); {len(rules) - unobservable} have cases, {unobservable} cannot be observed. "
        f"{_GROUPS}",
        *(part for key, title in _PARTS.items() for part in _part(title, _of_part(rules, key), cases_of, in_segments)),
        "## Cases and their rules",
        _SEGMENTS,
        table(["case", "rules"], ([f"`{case}`", "<br>".join(f"`{name}`" for name in names)] for case, names in named)),
    )


def _of_part(rules: dict[str, Rule], part: str) -> list[Rule]:
    return [rule for rule in rules.values() if rule.clause.startswith(f"{part} ")]


def _part(
    title: str, rules: Iterable[Rule], cases_of: dict[str, list[str]], in_segments: Counter[str]
) -> Iterable[str]:
    rows = (
        [
            f"`{rule.id}`",
            rule.clause,
            rule.level,
            rule.who,
            rule.statement,
            f"not observable: {rule.unobservable}"
            if rule.unobservable
            else _cases(cases_of[rule.id], in_segments[rule.id]),
        ]
        for rule in rules
    )
    return f"## {title}", table(["rule", "clause", "level", "binds", "demands", "cases"], rows)


def _cases(ids: list[str], in_segments: int) -> str:
    shown = [f"`{identifier}`" for identifier in ids] if len(ids) <= _MOST else list(_groups(ids))
    if in_segments:
        shown.append(f"`enc.segment.*` ({in_segments})")
    return "<br>".join(shown)


def _groups(ids: Iterable[str]) -> Iterable[str]:
    """Ids by the first parts of their names."""
    for group, members in groupby(sorted(ids), _group_of):
        found = list(members)
        yield f"`{found[0]}`" if len(found) == 1 else f"`{group}.*` ({len(found)})"


def _group_of(identifier: str) -> str:
    parts = identifier.split(".")
    return ".".join(parts[:4] if parts[0] == "ul" else parts[: max(1, min(2, len(parts) - 1))])
