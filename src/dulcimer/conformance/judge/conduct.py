"""What is judged in every case: the rules for what a peer sends, whether it stops sending, how its command ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatchcase

from dulcimer.conformance.judge.advice import VIOLATED
from dulcimer.conformance.model.habit import PLAIN_RESPONSE, Habit
from dulcimer.conformance.model.observation import Ending, Excess, Violation
from dulcimer.conformance.model.requestor_case import RequestorCase
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.seen import ENDLESS
from dulcimer.conformance.model.verdict import CONCLUSIVE, RANK, Verdict


def hold_to_rules(found: Result, broken: Iterable[Violation]) -> Result:
    """FAILED if the peer broke a rule for what it sends that this case is also about."""
    if found.verdict is Verdict.FAILED or found.verdict not in CONCLUSIVE:
        return found
    name = found.case.base or found.case.id
    first = next((row for row in broken if any(fnmatchcase(name, pattern) for pattern in row.rule.cases)), None)
    if first is None:
        return found
    return replace(
        found,
        verdict=Verdict.FAILED,
        alternative=VIOLATED,
        violated=first.rule.id,
        observed=f"{found.observed}; {first.problem}",
        why=first.rule.requirement,
        severity=first.rule.severity,
    )


def with_excess(found: Result, excess: Excess | None) -> Result:
    """The result if the peer did not stop sending: it is about that, then."""
    if excess is None:
        return found
    observed = f"{found.observed}; the peer does not stop sending: {excess.words}"
    found = replace(found, observed=observed, retry=False, endless=True)
    if not excess.of_data:
        why = "no state of Table 9-10 keeps sending"
        return replace(found, verdict=Verdict.FAILED, alternative=ENDLESS, severity="S2", why=why)
    if found.verdict is Verdict.FAILED:
        return found
    return replace(found, verdict=Verdict.INCONCLUSIVE, why="it may be a long data set, or one that never ends")


def ended_as(case: RequestorCase, found: Result, ending: Ending, habit: Habit) -> Result:
    """The result, changed by what the command did after the end of its association and its connection."""
    if found.observed == "gone":
        found = replace(found, observed=ending.how)
    row = next((row for row in case.endings if ending.fits(row.on)), None)
    usual = ending.how == habit.ending and case.id != PLAIN_RESPONSE
    if row is None or row.verdict == "OK" or usual:
        return found
    verdict = Verdict(row.verdict)
    if verdict is not Verdict.FAILED and (found.verdict not in CONCLUSIVE or RANK[verdict] <= RANK[found.verdict]):
        return found
    observed = found.observed if found.observed == ending.how else f"{found.observed}; {ending.how}"
    return replace(
        found,
        verdict=verdict,
        observed=observed,
        why=row.why,
        alternative=row.name,
        severity=row.severity,
        retry=ending.how == "hangs",
    )
