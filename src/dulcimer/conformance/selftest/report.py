"""What came of the self-test, as data and for a terminal. Neither holds a time, so that runs can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dulcimer.conformance.selftest.model import ROLES, Role
from dulcimer.conformance.selftest.run import Outcome, Selftest

FAILED = "of these, FAILED by a case of `dulcimer check`"
MILD = "of these, NON-STRICT by a case of `dulcimer check`"
EXTRA = "of these, by a case that only the self-test has"


def as_json(found: Selftest) -> dict[str, Any]:
    """Everything as data."""
    return {
        "schema": 1,
        "summary": {role: counts(found, role) for role in ROLES},
        "false_alarms": [{"role": role, "case": played.case.id} for role, played in found.false_alarms],
        "mutants": [_row(outcome) for outcome in found.outcomes],
    }


def _row(outcome: Outcome) -> dict[str, Any]:
    return {
        "id": outcome.mutant.id,
        "cell": [outcome.mutant.cell[1].label, outcome.mutant.cell[0].label],
        "role": outcome.role,
        "visible": outcome.sight.visible,
        "witness": list(map(str, outcome.sight.steps)),
        "shows": outcome.sight.shown,
        "foreseen": outcome.foreseen,
        "invisible_because": outcome.sight.why,
        "killed_by": outcome.case,
        "case_of_the_selftest": outcome.extra,
        "verdict": outcome.verdict,
        "alternative": outcome.alternative,
        "observed": outcome.observed,
        "why": outcome.why,
        "mild": outcome.mild[0],
    }


def counts(found: Selftest, role: Role) -> dict[str, int]:
    """How many of what in a role."""
    return {
        "cases played against the right machine": len(found.right[role]),
        "false alarms": sum(1 for alarmed, _ in found.false_alarms if alarmed == role),
        **kinds([outcome for outcome in found.outcomes if outcome.role == role]),
    }


def kinds(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many of these mutants can be seen and are killed, and how."""
    seen = [outcome for outcome in outcomes if outcome.sight.visible]
    hidden = [outcome for outcome in outcomes if not outcome.sight.visible]
    return {
        "mutants": len(outcomes),
        "visible": len(seen),
        "killed": sum(outcome.killed for outcome in seen),
        "killed by FAILED": sum(outcome.verdict == "FAILED" for outcome in seen),
        FAILED: sum(outcome.verdict == "FAILED" and not outcome.extra for outcome in seen),
        MILD: sum(any(outcome.mild) for outcome in seen),
        EXTRA: sum(outcome.extra and not any(outcome.mild) for outcome in seen),
        "survived": sum(outcome.survived for outcome in seen),
        "not visible": len(hidden),
        "not visible, allowed": sum(outcome.sight.differs for outcome in hidden),
        "not visible, allowed, and marked all the same": sum(o.sight.differs and o.killed for o in hidden),
    }


def summary(found: Selftest) -> str:
    """A few lines for a terminal."""
    lines = [f"FALSE ALARM  {role}  {played.case.id}: {played.result.observed}" for role, played in found.false_alarms]
    for outcome in found.survivors:
        lines.append(f"SURVIVED     {outcome.role}  {outcome.mutant.id}: {outcome.sight.path} -> {outcome.sight.shown}")
    for outcome in found.misjudged:
        where = f"{outcome.case}: {outcome.observed}" if outcome.foreseen else outcome.sight.path
        lines.append(f"MISJUDGED    {outcome.role}  {outcome.mutant.id}: {where}")
    for role in ROLES:
        count = counts(found, role)
        lines.append(
            f"{role}: {count['killed']} of {count['visible']} visible mutants killed, "
            f"{count['killed by FAILED']} by FAILED ({count[FAILED]} by the catalogue; {count[MILD]} where the "
            f"catalogue says NON-STRICT; {count[EXTRA]} only by cases of the self-test); "
            f"{count['not visible']} of {count['mutants']} cannot be seen; "
            f"{count['false alarms']} false alarms in {count['cases played against the right machine']} cases"
        )
    again = [f"{played.case.id} ({role})" for role, right in found.right.items() for played in right if played.again]
    if again:
        lines.append(f"played a second time: {', '.join(again)}")
    return "\n".join(lines)
