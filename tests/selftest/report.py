"""The results of the self-test, as data and for a terminal, without times, so that runs can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dulcimer.counting import counted
from selftest.bench import Tier
from selftest.model import ROLES, Role
from selftest.run import Outcome, Selftest

FAILED = "of these, FAILED by a case of `dulcimer check`"
MILD = "of these, NON-STRICT by a case of `dulcimer check`"
THOROUGH = "of these, only with `--thorough`: FAILED"
THOROUGH_MILD = "of these, only with `--thorough`: NON-STRICT"
LETTER = "of these, only by the letter of the table"
HARDENED = "NON-STRICT by a case of `dulcimer check`, and FAILED by one of `--thorough`"
PARTS = (FAILED, MILD, THOROUGH, THOROUGH_MILD, LETTER)
"""How a mutant was killed: the first of these that holds."""


def part(outcome: Outcome) -> str:
    """Which of `PARTS` a killed mutant belongs to."""
    if any(outcome.mild):
        return MILD if outcome.mild_tier is Tier.CHECK else THOROUGH_MILD
    return {Tier.CHECK: FAILED, Tier.THOROUGH: THOROUGH, Tier.LETTER: LETTER}[outcome.tier]


def as_json(found: Selftest) -> dict[str, Any]:
    """Everything as data."""
    return {
        "schema": 1,
        "summary": {role: counts(found, role) for role in ROLES},
        "false_alarms": [{"role": role, "case": played.trial.id} for role, played in found.false_alarms],
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
        "found_by": outcome.tier.name.lower(),
        "verdict": outcome.verdict,
        "alternative": outcome.alternative,
        "observed": outcome.observed,
        "why": outcome.why,
        "mild": outcome.mild[0],
    }


def counts(found: Selftest, role: Role) -> dict[str, int]:
    """The counts of a role."""
    return {
        "cases played against the correct machine": len(found.right[role]),
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
        **{name: sum(part(outcome) == name for outcome in seen if outcome.killed) for name in PARTS},
        HARDENED: sum(part(o) == MILD and o.tier is Tier.THOROUGH for o in seen if o.killed),
        "survived": sum(outcome.survived for outcome in seen),
        "not visible": len(hidden),
        "not visible, allowed": sum(outcome.sight.differs for outcome in hidden),
        "not visible, allowed, but still marked": sum(o.sight.differs and o.killed for o in hidden),
    }


def summary(found: Selftest) -> str:
    """A few lines for a terminal."""
    lines = [f"FALSE ALARM  {role}  {played.trial.id}: {played.result.observed}" for role, played in found.false_alarms]
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
            f"catalogue says NON-STRICT; {count[THOROUGH]} only with --thorough, {count[THOROUGH_MILD]} where that "
            f"says NON-STRICT; {count[LETTER]} only by the letter); "
            f"{count['not visible']} of {count['mutants']} cannot be seen; "
            f"{counted(count['false alarms'], 'false alarm')} in "
            f"{counted(count['cases played against the correct machine'], 'case')}"
        )
    again = [f"{played.trial.id} ({role})" for role, right in found.right.items() for played in right if played.again]
    if again:
        lines.append(f"played a second time: {', '.join(again)}")
    return "\n".join(lines)
