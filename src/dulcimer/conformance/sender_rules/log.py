"""How often the rules were checked, and how they were broken, over a whole run."""

from __future__ import annotations

from collections.abc import Sequence

from dulcimer._generated.conformance import SENDER_RULES, SenderRule
from dulcimer.conformance.judge.judge import judge_rule
from dulcimer.conformance.model.observation import RuleObservation, Violation
from dulcimer.conformance.model.result import Result


class SenderLog:
    """Counts the checks of the rules for a peer in this role, and keeps the violations, over a whole run."""

    def __init__(self, rules: Sequence[SenderRule] = SENDER_RULES, role: str = "acceptor") -> None:
        self._role = role
        self._rules = tuple(rules)
        self._looked_at = {rule.id: 0 for rule in rules}
        self._violations: dict[str, list[Violation]] = {rule.id: [] for rule in rules}

    def note(self, rule: SenderRule, violation: Violation | None) -> None:
        """Note that a PDU was checked against a rule."""
        self._looked_at[rule.id] += 1
        if violation is not None:
            self._violations[rule.id].append(violation)

    def results(self) -> list[Result]:
        """One result for each rule."""
        return [judge_rule(rule, self._role, self._seen_of(rule)) for rule in self._rules]

    def _seen_of(self, rule: SenderRule) -> RuleObservation:
        return RuleObservation(self._looked_at[rule.id], tuple(self._violations[rule.id]))
