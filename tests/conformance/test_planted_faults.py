"""The check finds a fault that is there, and none that is not."""

from __future__ import annotations

import asyncio
from fnmatch import fnmatchcase

import pytest
from scripted_peer import ScriptedPeer

from dulcimer.conformance.case import Verdict
from dulcimer.conformance.catalogue import acceptor_cases
from dulcimer.conformance.messages import Titles
from dulcimer.conformance.runner import Run, Runner, Settings
from dulcimer.conformance.target import Target

TITLES = Titles()
CASES = acceptor_cases(TITLES)

FAULTS = {
    "silent-in-sta2": ("ul.fsm.acc.sta02.evt13", "ul.fsm.acc.sta02.evt13"),
    "goes-on-in-sta6": ("ul.fsm.acc.sta06.evt03", "ul.fsm.acc.sta06.evt03"),
    "reserved-abort-reason": ("ul.fsm.acc.sta06.evt13", "ul.fsm.acc.sta06.evt13"),
    "answers-abort": ("ul.fsm.acc.sta06.evt16.user", "ul.fsm.acc.sta06.evt16.user"),
    "open-after-abort": ("ul.fsm.acc.sta06.evt16.user", "ul.fsm.acc.sta06.evt16.user"),
    "no-artim": ("ul.fsm.acc.sta02.evt18.silent", "ul.fsm.acc.sta02.evt18.silent"),
    "octets-restart-artim": ("ul.fsm.acc.sta02.evt18.octet*", "ul.fsm.acc.sta02.evt18.octet-by-octet"),
    "no-answer-to-release": ("ul.fsm.acc.sta06.evt12", "ul.fsm.acc.sta06.evt12"),
    "data-after-release": ("ul.fsm.acc.sta06.evt12", "ul.fsm.acc.sta06.evt12"),
    "releases-twice": ("*sta13.evt12.after-release", "ul.fsm.acc.sta13.evt12.after-release"),
    "accepts-in-sta13": ("*sta13.evt06.after-abort", "ul.fsm.acc.sta13.evt06.after-abort"),
    "rejects-version-3": ("enc.version.0003", "enc.version.0003"),
    "accepts-version-2": ("enc.version.0002", "enc.version.0002"),
    "aborts-unknown-items": ("enc.item.unknown.user", "enc.item.unknown.user"),
    "tests-reserved-bytes": ("enc.reserved.rq", "enc.reserved.rq"),
    "drops-a-context": ("enc.pc.count.128", "enc.pc.count.128"),
    "reserved-rejection": ("enc.appctx.unknown", "enc.sender.rejection"),
    "reserved-byte-set": ("dimse.echo.success", "enc.sender.reserved"),
    "no-echo-of-the-request": ("dimse.echo.success", "enc.sender.ac-echo"),
    "exceeds-maximum-length": ("enc.maxlen.64", "enc.sender.maximum-length"),
    "odd-fragments": ("dimse.echo.success", "pdv.sender.even"),
    "answers-another-message": ("dimse.echo.success", "dimse.sender.response"),
    "unsorted-command-set": ("dimse.echo.success", "dimse.sender.command-set"),
}
"""Fault: cases that are run, and the case or rule that has to fail."""

HARMLESS_TO_THE_PROBE = {"no-answer-to-release", "data-after-release"}


async def check(peer: ScriptedPeer, glob: str = "*", *, react: float = 0.25) -> Run:
    async with peer.listening():
        settings = Settings(react=react, artim=peer.artim)
        chosen = [case for case in CASES if fnmatchcase(case.id, glob)]
        return await Runner(Target("127.0.0.1", peer.port, TITLES), settings).run(chosen)


def verdicts(run: Run, verdict: Verdict) -> dict[str, str]:
    return {result.case.id: result.observed for result in run.results if result.verdict is verdict}


def test_a_peer_without_fault_fails_nothing() -> None:
    run = asyncio.run(check(ScriptedPeer()))
    assert run.healthy
    assert verdicts(run, Verdict.FAILED) == {}
    assert verdicts(run, Verdict.ERROR) == {}
    assert run.died_after == ()
    assert {result.case.id for result in run.results} >= {case.id for case in CASES}


def test_cells_of_a_peer_without_fault_are_confirmed() -> None:
    run = asyncio.run(check(ScriptedPeer(), "ul.fsm.*"))
    by_cell: dict[object, set[Verdict]] = {}
    for result in run.results:
        if result.case.cell:
            by_cell.setdefault(result.case.cell, set()).add(result.verdict)
    assert len(by_cell) == 30
    assert all(Verdict.OK in found for found in by_cell.values()), by_cell


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - HARMLESS_TO_THE_PROBE))
def test_planted_fault_is_found(fault: str) -> None:
    glob, expected = FAULTS[fault]
    # A peer that is silent until ARTIM expires closes without a PDU, which is another case.
    artim = 10.0 if fault == "silent-in-sta2" else 0.5
    run = asyncio.run(check(ScriptedPeer(fault, artim), glob))
    assert run.healthy, run.unhealthy_because
    assert expected in verdicts(run, Verdict.FAILED)


@pytest.mark.parametrize("fault", sorted(HARMLESS_TO_THE_PROBE))
def test_peer_that_cannot_release_is_never_healthy(fault: str) -> None:
    run = asyncio.run(check(ScriptedPeer(fault), "ul.fsm.acc.sta06.evt12"))
    if run.healthy:
        assert "ul.fsm.acc.sta06.evt12" in verdicts(run, Verdict.FAILED)
    else:
        assert run.results == []


def test_peer_that_dies_stops_the_run_and_is_blamed_on_the_last_cases() -> None:
    class Mortal(ScriptedPeer):
        async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if self.associations > 8:
                self.die()
                writer.close()
                return
            await super()._serve(reader, writer)

    run = asyncio.run(check(Mortal(), "enc.version.*"))
    assert run.healthy
    assert run.died_after
    assert run.not_run


def test_undeclared_artim_is_inconclusive_and_no_failure() -> None:
    async def undeclared() -> Run:
        async with ScriptedPeer(artim=60.0).listening() as peer:
            chosen = [case for case in CASES if case.watch == "artim"]
            settings = Settings(react=0.25, window=0.3)
            return await Runner(Target("127.0.0.1", peer.port, TITLES), settings).run(chosen)

    run = asyncio.run(undeclared())
    found = {result.verdict for result in run.results if result.case.cell}
    assert found == {Verdict.INCONCLUSIVE}
