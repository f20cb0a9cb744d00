"""A peer that crashes and comes back: the guilty case is named, and the others keep the verdicts they have alone."""

from __future__ import annotations

import asyncio
from fnmatch import fnmatchcase

import pytest

from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.steps import Send
from dulcimer.conformance.model.trace import Kind, trace_line
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.target import Target
from dulcimer.conformance.run.acceptor import Runner
from dulcimer.conformance.run.overlap import Overlap
from dulcimer.conformance.run.record import AcceptorSettings, Progress, Run
from dulcimer.conformance.run.sanity import probe_case
from dulcimer.conformance.stimuli.messages import Titles
from dulcimer.conformance.wire_peer.connection import Connection
from dulcimer.conformance.wire_peer.tls import TlsSettings
from support.conformance.scripted_peer import ESTABLISHED, ScriptedPeer

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


class Seen(Connection):
    """Connections of a tester that tells the peer when it has been refused: then the peer may come back."""

    peer: ScriptedPeer | None = None

    @classmethod
    async def open(cls, host: str, port: int, timeout: float, tls: TlsSettings | None = None) -> Connection:
        try:
            return await Connection.open(host, port, timeout, tls)
        except ConnectionRefusedError:
            if Seen.peer is not None and Seen.peer.back is not None:
                Seen.peer.back.set()
            raise


