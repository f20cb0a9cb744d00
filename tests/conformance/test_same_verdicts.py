"""Two runs say the same: races are pooled, a busy peer is no dead one, and what flips is found."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.catalogue.requestor import requestor_cases
from dulcimer.conformance.judge.duplicates import mark_duplicates
from dulcimer.conformance.judge.races import is_left_by_the_peer, pool_races
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.trace import Kind, trace_line
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.target import Target, Timing
from dulcimer.conformance.run import health as health_module
from dulcimer.conformance.run.acceptor import Runner
from dulcimer.conformance.run.health import Health
from dulcimer.conformance.run.races import race
from dulcimer.conformance.run.record import AcceptorSettings
from dulcimer.conformance.stimuli.messages import Titles
from support.conformance.compare_runs import flips

CASES = {case.id: case for case in (*acceptor_cases(Titles()), *requestor_cases())}
LEFT = "ul.fsm.acc.sta13.evt06.after-release"
SAME_WAY = "ul.fsm.acc.sta13.evt12.after-release"
OTHER_WAY = "ul.fsm.acc.sta13.evt06.after-abort"
STAYED = "ul.fsm.acc.sta06.evt13"


def ended(name: str, verdict: Verdict = Verdict.OK, *, lost: bool = False) -> Result:
    return Result(CASES[name], verdict, "close(fin)" if lost else "A-ABORT(2,2)", lost_race=lost)


# ---------------------------------------------------------------------- races


def test_race_that_is_lost_once_makes_all_that_were_won_on_this_way_unobservable() -> None:
    results = [
        ended(LEFT, Verdict.UNOBSERVABLE, lost=True),
        ended(SAME_WAY),
        ended(OTHER_WAY),
        ended(STAYED),
    ]
    results = pool_races(results)
    assert [result.verdict for result in results] == ["UNOBSERVABLE", "UNOBSERVABLE", "OK", "OK"]
    assert results[1].observed == "A-ABORT(2,2)"
    assert "left this state too early" in results[1].why


@pytest.mark.parametrize("verdict", [Verdict.FAILED, Verdict.NON_STRICT, Verdict.INFORMATIONAL])
def test_deviation_that_was_seen_is_never_pooled_away(verdict: Verdict) -> None:
    results = [ended(LEFT, Verdict.UNOBSERVABLE, lost=True), ended(SAME_WAY, verdict)]
    results = pool_races(results)
    assert results[1].verdict is verdict


def test_state_that_could_not_be_reached_is_no_lost_race() -> None:
    results = [ended(LEFT, Verdict.UNOBSERVABLE), ended(SAME_WAY)]
    results = pool_races(results)
    assert results[1].verdict is Verdict.OK


@pytest.mark.parametrize("role", ["acceptor", "requestor"])
def test_both_roles_have_races_and_cases_know_their_way(role: str) -> None:
    raced = [case for case in CASES.values() if case.role == role and is_left_by_the_peer(case)]
    assert raced
    assert all(case.opening.way.startswith("Sta") for case in raced)
    assert {case.opening.way for case in raced if ".after-release" in case.id} <= {"Sta13 after-release"}


def raced(first: Result, *others: Result) -> tuple[Result, int]:
    pending = list(others)

    async def again() -> Result:
        return pending.pop(0)

    return asyncio.run(race(first, again)), len(pending)


def test_race_goes_on_until_something_is_decided() -> None:
    won, lost = ended(LEFT), ended(LEFT, Verdict.UNOBSERVABLE, lost=True)
    failed = ended(LEFT, Verdict.FAILED)
    assert raced(won, won, won)[0].verdict is Verdict.OK
    assert raced(won, won, lost)[0].verdict is Verdict.UNOBSERVABLE
    assert raced(lost, won, failed)[0].verdict is Verdict.FAILED
    assert raced(failed, won, won) == (failed, 2)


# ---------------------------------------------------------------------- health


def probed(monkeypatch: pytest.MonkeyPatch, *patient_answers: bool) -> tuple[bool, list[bool], Health]:
    """Whether the peer is found healthy if it answers patient probes alone, and which probes were patient."""
    monkeypatch.setattr(health_module, "_BACKOFF", (0.0,) * 7)
    asked: list[bool] = []
    answers = list(patient_answers)

    async def probe(patient: bool) -> Result:
        asked.append(patient)
        good = patient and answers and answers.pop(0)
        return Result(CASES[STAYED], Verdict.OK if good else Verdict.FAILED, "silence")

    async def hold() -> tuple[bool, Health]:
        health = Health(probe, 1)
        return await health.holds(), health

    found, health = asyncio.run(hold())
    return found, asked, health


def test_peer_that_answers_late_is_not_declared_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    found, asked, _ = probed(monkeypatch, False, True)
    assert found
    assert asked == [False] * 5 + [True] * 2


def test_peer_that_never_answers_is_dead_and_the_reason_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    found, asked, health = probed(monkeypatch)
    assert not found
    assert asked == [False] * 5 + [True] * 3
    assert health.complaint == "silence"


def test_death_after_cases_that_were_all_served_is_blamed_on_the_last_of_them() -> None:
    async def suspects(by_probe_only: bool) -> tuple[str, ...]:
        async def probe(_: bool) -> Result:
            raise AssertionError

        health = Health(probe, 9, by_probe_only=by_probe_only)
        for name in ("enc.version.0003", "enc.version.ffff"):
            lines = (trace_line(0.0, Kind.RECEIVED, "A-ASSOCIATE-AC"),)
            served = Result(CASES[name], Verdict.OK, "accepted", trace=lines)
            health.note(served, asyncio.get_running_loop().time())
        return health.suspects

    assert asyncio.run(suspects(False)) == ("enc.version.ffff",)
    assert asyncio.run(suspects(True)) == ("enc.version.0003", "enc.version.ffff")


# ---------------------------------------------------------------------- what flips


def report(**verdicts: str) -> dict[str, Any]:
    rows = [
        {"id": name, "verdict": verdict, "observed": "?", "why": "", "notes": []} for name, verdict in verdicts.items()
    ]
    return {"cases": rows, "run": {"seconds": 1.0}}


def test_verdicts_that_differ_and_cases_that_are_missing_are_found() -> None:
    assert flips([report(a="OK", b="OK"), report(a="OK", b="OK")]) == {}
    assert flips([report(a="OK", b="OK"), report(a="FAILED")]) == {"a": ("OK", "FAILED"), "b": ("OK", "-")}
    assert flips([report(a="OK"), report(a="OK"), report(a="ERROR")]) == {"a": ("OK", "OK", "ERROR")}


@pytest.mark.parametrize(("other", "status", "told"), [("OK", 0, "the same"), ("FAILED", 1, "flips: a: OK / FAILED")])
def test_comparison_has_an_exit_status(other: str, status: int, told: str, tmp_path: Path) -> None:
    paths = []
    for number, verdict in enumerate(("OK", other)):
        paths.append(tmp_path / f"{number}.json")
        paths[-1].write_text(json.dumps(report(a=verdict)))
    command = [sys.executable, "-m", "support.conformance.compare_runs", *map(str, paths)]
    where = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=where)
    assert done.returncode == status
    assert told in done.stdout


def test_ends_of_equal_cases_are_compared_except_for_fin_and_reset() -> None:
    def failed(case: Case, observed: str) -> Result:
        return Result(case, Verdict.FAILED, observed)

    name = "enc.segment.octets.enc.version.0003"
    results = [failed(CASES["enc.version.0003"], "close(fin)"), failed(CASES[name], "close(rst-after-send)")]
    results = mark_duplicates(results)
    assert [result.verdict for result in results] == [Verdict.FAILED, Verdict.OK]
    results = [failed(CASES["enc.version.0003"], "close(fin)"), failed(CASES[name], "silence")]
    results = mark_duplicates(results)
    assert results[1].verdict is Verdict.FAILED


# ---------------------------------------------------------------------- silence


@pytest.mark.parametrize(
    ("name", "probe", "waits"),
    [
        (STAYED, 0.01, [1.5]),
        (STAYED, 0.2, [1.5, 4.0]),
        (STAYED, 2.0, [1.5, 10.0]),
        ("pdv.length.2gib", 0.01, [1.5, 10.0]),
    ],
)
def test_silence_counts_only_if_it_is_long_beside_a_probe(name: str, probe: float, waits: list[float]) -> None:
    """Neither a slow machine makes a failure, nor a peer that makes room for 2 GiB before it refuses them."""
    waited: list[float] = []

    class Scripted(Runner):
        async def _once(self, case: Case, target: Target, *, alone: bool) -> Result:
            waited.append(target.timing.react)
            return Result(case, Verdict.FAILED, "silence", retry=True)

    async def run() -> Result:
        runner = Scripted(Target("127.0.0.1", 1), AcceptorSettings())
        runner._prober.set_timing(Timing(react=0.5))

        async def once(patient: bool = False) -> Result:
            return Result(CASES[STAYED], Verdict.OK, "", duration=probe)

        runner._prober.once = once  # type: ignore[method-assign]  # to be counted too
        return await runner._second_try(ended(name, Verdict.FAILED), alone=True)

    assert asyncio.run(run()).verdict is Verdict.FAILED
    assert waited == waits
