"""A relay changes one thing of what a server does: each deviation is found, and what is legal is not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from fnmatch import fnmatchcase

import pytest

from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.target import Target
from dulcimer.conformance.run.acceptor import Runner
from dulcimer.conformance.run.record import AcceptorSettings, Run
from dulcimer.conformance.stimuli.messages import Titles
from support.conformance.mutants import DEVIATIONS, VARIATIONS, Mutant
from support.conformance.relay import ARTIM, Mutation, relayed

TITLES = Titles()
CASES = acceptor_cases(TITLES)
SETTINGS = AcceptorSettings(react=0.3, artim=ARTIM, close=0.8, jobs=4)
FEW = ("dimse.*", "enc.version.*", "enc.pc.*", "enc.maxlen.*", "ul.fsm.acc.sta06.evt1[23]")


async def check(mutation: Mutation, *chosen: str, storage: bool = False) -> Run:
    cases = [case for case in CASES if any(fnmatchcase(case.id, glob) for glob in chosen)]
    async with relayed(mutation, storage=storage) as port:
        return await Runner(Target("127.0.0.1", port, TITLES), SETTINGS).run(cases)


def with_verdict(results: Sequence[Result], verdict: str) -> dict[str, str]:
    return {result.case.id: result.observed for result in results if result.verdict == verdict}


@pytest.mark.parametrize("name", DEVIATIONS)
def test_deviation_is_found(name: str) -> None:
    mutant: Mutant = DEVIATIONS[name]
    run = asyncio.run(check(mutant.mutation, mutant.chosen, storage=mutant.storage))
    assert run.healthy, run.unhealthy_because
    assert set(mutant.found) <= set(with_verdict(run.results, mutant.verdict)), [
        (result.case.id, result.verdict, result.observed) for result in run.results if result.verdict is not Verdict.OK
    ]
    if mutant.verdict != Verdict.FAILED:
        assert with_verdict(run.results, Verdict.FAILED) == {}


@pytest.mark.parametrize("name", VARIATIONS)
def test_legal_variation_fails_nothing(name: str) -> None:
    run = asyncio.run(check(VARIATIONS[name], *FEW))
    assert run.healthy, run.unhealthy_because
    assert with_verdict(run.results, Verdict.FAILED) == {}
    assert with_verdict(run.results, Verdict.ERROR) == {}


def test_relay_that_changes_nothing_fails_nothing() -> None:
    run = asyncio.run(check(Mutation(), *FEW, storage=True))
    assert with_verdict(run.results, Verdict.FAILED) == {}
