"""`dulcimer check`: does a peer keep to the standard?"""

from __future__ import annotations

import ipaddress
import json
import logging
import socket
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from dulcimer.cli.checking import requestor as requestor_check
from dulcimer.cli.checking import spawning
from dulcimer.cli.checking import upper_tester as upper_tester_check
from dulcimer.cli.checking.again import command_again
from dulcimer.cli.checking.report_files import ReportFiles, write_report
from dulcimer.cli.checking.requestor import RequestorOptions
from dulcimer.cli.checking.selection import SelectionOptions
from dulcimer.cli.checking.verdicts import VerdictOptions
from dulcimer.cli.checking.watched_run import exit_if_stopped, run_to_its_end
from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.options.common import (
    ASSOCIATION_PANEL,
    OUTPUT_PANEL,
    ClientTlsOptions,
    RequestorOutputOptions,
    ae_title,
    timeout,
)
from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.catalogue.extended import thorough_cases
from dulcimer.conformance.catalogue.listing import show_list, show_plan
from dulcimer.conformance.judge import baseline
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.play.target import Target
from dulcimer.conformance.processes.command import Command
from dulcimer.conformance.processes.server import SpawnError, Supervisor
from dulcimer.conformance.report.contents import as_json, catalogue_digest, failures
from dulcimer.conformance.report.journal import Journal
from dulcimer.conformance.report.since import since
from dulcimer.conformance.report.text import show_failing, show_run
from dulcimer.conformance.run.acceptor import Runner
from dulcimer.conformance.run.progress import Bar, Several
from dulcimer.conformance.run.record import Progress, Run, Settings
from dulcimer.conformance.run.requestor import RequestorSettings
from dulcimer.conformance.run.stopping import Stopper
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.conformance.stimuli.messages import Titles
from dulcimer.conformance.wire_peer.tls import TlsSettings

