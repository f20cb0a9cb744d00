"""The options of a check that write its report in other forms, and what they write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from dulcimer.cli.options.trace_file import TestedTrace, TraceRaw
from dulcimer.cli.options.writable import goes_to_standard_output, make_reports_writable, make_writable
from dulcimer.conformance.report.writing import write_report

REPORT_PANEL = "Reports"


def _file(name: str, what: str) -> Any:
    return typer.Option(name, metavar="FILE", help=f"Write the report as {what}.", rich_help_panel=REPORT_PANEL)


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """Where to write each form of the report; None to leave it out. `merge`: reports to read instead of a run.

    `trace`: the connection of each case, with `trace_raw` all bytes of it.
    """

    junit: Annotated[Path | None, _file("--junit", "JUnit XML")] = None
    html: Annotated[Path | None, _file("--html", "one HTML page")] = None
    markdown: Annotated[Path | None, _file("--markdown", "Markdown")] = None
    pcap: Annotated[
        Path | None,
        typer.Option(
            "--pcap",
            metavar="DIR",
            help="Write a capture of each case into this directory, for Wireshark.",
            rich_help_panel=REPORT_PANEL,
        ),
    ] = None
    replay_dir: Annotated[
        Path | None,
        typer.Option(
            "--replay-dir",
            metavar="DIR",
            help="Write a replay of each failure into this directory, which runs without dulcimer: the bytes of each "
            "step, and a script that sends them.",
            rich_help_panel=REPORT_PANEL,
        ),
    ] = None
    journal: Annotated[
        Path | None,
        typer.Option(
            "--journal",
            metavar="FILE",
            help="Write each result as a line of JSON at once, so that it is kept if the run is interrupted. "
            "--merge FILE makes reports of it.",
            rich_help_panel=REPORT_PANEL,
        ),
    ] = None
    since: Annotated[
        Path | None,
        typer.Option(
            "--since",
            metavar="JSON",
            help="Show what is fixed, new or different since this earlier report, written with --json. It may be the "
            "file that --json writes now. The exit status does not depend on it.",
            rich_help_panel=REPORT_PANEL,
        ),
    ] = None
    merge: Annotated[
        list[Path] | None,
        typer.Option(
            "--merge",
            metavar="JSON",
            help="Run nothing: read this report, written with --json or --journal. Repeat it for each peer, to "
            "compare them.",
            rich_help_panel=REPORT_PANEL,
        ),
    ] = None
    trace: TestedTrace = None
    trace_raw: TraceRaw = False

    @property
    def wanted(self) -> bool:
        """Whether anything is to be written."""
        return any((self.junit, self.html, self.markdown, self.pcap, self.replay_dir, self.trace))

    def take_standard_output(self, json_file: Path | None) -> bool:
        """Whether a report goes to standard output, so that nothing else may; a usage error if several do."""
        files = {"--json": json_file, "--junit": self.junit, "--html": self.html, "--markdown": self.markdown}
        return goes_to_standard_output(files)

    def refuse_unwritable(self, json_file: Path | None) -> None:
        """A usage error if a report cannot be written, before the run, which may be long.

        Missing directories are created.
        """
        files = {"--json": json_file, "--junit": self.junit, "--html": self.html, "--markdown": self.markdown}
        files |= {"--journal": self.journal, "--trace": self.trace}
        make_reports_writable(files)
        if self.pcap is not None:
            make_writable("--pcap", self.pcap)
        if self.replay_dir is not None:
            make_writable("--replay-dir", self.replay_dir)

    def write(self, documents: Sequence[Mapping[str, Any]]) -> list[Path]:
        """Write the requested forms; returns the paths. Raises OSError and ReportError."""
        if not self.wanted:
            return []
        from dulcimer.conformance.report.html import html
        from dulcimer.conformance.report.junit import junit
        from dulcimer.conformance.report.markdown import markdown

        written = []
        for path, form in ((self.junit, junit), (self.html, html), (self.markdown, markdown)):
            if path is not None:
                write_report(path, form(documents))
                written.append(path)
        if self.pcap is not None:
            _write_captures(self.pcap, documents)
            written.append(self.pcap)
        if self.replay_dir is not None:
            _write_replays(self.replay_dir, documents)
            written.append(self.replay_dir)
        if self.trace is not None:
            _write_trace(self.trace, documents, raw=self.trace_raw)
            written.append(self.trace)
        return written

    def write_merged(self) -> list[Path]:
        """Read the reports of `merge` and write the requested forms; missing directories are created."""
        from dulcimer.conformance.report.document import ReportError, load

        if not self.wanted:
            raise typer.BadParameter(
                "nothing to write: give --html, --junit, --markdown, --pcap, --replay-dir or --trace",
                param_hint="'--merge'",
            )
        try:
            documents = [load(path) for path in self.merge or ()]
        except ReportError as error:
            raise typer.BadParameter(str(error), param_hint="'--merge'") from error
        self.refuse_unwritable(None)
        earlier = self.earlier()
        for document in documents:
            self.compare(earlier, document)
        return self.write(documents)

    def earlier(self) -> dict[str, Any] | None:
        """The report of `since`, None without it; a usage error if it is not a report."""
        from dulcimer.conformance.report.document import ReportError, load

        if self.since is None:
            return None
        if not self.since.exists():
            why = f"{self.since} does not exist: give a report that an earlier run wrote with --json"
            raise typer.BadParameter(why, param_hint="'--since'")
        try:
            return load(self.since)
        except ReportError as error:
            raise typer.BadParameter(str(error), param_hint="'--since'") from error

    def compare(self, earlier: Mapping[str, Any] | None, document: dict[str, Any]) -> None:
        """Add the differences from the earlier report, if there is one."""
        from dulcimer.conformance.report.since import compared

        if earlier is not None:
            document["since"] = compared(earlier, document, str(self.since))


def _write_replays(directory: Path, documents: Sequence[Mapping[str, Any]]) -> None:
    """The files of a single report go into the directory, those of several reports into a subdirectory for each."""
    from dulcimer.conformance.report.capture import file_name
    from dulcimer.conformance.report.document import read
    from dulcimer.conformance.report.replay import replays

    for number, document in enumerate(documents, 1):
        place = directory if len(documents) == 1 else directory / f"{number}-{file_name(read(document).name)}"
        for name, data in replays(document).items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def _write_captures(directory: Path, documents: Sequence[Mapping[str, Any]]) -> None:
    """The captures of a single report go into the directory, those of several reports into a subdirectory for each."""
    from dulcimer.conformance.report.capture import captures, file_name
    from dulcimer.conformance.report.document import read

    for number, document in enumerate(documents, 1):
        place = directory if len(documents) == 1 else directory / f"{number}-{file_name(read(document).name)}"
        place.mkdir(parents=True, exist_ok=True)
        for name, data in captures(document).items():
            (place / name).write_bytes(data)


def _write_trace(path: Path, documents: Sequence[Mapping[str, Any]], *, raw: bool) -> None:
    """The connections of all cases in one trace."""
    from dulcimer.conformance.report.document import read_all
    from dulcimer.trace.checked_cases import talks_of_reports
    from dulcimer.trace.recording import masks_of
    from dulcimer.trace.tester_talks import write_talks

    reports = read_all(documents)
    title = f"dulcimer check of {', '.join(one.name for one in reports)}"
    write_talks(path, title, talks_of_reports(reports), masks_of(raw=raw))
