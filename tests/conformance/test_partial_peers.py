"""A server that cannot echo, or release, or offers no Verification, is tested with the cases that need neither."""

from __future__ import annotations

import asyncio
from collections import Counter
from fnmatch import fnmatchcase

import pytest

from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.model.parts import Settle
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.target import Target
from dulcimer.conformance.run.acceptor import Runner
from dulcimer.conformance.run.record import AcceptorSettings, Run
from dulcimer.conformance.run.sanity import ALL, LESS, Means, adapted, probe_case
from dulcimer.conformance.stimuli.messages import Titles
from selftest import clock
from support.conformance.checking import FAILED, NEVER_HEALTHY, check, serving
from support.conformance.scripted_peer import ScriptedPeer

CASES = acceptor_cases(Titles())
ECHO, RELEASE = "dimse.echo.success", "ul.fsm.acc.sta06.evt12"
SELECTION = ("ul.fsm.acc.sta0[26].evt*", "enc.version.*", "enc.item.*", "dimse.echo.*", "pdv.header.*", "pdv.context.*")
FAULTS = {
    "never-answers-echo": ({ECHO, "dimse.echo.wrong-sop-class"}, "does not answer a C-ECHO-RQ"),
    "aborts-echo": ({ECHO}, "does not answer a C-ECHO-RQ"),
    "no-answer-to-release": ({RELEASE}, "does not answer an A-RELEASE-RQ"),
    "refuses-verification": (set(), "a presentation context for Verification"),
}
"""Fault: the cases that fail, and what is said to be missing."""


async def run_against(peer: ScriptedPeer) -> Run:
    async with peer.listening():
        chosen = [case for case in CASES if any(fnmatchcase(case.id, glob) for glob in SELECTION)]
        settings = AcceptorSettings(react=0.25, artim=peer.artim)
        return await Runner(Target("127.0.0.1", peer.port), settings).run(chosen, sender_rules=False)


@pytest.mark.parametrize("fault", FAULTS)
def test_one_case_fails_for_what_is_broken_and_the_others_are_tested(fault: str) -> None:
    failing, missing = FAULTS[fault]
    run = clock.run(run_against(ScriptedPeer(fault)))
    assert run.healthy
    assert missing in run.missing
    found = {row.case.id: row for row in run.results}
    assert {name for name, row in found.items() if row.verdict in (Verdict.FAILED, Verdict.ERROR)} == failing
    assert found["enc.version.0003"].verdict is Verdict.OK
    assert found["ul.fsm.acc.sta06.evt13"].verdict is Verdict.OK
    assert Counter(row.verdict for row in run.results)[Verdict.OK] > len(run.results) / 2
    assert run.died_after == ()
    assert run.not_run == ()


def test_what_is_not_tried_says_why() -> None:
    run = clock.run(run_against(ScriptedPeer("refuses-verification")))
    found = {row.case.id: row for row in run.results}
    assert found[ECHO].verdict is Verdict.UNIMPLEMENTED
    assert "which the peer does not accept" in found[ECHO].why
    run = clock.run(run_against(ScriptedPeer("never-answers-echo")))
    found = {row.case.id: row for row in run.results}
    assert found["dimse.echo.message-id-0"].verdict is Verdict.INCONCLUSIVE
    assert ECHO in found["dimse.echo.message-id-0"].why


def test_user_is_informed_of_what_does_not_work() -> None:
    with serving(ScriptedPeer("never-answers-echo")) as port:
        result = check("127.0.0.1", port, "--case", ECHO, "--t-react", "0.25")
    assert result.exit_code == FAILED
    assert "The sanity probe works only in part" in result.output


def test_peer_that_accepts_no_association_is_not_healthy() -> None:
    with serving(ScriptedPeer("aborts-requests")) as port:
        result = check("127.0.0.1", port, "--case", ECHO, "--t-react", "0.25")
    assert result.exit_code == NEVER_HEALTHY


def test_probe_of_a_peer_that_can_do_all_is_the_same_as_ever() -> None:
    assert probe_case(Titles()).closing.settle is Settle.ECHO
    assert all(adapted(case, ALL) is case for case in CASES)


@pytest.mark.parametrize("means", LESS, ids=lambda means: means.missing)
def test_no_case_asks_for_what_does_not_work(means: Means) -> None:
    assert not means.all
    for case in CASES:
        found = adapted(case, means)
        if isinstance(found, Result):
            assert found.verdict in (Verdict.UNIMPLEMENTED, Verdict.INCONCLUSIVE)
            continue
        settle = found.closing.settle
        assert means.echo or settle not in (Settle.ECHO, Settle.ECHO_ALONE)
        assert means.release or settle not in (Settle.ECHO, Settle.RELEASE, Settle.RELEASED)


class Careless(ScriptedPeer):
    """It drops one connection, whatever comes on it."""

    dropped = 47
    connections = 0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.connections == self.dropped:
            await reader.read(1)
            writer.close()
            return
        await super()._serve(reader, writer)


def test_case_whose_connection_is_dropped_before_it_begins_is_played_again() -> None:
    usual, careless = (
        {row.case.id: row.verdict for row in clock.run(run_against(peer)).results}
        for peer in (ScriptedPeer(), Careless())
    )
    assert careless == usual
