"""The end of a run of `dulcimer check`: its reports, what is printed, and the exit status."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from dulcimer.cli.checking.plan import Plan
from dulcimer.cli.checking.report_files import ReportFiles
from dulcimer.cli.checking.verdicts import VerdictOptions
from dulcimer.cli.checking.watched_run import exit_if_stopped
from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.options.output import RequestorOutputOptions
from dulcimer.conformance.judge import baseline
from dulcimer.conformance.report.contents import as_json
from dulcimer.conformance.report.document import read
from dulcimer.conformance.report.failing import failures
from dulcimer.conformance.report.text import show_failing, show_run
from dulcimer.conformance.report.writing import write_report
from dulcimer.conformance.run.record import Run
from dulcimer.counting import counted


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How a run is reported: `entries` are the expected failures, `earlier` the report to compare with."""

    plan: Plan
    console: Console
    verdicts: VerdictOptions
    reports: ReportFiles
    output: RequestorOutputOptions
    json_file: Path | None
    entries: tuple[baseline.ExpectedVerdict, ...]
    earlier: dict[str, Any] | None

    def of(self, run: Run) -> None:
        """Write the reports and print the text; raises Exit unless everything is as expected."""
        verdicts = self.verdicts
        comparison = None
        if verdicts.expect:
            comparison = baseline.compare(self.entries, run.results, self.plan.every_case)
        report = read(self._written(run, comparison))
        if not run.healthy and not run.stopped:
            self.plan.kind.unhealthy(run)
        failing = failures(report, strict=verdicts.strict, fail_on=verdicts.fail_on)
        if not self.output.quiet:
            show_run(self.console, report, failing, verbose=self.output.verbose)
        elif failing:
            show_failing(self.console, report, failing)
        exit_if_stopped(run)
        if verdicts.update_baseline and verdicts.expect is not None:
            self._update_baseline(run, verdicts.expect)
            failing = []
        if run.died_after:
            raise typer.Exit(ExitStatus.PEER_DIED)
        if failing:
            raise typer.Exit(ExitStatus.PEER_FAILED)

    def _written(self, run: Run, comparison: baseline.Comparison | None) -> dict[str, Any]:
        report = as_json(run, self.plan.digest, comparison)
        self.reports.compare(self.earlier, report)
        report["run"]["replay"] = str(self.reports.replay_dir or "")
        if self.json_file is not None:
            write_report(self.json_file, json.dumps(report, indent=1) + "\n")
        self.reports.write([report])
        return report

    def _update_baseline(self, run: Run, path: Path) -> None:
        kept = [entry for entry in self.entries if self.plan.not_looked_at(entry.case)]
        count = baseline.update(path, run.results, self.entries, strict=self.verdicts.strict, kept=kept)
        self.console.print(f"{path}: {counted(count, 'entry', 'entries')}; give each a reason")
