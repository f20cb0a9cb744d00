"""Verdicts for what a case did to the peer: it is not healthy afterwards. The case had a verdict of its own before."""

from __future__ import annotations

from dataclasses import replace

from dulcimer.conformance.judge.outage import STOPS
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import Verdict


def stops_serving(result: Result, outage: str, complaint: str) -> Result:
    """The peer has stopped responding after the case, or was restarted; `complaint`: why the sanity probe failed."""
    return replace(
        result,
        verdict=Verdict.FAILED,
        severity="S0",
        alternative=STOPS,
        observed=f"{result.observed}; {outage}",
        why=f"the sanity probe after the case fails: {complaint}",
    )


def ended_server(result: Result, how: str) -> Result:
    """The case has ended the server, which was then restarted."""
    blamed = stops_serving(result, f"the server {how}", "")
    return replace(blamed, why="the server was restarted", retry=False, late=False)


def unhealthy(probe: Result, complaint: str) -> Result:
    """A sanity probe that passed, with the complaint of the user's own health command."""
    return replace(probe, verdict=Verdict.FAILED, observed=complaint, alternative="unhealthy")
