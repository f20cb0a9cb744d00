"""The result of a reaction: by the alternatives of the case, else by the possible states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dulcimer._generated.conformance import Alternative
from dulcimer._generated.requestor import Response
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.habit import PLAIN_RESPONSE
from dulcimer.conformance.model.observation import Observation
from dulcimer.conformance.model.parts import WatchFor
from dulcimer.conformance.model.requestor_case import RequestorCase
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.seen import SILENCE, STAYS_OPEN, Seen
from dulcimer.conformance.model.steps import Send
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.wire.model import Abort

WHY_IMPOSSIBLE = "no state the peer can be in allows it"
WHY_NOT_NAMED = "allowed, but not named by the case"

_UNRECOGNIZED, _UNEXPECTED = 1, 2
_PARAMETER_REASONS = (4, 5, 6)
_MAY_HAVE_LEFT = "the peer may have left the state before it saw the connection end"


def judged(case: Case, seen: Observation) -> Result:
    """The result of the reaction, and of the answers to further requests."""
    reaction = seen.reaction
    assert reaction is not None
    if isinstance(case, RequestorCase):
        return _of_requestor(case, seen, reaction)
    return _with_further_answers(case, seen, _of_acceptor(case, seen, reaction))


def by_alternatives(case: Case, seen: Observation, reaction: Seen) -> Result:
    """The first alternative that fits decides; if none does, whether a state that the peer can be in allows it."""
    row = fitting(case.expectation.rows(passed=bool(seen.passed)), reaction)
    if row is not None:
        verdict, why, severity, name = Verdict(row.verdict), row.why, row.severity, row.name
    elif seen.possible:
        verdict, why, severity, name = Verdict.INFORMATIONAL, WHY_NOT_NAMED, "", ""
    else:
        verdict, why, severity, name = Verdict.FAILED, WHY_IMPOSSIBLE, "", ""
    if verdict is Verdict.FAILED and case.expectation.open:
        verdict, why = Verdict.INFORMATIONAL, case.expectation.open
    unsure = (verdict is Verdict.FAILED and reaction.label != STAYS_OPEN) or "rst" in reaction.label
    return Result(
        case, verdict, reaction.label, why, severity, alternative=name, lost_race=reaction.is_close, retry=unsure
    )


def fitting(rows: Sequence[Alternative], seen: Seen) -> Alternative | None:
    """The first alternative that fits what was seen."""
    return next((row for row in rows if seen.fits(row.on)), None)


def _noted(*notes: str) -> tuple[str, ...]:
    return tuple(filter(None, notes))


# ---------------------------------------------------------------------- a peer that accepts associations


def _of_acceptor(case: Case, seen: Observation, reaction: Seen) -> Result:
    rows = case.expectation.rows(passed=bool(seen.passed))
    if reaction.is_busy and not any(row.verdict == "OK" and "@rj" in row.on for row in rows):
        return Result(case, Verdict.INCONCLUSIVE, reaction.label, "the peer is busy", busy=True)
    found = by_alternatives(case, seen, reaction)
    if seen.passed:
        found = replace(found, observed=f"{seen.passed}, then {reaction.label}")
    if reaction.name == SILENCE:
        waits = found.verdict is not Verdict.OK and case.expectation.watch is WatchFor.REACTION
        found = replace(found, retry=found.verdict is Verdict.FAILED or waits)
    note = note_on_reason(case, reaction)
    if not case.expectation.overtaken:
        return replace(found, notes=_noted(note))
    left = not seen.passed and reaction.name == "gone"
    return replace(_of_pipeline(seen, reaction, found), notes=_noted(_MAY_HAVE_LEFT if left else "", note))


def _of_pipeline(seen: Observation, reaction: Seen, found: Result) -> Result:
    """Two PDUs came in one segment, and the peer may have handled the first before it saw the second."""
    if seen.passed:
        found = replace(found, lost_race=False)
        if found.verdict is Verdict.FAILED:
            return found
        why = "the peer had left the state before it handled the PDU"
        return replace(found, verdict=Verdict.UNOBSERVABLE, why=why, retry=False)
    if reaction.name == SILENCE and found.verdict is Verdict.FAILED:
        why = "the user of the peer may take any time to answer what came before"
        return replace(found, verdict=Verdict.INCONCLUSIVE, why=why, retry=True)
    return found


def _with_further_answers(case: Case, seen: Observation, found: Result) -> Result:
    if found.verdict is not Verdict.OK or case.expectation.answers == 1 or not seen.answers:
        return found
    *_, last = seen.answers
    if not is_good(case, last):
        why = "not all requests were answered; no window for several operations was negotiated"
        observed = f"{found.observed} {len(seen.answers)} times, then {last.label}"
        return replace(found, verdict=Verdict.INFORMATIONAL, observed=observed, why=why)
    return replace(found, observed=f"{found.observed} {case.expectation.answers} times")


def is_good(case: Case, seen: Seen) -> bool:
    """Whether this is a reaction that the case names as OK."""
    return any(row.verdict == "OK" and seen.fits(row.on) for row in case.expectation.alternatives)


# ---------------------------------------------------------------------- a peer that requests them


def _of_requestor(case: RequestorCase, seen: Observation, reaction: Seen) -> Result:
    found = replace(by_alternatives(case, seen, reaction), notes=_noted(note_on_reason(case, reaction)))
    if (
        reaction.name == SILENCE
        and found.verdict is Verdict.INCONCLUSIVE
        and case.expectation.watch is WatchFor.REACTION
    ):
        found = replace(found, retry=True)
    if reaction.is_close and found.verdict is Verdict.FAILED and _closes_always(case, seen):
        why = f"the peer closes the connection on every response: see {PLAIN_RESPONSE}"
        found = replace(found, verdict=Verdict.INCONCLUSIVE, why=why, retry=False)
    return found


def _closes_always(case: RequestorCase, seen: Observation) -> bool:
    """Whether a close proves nothing: the peer closes without a release after the plain response, too."""
    answers = any(isinstance(step, Send) and isinstance(step.made, Response) for step in case.injection.steps)
    return answers and not seen.habit.releases and case.id != PLAIN_RESPONSE


def note_on_reason(case: Case, reaction: Seen) -> str:
    """A note if another reason in a provider's A-ABORT would be more exact; "" otherwise."""
    abort = reaction.pdu
    if not isinstance(abort, Abort) or abort.source != 2 or not 0 <= case.expectation.best != abort.reason:
        return ""
    if case.expectation.best not in (_UNRECOGNIZED, _UNEXPECTED) and abort.reason in _PARAMETER_REASONS:
        return ""
    return f"reason-mismatch: reason {case.expectation.best} would be more exact"
