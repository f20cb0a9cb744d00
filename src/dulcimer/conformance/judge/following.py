"""The verdict of an extended case, which continues after the reaction of another case.

What came before counts in the case that it extends. The severity of what follows is the one that the catalogue gives
for the cell that the peer must have been in.
"""

from __future__ import annotations

from dataclasses import replace

from dulcimer._generated.codes import PduType
from dulcimer._generated.conformance import Alternative
from dulcimer.conformance.catalogue import ways
from dulcimer.conformance.judge.reaction import WHY_IMPOSSIBLE, WHY_NOT_NAMED, fitting
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.observation import Followed, Observation
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.seen import SILENCE, Seen
from dulcimer.conformance.model.verdict import Verdict

IMPOSSIBLE = "impossible"
"""Name of the alternative for what none of the possible states allows."""
_BEFORE = "before"
"""Name of the alternative for an extended case that could not continue."""
_ENDING = (PduType.A_ABORT.label, PduType.A_ASSOCIATE_RJ.label, PduType.A_RELEASE_RP.label)
_GOOD = (Verdict.OK, Verdict.NON_STRICT)
_SILENT = (Verdict.OK, Verdict.INFORMATIONAL, Verdict.INCONCLUSIVE)
_NOT_DECIDED = (Verdict.UNOBSERVABLE, Verdict.INCONCLUSIVE, Verdict.ERROR)


def may_go_on(case: Case, reaction: Seen, found: Result) -> bool:
    """Whether the reaction is one after which the extended case can continue."""
    if case.then in ways.AFTER_THE_END:
        return reaction.name in (*_ENDING, SILENCE) and found.verdict in _GOOD
    return reaction.name == SILENCE and found.verdict in _SILENT


def judged(case: Case, seen: Observation, found: Result) -> Result:
    """The result of what follows the reaction; `found` is the result of the reaction itself."""
    assert seen.reaction is not None
    if not may_go_on(case, seen.reaction, found):
        return not_reached(found)
    if found.verdict is not Verdict.OK:
        before = f"what came before is {found.verdict}: see {base_of(case)}"
        noted = replace(found, notes=(before, *found.notes))
    else:
        noted = found
    then = seen.followed
    if then is None or not then.reached:
        return not_reached(noted)
    judged_then = followed_by(noted, then)
    if case.then in ways.AFTER_THE_END:
        return replace(judged_then, lost_race=then.seen.is_close)
    kept = found.verdict is Verdict.INCONCLUSIVE  # the peer may have had no time to answer
    return replace(judged_then, retry=judged_then.retry or kept)


def followed_by(found: Result, then: Followed) -> Result:
    """The verdict on what came then, by the alternatives, else by the possible states."""
    row = fitting(found.case.follows[0].alternatives, then.seen)
    if row is None and then.possible:
        row = Alternative("", str(Verdict.INFORMATIONAL), (), why=WHY_NOT_NAMED)
    return by_row(found, row, f"{found.observed}, then {then.seen.label}")


def not_reached(found: Result) -> Result:
    """The result where the peer did not reach the point at which an extended case continues."""
    if found.verdict in _NOT_DECIDED:
        return found
    why = f"the peer did not reach the point where this case continues: see {base_of(found.case)}, which is about that"
    return replace(found, verdict=Verdict.UNOBSERVABLE, alternative=_BEFORE, severity="", why=why)


def by_row(found: Result, row: Alternative | None, observed: str) -> Result:
    """The verdict of an alternative; without one, FAILED."""
    row = row or Alternative(IMPOSSIBLE, str(Verdict.FAILED), (), why=WHY_IMPOSSIBLE)
    verdict = Verdict(row.verdict)
    unsure = "rst" in observed or observed.endswith(SILENCE)  # a reset may have swept an A-ABORT away
    return replace(
        found,
        verdict=verdict,
        observed=observed,
        why=row.why,
        alternative=row.name,
        severity=row.severity,
        retry=verdict is Verdict.FAILED or (verdict is Verdict.NON_STRICT and unsure),
    )


def base_of(case: Case) -> str:
    """The id of the case that this one extends."""
    return case.id.removesuffix(f".{case.then}")
