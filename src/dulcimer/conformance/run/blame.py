"""What a case is blamed for beside what was seen on its connection: that the peer is not well after it."""

from __future__ import annotations

from dataclasses import replace

from dulcimer.conformance.judge.causes import STOPS
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import Verdict


def serves_no_more(result: Result, what: str, complaint: str) -> Result:
    """The peer serves no more after the case, or was started anew; `complaint`: what the sanity probe says."""
    return replace(
        result,
        verdict=Verdict.FAILED,
        severity="S0",
        alternative=STOPS,
        observed=f"{result.observed}; {what}",
        why=f"the sanity probe after the case fails: {complaint}",
    )


def ended_server(result: Result, how: str) -> Result:
    """The case has ended the server, which was started anew."""
    blamed = serves_no_more(result, f"the server {how}", "")
    return replace(blamed, why="it was started anew", retry=False, late=False)


def unhealthy(probe: Result, complaint: str) -> Result:
    """A sanity probe that went well, with the complaint of the user's own health command."""
    return replace(probe, verdict=Verdict.FAILED, observed=complaint, alternative="unhealthy")
