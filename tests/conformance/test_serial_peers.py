"""A server that serves one association at a time, and listens only while it serves nobody, is neither dead nor new."""

from __future__ import annotations

import asyncio
from fnmatch import fnmatchcase

import pytest

from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.judge.outage import outage_in
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.target import Target
from dulcimer.conformance.run.acceptor import Runner
from dulcimer.conformance.run.overlap import Overlap
from dulcimer.conformance.run.record import AcceptorSettings, Progress, Run
from dulcimer.conformance.stimuli.messages import Titles
from support.conformance.scripted_peer import ScriptedPeer
from support.conformance.serial_relay import SerialRelay
from support.peers.processes import free_port

TITLES = Titles()
CASES = acceptor_cases(TITLES)
SELECTION = ("ul.fsm.acc.sta0[26].evt1[0236]*", "ul.fsm.acc.sta06.evt17.*", "enc.version.*", "pdv.length.*")


async def check(relay: SerialRelay, peer: ScriptedPeer, *globs: str, patience: float = 10.0) -> Run:
    async with peer.listening():
        relay.upstream = peer.port
        async with relay.listening():
            settings = AcceptorSettings(react=0.5, artim=peer.artim, patience=patience)
            cases = [case for case in CASES if any(fnmatchcase(case.id, glob) for glob in globs)]
            return await Runner(Target("127.0.0.1", relay.port, TITLES), settings).run(cases)


@pytest.mark.parametrize(("gap", "every", "slow"), [(0.0, 0, 0.0), (0.02, 0, 0.0), (0.0, 9, 0.5)])
def test_server_that_does_not_listen_while_it_serves_fails_nothing(gap: float, every: int, slow: float) -> None:
    run = asyncio.run(check(SerialRelay(0, gap, every, slow), ScriptedPeer(), *SELECTION))
    assert run.healthy
    assert (run.serial, run.listens) == (True, False)
    bad = {row.case.id: row.observed for row in run.results if row.verdict in (Verdict.FAILED, Verdict.ERROR)}
    assert bad == {}
    assert run.died_after == ()
    assert run.not_run == ()
    assert not any(outage_in(row.observed) for row in run.results)


def test_fault_of_such_a_server_is_found_all_the_same() -> None:
    run = asyncio.run(check(SerialRelay(0), ScriptedPeer("rejects-version-3"), "enc.version.000*"))
    assert [row.case.id for row in run.results if row.verdict is Verdict.FAILED] == ["enc.version.0003"]


def test_such_a_server_that_ends_is_dead_when_patience_is_over() -> None:
    run = asyncio.run(check(SerialRelay(0, lives=12), ScriptedPeer(), "enc.version.*", "enc.maxlen.*", patience=0.2))
    assert run.healthy
    assert run.died_after
    assert run.not_run
    last = next(row for row in run.results if row.case.id == run.died_after[-1])
    assert (last.verdict, last.severity) == (Verdict.FAILED, "S0")
    assert not any(row.refused for row in run.results)


def test_server_that_listens_all_the_time_is_distinguished_from_one_that_does_not() -> None:
    async def run() -> Run:
        async with ScriptedPeer().listening() as peer:
            cases = [case for case in CASES if case.id == "enc.version.0003"]
            return await Runner(Target("127.0.0.1", peer.port, TITLES), AcceptorSettings(react=0.5)).run(cases)

    found = asyncio.run(run())
    assert (found.serial, found.listens) == (False, True)


# ---------------------------------------------------------------------- at the start


class Opener(Progress):
    """Lets the peer listen as soon as the user is told that it is waited for."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.opened = asyncio.Event()

    def say(self, text: str) -> None:
        self.told.append(text)
        self.opened.set()


def test_peer_that_is_not_there_yet_is_waited_for_and_the_user_informed() -> None:
    async def run() -> tuple[Run, list[str]]:
        port, progress = free_port(), Opener()

        async def opens() -> ScriptedPeer:
            await progress.opened.wait()
            peer = ScriptedPeer(port=port)
            peer._server = await asyncio.start_server(peer._serve, "127.0.0.1", port)
            return peer

        opening = asyncio.create_task(opens())
        cases = [case for case in CASES if case.id == "enc.version.0003"]
        runner = Runner(Target("127.0.0.1", port, TITLES), AcceptorSettings(react=0.5, patience=30.0), progress)
        found = await runner.run(cases)
        (await opening).die()
        return found, progress.told

    found, told = asyncio.run(run())
    assert found.healthy
    assert [row.verdict for row in found.results if row.case.id == "enc.version.0003"] == [Verdict.OK]
    assert len(told) == 1
    assert "Waiting up to 30 s" in told[0]


def test_patience_with_a_peer_that_is_never_there_has_an_end() -> None:
    async def run() -> Run:
        cases = [case for case in CASES if case.id == "enc.version.0003"]
        target = Target("127.0.0.1", free_port(), TITLES)
        return await Runner(target, AcceptorSettings(react=0.5, patience=0.0)).run(cases)

    found = asyncio.run(run())
    assert not found.healthy
    assert "refused" in found.unhealthy_because


def test_results_of_a_run_are_each_there_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer that dies for good while the guilty one is looked for: its second result takes the place of the first."""

    monkeypatch.setattr("dulcimer.conformance.run.health._BACKOFF", (0.1,) * 8)
    back = asyncio.Event()
    refused = Overlap.refused

    def comes_back(overlap: Overlap, at: float) -> None:
        back.set()
        refused(overlap, at)

    monkeypatch.setattr(Overlap, "refused", comes_back)

    class DiesAtLast(ScriptedPeer):
        crashes = 0

        def is_killed_by(self, data: bytes, state: str) -> bool:
            return data[:1] == b"\1" and data[6:8] == b"\x80\1"

        def crash(self) -> None:
            self.crashes += 1
            self.back = asyncio.Event() if self.crashes == 2 else back
            super().crash()

    async def run() -> tuple[Run, DiesAtLast]:
        peer = DiesAtLast()
        async with peer.listening():
            settings = AcceptorSettings(react=0.25, artim=peer.artim, patience=0.0)
            cases = [case for case in CASES if fnmatchcase(case.id, "enc.version.*")]
            found = await Runner(Target("127.0.0.1", peer.port, TITLES), settings).run(cases)
            for task in peer.restarts:
                task.cancel()
            return found, peer

    found, peer = asyncio.run(run())
    assert peer.crashes == 2
    names = [row.case.id for row in found.results]
    assert len(names) == len(set(names))
    guilty: list[Result] = [row for row in found.results if row.severity == "S0" and row.verdict is Verdict.FAILED]
    assert [row.case.id for row in guilty] == ["enc.version.8001"]
    assert found.died_after == ("enc.version.8001",)
    assert set(found.not_run).isdisjoint(names)
