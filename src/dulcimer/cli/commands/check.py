"""`dulcimer check`: does a peer conform to the standard?"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from dulcimer.cli.checking.acceptor import ServerCheck
from dulcimer.cli.checking.again import command_again
from dulcimer.cli.checking.conclusion import Conclusion
from dulcimer.cli.checking.kinds import PeerKind
from dulcimer.cli.checking.plan import Plan
from dulcimer.cli.checking.report_files import ReportFiles
from dulcimer.cli.checking.requestor import ClientCheck, RequestorOptions, show_aliases
from dulcimer.cli.checking.selection import SelectionOptions
from dulcimer.cli.checking.timing import TimingOptions
from dulcimer.cli.checking.upper_tester import HELP, AdapterCheck
from dulcimer.cli.checking.verdicts import VerdictOptions
from dulcimer.cli.options.output import RequestorOutputOptions
from dulcimer.cli.options.panels import ASSOCIATION_PANEL, OUTPUT_PANEL
from dulcimer.cli.options.tls import ClientTlsOptions
from dulcimer.cli.options.values import ae_title
from dulcimer.conformance.catalogue.listing import show_list, show_plan
from dulcimer.conformance.report.journal import Journal
from dulcimer.conformance.run.progress import Bar, Several
from dulcimer.conformance.stimuli.messages import Titles


def _option(panel: str, *names: str, **settings: Any) -> Any:
    return typer.Option(*names, rich_help_panel=panel, **settings)


def command(
    *,
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="HOST PORT | -- COMMAND",
            help="Name or IP address of the peer and its TCP port; with --requestor a command, in which {host}, "
            "{port} and {aet} are filled in.",
            show_default=False,
        ),
    ] = None,
    upper_tester: Annotated[
        str | None,
        _option(ASSOCIATION_PANEL, "--upper-tester", metavar="COMMAND", help=HELP),
    ] = None,
    calling_ae_title: Annotated[
        str, _option(ASSOCIATION_PANEL, "-aet", "--calling-aet", metavar="AE", callback=ae_title, help="Our AE title.")
    ] = "DULCIMER",
    called_ae_title: Annotated[
        str,
        _option(
            ASSOCIATION_PANEL, "-aec", "--called-aet", metavar="AE", callback=ae_title, help="AE title of the peer."
        ),
    ] = "ANY-SCP",
    embedded: Annotated[
        bool, _option(ASSOCIATION_PANEL, "--embedded", help="Check the server of dulcimer itself, in this process.")
    ] = False,
    spawn: Annotated[
        str | None,
        _option(
            ASSOCIATION_PANEL,
            "--spawn",
            metavar="COMMAND",
            help="Start the server with this command, in which {host} and {port} are filled in; restart it when it "
            "crashes, and stop it at the end. Without HOST and PORT it gets a free port of this machine.",
        ),
    ] = None,
    i_may_test: Annotated[
        list[str] | None,
        _option(
            ASSOCIATION_PANEL,
            "--i-may-test",
            metavar="HOST",
            help="Confirm that you may test this other machine. Never test a clinical system: the cases crash and "
            "hang real servers.",
        ),
    ] = None,
    timing: TimingOptions,
    requestors: RequestorOptions,
    selection: SelectionOptions,
    verdicts: VerdictOptions,
    tls: ClientTlsOptions,
    output: RequestorOutputOptions,
    json_file: Annotated[
        Path | None,
        _option(
            OUTPUT_PANEL,
            "--json",
            metavar="FILE",
            help="Write the report as JSON; - is standard output, and the text goes to standard error.",
        ),
    ] = None,
    reports: ReportFiles,
) -> None:
    """Check whether a server or a client conforms to PS3.8 and PS3.7, cell by cell and field by field.

    Each case shows what the standard requires, what the peer did, and the bytes on the wire.

    Examples:
      dulcimer check 127.0.0.1 11112 --peer-artim 30
      dulcimer check 127.0.0.1 11112 --case ul.fsm.acc.sta06.evt13 --verbose
      dulcimer check 127.0.0.1 11112 --peer-artim 5 --thorough
      dulcimer check --spawn "storescp {port}" --html report.html
      dulcimer check --embedded --html report.html
      dulcimer check 127.0.0.1 2762 --tls-ca ca.pem --policy strict.toml --seed 7
      dulcimer check --requestor -- echoscu -aec {aet} {host} {port}
      dulcimer check --listen 11112
      dulcimer check --upper-tester "python tests/adapters/dulcimer_adapter.py"
      dulcimer check --merge one.json --merge other.json --html both.html

    Exit status: 0 as expected; 1 something FAILED; 2 usage, or no case was run; 3 the peer was never healthy and
    nothing was tested; 4 the peer died; 5 a fault in dulcimer; 130 ended by Ctrl-C, 143 by SIGTERM, with the reports
    of what was done.
    """
    output.configure_logging()
    if embedded and not output.debug:  # our own server would warn of each stimulus
        logging.getLogger("dulcimer").setLevel(logging.ERROR)
    console = Console(highlight=False, stderr=reports.take_standard_output(json_file))
    if reports.merge:
        for path in reports.write_merged():
            console.print(f"written: {path}", highlight=False, markup=False, soft_wrap=True)
        return
    kind: PeerKind
    if upper_tester is not None:
        others = embedded or requestors.wanted or tls.wanted
        kind = AdapterCheck(upper_tester, words or (), others, requestors.bind, spawn, timing, verdicts)
    elif requestors.wanted:
        kind = ClientCheck(requestors, words or (), calling_ae_title, tls, timing, verdicts, embedded, spawn)
    else:
        titles = Titles(calling_ae_title, called_ae_title)
        kind = ServerCheck(words or (), spawn, embedded, i_may_test or (), titles, tls, timing, verdicts)
    plan = Plan.of(kind, selection, verdicts)
    if selection.list_cases or selection.dry_run:
        (show_list if selection.list_cases else show_plan)(console, plan.chosen)
        if requestors.listen is not None:
            show_aliases(console, plan.chosen)
        return
    entries, earlier = verdicts.expected(), reports.earlier()
    reports.refuse_unwritable(json_file)
    wanted = selection.in_order(plan.to_run)
    bar = Bar(Console(stderr=True, quiet=output.quiet))
    journal = Journal(reports.journal, plan.digest, [row.id for row in wanted]) if reports.journal is not None else None
    try:
        run = kind.run(wanted, Several([bar, *filter(None, (journal,))]))
    finally:
        bar.end()
        if journal is not None:
            journal.close()
    run.results = selection.reported(run.results, plan.chosen, plan.rules)
    run.again = command_again(context, words or [])
    run.seed, run.policy = selection.seed, {name: str(verdict) for name, verdict in plan.policy.verdicts.items()}
    Conclusion(plan, console, verdicts, reports, output, json_file, entries, earlier).of(run)
