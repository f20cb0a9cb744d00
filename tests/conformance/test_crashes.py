"""A peer that crashes and comes back: the guilty case is named, and the others keep the verdicts they have alone."""

from __future__ import annotations

import asyncio
from fnmatch import fnmatchcase

import pytest
from scripted_peer import ESTABLISHED, ScriptedPeer

from dulcimer.conformance.case import Case, Result, Verdict
from dulcimer.conformance.catalogue import acceptor_cases
from dulcimer.conformance.messages import Titles
from dulcimer.conformance.overlap import Overlap
from dulcimer.conformance.run import Progress, Run, Settings
from dulcimer.conformance.runner import Runner
from dulcimer.conformance.target import Target
from dulcimer.conformance.trace import Kind, trace_line

TITLES = Titles()
CASES = acceptor_cases(TITLES)
NO_PDV = b"\x04\x00\x00\x00\x00\x00"
GUILTY = ("pdv.length.none", "enc.version.8001")


class Crashing(ScriptedPeer):
    """A P-DATA-TF without PDV, and a protocol version of 8001H, end it with all that it serves."""

    crashes = 0

    def is_killed_by(self, data: bytes, state: str) -> bool:
        killed = (data == NO_PDV and state == ESTABLISHED) or (data[:1] == b"\1" and data[6:8] == b"\x80\1")
        self.crashes += killed
        return killed


async def check(peer: ScriptedPeer, jobs: int, *globs: str) -> Run:
    async with peer.listening():
        settings = Settings(react=0.25, artim=peer.artim, jobs=jobs)
        chosen = [case for case in CASES if any(fnmatchcase(case.id, glob) for glob in globs)]
        return await Runner(Target("127.0.0.1", peer.port, TITLES), settings).run(chosen)


SELECTION = ("pdv.length.*", "pdv.header.*", "enc.version.*", "ul.fsm.acc.sta06.evt1[036]*")


def found(run: Run) -> dict[str, tuple[str, str, str]]:
    return {row.case.id: (str(row.verdict), row.severity, row.observed) for row in run.results if row.case.drive}


@pytest.fixture(scope="module")
def alone() -> dict[str, tuple[str, str, str]]:
    return found(asyncio.run(check(Crashing(), 1, *SELECTION)))


def test_guilty_cases_are_found_and_no_other(alone: dict[str, tuple[str, str, str]]) -> None:
    blamed = {name for name, (verdict, severity, _) in alone.items() if (verdict, severity) == ("FAILED", "S0")}
    assert blamed == set(GUILTY) | {"ul.fsm.acc.sta06.evt19.p-data-no-pdv"} & set(alone)
    assert {name for name, (verdict, *_) in alone.items() if verdict in ("FAILED", "ERROR")} == blamed


@pytest.mark.parametrize("away", [0.02, 0.3])
def test_verdicts_beside_a_crash_are_those_that_the_cases_have_alone(
    away: float, alone: dict[str, tuple[str, str, str]]
) -> None:
    peer = Crashing(away=away)
    run = asyncio.run(check(peer, 6, *SELECTION))
    together = found(run)
    assert peer.crashes > len(GUILTY)
    assert together == alone
    assert run.died_after == ()
    assert run.not_run == ()


# ---------------------------------------------------------------------- a peer that is away for long


class Told(Progress):
    def __init__(self) -> None:
        self.words: list[str] = []

    def say(self, text: str) -> None:
        self.words.append(text)


@pytest.mark.parametrize("away", [0.6, 3600.0], ids=["comes-back", "is-gone"])
@pytest.mark.parametrize("jobs", [1, 6])
def test_run_that_is_to_go_on_waits_for_a_dead_peer_and_not_for_ever(
    away: float, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dulcimer.conformance.health._BACKOFF", (0.02,) * 8)
    monkeypatch.setattr("dulcimer.conformance.runner._LINGER", 2.0)

    async def run() -> tuple[Run, list[str]]:
        told = Told()
        async with Crashing(away=away).listening() as peer:
            settings = Settings(react=0.25, artim=peer.artim, jobs=jobs, keep_going=True)
            chosen = [case for case in CASES if case.id.startswith("enc.version.")]
            found = await Runner(Target("127.0.0.1", peer.port, TITLES), settings, told).run(chosen)
            for task in peer.restarts:
                task.cancel()
            return found, told.words

    found, words = asyncio.run(run())
    assert any("Waiting up to 2 s for it to come back" in word for word in words)
    assert len({row.case.id for row in found.results}) == len(found.results)
    blamed = {row.case.id for row in found.results if row.severity == "S0" and row.verdict is Verdict.FAILED}
    if away < 1:
        assert (found.died_after, found.not_run, blamed) == ((), (), {"enc.version.8001"})
    else:
        assert "enc.version.8001" in found.died_after
        assert blamed <= {"enc.version.8001"}


# ---------------------------------------------------------------------- what overlaps


def played(name: str, began: float, ended: float, *lines: tuple[float, Kind, str], refused: bool = False) -> Result:
    case = next(case for case in CASES if case.id == name)
    result = Result(case, Verdict.OK, "", refused=refused)
    result.opened_at = began
    result.trace = [trace_line(t - began, kind, text) for t, kind, text in lines]
    return result


NAMES = [case.id for case in CASES if isinstance(case, Case)][:5]


def test_all_that_was_under_way_while_the_peer_was_away_is_spoiled() -> None:
    overlap = Overlap()
    before, dying, broken, refused, after = NAMES
    overlap.note(played(before, 0.0, 1.0, (0.5, Kind.RECEIVED, "A-ASSOCIATE-AC")), 0.0, 1.0)
    overlap.note(played(dying, 2.0, 3.0, (2.5, Kind.RECEIVED, "A-ASSOCIATE-AC")), 2.0, 3.0)
    overlap.note(played(broken, 2.2, 3.5, (2.3, Kind.RECEIVED, "A-ASSOCIATE-AC")), 2.2, 3.5)
    overlap.note(played(refused, 3.0, 3.1, refused=True), 3.0, 3.1)
    overlap.note(played(after, 5.0, 6.0, (5.1, Kind.RECEIVED, "A-ASSOCIATE-AC")), 5.0, 6.0)
    assert overlap.spoiled() == {dying, broken, refused, after}
    assert overlap.spoiled() == set()


def test_connections_that_end_together_without_a_word_are_a_sign_and_a_habit_is_none() -> None:
    def dropped(overlap: Overlap, at: float, *, words: bool = False) -> None:
        last = [(at - 0.1, Kind.RECEIVED, "A-ABORT(2,2)")] if words else []
        overlap.note(played(NAMES[0], at - 1, at, *last, (at, Kind.PEER_RST, "gone")), at - 1, at)

    for words, apart, spoiled in ((False, 0.01, True), (False, 0.9, False), (True, 0.01, False)):
        overlap = Overlap()
        dropped(overlap, 5.0, words=words)
        dropped(overlap, 5.0 + apart, words=words)
        assert bool(overlap.spoiled()) is spoiled
    overlap = Overlap()
    for number in range(4):
        dropped(overlap, 5.0 + number / 1000)
    assert overlap.spoiled() == set()


def test_refusal_of_a_peer_that_never_answers_again_spoils_the_rest() -> None:
    overlap = Overlap()
    overlap.note(played(NAMES[0], 0.0, 1.0, (0.9, Kind.RECEIVED, "A-ASSOCIATE-AC")), 0.0, 1.0)
    overlap.note(played(NAMES[1], 9.0, 9.1, refused=True), 9.0, 9.1)
    assert overlap.spoiled() == {NAMES[0], NAMES[1]}
