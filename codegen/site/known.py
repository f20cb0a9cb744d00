"""What implementations are known to do otherwise: the baselines of the tests, by cell and by rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from codegen.pages.markdown import table
from codegen.site.prose import escaped, linked
from codegen.spec.deviations import BaselineRow, baselines
from dulcimer._generated.conformance import SENDER_RULES
from dulcimer._generated.requestor import RULES as REQUESTOR_SENDER_RULES
from dulcimer.cli.facts.checks import cases_by_id
from dulcimer.conformance.model.oracle import Cell

_INTRODUCTION = """
Seen by the tests of the project, with the version that is named; later versions may do better. Each was tried with the
implementation's own server or client, and the reason says why the implementation, and not the check, is wrong.
"""


@dataclass(frozen=True, slots=True)
class KnownDeviation:
    """What one implementation does otherwise, and the case that sees it."""

    peer: str
    expected: BaselineRow


@dataclass(frozen=True, slots=True)
class KnownDeviations:
    """All of them, by cell of Table 9-10 and by rule."""

    of_cell: dict[Cell, list[KnownDeviation]]
    of_rule: dict[str, list[KnownDeviation]]


def known_deviations(root: Path) -> KnownDeviations:
    """Those in the baselines; raises SpecError if one is not as it must be."""
    cases = {name: (case.cell, case.rules) for name, (case, _) in cases_by_id().items()}
    cases |= {rule.id: (None, rule.rules) for rule in (*SENDER_RULES, *REQUESTOR_SENDER_RULES)}
    of_cell: defaultdict[Cell, list[KnownDeviation]] = defaultdict(list)
    of_rule: defaultdict[str, list[KnownDeviation]] = defaultdict(list)
    for stack, rows in baselines(root):
        for expected in rows:
            found = KnownDeviation(stack.title, expected)
            cell, rules = cases[expected.case]
            if cell is not None:
                of_cell[cell].append(found)
            for rule in rules:
                of_rule[rule].append(found)
    return KnownDeviations(dict(of_cell), dict(of_rule))


def known_section(found: Iterable[KnownDeviation]) -> str:
    """A section on some of them; "" if there are none."""
    rows = [
        [
            escaped(one.peer),
            f"`{one.expected.case}`",
            linked(one.expected.observed),
            linked(one.expected.reason),
        ]
        for one in found
    ]
    if not rows:
        return ""
    return "\n\n".join(
        [
            "## What implementations get wrong",
            _INTRODUCTION.strip(),
            table(["implementation", "case", "does", "why that is wrong"], rows),
        ]
    )
