"""A campaign from the command line: calibration, batches until the end or a signal, reports."""

from __future__ import annotations

import contextlib
import secrets
import signal
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console

from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.fuzzing.display import CampaignDisplay
from dulcimer.cli.fuzzing.options import USUAL_SECONDS, CampaignOptions, FuzzReports, seconds_of
from dulcimer.cli.fuzzing.reaching import refuse_unreachable, target_of
from dulcimer.cli.fuzzing.signals import terminated_in_order
from dulcimer.cli.options.tested_peer import nothing_tested
from dulcimer.fuzz.campaign.calibrating import Calibration, calibrate
from dulcimer.fuzz.campaign.coordinator import CampaignTools, Coordinator
from dulcimer.fuzz.campaign.executors.choosing import executor_for
from dulcimer.fuzz.campaign.executors.dask_cluster import ClusterError
from dulcimer.fuzz.campaign.executors.executor import BatchExecutor
from dulcimer.fuzz.campaign.plan import CampaignPlan
from dulcimer.fuzz.campaign.result import CampaignEnd, CampaignProgress, CampaignResult
from dulcimer.fuzz.campaign.setup import CampaignSetup, TargetSetup
from dulcimer.fuzz.campaign.store import CampaignStore, CampaignStoreError
from dulcimer.fuzz.campaign.subject import corpus_of, subject_of
from dulcimer.fuzz.corpus.directory import CorpusDirectory
from dulcimer.fuzz.corpus.imports import imported_files
from dulcimer.fuzz.findings.finding import Confidence
from dulcimer.fuzz.report.document import campaign_json
from dulcimer.fuzz.report.files import write_campaign, write_findings
from dulcimer.fuzz.report.text import show_campaign

_SIGNALS = {signal.SIGINT: ExitStatus.INTERRUPTED, signal.SIGTERM: ExitStatus.TERMINATED}
_DATABASE = "campaign.sqlite"


@dataclass(frozen=True, slots=True)
class CampaignRun:
    """A campaign with its options."""

    setup: TargetSetup
    options: CampaignOptions
    reports: FuzzReports
    console: Console
    progress: Console
    stopped: list[signal.Signals] = field(default_factory=list)

    def run(self) -> NoReturn:
        """Run it, write the reports, and exit with the status. Raises typer.Exit and DulcimerError."""
        self.reports.refuse_unwritable()
        with contextlib.ExitStack() as stack:
            place = self.options.database
            if place is None:
                place = str(Path(stack.enter_context(tempfile.TemporaryDirectory())) / _DATABASE)
            try:
                store = CampaignStore(place)
                stack.callback(store.close)
                result = self._result(store)
            except CampaignStoreError as error:
                raise typer.BadParameter(str(error), param_hint="'--db'") from error
        value = campaign_json(result)
        written = [path for kind, path in self.reports.files.items()]
        for kind, path in self.reports.files.items():
            write_campaign(value, kind, path)
        if self.reports.findings is not None and result.findings:
            write_findings(value, self.reports.findings)
        if self.reports.trace is not None:
            _write_trace(self.reports.trace, result, raw=self.reports.trace_raw)
            written.append(self.reports.trace)
        show_campaign(self.console, value, written, str(self.reports.findings or ""))
        raise typer.Exit(self._status(result))

    def _result(self, store: CampaignStore) -> CampaignResult:
        with CampaignDisplay(self.progress) as display:
            calibration = self._calibrated(display)
            setup = replace(self.setup, version=calibration.version)
            plan = CampaignPlan(
                self._seed(store),
                self.setup.role,
                self._settings(),
                limit_seconds=seconds_of(self.options.time) or (None if self.options.cases else USUAL_SECONDS),
                limit_cases=self.options.cases,
            )
            directory = CorpusDirectory(self.options.corpus) if self.options.corpus is not None else None
            imports = imported_files(self.options.corpus, self.setup.role) if self.options.corpus is not None else ()
            executor = self._executor(setup, calibration)
            tools = CampaignTools(
                store,
                executor,
                (*corpus_of(setup, calibration), *imports),
                directory,
                display.show,
            )
            try:
                coordinator = Coordinator(plan, subject_of(setup, calibration), tools)
            except BaseException:
                executor.close()
                raise
            if calibration.is_broken:
                return coordinator.conclude(CampaignEnd.BROKEN)
            with self._signals(coordinator):
                return coordinator.run()

    def _executor(self, setup: TargetSetup, calibration: Calibration) -> BatchExecutor:
        """The workers; without those of a cluster that is asked for, nothing is tested."""
        try:
            return executor_for(CampaignSetup(setup, calibration), self.options.jobs, self.options.cluster)
        except ClusterError as error:
            nothing_tested(
                "The workers of the cluster cannot be used",
                expected=f"a Dask scheduler at {self.options.cluster}, the address of --cluster",
                came=str(error).rstrip("."),
                advice="start a scheduler and workers, or use -j for workers on this machine",
            )

    def _calibrated(self, display: CampaignDisplay) -> Calibration:
        began = time.monotonic()

        def doing(text: str) -> None:
            display.show(CampaignProgress(text, time.monotonic() - began))

        with terminated_in_order(), target_of(self.setup) as session:
            calibration = calibrate(session, self.setup.titles, doing)
        refuse_unreachable(self.setup, calibration)
        return calibration

    def _seed(self, store: CampaignStore) -> int:
        if self.options.seed is not None:
            return self.options.seed
        known = store.seed
        return secrets.randbelow(1 << 32) if known is None else known

    def _settings(self) -> dict[str, object]:
        setup = self.setup
        place = {"command": setup.target.command} if setup.command else {"host": setup.host, "port": setup.port}
        titles = {"calling": setup.titles.calling, "called": setup.titles.called}
        return {**place, **titles, "tls": setup.tls is not None}

    @contextlib.contextmanager
    def _signals(self, coordinator: Coordinator) -> Iterator[None]:
        """The first SIGINT or SIGTERM ends the campaign in order, the next one at once."""

        def stop(number: int, _: object) -> None:
            signal.signal(number, before[signal.Signals(number)])
            self.stopped.append(signal.Signals(number))
            coordinator.stop()

        before = {number: signal.signal(number, stop) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _status(self, result: CampaignResult) -> ExitStatus:
        return _SIGNALS[self.stopped[0]] if self.stopped else status_of(result)


def status_of(result: CampaignResult) -> ExitStatus:
    """The exit status of a campaign that was not interrupted."""
    if result.end is CampaignEnd.BROKEN:
        return ExitStatus.UNREACHABLE
    findings = [found.reproducer.finding for found in result.findings]
    # A process that has left without a word may not have crashed.
    died = any(finding.oracle.ends_a_process and finding.confidence is Confidence.FACT for finding in findings)
    if died or result.end is CampaignEnd.LOST:
        return ExitStatus.PEER_DIED
    return ExitStatus.PEER_FAILED if findings else ExitStatus.DONE


def _write_trace(path: Path, result: CampaignResult, *, raw: bool) -> None:
    """The last connection of each finding in one trace. Raises OSError."""
    from dulcimer.trace.found_breaks import talks_of_findings
    from dulcimer.trace.recording import masks_of
    from dulcimer.trace.records import HostAndPort
    from dulcimer.trace.tester_talks import write_talks

    where = f"{result.host} port {result.port}" if result.port else result.target.command
    server = HostAndPort(result.host, result.port) if result.port else None
    found = [one.reproducer for one in result.findings]
    write_talks(path, f"dulcimer fuzz of {where}", talks_of_findings(found, server), masks_of(raw=raw))
