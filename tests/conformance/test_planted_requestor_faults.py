"""The check of requestors finds a fault that is there, and none that is not."""

from __future__ import annotations

import asyncio
import re
import sys
from fnmatch import fnmatchcase

import pytest

from dulcimer.conformance.catalogue.requestor import requestor_cases
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.requestor import RequestorPlay
from dulcimer.conformance.play.stage import Stage
from dulcimer.conformance.play.target import Timing
from dulcimer.conformance.processes.command import Command, Unseen
from dulcimer.conformance.report.contents import as_json
from dulcimer.conformance.report.coverage import with_names
from dulcimer.conformance.report.document import read
from dulcimer.conformance.run.listening import ListeningRunner
from dulcimer.conformance.run.record import PeerIdentity, Run
from dulcimer.conformance.run.requestor import RequestorRunner, RequestorSettings
from dulcimer.conformance.sender_rules.requestor import requestor_log
from support.conformance.scripted_requestor import Requestor, ScriptedRequestor

CASES = requestor_cases()
SETTINGS = RequestorSettings(react=0.25, artim=0.6, window=0.3, hang=1.0, jobs=8)

FAULTS = {
    "goes-on-in-sta5": ("*sta05.evt10", "ul.fsm.req.sta05.evt10"),
    "goes-on-in-sta6": ("*sta06.evt19.type-ff", "ul.fsm.req.sta06.evt19.type-ff"),
    "goes-on-in-sta11": ("*sta11.evt03", "ul.fsm.req.sta11.evt03"),
    "reserved-abort-reason": ("*sta06.evt13", "ul.fsm.req.sta06.evt13"),
    "answers-abort": ("*sta07.evt16.user", "ul.fsm.req.sta07.evt16.user"),
    "answers-rejection": ("*sta05.evt04", "ul.fsm.req.sta05.evt04"),
    "aborts-data-in-sta7": ("*sta07.evt10", "ul.fsm.req.sta07.evt10"),
    "closes-on-collision": ("*sta07.evt12", "ul.fsm.req.sta07.evt12"),
    "data-after-release": ("*sta06.evt12", "ul.fsm.req.sta06.evt12"),
    "acts-in-sta13": ("*sta13.evt10.after-abort", "ul.fsm.req.sta13.evt10.after-abort"),
    "hangs-when-refused": ("*sta04.evt17.closed-port", "ul.fsm.req.sta04.evt17.closed-port"),
    "hangs-when-closed": ("*sta06.evt17.fin", "ul.fsm.req.sta06.evt17.fin"),
    "tests-protocol-version": ("enc.req.version.0003", "enc.req.version.0003"),
    "tests-reserved-bytes": ("enc.req.reserved.ac", "enc.req.reserved.ac"),
    "tests-echo": ("enc.req.echo", "enc.req.echo"),
    "aborts-unknown-items": ("enc.req.item.unknown.user", "enc.req.item.unknown.user"),
    "uses-refused-context": ("enc.req.result.3", "enc.req.result.3"),
    "even-context-id": ("enc.req.echo", "enc.req.sender.contexts"),
    "reserved-byte-set": ("enc.req.echo", "enc.req.sender.reserved"),
    "calls-another": ("enc.req.echo", "enc.req.sender.called-ae-title"),
    "no-maximum-length": ("enc.req.echo", "enc.req.sender.user-required"),
    "exceeds-maximum-length": ("enc.req.maxlen.64", "enc.req.sender.maximum-length"),
    "odd-fragments": ("enc.req.echo", "pdv.req.sender.even"),
    "wrong-group-length": ("enc.req.echo", "dimse.req.sender.command-set"),
}
"""The cases to run, and the case that has to find it."""

NEVER_HEALTHY = ("never-calls", "open-after-release", "speaks-after-release")

HABITS = {
    "always-fails": (set(), "ends with status 1"),
    "closes-without-release": ({"ul.fsm.req.sta06.evt10"}, "closes the connection without a release"),
}
"""What a command always does: the cases that fail for it, and what is said of it."""


async def check(fault: str, glob: str = "*") -> Run:
    chosen = [case for case in CASES if fnmatchcase(case.id, glob)]
    assert chosen
    stage = Stage(ScriptedRequestor(fault), "127.0.0.1", knows_title=True)
    return await RequestorRunner(stage, SETTINGS).run(chosen)


def verdicts(run: Run, verdict: Verdict) -> dict[str, str]:
    return {result.case.id: result.observed for result in run.results if result.verdict is verdict}


def test_a_requestor_without_fault_fails_nothing() -> None:
    run = asyncio.run(check(""))
    assert run.healthy, run.unhealthy_because
    assert verdicts(run, Verdict.FAILED) == {}
    assert verdicts(run, Verdict.ERROR) == {}
    assert run.not_run == ()
    by_cell: dict[object, set[Verdict]] = {}
    for result in run.results:
        if result.case.cell:
            by_cell.setdefault(result.case.cell, set()).add(result.verdict)
    assert len(by_cell) == 65
    # The user of this requestor answers a release at once, so that Sta8 and Sta9 cannot be met.
    met = {cell: found for cell, found in by_cell.items() if cell[1].label not in ("Sta8", "Sta9")}  # type: ignore[index]  # these cases have a cell
    assert all(Verdict.OK in found for found in met.values()), met
    assert run.peer.implementation_version_name == "SCRIPTED"


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_planted_fault_of_a_requestor_is_found(fault: str) -> None:
    glob, expected = FAULTS[fault]
    run = asyncio.run(check(fault, glob))
    assert run.healthy, run.unhealthy_because
    assert expected in verdicts(run, Verdict.FAILED), [(str(row.verdict), row.observed) for row in run.results[:3]]


