"""The check finds a fault that is there, and none that is not."""

from __future__ import annotations

import asyncio
from fnmatch import fnmatchcase

import pytest

from dulcimer._generated.fsm import States
from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.judge.races import is_left_by_the_peer
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.acceptor import Play
from dulcimer.conformance.play.target import Target, Timing
from dulcimer.conformance.report.contents import as_json
from dulcimer.conformance.report.coverage import with_names
from dulcimer.conformance.report.document import read
from dulcimer.conformance.run.acceptor import Runner
from dulcimer.conformance.run.record import AcceptorSettings, PeerIdentity, Run
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.conformance.stimuli.messages import Titles
from selftest import clock
from support.conformance.scripted_peer import ScriptedPeer

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
    "widens-window": ("enc.user.window", "enc.sender.window"),
    "accepts-role-unasked": ("enc.user.role", "enc.sender.roles"),
    "answers-identity-unasked": ("enc.user.identity", "enc.sender.identity"),
    "wants-whole-headers": (
        "enc.segment.cut-in-header.enc.version.0003",
        "enc.segment.cut-in-header.enc.version.0003",
    ),
    "answers-before-last": ("pdv.order.never-last", "pdv.order.never-last"),
    "pending-echo": ("dimse.echo.success", "dimse.sender.status"),
    "names-another-class": ("dimse.echo.success", "dimse.sender.class"),
    "answers-echo-with-data-set": ("dimse.echo.success", "pdv.sender.messages"),
    "sends-data-unasked": ("dimse.echo.success", "pdv.sender.messages"),
    "answers-cancel": ("dimse.cancel.unknown", "dimse.cancel.unknown"),
    "swallows-requests": ("dimse.service.n-get", "dimse.service.n-get"),
    "never-answers-store": ("dimse.store.success", "dimse.store.success"),
    "answers-data-in-sta7": ("ul.fsm.acc.sta07.evt10.idle", "ul.fsm.acc.sta07.evt10.idle"),
    "answers-collision-first": ("ul.fsm.acc.sta07.evt12.idle", "ul.fsm.acc.sta07.evt12.idle"),
    "goes-on-in-sta10": ("ul.fsm.acc.sta10.evt03.idle", "ul.fsm.acc.sta10.evt03.idle"),
}
"""Fault: cases that are run, and the case or rule that has to fail."""

PIPELINED_FAULTS = {
    "releases-twice": "ul.fsm.acc.sta08.evt12.pipelined",
    "accepts-in-sta13": "ul.fsm.acc.sta08.evt06.pipelined",
    "goes-on-in-sta6": "ul.fsm.acc.sta03.evt13.pipelined",
}
"""Fault: the case that has to find it although the peer has left the state before."""

IDLE = 0.3
"""Seconds after which a peer that releases does so."""

HARMLESS_TO_THE_PROBE = {"no-answer-to-release", "data-after-release"}


async def check(peer: ScriptedPeer, glob: str = "*", *, react: float = 0.25) -> Run:
    async with peer.listening():
        settings = AcceptorSettings(react=react, artim=peer.artim, releases=peer.releases, close=1.0)
        chosen = [case for case in CASES if fnmatchcase(case.id, glob)]
        return await Runner(Target("127.0.0.1", peer.port, TITLES), settings).run(chosen)


def verdicts(run: Run, verdict: Verdict) -> dict[str, str]:
    return {result.case.id: result.observed for result in run.results if result.verdict is verdict}


@pytest.mark.long
def test_a_peer_without_fault_fails_nothing() -> None:
    run = clock.run(check(ScriptedPeer()))
    assert run.healthy
    assert verdicts(run, Verdict.FAILED) == {}
    assert verdicts(run, Verdict.ERROR) == {}
    assert run.died_after == ()
    assert {result.case.id for result in run.results} >= {case.id for case in CASES}


def test_pdu_without_a_pdv_that_is_passed_over_is_a_mild_deviation() -> None:
    run = clock.run(check(ScriptedPeer("takes-no-pdv"), "*no[n-]*pdv*"))
    mild = verdicts(run, Verdict.NON_STRICT)
    assert mild["ul.fsm.acc.sta06.evt19.p-data-no-pdv"] == "silence"
    assert verdicts(run, Verdict.FAILED) == {}


