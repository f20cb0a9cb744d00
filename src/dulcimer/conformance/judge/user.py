"""The verdict of a case in which the local user holds the state: the reaction, and the indications to the user."""

from __future__ import annotations

from dataclasses import replace

from dulcimer.conformance.catalogue.upper_tester import HeldCase
from dulcimer.conformance.judge.reaction import fitting
from dulcimer.conformance.model.observation import Heard, Observation
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import Verdict

_MILD = "S3"


def judged(case: HeldCase, seen: Observation) -> Result:
    """The result of the reaction, and of whether the local user got its indications and no others."""
    reaction = seen.reaction
    assert reaction is not None
    row = fitting(case.expectation.alternatives, reaction)
    verdict, why, severity, name = Verdict.FAILED, "", "", ""
    if row is not None:
        verdict, why, severity, name = Verdict(row.verdict), row.why, row.severity, row.name
    if verdict is Verdict.FAILED and case.expectation.open:
        verdict, why = Verdict.INFORMATIONAL, case.expectation.open
    found = Result(case, verdict, reaction.label, why, severity, alternative=name, retry=verdict is Verdict.FAILED)
    return _with_indications(found, seen.heard) if seen.heard is not None else found


def _with_indications(found: Result, heard: Heard) -> Result:
    label = found.observed
    found = replace(found, notes=tuple(f"the adapter does not report an {name}" for name in heard.untold))
    for name in heard.missing[-1:]:
        found = replace(
            found,
            verdict=Verdict.NON_STRICT,
            severity=_MILD,
            alternative="not-told",
            observed=f"{label}; not told",
            why=f"the local user gets no {name}",
        )
    for name in heard.others[-1:]:
        found = replace(
            found,
            verdict=Verdict.FAILED,
            severity=_MILD,
            alternative="told-otherwise",
            observed=f"{label}; told {name}",
            why="the action gives the local user another indication, or none",
            retry=True,
        )
    return found