@pytest.mark.long
@pytest.mark.parametrize("fault", NEVER_HEALTHY)
def test_command_that_fails_with_a_plain_acceptor_is_never_healthy(fault: str) -> None:
    run = asyncio.run(check(fault, "*sta05.evt04"))
    assert not run.healthy
    assert run.unhealthy_because
    assert run.results == []


@pytest.mark.parametrize("fault", HABITS)
def test_command_that_is_out_of_order_in_one_thing_is_tested_for_the_rest(fault: str) -> None:
    failing, told = HABITS[fault]
    run = asyncio.run(check(fault))
    assert run.healthy
    assert told in run.missing
    assert set(verdicts(run, Verdict.FAILED)) == failing
    assert set(verdicts(run, Verdict.ERROR)) == set()
    assert len(verdicts(run, Verdict.OK)) > len(run.results) / 3


async def alone(words: tuple[str, ...], start: float) -> Result:
    case = next(case for case in CASES if case.id == "enc.req.echo")
    play = RequestorPlay(case, Stage(Command(words), "127.0.0.1", Timing(grace=0.05), start=start), requestor_log())
    return await play.run()


def test_command_that_ends_without_a_connection_is_told_from_one_that_was_given_too_little_time() -> None:
    ended = asyncio.run(alone((sys.executable, "-S", "-c", "raise SystemExit(3)"), 60.0))
    slow = asyncio.run(alone((sys.executable, "-S", "-c", "import signal; signal.pause()"), 0.5))
    assert {ended.verdict, slow.verdict} == {Verdict.ERROR}
    assert re.fullmatch(r"the command ended with status 3 after \S+ s, without a connection", ended.why)
    assert slow.why == "the command made no connection within 0.5 s"


def test_exit_status_0_after_a_rejection_is_noted_and_is_no_failure() -> None:
    run = asyncio.run(check("reports-success", "*sta05.evt04"))
    assert verdicts(run, Verdict.NON_STRICT) == {"ul.fsm.req.sta05.evt04": "close(fin); ended(0)"}


def test_hang_after_the_end_is_of_the_gravest_severity() -> None:
    run = asyncio.run(check("hangs-when-closed", "*sta06.evt17.fin"))
    (result,) = (result for result in run.results if result.case.cell)
    assert (result.verdict, result.severity, result.observed) == (Verdict.FAILED, "S0", "hangs")


@pytest.mark.parametrize("leaves", [True, False], ids=["leaves", "stays"])
def test_requestor_that_closes_right_after_its_a_release_rp_shows_nothing_of_sta13(leaves: bool) -> None:
    case = next(case for case in CASES if case.id == "ul.fsm.req.sta13.evt16.after-release.user")

    async def played() -> Result:
        # One that stays is asked after a moment; for one that leaves the tester waits as long as it takes.
        timing = Timing(react=10.0, grace=10.0 if leaves else 0.05)
        stage = Stage(
            ScriptedRequestor("leaves-after-release" if leaves else ""), "127.0.0.1", timing, knows_title=True
        )
        return await RequestorPlay(case, stage, requestor_log()).run()

    result = asyncio.run(played())
    assert result.verdict is (Verdict.UNOBSERVABLE if leaves else Verdict.OK), result.observed
    header, *rows = with_names(read(as_json(Run(PeerIdentity("", 0), results=[result]), ""))).splitlines()
    row = next(row for row in rows if row.startswith("Evt16"))
    assert row[header.index("13") :].split()[0] == ("u" if leaves else "+")


def test_silence_is_left_to_the_user() -> None:
    run = asyncio.run(check("", "ul.time.req.*"))
    found = {result.case.id: result.verdict for result in run.results if result.case.id.startswith("ul.time.")}
    assert set(found.values()) == {Verdict.INFORMATIONAL}


@pytest.mark.parametrize("by_alias", (False, True), ids=("in-sequence", "by-called-ae-title"))
def test_a_peer_that_calls_by_itself_gets_a_case_for_each_association(by_alias: bool) -> None:
    wanted = [case for case in CASES if case.id in ("enc.req.echo", "ul.fsm.req.sta05.evt10", "enc.req.version.0003")]

    async def run() -> Run:
        stage = Stage(Unseen(), "127.0.0.1")
        runner = ListeningRunner(stage, (0,), SETTINGS, 2.0)
        (port,) = runner.ports

        async def call() -> None:
            await Requestor("", "127.0.0.1", port, "ANY").run()
            for case in reversed(wanted):
                await Requestor("", "127.0.0.1", port, case.alias if by_alias else "ANY").run()

        calling = asyncio.create_task(call())
        found = await runner.run(wanted)
        await calling
        return found

    found = asyncio.run(run())
    assert found.healthy, found.unhealthy_because
    cases = {result.case.id: result.verdict for result in found.results if ".sender." not in result.case.id}
    assert cases == {case.id: Verdict.OK for case in wanted}


def test_cases_that_nobody_calls_for_are_not_run() -> None:
    wanted = [case for case in CASES if case.id in ("enc.req.echo", "ul.fsm.req.sta04.evt17.closed-port")]

    async def run() -> Run:
        runner = ListeningRunner(Stage(Unseen(), "127.0.0.1"), (0,), SETTINGS, 0.3)
        calling = asyncio.create_task(Requestor("", "127.0.0.1", runner.ports[0], "ANY").run())
        found = await runner.run(wanted)
        await calling
        return found

    found = asyncio.run(run())
    assert found.not_run == ("enc.req.echo",)
    assert [result.verdict for result in found.results if result.case.cell] == [Verdict.UNIMPLEMENTED]