def test_cells_of_a_peer_without_fault_are_confirmed() -> None:
    run = clock.run(check(ScriptedPeer(), "ul.fsm.*"))
    by_cell: dict[Cell, set[Verdict]] = {}
    for result in run.results:
        if result.case.cell:
            by_cell.setdefault(result.case.cell, set()).add(result.verdict)
    assert len(by_cell) == 75
    left_at_once = {States.STA_3, States.STA_8}
    waited_for = {States.STA_7, States.STA_10, States.STA_12}
    for (_, state), found in by_cell.items():
        if state in waited_for:
            assert found == {Verdict.UNIMPLEMENTED}
        else:
            assert Verdict.OK in found or (state in left_at_once and found == {Verdict.UNOBSERVABLE})


def test_cells_of_a_peer_that_releases_are_confirmed() -> None:
    run = clock.run(check(ScriptedPeer(releases=IDLE), "ul.fsm.acc.*.idle*"))
    assert verdicts(run, Verdict.FAILED) == {}
    found = {result.case.id: result.verdict for result in run.results if result.case.cell}
    assert {case.id for case in CASES if "sut-releases" in case.opening.needs} == set(found)
    sta12 = {identifier for identifier in found if ".sta12." in identifier}
    assert {found[identifier] for identifier in set(found) - sta12} == {Verdict.OK}
    assert {found[identifier] for identifier in sta12} <= {Verdict.OK, Verdict.UNOBSERVABLE}


def test_a_peer_that_does_not_release_as_declared_is_not_failed() -> None:
    async def declared_wrongly() -> Run:
        async with ScriptedPeer().listening() as peer:
            settings = AcceptorSettings(react=0.25, artim=peer.artim, releases=0.1)
            chosen = [case for case in CASES if case.id == "ul.fsm.acc.sta07.evt13.idle"]
            return await Runner(Target("127.0.0.1", peer.port, TITLES), settings).run(chosen)

    run = clock.run(declared_wrongly())
    assert verdicts(run, Verdict.INCONCLUSIVE) == {"ul.fsm.acc.sta07.evt13.idle": "silence"}


def test_storage_of_a_peer_without_fault_is_confirmed() -> None:
    run = clock.run(check(ScriptedPeer(storage=True), "dimse.store.*"))
    assert verdicts(run, Verdict.FAILED) == {}
    assert "dimse.store.success" in verdicts(run, Verdict.OK)


def test_a_service_that_is_not_offered_is_unimplemented() -> None:
    run = clock.run(check(ScriptedPeer(), "dimse.[sf]*"))
    offered = {
        case.id for case in CASES if case.id.startswith("dimse.") and {"storage", "find"} & set(case.opening.needs)
    }
    assert set(verdicts(run, Verdict.UNIMPLEMENTED)) == offered


def test_the_same_deviation_in_other_segments_is_not_counted_again() -> None:
    run = clock.run(check(ScriptedPeer("rejects-version-3"), "*enc.version.0003"))
    assert set(verdicts(run, Verdict.FAILED)) == {"enc.version.0003"}
    assert "enc.segment.octets.enc.version.0003" in verdicts(run, Verdict.OK)


@pytest.mark.parametrize("fault", PIPELINED_FAULTS)
def test_planted_fault_is_found_in_the_state_behind_the_one_aimed_at(fault: str) -> None:
    expected = PIPELINED_FAULTS[fault]
    run = clock.run(check(ScriptedPeer(fault), expected))
    assert expected in verdicts(run, Verdict.FAILED)


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - HARMLESS_TO_THE_PROBE))
def test_planted_fault_is_found(fault: str) -> None:
    glob, expected = FAULTS[fault]
    releases = IDLE if "idle" in glob else None
    peer = ScriptedPeer(fault, releases=releases, storage="store" in glob)
    run = clock.run(check(peer, glob))
    assert run.healthy, run.unhealthy_because
    assert expected in verdicts(run, Verdict.FAILED)


