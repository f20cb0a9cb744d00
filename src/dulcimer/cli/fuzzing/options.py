"""The options of `dulcimer fuzz`, in groups."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from dulcimer.cli.options.panels import in_panel
from dulcimer.cli.options.trace_file import TestedTrace, TraceRaw
from dulcimer.cli.options.writable import goes_to_standard_output, make_reports_writable, make_writable
from dulcimer.fuzz.report.kinds import ReportKind

CAMPAIGN_PANEL = "Campaign"
TARGET_PANEL = "Target"
FINDING_PANEL = "One finding"
REPORT_PANEL = "Reports"

_campaign = in_panel(CAMPAIGN_PANEL)
_target = in_panel(TARGET_PANEL)
_finding = in_panel(FINDING_PANEL)
_report = in_panel(REPORT_PANEL)

USUAL_SECONDS = 300.0
_ONE_FINDING = "'--replay' and '--minimise'"


def seconds_of(text: str | None) -> float | None:
    """The seconds in a time such as 90, 90s, 10m or 2h; a usage error for anything else."""
    if text is None:
        return None
    units = {"s": 1, "m": 60, "h": 3600}
    number, unit = (text[:-1], units[text[-1]]) if text[-1:] in units else (text, 1)
    try:
        found = float(number) * unit
    except ValueError:
        found = -1.0
    if not 0 < found < 1e7:
        raise typer.BadParameter(f"{text!r} is not a time: give seconds, or minutes or hours as in 10m or 2h")
    return found


def _time(text: str | None) -> str | None:
    """The text, if it is a time."""
    seconds_of(text)
    return text


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """What is fuzzed."""

    spawn: Annotated[
        str | None,
        _target(
            "--spawn",
            metavar="COMMAND",
            help="Start the server with this command, watch it, and restart it when it dies. {host} and {port} in it "
            "are filled in; {dir} is a new directory, which is watched, too.",
        ),
    ] = None
    requestor: Annotated[
        bool,
        _target("--requestor", help="Fuzz a client: the command after --, which is started once for each case."),
    ] = False
    i_may_test: Annotated[
        list[str] | None,
        _target(
            "--i-may-test",
            metavar="HOST",
            help="Confirm that you may test this other machine. Never test a clinical system: the cases crash and "
            "hang real servers.",
        ),
    ] = None
    patience: Annotated[
        float,
        _target(
            "--patience",
            metavar="SECONDS",
            min=0.1,
            help="Time in which a client has to end after its connection was closed.",
        ),
    ] = 10.0


@dataclass(frozen=True, slots=True)
class CampaignOptions:
    """How long, how, and with what."""

    time: Annotated[
        str | None,
        _campaign(
            "--time",
            metavar="TIME",
            callback=_time,
            help="End after this time: seconds, or as in 10m or 2h. Without --time and --cases: 5m.",
        ),
    ] = None
    cases: Annotated[int | None, _campaign("--cases", metavar="N", min=1, help="End after this many cases.")] = None
    seed: Annotated[
        int | None,
        _campaign("--seed", metavar="N", help="Cases follow from this number; without it, from a random one."),
    ] = None
    jobs: Annotated[
        int,
        _campaign(
            "-j", "--jobs", metavar="N", min=1, max=256, help="Workers side by side, each with a target of its own."
        ),
    ] = 1
    cluster: Annotated[
        str | None,
        _campaign(
            "--cluster",
            metavar="ADDRESS",
            help="Give the batches to the workers of a Dask cluster, as in tcp://127.0.0.1:8786.",
        ),
    ] = None
    database: Annotated[
        str | None,
        _campaign(
            "--db",
            metavar="URL",
            help="Keep the campaign in this database, a file of SQLite or a URL of SQLAlchemy. With the same one, a "
            "campaign that was interrupted or killed goes on.",
        ),
    ] = None
    corpus: Annotated[
        Path | None,
        _campaign(
            "--corpus",
            metavar="DIR",
            file_okay=False,
            help="Also begin with the sequences in this directory, and add those that show something new. Captures "
            "(.pcap, .pcapng) and files of AFLNet (.raw, .replay) in it are read, too.",
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class FindingOptions:
    """Work on one finding instead of a campaign."""

    replay: Annotated[
        Path | None,
        _finding(
            "--replay",
            metavar="FILE",
            help="Show this finding again. The target is the one of the file if it was started by a command; another "
            "one can be given as usual.",
        ),
    ] = None
    minimise: Annotated[
        Path | None,
        _finding("--minimise", metavar="FILE", help="Make the reproducer in this file smaller, if that is possible."),
    ] = None
    tries: Annotated[int, _finding("--tries", metavar="N", min=1, max=1000, help="How often --replay shows it.")] = 10

    def refuse_others(self, campaign: CampaignOptions, reports: FuzzReports) -> None:
        """A usage error for options of a campaign, or its reports, where only one finding is played."""
        if self.replay is not None and self.minimise is not None:
            raise typer.BadParameter("give one of them, and the other one afterwards", param_hint=_ONE_FINDING)
        if self.replay is None and self.minimise is None:
            return
        if (campaign, reports) != (CampaignOptions(), FuzzReports()):
            why = "there is no campaign, and no report of one: leave out the options for them"
            raise typer.BadParameter(why, param_hint="'--replay'" if self.replay is not None else "'--minimise'")


@dataclass(frozen=True, slots=True)
class FuzzReports:
    """Where to write each form of the report; None to leave it out.

    `trace`: the last connection of each finding, with `trace_raw` all bytes of it.
    """

    json_file: Annotated[Path | None, _report("--json", metavar="FILE", help="Write the report as JSON.")] = None
    html: Annotated[Path | None, _report("--html", metavar="FILE", help="Write the report as one HTML page.")] = None
    junit: Annotated[Path | None, _report("--junit", metavar="FILE", help="Write the report as JUnit XML.")] = None
    sarif: Annotated[Path | None, _report("--sarif", metavar="FILE", help="Write the report as SARIF.")] = None
    markdown: Annotated[Path | None, _report("--markdown", metavar="FILE", help="Write the report as Markdown.")] = None
    findings: Annotated[
        Path | None,
        _report(
            "--findings",
            metavar="DIR",
            help="Write each finding into this directory: a file for --replay, a script that needs only Python, a test "
            "for pytest, and a capture for Wireshark.",
        ),
    ] = None
    trace: TestedTrace = None
    trace_raw: TraceRaw = False

    @property
    def files(self) -> dict[ReportKind, Path]:
        """The files that are wanted."""
        wanted = {
            ReportKind.JSON: self.json_file,
            ReportKind.HTML: self.html,
            ReportKind.JUNIT: self.junit,
            ReportKind.SARIF: self.sarif,
            ReportKind.MARKDOWN: self.markdown,
        }
        return {kind: path for kind, path in wanted.items() if path is not None}

    def take_standard_output(self) -> bool:
        """Whether a report goes to standard output, so that nothing else may; a usage error if several do."""
        return goes_to_standard_output(self._by_option)

    def refuse_unwritable(self) -> None:
        """A usage error if a report cannot be written, before the campaign, which may be long.

        Missing directories are created.
        """
        make_reports_writable({**self._by_option, "--trace": self.trace})
        if self.findings is not None:
            make_writable("--findings", self.findings)

    @property
    def _by_option(self) -> dict[str, Path]:
        return {f"--{kind}": path for kind, path in self.files.items()}
