"""The result of a rule for everything that a peer sends, over a whole run."""

from __future__ import annotations

from dulcimer._generated.conformance import SenderRule
from dulcimer.conformance.judge.advice import VIOLATED
from dulcimer.conformance.model.case import Case, revision
from dulcimer.conformance.model.observation import RuleObservation
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.trace import Kind, trace_line
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.counting import counted

_CASES_SHOWN = 3


def case_of(rule: SenderRule, role: str) -> Case:
    """A rule as a case in which the tester does nothing."""
    return Case(
        id=rule.id,
        rev=revision(rule),
        clause=rule.clause,
        requirement=rule.requirement,
        severity=rule.severity,
        role=role,
        rules=rule.rules,
    )


def judged(rule: SenderRule, role: str, seen: RuleObservation) -> Result:
    """The result of everything that the peer has sent."""
    case = case_of(rule, role)
    if not seen.looked_at:
        return Result(case, Verdict.UNOBSERVABLE, "nothing of the kind was sent", "no case made the peer send one")
    if not seen.violations:
        return Result(case, Verdict.OK, f"correct {counted(seen.looked_at, 'time')}")
    # Cases run side by side, so the first one would differ between runs.
    first = min(seen.violations, key=lambda violation: (violation.case_id, violation.problem))
    cases = tuple(sorted({violation.case_id for violation in seen.violations}))
    more = f" and {len(cases) - _CASES_SHOWN} more" if len(cases) > _CASES_SHOWN else ""
    return Result(
        case,
        Verdict(rule.verdict),
        first.problem,
        f"seen in {', '.join(cases[:_CASES_SHOWN])}{more}",
        alternative=VIOLATED,
        seen_in=cases,
        trace=(trace_line(0.0, Kind.RECEIVED, first.problem, first.data),),
    )
