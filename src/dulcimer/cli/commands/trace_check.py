"""`dulcimer trace check`: who broke which rule in a capture or a trace?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.options.output import Debug, Json
from dulcimer.cli.options.writable import goes_to_standard_output, make_reports_writable


def _report(name: str, what: str) -> Any:
    return typer.Option(name, metavar="FILE", help=f"Write the verdicts as {what}; - for standard output.")


def command(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", exists=True, dir_okay=False, help="A capture (pcap, pcapng) or a trace."),
    ],
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail also for what is tolerated, and for what is inconclusive.")
    ] = False,
    json_output: Json = False,
    sarif: Annotated[Path | None, _report("--sarif", "SARIF 2.1.0")] = None,
    junit: Annotated[Path | None, _report("--junit", "JUnit XML")] = None,
    html: Annotated[Path | None, _report("--html", "one HTML page")] = None,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Judge recorded associations: which rule did an end break, and where?

    Both ends of each association are followed through Table 9-10 (PS3.8), and all
    that they send is checked against the rules of PS3.8 and PS3.7. The verdict on
    an end is violation, with the rule, the bytes, the frame and what led there;
    consistent; or inconclusive, with the reason. A violation is only what no run
    of the table explains.

    DICOM is found on any port. What is encrypted (TLS) cannot be judged.

    Examples:
      dulcimer trace check capture.pcapng
      dulcimer trace check association.jsonl --html verdict.html
      dulcimer trace check *.pcapng --junit verdicts.xml --sarif verdicts.sarif

    The exit status is 0 if no rule was broken, and 1 if one was, or if there is no
    DICOM.
    """
    from dulcimer.cli.tracing.checking import judged_file, print_verdicts, write_verdicts

    reports = {"--sarif": sarif, "--junit": junit, "--html": html}
    make_reports_writable(reports)
    is_taken = goes_to_standard_output(reports)
    judged = [judged_file(path) for path in files]
    document = write_verdicts(judged, sarif=sarif, junit=junit, html=html)
    if json_output and not is_taken:
        from dulcimer.cli.show.output import print_json

        print_json(document)
    elif not is_taken:
        print_verdicts(judged)
    if any(one.is_broken(strict=strict) for one in judged):
        raise typer.Exit(ExitStatus.PEER_FAILED)
