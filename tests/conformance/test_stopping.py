"""A run that is ended before its end leaves the reports of what was done; a journal stays whatever becomes of it."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console

from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.report.document import ReportError, load, read
from dulcimer.conformance.report.journal import Journal, report_of_journal
from dulcimer.conformance.run.progress import Bar, Several
from dulcimer.conformance.run.record import PeerIdentity
from dulcimer.conformance.run.stopping import Stopper
from dulcimer.conformance.stimuli.messages import Titles
from support.conformance.checking import ADAPTER, OK, check, scripted, serving
from support.conformance.scripted_peer import ScriptedPeer

CASES = {case.id: case for case in acceptor_cases(Titles())}
ACCEPTOR, REQUESTOR, UPPER_TESTER = "acceptor", "requestor", "upper tester"


@contextmanager
def running(kind: str, directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A check that has come to its first results and has many before it."""
    journal = directory / "journal"
    reports = ["--json", "r.json", "--html", "r.html", "--junit", "r.xml", "--markdown", "r.md", "--journal", journal]
    command = [sys.executable, "-m", "dulcimer.cli.main", "check", *map(str, reports)]
    with serving(ScriptedPeer(artim=60.0)) as port:
        words = {
            ACCEPTOR: ["--jobs", "1", "--peer-artim", "60", "127.0.0.1", str(port)],
            REQUESTOR: ["--jobs", "1", *scripted()],
            UPPER_TESTER: ["--upper-tester", ADAPTER],
        }[kind]
        with subprocess.Popen(
            [*command, *words], cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            try:
                deadline = time.monotonic() + 60
                while not journal.exists() or journal.read_text().count("\n") < 3:
                    assert process.poll() is None, process.communicate()
                    assert time.monotonic() < deadline
                    time.sleep(0.01)
                yield process
            finally:
                process.kill()


@pytest.mark.parametrize(
    ("kind", "number", "status"),
    [
        (ACCEPTOR, signal.SIGINT, 130),
        (ACCEPTOR, signal.SIGTERM, 143),
        (REQUESTOR, signal.SIGINT, 130),
        (UPPER_TESTER, signal.SIGTERM, 143),
    ],
)
def test_signal_ends_a_run_with_every_report_of_what_was_done(
    kind: str, number: signal.Signals, status: int, tmp_path: Path
) -> None:
    with running(kind, tmp_path) as process:
        os.kill(process.pid, number)
        output = process.communicate(timeout=60)[0].decode()
    assert process.returncode == status, output
    assert f"The run was stopped: {number.name}" in output
    document = load(tmp_path / "r.json")
    planned = json.loads((tmp_path / "journal").read_text().splitlines()[0])["planned"]
    done = [case["id"] for case in document["cases"] if case["id"] in planned]
    assert done
    assert document["run"]["not_run"]
    assert sorted(done + document["run"]["not_run"]) == sorted(planned)
    for name in ("r.html", "r.xml", "r.md"):
        assert f"the run was stopped: {number.name}" in (tmp_path / name).read_text()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_journal_of_a_run_that_was_killed_makes_every_report(tmp_path: Path) -> None:
    with running(ACCEPTOR, tmp_path) as process:
        process.kill()
        process.communicate(timeout=60)
    journal = tmp_path / "journal"
    with journal.open("a") as file:
        file.write('{"id": "ul.fsm.acc.sta')  # it was about to write
    result = check("--merge", journal, "--junit", tmp_path / "merged.xml")
    assert result.exit_code == OK, result.output
    report = read(load(journal))
    assert report.cases
    assert set(report.not_run).isdisjoint(case.id for case in report.cases)
    assert "the run was stopped" in (tmp_path / "merged.xml").read_text()


def test_last_result_of_a_case_counts_in_a_journal(tmp_path: Path) -> None:
    names = ["enc.version.0003", "enc.version.ffff"]
    journal = Journal(tmp_path / "journal", "catalogue", names)
    told = Several([journal])
    told.met(PeerIdentity("localhost", 104))
    told.begin(2)
    told.say("nothing that a report needs")
    told.done(Result(CASES[names[1]], Verdict.FAILED, "silence"))
    text = (tmp_path / "journal").read_text()
    found = report_of_journal(text)
    assert found is not None
    assert (found["run"]["not_run"], found["run"]["stopped"]) == ([names[0]], "the journal ends here")
    told.done(Result(CASES[names[0]], Verdict.OK, "accepted"))
    told.done(Result(CASES[names[1]], Verdict.OK, "accepted"))
    journal.close()
    report = read(load(tmp_path / "journal"))
    assert [(case.id, case.verdict) for case in report.cases] == [(name, Verdict.OK) for name in names]
    assert (report.not_run, report.why_not_run) == ((), "")


@pytest.mark.parametrize("text", ["", "[]\n", '{"schema": 1}\n{"id": "x"}\n', "no json\n"])
def test_what_is_no_journal_is_reported_as_before(text: str, tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_text(text)
    with pytest.raises(ReportError):
        load(path)


def test_run_that_was_stopped_before_it_began_does_nothing() -> None:
    async def run() -> tuple[str, list[str]]:
        done: list[str] = []

        async def work() -> None:
            done.append("begun")

        stopper = Stopper()
        stopper.stop("early")
        stopper.stop("later")
        await stopper.run(work())
        return stopper.reason, done

    assert asyncio.run(run()) == ("early", [])


def test_cancelling_from_outside_is_no_stop() -> None:
    async def run() -> None:
        stopper = Stopper()
        task = asyncio.ensure_future(stopper.run(asyncio.sleep(60)))
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())


# ---------------------------------------------------------------------- progress


def test_where_there_is_no_terminal_a_line_tells_now_and_then_how_far_it_is() -> None:
    now = 0.0
    output = io.StringIO()

    async def run() -> None:
        nonlocal now
        bar = Bar(Console(file=output, width=120), every=0.0, clock=lambda: now)
        bar.begin(4)
        names = iter(CASES)
        bar.done(Result(CASES[next(names)], Verdict.OK, ""))
        now = 10.0
        bar.done(Result(CASES[next(names)], Verdict.FAILED, ""))
        again = next(iter(CASES))
        bar.done(Result(CASES[again], Verdict.OK, ""))
        while not output.getvalue():
            await asyncio.sleep(0)
        bar.say("A word.")
        bar.end()

    asyncio.run(run())
    lines = output.getvalue().splitlines()
    assert lines[0] == "2 of 4 cases, 1 failed so far, about 10 s left"
    assert lines[-1] == "A word."


def test_on_a_terminal_there_is_a_bar_and_no_line() -> None:
    output = io.StringIO()

    async def run() -> None:
        bar = Bar(Console(file=output, width=120, force_terminal=True), every=0.0)
        bar.begin(2)
        bar.done(Result(CASES["enc.version.0003"], Verdict.OK, ""))
        await asyncio.sleep(0)
        bar.end()

    asyncio.run(run())
    assert "1/2" in output.getvalue()
    assert "failed so far" not in output.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        '{"kind": "journal"}',
        '{"kind": "journal", "planned": 7}',
        '{"kind": "journal", "planned": []}\n{"id": ["a list"]}',
        '{"kind": "journal", "planned": []}\n{"id": "a"}',
        '{"kind": "journal", "planned": [[]]}',
    ],
)
def test_journal_that_lacks_something_is_refused_in_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "journal"
    path.write_text(text)
    with pytest.raises(ReportError, match="not a journal of dulcimer check"):
        load(path)
