"""The conformance cases as an assertion: deviations of a server or a client, as a text that a person can read."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Sequence
from typing import TypeVar

from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.catalogue.extended import thorough_cases
from dulcimer.conformance.catalogue.requestor import requestor_cases
from dulcimer.conformance.catalogue.selecting import CaseFilter
from dulcimer.conformance.judge.advice import advice
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.requestor_case import RequestorCase
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.stage import Stage
from dulcimer.conformance.play.target import Target
from dulcimer.conformance.processes.command import Command
from dulcimer.conformance.report.contents import SEVERITIES, as_json, catalogue_digest
from dulcimer.conformance.report.document import CaseReport, Report, read
from dulcimer.conformance.report.failing import failures
from dulcimer.conformance.run.acceptor import Runner
from dulcimer.conformance.run.record import CASE, AcceptorSettings, Run
from dulcimer.conformance.run.requestor import RequestorRunner, RequestorSettings
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.counting import counted
from dulcimer.testing.addresses import refuse_other_machines
from dulcimer.testing.targets import StartedServer, command_words, shell_words
from dulcimer.testing.watching import StartedServerWatch

__tracebackhide__ = True
"""Of all functions here, for pytest: the message says more."""
_MOST_SHOWN = 8
_PATIENCE = 1.0
"""Seconds for a server that does not listen; it did when it was started."""
_TITLES = Titles()
_LOOPBACK = "127.0.0.1"
_DEVIATES = (Verdict.FAILED, Verdict.NON_STRICT)
_AnyCase = TypeVar("_AnyCase", bound=Case)


class ConformanceDeviation(AssertionError):
    """A peer deviates from the standard; the message has each deviation with its clause, and `report` has all.

    `report`: None if nothing could be tested.
    """

    def __init__(self, text: str, report: Report | None = None) -> None:
        super().__init__(text)
        self.report = report


class ConformanceCheck:
    """Runs conformance cases; the fixture `dulcimer_check`."""

    def __call__(
        self,
        server: StartedServer | tuple[str, int],
        *select: str,
        called: str = _TITLES.called,
        calling: str = _TITLES.calling,
        clauses: Sequence[str] = (),
        severities: Sequence[str] = (),
        exclude: Sequence[str] = (),
        thorough: bool = False,
        strict: bool = False,
        artim: float | None = None,
        jobs: int = 6,
    ) -> Report:
        """Run cases against a server that `dulcimer_target` has started, or at a host and port of this machine.

        - `called`, `calling`: AE titles for a host and port; a server that was started has its own.
        - `select`: globs of ids, or parts of them; without one, all of them run, which takes about half a minute.
        - `clauses` such as 9.3.2; `severities` from S0 to S4; `exclude`: globs of cases to leave out.
        - `thorough`: also the extended cases. `strict`: deviations that do no harm fail, too.
        - `artim`: how long ARTIM of the server runs, in seconds; without it no case waits for it to expire.

        Returns the report. Raises ConformanceDeviation if a case fails, ValueError if no case is selected, or if the
        host is another machine.
        """
        at = _target_of(server, Titles(calling, called))
        chosen = _chosen(acceptor_cases(at.titles), select, clauses, severities, exclude, thorough=thorough)
        settings = AcceptorSettings(artim=artim, jobs=jobs, patience=_PATIENCE)

        async def played() -> Run:
            if isinstance(server, tuple):
                return await Runner(at, settings).run(chosen)
            watch = StartedServerWatch(server)
            await watch.ready()
            return await Runner(at, settings, watch=watch).run(chosen)

        run = asyncio.run(played())
        name, where = f"{at.host}:{at.port}", f"{at.host} {at.port}"
        if isinstance(server, StartedServer):
            name, where = str(server), f"--spawn {shlex.quote(str(server))}"
        titles = shlex.join(("-aec", at.titles.called, "-aet", at.titles.calling))
        run.again = f"dulcimer check {where} {titles} --case {CASE}"
        return _verdict(run, chosen, name, strict=strict)

    def requestor(
        self,
        command: str | Sequence[str],
        *select: str,
        clauses: Sequence[str] = (),
        severities: Sequence[str] = (),
        exclude: Sequence[str] = (),
        thorough: bool = False,
        strict: bool = False,
        artim: float | None = None,
        hang: float = 35.0,
        jobs: int = 6,
    ) -> Report:
        """Run cases against a client: the command is started once for each case, with `{host}`, `{port}` and `{aet}`.

        `hang`: how long it may run after its association has ended, in seconds. Otherwise as for a server.
        """
        words = command_words(command)
        for place in ("{host}", "{port}"):
            if not any(place in word for word in words):
                raise ValueError(f"the command has no {place}, so the client cannot reach the tester: {command}")
        caller = Command(words)
        chosen = _chosen(requestor_cases(), select, clauses, severities, exclude, thorough=thorough)
        wanted = [case for case in chosen if isinstance(case, RequestorCase)]
        stage = Stage(caller, _LOOPBACK, knows_title=caller.names_ae_title)
        settings = RequestorSettings(artim=artim, hang=hang, jobs=jobs)
        run = asyncio.run(RequestorRunner(stage, settings).run(wanted))
        run.again = f"dulcimer check --requestor --case {CASE} -- {shell_words(words)}"
        return _verdict(run, wanted, shell_words(words), strict=strict)


def _target_of(server: StartedServer | tuple[str, int], titles: Titles) -> Target:
    """Where the server is. Raises ValueError for another machine: the cases hang and crash real servers."""
    if isinstance(server, StartedServer):
        return Target(server.host, server.port, server.titles)
    host, port = server
    refuse_other_machines(host, f"dulcimer check {host} {port} --i-may-test {host}")
    return Target(host, port, titles)


def _chosen(
    catalogue: Sequence[_AnyCase],
    select: Sequence[str],
    clauses: Sequence[str],
    severities: Sequence[str],
    exclude: Sequence[str],
    *,
    thorough: bool,
) -> list[Case]:
    wanted = CaseFilter(globs=select, clauses=clauses, severities=severities, exclude=exclude)
    everything: Sequence[Case] = (*catalogue, *thorough_cases(catalogue)) if thorough else catalogue
    found = [case for case in everything if wanted.wants(case)]
    if not found:
        raise ValueError(f"no case is selected by {wanted}; `dulcimer check --list` shows all of them")
    return found


def _verdict(run: Run, chosen: Sequence[Case], command: str, *, strict: bool) -> Report:
    if not run.healthy:
        rows = {
            "expected": "an association, C-ECHO and release",
            "came": run.unhealthy_because,
            "advice": "run the command by hand, with the AE titles of the test",
        }
        raise ConformanceDeviation(f"{command} is not healthy, so nothing was tested{_rows(rows, 2)}")
    ids = {case.id for case in chosen}
    # A rule for what the peer sends watches every connection; it counts if it is broken.
    run.results = [row for row in run.results if row.case.id in ids or row.verdict in _DEVIATES]
    report = read(as_json(run, catalogue_digest(chosen)))
    failing = failures(report, strict=strict, fail_on=SEVERITIES[-1])
    if failing:
        raise ConformanceDeviation(_text(report, failing, command), report)
    return report


def _text(report: Report, failing: Sequence[tuple[CaseReport, str]], command: str) -> str:
    worst = sorted(failing, key=lambda entry: entry[0].severity)
    lines = [f"{command} deviates from the standard: {counted(len(worst), 'case')} of {len(report.cases)}"]
    for number, (case, why) in enumerate(worst[:_MOST_SHOWN], 1):
        rows = {
            "demanded": case.requirement,
            "clause": case.clause,
            "expected": case.expected,
            "observed": case.observed,
            "why": case.why,
            "advice": advice(case.verdict, case.alternative, case, case.observed, case.violated),
            "again": report.command(case),
        }
        lines.append(f"\n{number}. {case.id} ({case.severity}) {why}{_rows(rows, 3)}")
    if len(worst) > _MOST_SHOWN:
        lines.append(f"\nand {len(worst) - _MOST_SHOWN} more")
    if report.why_not_run and report.not_run:
        lines.append(f"\n{counted(len(report.not_run), 'case')} not run: {report.why_not_run}")
    return "\n".join(lines)


def _rows(rows: dict[str, str], indent: int) -> str:
    return "".join(f"\n{' ' * indent}{label:<9} {text}" for label, text in rows.items() if text)
