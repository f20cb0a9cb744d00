"""What came of the rules over a whole run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dulcimer._generated.conformance import SENDER_RULES, SenderRule
from dulcimer.conformance.judge.advice import VIOLATED
from dulcimer.conformance.model.case import Case, Result, Verdict, revision
from dulcimer.conformance.model.trace import Kind, trace_line


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that the peer sent against a rule."""

    rule: SenderRule
    case_id: str
    problem: str
    data: bytes


@dataclass(slots=True)
class _Tally:
    rule: SenderRule
    looked_at: int = 0
    violations: list[Violation] = field(default_factory=list)


class SenderLog:
    """What came of the rules for a peer in this role over a whole run."""

    def __init__(self, rules: Sequence[SenderRule] = SENDER_RULES, role: str = "acceptor") -> None:
        self._role = role
        self._tallies = {rule.id: _Tally(rule) for rule in rules}

    def looked(self, rule: SenderRule, violation: Violation | None) -> None:
        """Note that something was held against a rule."""
        tally = self._tallies[rule.id]
        tally.looked_at += 1
        if violation is not None:
            tally.violations.append(violation)

    def results(self) -> list[Result]:
        """One result for each rule."""
        return [self._result(tally) for tally in self._tallies.values()]

    def _result(self, tally: _Tally) -> Result:
        rule = tally.rule
        case = Case(
            id=rule.id,
            rev=revision(rule),
            clause=rule.clause,
            requirement=rule.requirement,
            severity=rule.severity,
            role=self._role,
            drive=(),
            inject=(),
            alternatives=(),
            rules=rule.rules,
        )
        if tally.violations:
            # The cases run side by side: which one came first would differ from run to run.
            first = min(tally.violations, key=lambda violation: (violation.case_id, violation.problem))
            cases = sorted({violation.case_id for violation in tally.violations})
            shown = ", ".join(cases[:3]) + (f" and {len(cases) - 3} more" if len(cases) > 3 else "")
            result = Result(case, Verdict(rule.verdict), first.problem, f"seen in {shown}", alternative=VIOLATED)
            result.seen_in = tuple(cases)
            result.trace = [trace_line(0.0, Kind.RECEIVED, first.problem, first.data)]
            return result
        if not tally.looked_at:
            return Result(case, Verdict.UNOBSERVABLE, "nothing of the kind was sent", "no case made the peer send one")
        return Result(case, Verdict.OK, f"{tally.looked_at} times as it must be")
