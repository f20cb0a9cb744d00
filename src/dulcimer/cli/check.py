"""`dulcimer check`: does a peer keep to the standard?"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import socket
from collections.abc import AsyncIterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from dulcimer.cli import requestor_check, upper_tester_check
from dulcimer.cli.failures import ExitStatus
from dulcimer.cli.options import ASSOCIATION_PANEL, OUTPUT_PANEL, OutputOptions, ae_title, timeout
from dulcimer.cli.report_files import ReportFiles
from dulcimer.cli.requestor_check import RequestorOptions
from dulcimer.conformance import baseline
from dulcimer.conformance.case import Case
from dulcimer.conformance.catalogue import acceptor_cases
from dulcimer.conformance.messages import Titles
from dulcimer.conformance.report import SEVERITIES, as_json, catalogue_digest, failures
from dulcimer.conformance.requestor.runner import RequestorSettings
from dulcimer.conformance.runner import Run, Runner, Settings
from dulcimer.conformance.sender import SenderLog
from dulcimer.conformance.target import Target
from dulcimer.conformance.text import Bar, show_list, show_plan, show_run

SELECTION_PANEL = "Which cases"
TIMING_PANEL = "Time"
VERDICT_PANEL = "Verdict"
EMBEDDED_ARTIM = 2.0


def _severity(text: str) -> str:
    if text not in SEVERITIES:
        raise typer.BadParameter(f"a severity is one of {', '.join(SEVERITIES)}")
    return text


def _option(panel: str, *names: str, **settings: Any) -> Any:
    return typer.Option(*names, rich_help_panel=panel, **settings)


def command(
    output: OutputOptions,
    reports: ReportFiles,
    requestors: RequestorOptions,
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
    keyword: Annotated[
        list[str] | None,
        _option(SELECTION_PANEL, "-k", metavar="GLOB", help="Cases whose id fits; without * or ?: whose id holds it."),
    ] = None,
    case: Annotated[list[str] | None, _option(SELECTION_PANEL, "--case", metavar="ID", help="One case.")] = None,
    clause: Annotated[
        list[str] | None,
        _option(SELECTION_PANEL, "--clause", metavar="CLAUSE", help="Cases of a clause, such as 9.3.2."),
    ] = None,
    exclude: Annotated[
        list[str] | None, _option(SELECTION_PANEL, "--exclude", metavar="GLOB", help="Not these cases.")
    ] = None,
    list_cases: Annotated[bool, _option(SELECTION_PANEL, "--list", help="List the cases and do nothing.")] = False,
    dry_run: Annotated[
        bool, _option(SELECTION_PANEL, "--dry-run", help="Say what each case would do, and do nothing.")
    ] = False,
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
    jobs: Annotated[int, _option(TIMING_PANEL, "--jobs", "-j", min=1, max=64, help="Cases side by side.")] = 6,
    repeat: Annotated[int, _option(TIMING_PANEL, "--repeat", min=1, help="Runs of each case; the worst counts.")] = 1,
    strict: Annotated[bool, _option(VERDICT_PANEL, "--strict", help="NON-STRICT fails the run, too.")] = False,
    fail_on: Annotated[
        str,
        _option(
            VERDICT_PANEL,
            "--fail-on",
            metavar="SEVERITY",
            callback=_severity,
            help="The mildest severity, S0 to S4, whose failures fail the run.",
        ),
    ] = "S2",
    expect: Annotated[
        Path | None,
        _option(VERDICT_PANEL, "--expect", metavar="TOML", help="Failures that are expected, and why."),
    ] = None,
    update_baseline: Annotated[
        bool, _option(VERDICT_PANEL, "--update-baseline", help="Write what fails now to the file of --expect.")
    ] = False,
    keep_going: Annotated[
        bool, _option(VERDICT_PANEL, "--keep-going", help="Go on although the peer has stopped serving.")
    ] = False,
    json_file: Annotated[
        Path | None, _option(OUTPUT_PANEL, "--json", metavar="FILE", help="Write the report as JSON.")
    ] = None,
) -> None:
    """Check whether a server, or a client, keeps to PS3.8 and PS3.7, cell by cell and field by field.

    Each case says what the standard demands, what came instead, and which bytes went over the wire.

    Examples:
      dulcimer check 127.0.0.1 11112 --peer-artim 30
      dulcimer check 127.0.0.1 11112 --case ul.fsm.acc.sta06.evt13 --verbose
      dulcimer check --embedded --html report.html
      dulcimer check --requestor -- echoscu -aec {aet} {host} {port}
      dulcimer check --listen 11112
      dulcimer check --upper-tester "python -m dulcimer.conformance.upper_tester.dulcimer_adapter"
      dulcimer check --merge one.json --merge other.json --html both.html

    Exit status: 0 as expected; 1 something FAILED; 2 usage, or no case was run; 3 the peer never was healthy and
    nothing was tested; 4 the peer died; 5 a fault of dulcimer.
    """
    output.configure_logging()
    console = Console()
    if reports.merge:
        for path in reports.write_merged():
            console.print(f"written: {path}", highlight=False, markup=False, soft_wrap=True)
        return
    titles = Titles(calling_ae_title, called_ae_title)
    catalogue: tuple[Case, ...] = acceptor_cases(titles)
    rules = tuple(result.case for result in SenderLog().results())
    if requestors.wanted:
        catalogue, rules = requestor_check.catalogue()
    elif upper_tester is not None:
        catalogue, rules = upper_tester_check.catalogue(), ()
    chosen = select((*catalogue, *rules), case or (), keyword or (), clause or (), exclude or ())
    if not chosen:
        raise typer.BadParameter("no case fits, so nothing was tested; --list shows all of them")
    if list_cases or dry_run:
        (show_list if list_cases else show_plan)(console, chosen)
        if requestors.listen is not None:
            requestor_check.show_aliases(console, chosen)
        return
    if update_baseline and expect is None:
        raise typer.BadParameter("--update-baseline needs --expect FILE", param_hint="'--update-baseline'")
    try:
        entries = baseline.load(expect) if expect and (expect.exists() or not update_baseline) else ()
    except baseline.BaselineError as error:
        raise typer.BadParameter(str(error), param_hint="'--expect'") from error
    host, port, client = None, None, None
    if upper_tester is not None:
        upper_tester_check.check_usage(upper_tester, words or (), others=embedded or requestors.wanted)
    elif requestors.wanted:
        if embedded:
            raise typer.BadParameter("--embedded is a server: leave --requestor and --listen out")
        client = requestor_check.command_of(requestors, words or ())
    elif embedded == bool(words):
        raise typer.BadParameter("give HOST and PORT, or --embedded")
    elif words:
        host, port = _address(words)
        _permit(host, i_may_test or ())
    artim = EMBEDDED_ARTIM if embedded and peer_artim is None else peer_artim
    rule_ids = {rule.id for rule in rules}
    wanted = tuple(row for row in chosen if row.id not in rule_ids)
    bar = Bar(Console(stderr=True))
    try:
        if requestors.wanted:
            how = RequestorSettings(
                react=t_react,
                artim=artim,
                hang=requestors.hang_limit,
                jobs=jobs,
                repeat=repeat,
                keep_going=keep_going,
            )
            run = requestor_check.run_cases(requestors, client, calling_ae_title, wanted, how, bar)
        elif upper_tester is not None:
            run = upper_tester_check.run_cases(
                upper_tester, requestors.bind, wanted, react=t_react, keep_going=keep_going, progress=bar
            )
        else:
            settings = Settings(
                react=t_react,
                artim=artim,
                releases=peer_releases,
                jobs=jobs,
                repeat=repeat,
                keep_going=keep_going,
            )
            run = asyncio.run(_run(host, port, titles, wanted, settings, bar))
    finally:
        bar.end()
    kept = {row.id for row in chosen}
    run.results = [result for result in run.results if result.case.id in kept]
    comparison = baseline.compare(entries, run.results, (*catalogue, *rules)) if expect else None
    report = as_json(run, catalogue_digest((*catalogue, *rules)), comparison)
    if json_file is not None:
        json_file.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    reports.write([report])
    if not run.healthy:
        if upper_tester is not None:
            upper_tester_check.unhealthy(run)
        (requestor_check.unhealthy if requestors.wanted else _unhealthy)(run)
    failing = failures(run.results, comparison, strict=strict, fail_on=fail_on)
    show_run(console, run, comparison, failing, verbose=output.verbose)
    if update_baseline and expect is not None:
        count = baseline.update(expect, run.results, entries, strict=strict)
        console.print(f"{expect}: {count} entries; give each a reason")
        failing = []
    if run.died_after:
        raise typer.Exit(ExitStatus.PEER_DIED)
    if failing:
        raise typer.Exit(ExitStatus.PEER_FAILED)


def select(
    cases: Sequence[Case], ids: Sequence[str], globs: Sequence[str], clauses: Sequence[str], excluded: Sequence[str]
) -> tuple[Case, ...]:
    """The cases that fit one of each kind of choice that is given, and none of `excluded`."""
    for wanted in ids:
        if wanted not in {case.id for case in cases}:
            raise typer.BadParameter(f"there is no case {wanted!r}; --list shows all of them", param_hint="'--case'")
    return tuple(
        case
        for case in cases
        if (not ids or case.id in ids)
        and (not globs or any(_fits(case.id, glob) for glob in globs))
        and (not clauses or any(_has_clause(case.clause, clause) for clause in clauses))
        and not any(_fits(case.id, glob) for glob in excluded)
    )


def _fits(identifier: str, glob: str) -> bool:
    if not set(glob) & set("*?["):
        return glob in identifier
    return fnmatchcase(identifier, glob)


def _has_clause(text: str, clause: str) -> bool:
    """Whether `clause` or a part of it is among the clauses of `text`."""
    words = text.replace(",", " ").split()
    return any(word == clause or word.startswith((f"{clause}.", f"{clause}/")) for word in words)


def _address(words: Sequence[str]) -> tuple[str, int]:
    """Host and port; a usage error if these are none."""
    if len(words) != 2:
        missing = "PORT is missing" if len(words) == 1 else f"expected HOST and PORT, found {' '.join(words)!r}"
        raise typer.BadParameter(missing)
    host, text = words
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise typer.BadParameter(f"{text!r} is no port from 1 to 65535", param_hint="'PORT'")
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
    host: str | None, port: int | None, titles: Titles, cases: Sequence[Case], settings: Settings, bar: Bar
) -> Run:
    async with _peer(host, port) as (where, number):
        return await Runner(Target(where, number, titles), settings, bar).run(cases)


@contextlib.asynccontextmanager
async def _peer(host: str | None, port: int | None) -> AsyncIterator[tuple[str, int]]:
    """The peer to test: the one given, or a server of our own with a short ARTIM."""
    if host is not None and port is not None:
        yield host, port
        return
    from dulcimer.ae.server import Server

    server = Server(ae_title="ANY-SCP", artim_timeout=EMBEDDED_ARTIM)
    async with server.listen("127.0.0.1", 0):
        address = server.address
        yield "127.0.0.1", address[1]


def _unhealthy(run: Run) -> None:
    console = Console(stderr=True)
    peer = run.peer
    console.print(f"{peer.host}:{peer.port} is not healthy, so nothing was tested.", highlight=False, markup=False)
    console.print("  expected  an association with Verification, C-ECHO and release", highlight=False)
    console.print(f"  came      {run.unhealthy_because}", highlight=False, markup=False)
    console.print("  try       dulcimer echo; -aet and -aec with AE titles that the peer knows", highlight=False)
    raise typer.Exit(ExitStatus.UNREACHABLE)