async def check(peer: ScriptedPeer, jobs: int, *globs: str) -> Run:
    """Run these cases; a crash of the peer lasts until a connection was refused, whatever the clock says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dulcimer.conformance.play.target.Connection", Seen)
        patch.setattr(Seen, "peer", peer)
        peer.back = asyncio.Event()
        return await _check(peer, jobs, *globs)


async def _check(peer: ScriptedPeer, jobs: int, *globs: str) -> Run:
    async with peer.listening():
        settings = AcceptorSettings(react=0.25, artim=peer.artim, jobs=jobs)
        chosen = [case for case in CASES if any(fnmatchcase(case.id, glob) for glob in globs)]
        return await Runner(Target("127.0.0.1", peer.port, TITLES), settings).run(chosen)


SELECTION = ("pdv.length.*", "pdv.header.*", "enc.version.*", "ul.fsm.acc.sta06.evt1[036]*")


def found(run: Run) -> dict[str, tuple[str, str, str]]:
    return {
        row.case.id: (str(row.verdict), row.severity, row.observed) for row in run.results if row.case.opening.steps
    }


@pytest.fixture(scope="module")
def alone() -> dict[str, tuple[str, str, str]]:
    return found(asyncio.run(check(Crashing(), 1, *SELECTION)))


def test_guilty_cases_are_found_and_no_other(alone: dict[str, tuple[str, str, str]]) -> None:
    blamed = {name for name, (verdict, severity, _) in alone.items() if (verdict, severity) == ("FAILED", "S0")}
    assert blamed == set(GUILTY) | {"ul.fsm.acc.sta06.evt19.p-data-no-pdv"} & set(alone)
    assert {name for name, (verdict, *_) in alone.items() if verdict in ("FAILED", "ERROR")} == blamed


def test_verdicts_beside_a_crash_are_those_that_the_cases_have_alone(alone: dict[str, tuple[str, str, str]]) -> None:
    peer = Crashing()
    run = asyncio.run(check(peer, 6, *SELECTION))
    together = found(run)
    assert peer.crashes > len(GUILTY)
    assert together == alone
    assert run.died_after == ()
    assert run.not_run == ()


# ---------------------------------------------------------------------- a peer that is away for long


class Told(Progress):
    def __init__(self, back: asyncio.Event) -> None:
        self.words: list[str] = []
        self.back = back

    def say(self, text: str) -> None:
        self.words.append(text)
        if "come back" in text:
            self.back.set()


@pytest.mark.parametrize("comes_back", [True, False])
@pytest.mark.parametrize("jobs", [1, 6])
def test_run_that_is_to_go_on_waits_for_a_dead_peer_and_not_for_ever(
    comes_back: bool, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dulcimer.conformance.run.health._BACKOFF", (0.02,) * 8)
    monkeypatch.setattr("dulcimer.conformance.run.acceptor._LINGER", 2.0)

    async def run() -> tuple[Run, list[str]]:
        back = asyncio.Event()
        told = Told(back)
        async with Crashing(back=back if comes_back else asyncio.Event()).listening() as peer:
            settings = AcceptorSettings(react=0.25, artim=peer.artim, jobs=jobs, keep_going=True)
            chosen = [case for case in CASES if case.id.startswith("enc.version.")]
            found = await Runner(Target("127.0.0.1", peer.port, TITLES), settings, told).run(chosen)
            for task in peer.restarts:
                task.cancel()
            return found, told.words

    found, words = asyncio.run(run())
    assert any("Waiting up to 2 s for it to come back" in word for word in words)
    assert len({row.case.id for row in found.results}) == len(found.results)
    blamed = {row.case.id for row in found.results if row.severity == "S0" and row.verdict is Verdict.FAILED}
    if comes_back:
        assert (found.died_after, found.not_run, blamed) == ((), (), {"enc.version.8001"})
    else:
        assert "enc.version.8001" in found.died_after
        assert blamed <= {"enc.version.8001"}


# ---------------------------------------------------------------------- what overlaps


def played(name: str, began: float, ended: float, *lines: tuple[float, Kind, str], refused: bool = False) -> Result:
    case = next(case for case in CASES if case.id == name)
    trace = tuple(trace_line(t - began, kind, text) for t, kind, text in lines)
    return Result(case, Verdict.OK, "", refused=refused, trace=trace, opened_at=began)


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


BY_NAME = {case.id: case for case in CASES}
PLAIN = next(step.label for step in BY_NAME["ul.fsm.acc.sta06.evt13"].opening.steps if isinstance(step, Send))
REQUEST = (0.0, Kind.SENT, PLAIN)
ACCEPTED = (0.01, Kind.RECEIVED, "A-ASSOCIATE-AC")
STIMULUS = (0.02, Kind.SENT, "a stimulus")
INNOCENT, DYING, THIRD = "ul.fsm.acc.sta06.evt03", "ul.fsm.acc.sta06.evt04", "ul.fsm.acc.sta06.evt10"


def dropped(overlap: Overlap, name: str, at: float, *lines: tuple[float, Kind, str]) -> None:
    """A case whose connection, opened a second before, the peer ends at this time; `lines` are from the opening on."""
    rows = [(at - 1 + t, kind, text) for t, kind, text in lines]
    overlap.note(played(name, at - 1, at, *rows, (at, Kind.PEER_RST, "gone")), at - 1, at)


@pytest.mark.parametrize(
    ("last", "apart", "spoiled"),
    [
        ([], 0.01, True),
        ([], 0.9, False),
        ([(0.9, Kind.RECEIVED, "A-ABORT(2,2)")], 0.01, False),
        ([(0.9, Kind.SENT, "A-ABORT(0,0)")], 0.01, False),
    ],
    ids=["together", "apart", "aborts", "is-aborted"],
)
def test_connection_that_ends_with_another_before_its_stimulus_is_a_sign(
    last: list[tuple[float, Kind, str]], apart: float, spoiled: bool
) -> None:
    overlap = Overlap()
    dropped(overlap, INNOCENT, 5.0, REQUEST, ACCEPTED, *last)
    dropped(overlap, DYING, 5.0 + apart, REQUEST, ACCEPTED, STIMULUS)
    assert overlap.spoiled() == ({INNOCENT, DYING} if spoiled else set())


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (INNOCENT, [REQUEST, ACCEPTED, STIMULUS]),
        ("ul.fsm.acc.sta02.evt13", [STIMULUS]),
        ("ul.fsm.acc.sta13.evt18.after-release", [REQUEST, ACCEPTED]),
        ("ul.fsm.acc.sta02.evt18.silent", []),
    ],
    ids=["sta06", "sta02", "artim-after-release", "artim"],
)
def test_closes_that_each_have_a_reason_are_no_sign(name: str, lines: list[tuple[float, Kind, str]]) -> None:
    overlap = Overlap()
    dropped(overlap, name, 5.0, *lines)
    dropped(overlap, DYING, 5.0, REQUEST, ACCEPTED, STIMULUS)
    assert overlap.spoiled() == set()


def test_probe_that_is_cut_off_with_a_case_is_a_sign() -> None:
    overlap = Overlap()
    trace = (trace_line(0.0, Kind.SENT, PLAIN), trace_line(0.1, Kind.PEER_RST, "gone"))
    probe = Result(probe_case(TITLES), Verdict.FAILED, "close(rst)", opened_at=4.9, trace=trace)
    overlap.note(probe, 4.9, 5.0)
    dropped(overlap, DYING, 5.0, REQUEST, ACCEPTED, STIMULUS)
    assert DYING in overlap.spoiled()


@pytest.mark.parametrize(
    ("opened", "lines", "spoiled"),
    [
        (4.0, [(6.0, Kind.TESTER_FIN, "tester closed")], False),
        (4.0, [(6.0, Kind.PEER_FIN, "peer closed")], False),
        (4.0, [], False),
        (4.0, [(5.02, Kind.PEER_FIN, "peer closed")], True),
        (4.99, [(4.995, Kind.RECEIVED, "A-ASSOCIATE-AC"), (6.0, Kind.TESTER_FIN, "tester closed")], False),
        (4.99, [(5.02, Kind.RECEIVED, "A-ASSOCIATE-AC"), (6.0, Kind.TESTER_FIN, "tester closed")], True),
    ],
)
def test_peer_that_keeps_another_connection_open_lives(
    opened: float, lines: list[tuple[float, Kind, str]], spoiled: bool
) -> None:
    overlap = Overlap()
    dropped(overlap, INNOCENT, 5.0, REQUEST, ACCEPTED)
    dropped(overlap, DYING, 5.01, REQUEST, ACCEPTED, STIMULUS)
    lines = lines or [(4.1, Kind.RECEIVED, "A-ASSOCIATE-AC")]
    overlap.note(played(THIRD, opened, 6.5, *lines), opened, 6.5)
    assert bool(overlap.spoiled()) is spoiled


def test_what_did_not_end_with_the_others_is_not_played_again() -> None:
    overlap = Overlap()
    dropped(overlap, INNOCENT, 5.0, REQUEST, ACCEPTED)
    dropped(overlap, DYING, 5.01, REQUEST, ACCEPTED, STIMULUS)
    aborted = (4.99, Kind.RECEIVED, "A-ABORT(2,2)")
    overlap.note(played(THIRD, 4.9, 5.02, aborted, (5.0, Kind.PEER_FIN, "peer closed")), 4.9, 5.02)
    assert overlap.spoiled() == {INNOCENT, DYING}


class Words(Progress):
    def __init__(self) -> None:
        self.words: list[str] = []

    def say(self, text: str) -> None:
        self.words.append(text)


def test_peer_that_closes_without_a_word_in_many_cases_is_not_called_away() -> None:
    async def run() -> tuple[Run, list[str]]:
        told = Words()
        async with ScriptedPeer("closes-without-a-word", artim=10.0).listening() as peer:
            settings = AcceptorSettings(react=0.25, artim=peer.artim, jobs=6)
            globs = ("ul.fsm.acc.sta0[26].evt0*", "ul.fsm.acc.sta06.evt19*", "ul.fsm.acc.sta13.*.after-abort")
            chosen = [case for case in CASES if any(fnmatchcase(case.id, glob) for glob in globs)]
            found = await Runner(Target("127.0.0.1", peer.port, TITLES), settings, told).run(chosen)
            return found, told.words

    found, words = asyncio.run(run())
    closed = [row for row in found.results if row.observed.startswith("close") and row.case.opening.steps]
    assert len(closed) > 20
    assert words == []


def test_refusal_of_a_peer_that_never_answers_again_spoils_the_rest() -> None:
    overlap = Overlap()
    overlap.note(played(NAMES[0], 0.0, 1.0, (0.9, Kind.RECEIVED, "A-ASSOCIATE-AC")), 0.0, 1.0)
    overlap.note(played(NAMES[1], 9.0, 9.1, refused=True), 9.0, 9.1)
    assert overlap.spoiled() == {NAMES[0], NAMES[1]}
