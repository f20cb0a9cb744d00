"""Pages of the rules that `dulcimer check` and `trace check` hold peers to."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from codegen.pages.markdown import table
from codegen.site.made import MadePage
from codegen.site.prose import clause, escaped, explained, linked, page, role, section
from dulcimer._generated.conformance import RULES
from dulcimer.cli.facts import checks
from dulcimer.cli.facts.explanation import Section

_TRAIL = ("[Protocol](/protocol/index.md)", "[Rules](/protocol/rules.md)")
_MOST_CASES = 12


def pages() -> Iterator[MadePage]:
    """All pages of rules."""
    for name in RULES:
        found = checks.rule(name)
        assert found is not None
        facts, *_ = explained(found)
        cases, seen = found.sections
        parts = [
            f"{{.answer}}\n{linked(found.summary)}",
            facts,
            *_cases(cases),
            section(seen),
            f"In a terminal: `dulcimer explain {name}`.",
        ]
        yield MadePage(f"rules/{name}", page(name, _TRAIL, *parts))


def _cases(cases: Section) -> Iterator[str]:
    """The first cases of a rule; some have hundreds."""
    rows = [[linked(str(value)) for value in row] for row in cases.rows[:_MOST_CASES]]
    if not rows:
        return
    more = len(cases.rows) - len(rows)
    yield f"## {escaped(cases.heading)}\n\n" + table(cases.columns, rows)
    if more:
        yield f"{more} more: `dulcimer explain` lists them all."


def index_page() -> str:
    """All rules, by clause."""
    parts = []
    for where, names in groupby(RULES, key=lambda name: ".".join(RULES[name].clause.split(".")[:3])):
        rows = [[role("rule", name), clause(RULES[name].clause), linked(RULES[name].statement)] for name in names]
        parts.append(f"## {escaped(where)}\n\n" + table(["rule", "clause", "demands"], rows))
    return page(
        "Rules",
        _TRAIL[:1],
        "What the standard demands, one sentence each, in our own words. `dulcimer check` has cases for those that "
        "the network shows, `dulcimer trace check` looks for breaches of them in captures; "
        "[the rules and their cases](/reference/conformance_rules.md) are on one page.",
        *parts,
        orphan=False,
    )
