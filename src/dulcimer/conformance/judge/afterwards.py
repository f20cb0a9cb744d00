"""What came after the reaction: how the association ended, and whether it still worked."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

from dulcimer._generated.codes import PduType
from dulcimer.conformance.judge.reaction import fitting
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.observation import Afterwards, Observation, Sequel
from dulcimer.conformance.model.requestor_case import RequestorCase
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.seen import SILENCE, STAYS_OPEN
from dulcimer.conformance.model.verdict import Verdict

_RP = PduType.A_RELEASE_RP.label
_SPEAKS, _DOES_NOT_SETTLE = "speaks-after-the-end", "does-not-settle"
_WHY_SPEAKS = "nothing may be sent after the end of the association"
_WHY_DOES_NOT_WORK = "the association does not work afterwards"


def judged(case: Case, seen: Observation, found: Result) -> Result:
    """The result of the reaction, changed by what came after it."""
    if isinstance(case, RequestorCase):
        return reduce(_of_requestor, seen.afterwards, found)
    return reduce(_of_acceptor, seen.afterwards, found)


def _of_acceptor(found: Result, after: Afterwards) -> Result:
    label = after.seen.label
    match after.sequel:
        case Sequel.AFTER_THE_END:
            observed = f"{found.observed}, then {label}"
            return replace(
                found, verdict=Verdict.FAILED, alternative=_SPEAKS, observed=observed, why=_WHY_SPEAKS, retry=True
            )
        case Sequel.AFTER_TESTER_CLOSED:
            return _closed_late(found, after)
        case Sequel.INSTEAD_OF_RELEASE:
            return _unsettled(found, after, "the release is not completed")
        case Sequel.BUSY:
            return replace(found, verdict=Verdict.INCONCLUSIVE, busy=True)
        case Sequel.INSTEAD_OF_WORK:
            row = fitting(found.case.expectation.alternatives, after.seen) if found.observed == SILENCE else None
            if row is None or row.verdict == "FAILED":
                return _unsettled(found, after, _WHY_DOES_NOT_WORK)
            return replace(  # a late reaction that the case names
                found,
                verdict=Verdict(row.verdict),
                why=row.why,
                alternative=row.name,
                severity=row.severity,
                observed=f"{label} (after {after.at})",
            )


def _closed_late(found: Result, after: Afterwards) -> Result:
    """The tester closed its direction, and the peer did not close at once: how late did it close, if ever?"""
    observed = f"{found.observed}, then {after.seen.label}"
    if after.seen.label == STAYS_OPEN and found.verdict in (Verdict.OK, Verdict.NON_STRICT):
        why = "the association is over and the tester has closed, but the peer keeps the connection open"
        return replace(
            found, verdict=Verdict.FAILED, alternative="stays-open", severity="S2", observed=observed, why=why
        )
    if after.seen.is_close and found.verdict is Verdict.OK:
        why = "the peer closed the connection only some time after the tester had"
        return replace(found, verdict=Verdict.NON_STRICT, alternative="late-close", observed=observed, why=why)
    return found


def _unsettled(found: Result, after: Afterwards, why: str) -> Result:
    found = replace(found, observed=f"{found.observed}; {after.seen.label} on {after.at}", alternative=_DOES_NOT_SETTLE)
    if found.case.expectation.open:
        return replace(found, verdict=Verdict.INFORMATIONAL, why=found.case.expectation.open)
    return replace(found, verdict=Verdict.FAILED, retry=True, why=why)


def _of_requestor(found: Result, after: Afterwards) -> Result:
    if after.sequel is Sequel.AFTER_THE_END:
        return _fails(found, after, _SPEAKS, _WHY_SPEAKS)
    if after.sequel is not Sequel.INSTEAD_OF_RELEASE:
        return _fails(found, after, _DOES_NOT_SETTLE, _WHY_DOES_NOT_WORK)
    row = fitting(found.case.expectation.alternatives, after.seen) if found.observed == SILENCE else None
    if row is not None and row.verdict == "NON-STRICT":  # a late reaction that the case names
        observed = f"{after.seen.label} (after the {_RP} that followed)"
        return replace(found, verdict=Verdict.NON_STRICT, why=row.why, alternative=row.name, observed=observed)
    return _fails(found, after, _DOES_NOT_SETTLE, f"the {_RP} did not end the association")


def _fails(found: Result, after: Afterwards, name: str, why: str) -> Result:
    found = replace(found, observed=f"{found.observed}, then {after.seen.label}", close="tester")
    if found.case.expectation.open:
        return replace(found, verdict=Verdict.INFORMATIONAL, why=found.case.expectation.open)
    return replace(found, verdict=Verdict.FAILED, why=why, alternative=name, retry=True)