@pytest.mark.parametrize("fault", sorted(HARMLESS_TO_THE_PROBE))
def test_peer_that_cannot_release_is_never_healthy(fault: str) -> None:
    run = clock.run(check(ScriptedPeer(fault), "ul.fsm.acc.sta06.evt12"))
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

    run = clock.run(check(Mortal(), "enc.pc.*"))
    assert run.healthy
    assert run.died_after
    assert run.not_run


def test_case_after_which_the_peer_is_restarted_is_found_among_many() -> None:
    """A supervisor starts it again so soon that only refused connections tell."""
    run = clock.run(check(ScriptedPeer("crashes-without-pdv"), "pdv.[hlo]*"))
    assert run.died_after == ()
    blamed = {result.case.id: result.severity for result in run.results if result.verdict is Verdict.FAILED}
    assert blamed == {"pdv.length.none": "S0"}
    assert len(run.results) == len({result.case.id for result in run.results})


@pytest.mark.parametrize("first", [0, 1])
def test_peer_that_leaves_a_state_now_and_then_leaves_it(first: int) -> None:
    """Which of two ends was quicker this time must not choose the verdict."""
    case = "ul.fsm.acc.sta13.evt06.after-abort"
    run = clock.run(check(ScriptedPeer("leaves-now-and-then", associations=first), case))
    assert case in verdicts(run, Verdict.UNOBSERVABLE)
    assert case in verdicts(clock.run(check(ScriptedPeer(), case)), Verdict.OK)


def test_state_that_is_left_rarely_is_left_for_every_case_that_reaches_it_in_this_way() -> None:
    """Else the cases during which it happens would differ from run to run."""
    run = clock.run(check(ScriptedPeer("leaves-rarely"), "ul.fsm.acc.sta13.*"))
    by_way: dict[str, set[Verdict]] = {}
    for result in run.results:
        if result.case.cell and is_left_by_the_peer(result.case):
            by_way.setdefault(result.case.opening.way, set()).add(result.verdict)
    assert set(by_way) == {"Sta13 after-abort", "Sta13 after-release", "Sta13 after-reject"}
    for found in by_way.values():
        assert not {Verdict.OK, Verdict.UNOBSERVABLE} <= found
    assert any(Verdict.UNOBSERVABLE in found for found in by_way.values())


AFTER_RELEASE = [case for case in CASES if fnmatchcase(case.id, "ul.fsm.acc.sta13.evt1[67].after-release.*")]


@pytest.mark.parametrize(
    "case", [case for case in AFTER_RELEASE if case.expectation.watch != "reaction"], ids=lambda case: case.id
)
@pytest.mark.parametrize("leaves", [True, False], ids=["leaves", "stays"])
def test_peer_that_closes_right_after_its_a_release_rp_shows_nothing_of_sta13(case: Case, leaves: bool) -> None:
    """It may; the close before the stimulus must not be taken for the close that follows it."""

    async def played() -> Result:
        # A peer that stays is asked after a moment; for one that leaves the tester waits as long as it takes.
        timing = Timing(react=10.0, grace=10.0 if leaves else 0.05)
        async with ScriptedPeer("leaves-after-release" if leaves else "", artim=30.0).listening() as peer:
            return await Play(case, Target("127.0.0.1", peer.port, TITLES, timing), SenderLog()).run()

    result = clock.run(played())
    assert result.verdict is (Verdict.UNOBSERVABLE if leaves else Verdict.OK), result.observed
    assert case.cell is not None
    header, *rows = with_names(read(as_json(Run(PeerIdentity("", 0), results=[result]), ""))).splitlines()
    row = next(row for row in rows if row.startswith(case.cell[0].label))
    assert row[header.index("13") :].split()[0] == ("u" if leaves else "+")


def test_undeclared_artim_is_inconclusive_and_no_failure() -> None:
    async def undeclared() -> Run:
        async with ScriptedPeer().listening() as peer:
            chosen = [case for case in CASES if case.expectation.watch == "artim"]
            settings = AcceptorSettings(react=0.25, window=0.3)
            return await Runner(Target("127.0.0.1", peer.port, TITLES), settings).run(chosen)

    run = clock.run(undeclared())
    found = {result.verdict for result in run.results if result.case.cell}
    assert found == {Verdict.INCONCLUSIVE}
