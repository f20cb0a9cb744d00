"""`dulcimer fuzz`: does a peer survive hostile input, and where does it break?"""

from __future__ import annotations

from typing import Annotated

import typer

from dulcimer.cli.fuzzing.options import CampaignOptions, FindingOptions, FuzzReports, TargetOptions
from dulcimer.cli.options.output import RequestorOutputOptions
from dulcimer.cli.options.panels import ASSOCIATION_PANEL, in_panel
from dulcimer.cli.options.tls import ClientTlsOptions
from dulcimer.cli.options.values import ae_title

_association = in_panel(ASSOCIATION_PANEL)


def command(
    *,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="HOST PORT | -- COMMAND",
            help="Name or IP address of the server and its TCP port; with --requestor the command of a client, in "
            "which {host}, {port} and {aet} are filled in.",
            show_default=False,
        ),
    ] = None,
    target: TargetOptions,
    calling_ae_title: Annotated[
        str, _association("-aet", "--calling-aet", metavar="AE", callback=ae_title, help="Our AE title.")
    ] = "DULCIMER",
    called_ae_title: Annotated[
        str,
        _association("-aec", "--called-aet", metavar="AE", callback=ae_title, help="AE title of the peer."),
    ] = "ANY-SCP",
    campaign: CampaignOptions,
    finding: FindingOptions,
    tls: ClientTlsOptions,
    output: RequestorOutputOptions,
    reports: FuzzReports,
) -> None:
    """Fuzz a server or a client: sequences from Table 9-10, bytes changed by the schemas, each reply judged.

    What looks wrong is confirmed on a fresh target, made small, and reported with a file that shows it again.

    Examples:
      dulcimer fuzz --spawn "storescp {port}" --time 10m --html report.html
      dulcimer fuzz 127.0.0.1 11112 --cases 100000 --seed 1
      dulcimer fuzz --spawn "storescp -od {dir} {port}" -j 4 --time 8h --db a.db
      dulcimer fuzz --requestor -- echoscu -aec {aet} {host} {port}
      dulcimer fuzz --replay findings/exit_evt6_sta2_1f3a90c2.json
      dulcimer fuzz --minimise finding.json --spawn "storescp {port}"

    Exit status: 0 nothing found; 1 something was found; 2 usage; 3 the target cannot be reached, or does not do what
    valid sequences ask for; 4 the target died; 5 a fault in dulcimer; 130 ended by Ctrl-C, 143 by SIGTERM, with the
    reports of what was done. With --replay and --minimise: 0 the finding did not come again, 1 it did.
    """
    from rich.console import Console

    from dulcimer.cli.fuzzing.again import minimise_finding, replay_finding
    from dulcimer.cli.fuzzing.run import CampaignRun
    from dulcimer.cli.fuzzing.target import TargetWords
    from dulcimer.conformance.stimuli.requests import Titles

    output.configure_logging()
    finding.refuse_others(campaign, reports)
    console = Console(highlight=False, stderr=reports.take_standard_output())
    progress = Console(stderr=True, quiet=output.quiet)
    place = TargetWords(tuple(words or ()), target, Titles(calling_ae_title, called_ae_title), tls)
    if finding.replay is not None:
        replay_finding(finding.replay, place, finding.tries, console)
    if finding.minimise is not None:
        minimise_finding(finding.minimise, place, console)
    CampaignRun(place.setup(), campaign, reports, console, progress).run()