TIMING_PANEL = "Time"
EMBEDDED_ARTIM = 2.0


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
        _option(ASSOCIATION_PANEL, "--upper-tester", metavar="COMMAND", help=upper_tester_check.HELP),
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
        bool, _option(ASSOCIATION_PANEL, "--embedded", help="Check the server of dulcimer, in this process.")
    ] = False,
    spawn: Annotated[
        str | None,
        _option(
            ASSOCIATION_PANEL,
            "--spawn",
            metavar="COMMAND",
            help="Start the server with this command, in which {host} and {port} are filled in; restart it when it "
            "ends, and name the case; stop it at the end. Without HOST and PORT it gets a free port of this machine.",
        ),
    ] = None,
    i_may_test: Annotated[
        list[str] | None,
        _option(
            ASSOCIATION_PANEL,
            "--i-may-test",
            metavar="HOST",
            help="You may test this host, which is not this machine. Never a clinical system: the cases crash and "
            "hang real servers.",
        ),
    ] = None,
    peer_artim: Annotated[
        float | None,
        _option(
            TIMING_PANEL,
            "--peer-artim",
            metavar="SECONDS",
            callback=timeout,
            help="The ARTIM time of the peer; without it, cases that wait for ARTIM stay undecided.",
        ),
    ] = None,
    t_react: Annotated[
        float | None,
        _option(
            TIMING_PANEL,
            "--t-react",
            metavar="SECONDS",
            callback=timeout,
            help="How long the peer has for a reaction.",
            show_default="measured",
        ),
    ] = None,
    close_window: Annotated[
        float,
        _option(
            TIMING_PANEL,
            "--close-window",
            metavar="SECONDS",
            min=0.1,
            help="How long a close is waited for that is due at once, without ARTIM, such as after an A-ABORT: "
            "NON-STRICT if it comes by then, FAILED if not.",
        ),
    ] = 10.0,
    peer_releases: Annotated[
        float | None,
        _option(
            TIMING_PANEL,
            "--peer-releases",
            metavar="SECONDS",
            callback=timeout,
            help="The time after which the peer releases an idle association; without it, cases of a peer that "
            "releases are not tried.",
        ),
    ] = None,
    patience: Annotated[
        float,
        _option(
            TIMING_PANEL,
            "--patience",
            metavar="SECONDS",
            min=0.0,
            help="How long a server that is not there at the start, or is busy, is waited for; three times as long "
            "between the cases if it listens only while it serves nobody.",
        ),
    ] = 10.0,
    jobs: Annotated[int, _option(TIMING_PANEL, "--jobs", "-j", min=1, max=64, help="Cases side by side.")] = 6,
    repeat: Annotated[int, _option(TIMING_PANEL, "--repeat", min=1, help="Runs of each case; the worst counts.")] = 1,
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
    """Check whether a server, or a client, keeps to PS3.8 and PS3.7, cell by cell and field by field.

    Each case says what the standard demands, what came instead, and which bytes went over the wire.

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

    Exit status: 0 as expected; 1 something FAILED; 2 usage, or no case was run; 3 the peer never was healthy and
    nothing was tested; 4 the peer died; 5 a fault of dulcimer; 130 ended by Ctrl-C, 143 by SIGTERM, with the reports
    of what was done.
    """
    output.configure_logging()
    if embedded and not output.debug:  # our own server complains of each stimulus, as it should
        logging.getLogger("dulcimer").setLevel(logging.ERROR)
    console = Console(highlight=False, stderr=reports.take_standard_output(json_file))
    if reports.merge:
        for path in reports.write_merged():
            console.print(f"written: {path}", highlight=False, markup=False, soft_wrap=True)
        return
    titles = Titles(calling_ae_title, called_ae_title)
    catalogue, rules = _catalogue(titles, requestors, upper_tester)
    further = _further(catalogue, selection, upper_tester)
    everything = (*catalogue, *rules)
    policy = verdicts.policy_for((*everything, *further))
    chosen = tuple(map(policy.regraded, selection.chosen_of(everything, further)))
    goes_on = {case.id for case in further}
    with_further = any(case.id in goes_on for case in chosen)
    digest = catalogue_digest((*everything, *further) if with_further else everything)
    if selection.list_cases or selection.dry_run:
        (show_list if selection.list_cases else show_plan)(console, chosen)
        if requestors.listen is not None:
            requestor_check.show_aliases(console, chosen)
        return
    entries, earlier = verdicts.expected(), reports.earlier()
    reports.refuse_unwritable(json_file)
    rule_ids = {rule.id for rule in rules}
    wanted = selection.in_order([row for row in chosen if row.id not in rule_ids])
    artim = EMBEDDED_ARTIM if embedded and peer_artim is None else peer_artim
    bar = Bar(Console(stderr=True, quiet=output.quiet))
    journal = Journal(reports.journal, digest, [row.id for row in wanted]) if reports.journal is not None else None
    progress = Several([bar, *filter(None, (journal,))])
    if spawn is not None and (upper_tester is not None or requestors.wanted):
        raise typer.BadParameter("--spawn starts a server: leave --requestor, --listen and --upper-tester out")
    try:
        if upper_tester is not None:
            others = embedded or requestors.wanted or tls.wanted
            upper_tester_check.check_usage(upper_tester, words or (), others=others)
            verdicts.health(of_a_server=False)
            unhealthy = upper_tester_check.unhealthy
            run = upper_tester_check.run_cases(
                upper_tester, requestors.bind, wanted, react=t_react, keep_going=verdicts.keep_going, progress=progress
            )
        elif requestors.wanted:
            if embedded:
                raise typer.BadParameter("--embedded is a server: leave --requestor and --listen out")
            client = requestor_check.command_of(requestors, words or ())
            verdicts.health(of_a_server=False)
            unhealthy = requestor_check.unhealthy
            how = RequestorSettings(
                react=t_react,
                artim=artim,
                close=close_window,
                hang=requestors.hang_limit,
                jobs=jobs,
                repeat=repeat,
                keep_going=verdicts.keep_going,
            )
            run = requestor_check.run_cases(requestors, client, calling_ae_title, wanted, how, tls, progress)
        else:
            unhealthy = _unhealthy
            command, address = spawning.command_and_address(spawn, words or [], embedded=embedded)
            target = _target(address, titles, tls, i_may_test or (), embedded=embedded)
            settings = Settings(
                react=t_react,
                artim=artim,
                close=close_window,
                releases=peer_releases,
                jobs=jobs,
                repeat=repeat,
                keep_going=verdicts.keep_going,
                patience=patience,
                health=verdicts.health(of_a_server=True),
            )
            run = run_to_its_end(partial(_run, target, wanted, settings, progress, command))
    except SpawnError as error:
        spawning.not_started(error)
    finally:
        bar.end()
        if journal is not None:
            journal.close()
    run.results = selection.reported(run.results, chosen, rules)
    run.again = command_again(context, words or [])
    run.seed, run.policy = selection.seed, {name: str(verdict) for name, verdict in policy.verdicts.items()}
    comparison = baseline.compare(entries, run.results, (*everything, *further)) if verdicts.expect else None
    report = as_json(run, digest, comparison)
    reports.compare(earlier, report)
    run.replay = report["run"]["replay"] = str(reports.replay_dir or "")
    if json_file is not None:
        write_report(json_file, json.dumps(report, indent=1) + "\n")
    reports.write([report])
    if not run.healthy and not run.stopped:
        unhealthy(run)
    failing = failures(run.results, comparison, strict=verdicts.strict, fail_on=verdicts.fail_on)
    if not output.quiet:
        show_run(console, run, comparison, failing, verbose=output.verbose, since=since(report))
    elif failing:
        show_failing(console, run, failing)
    exit_if_stopped(run)
    if verdicts.update_baseline and verdicts.expect is not None:
        kept = () if with_further else [entry for entry in entries if entry.case in goes_on]
        count = baseline.update(verdicts.expect, run.results, entries, strict=verdicts.strict, kept=kept)
        console.print(f"{verdicts.expect}: {count} entries; give each a reason")
        failing = []
    if run.died_after:
        raise typer.Exit(ExitStatus.PEER_DIED)
    if failing:
        raise typer.Exit(ExitStatus.PEER_FAILED)


def _catalogue(
    titles: Titles, requestors: RequestorOptions, upper_tester: str | None
) -> tuple[tuple[Case, ...], tuple[Case, ...]]:
    """The cases of this kind of peer, and the rules for what it sends by itself."""
    if requestors.wanted:
        return requestor_check.catalogue()
    if upper_tester is not None:
        return upper_tester_check.catalogue(), ()
    return acceptor_cases(titles), tuple(result.case for result in SenderLog().results())


def _further(catalogue: tuple[Case, ...], selection: SelectionOptions, upper_tester: str | None) -> tuple[Case, ...]:
    """The cases of --thorough; a usage error if there are none for this kind of peer."""
    if upper_tester is None:
        return thorough_cases(catalogue)
    if selection.thorough:
        raise typer.BadParameter(
            "the upper tester holds each state itself: there are no further cases", param_hint="'--thorough'"
        )
    return ()


def _target(
    words: Sequence[str], titles: Titles, tls: ClientTlsOptions, permitted: Sequence[str], *, embedded: bool
) -> Target | None:
    """The server to check, None for that of dulcimer itself; a usage error if it is not named, or may not be tested."""
    if embedded:
        if words or tls.wanted:
            raise typer.BadParameter("--embedded names the server: leave out HOST, PORT and TLS")
        return None
    if not words:
        raise typer.BadParameter("give HOST and PORT, or --embedded")
    host, port = _address(words)
    _permit(host, permitted)
    context = tls.client_context()
    secured = TlsSettings(context, tls.tls_name or host) if context is not None else None
    return Target(host, port, titles, tls=secured)


def _address(words: Sequence[str]) -> tuple[str, int]:
    """Host and port; a usage error if these are none."""
    if len(words) != 2:
        missing = "PORT is missing" if len(words) == 1 else f"expected HOST and PORT, found {' '.join(words)!r}"
        raise typer.BadParameter(missing)
    host, text = words
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise typer.BadParameter(f"{text!r} is not a port from 1 to 65535", param_hint="'PORT'")
    return host, int(text)


def _permit(host: str, permitted: Sequence[str]) -> None:
    """Refuse a host that is not this machine, unless the user says that it may be tested."""
    if host in permitted:
        return
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return  # the probe will say that it cannot be reached
    if not all(ipaddress.ip_address(address[0]).is_loopback for *_, address in found):
        raise typer.BadParameter(
            f"{host} is not this machine. The cases hang and crash real servers: add --i-may-test {host} if you "
            "may test it, and never test a clinical system",
            param_hint="'HOST'",
        )


async def _run(
    target: Target | None,
    cases: Sequence[Case],
    settings: Settings,
    progress: Progress,
    command: Command | None,
    stopper: Stopper,
) -> Run:
    if target is not None and command is not None:
        async with Supervisor(command, target.host, target.port) as supervisor:
            return await Runner(target, settings, progress, watch=supervisor).run(cases, stopper=stopper)
    if target is not None:
        return await Runner(target, settings, progress).run(cases, stopper=stopper)
    from dulcimer.ae.core.storage_scp import Server

    server = Server(ae_title="ANY-SCP", artim_timeout=EMBEDDED_ARTIM)
    async with server.listen("127.0.0.1", 0):
        at = Target("127.0.0.1", server.address[1])
        return await Runner(at, settings, progress).run(cases, stopper=stopper)


def _unhealthy(run: Run) -> None:
    console = Console(stderr=True)
    peer = run.peer
    console.print(f"{peer.host}:{peer.port} is not healthy, so nothing was tested.", highlight=False, markup=False)
    console.print("  expected  an association with Verification, C-ECHO and release", highlight=False)
    console.print(f"  came      {run.unhealthy_because}", highlight=False, markup=False)
    listens = not run.unhealthy_because.startswith("no connection")
    what = "-aet and -aec with AE titles that the peer knows" if listens else "whether it runs, and its host and port"
    echo = f"dulcimer echo {peer.host} {peer.port} says more"
    console.print(f"  try       {what}; {echo}", highlight=False, markup=False)
    raise typer.Exit(ExitStatus.UNREACHABLE)
