"""`dulcimer serve`: an archive on the network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from dulcimer.cli.options.association import MaximumLength
from dulcimer.cli.options.output import OutputOptions
from dulcimer.cli.options.panels import in_panel
from dulcimer.cli.options.tls import TlsOptions
from dulcimer.cli.options.trace_file import TRACE_PANEL, Pseudonymise, TraceRaw
from dulcimer.cli.options.values import ae_title, host_name, timeout
from dulcimer.services.syncing import SyncMode

_archive = in_panel("Archive")
_peers = in_panel("Peers")
_operation = in_panel("Operation")
_trace = in_panel(TRACE_PANEL)

AeTitle = Annotated[str, typer.Option("-aet", "--ae-title", metavar="AE", callback=ae_title, help="Our AE title.")]


def _seconds(*names: str, text: str) -> Any:
    return _operation(*names, metavar="SECONDS", callback=timeout, help=text)


def _titles(titles: list[str]) -> list[str]:
    return [ae_title(title) for title in titles]


def command(
    *,
    directory: Annotated[
        Path | None,
        _archive(
            "--dir",
            metavar="DIRECTORY",
            file_okay=False,
            help="Keep instances in this directory; it is made if missing.",
        ),
    ] = None,
    database: Annotated[
        str | None,
        _archive(
            "--database",
            metavar="URL",
            help="URL of the index, such as postgresql+psycopg://USER@HOST/NAME.",
            show_default="SQLite in DIRECTORY",
        ),
    ] = None,
    reindex: Annotated[bool, _archive("--reindex", help="Read all files into the index first.")] = False,
    sync: Annotated[
        SyncMode,
        _archive(
            "--sync",
            help="How an instance is synced to disk before it is acknowledged: each by itself, or in a group with "
            "those that arrive at the same time; both are equally safe. never: if the power fails or the system "
            "crashes, acknowledged instances of the last minute may be lost or damaged.",
        ),
    ] = SyncMode.GROUP,
    worklist: Annotated[
        Path | None,
        _archive(
            "--worklist",
            metavar="DIRECTORY",
            exists=True,
            file_okay=False,
            help="Offer the worklist items in this directory.",
        ),
    ] = None,
    ignore: Annotated[
        bool, _archive("--ignore", help="Without --dir: accept instances, but do not keep them.")
    ] = False,
    port: Annotated[
        int, typer.Option("--port", "-p", min=0, max=65535, help="TCP port; 0 means any free port.")
    ] = 11112,
    host: Annotated[
        str,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            callback=host_name,
            help="Address to listen on; 0.0.0.0 or :: lets other machines connect.",
        ),
    ] = "127.0.0.1",
    title: AeTitle = "DULCIMER",
    remote: Annotated[
        list[str],
        _peers("--remote", metavar="AET=HOST:PORT", help="A destination for C-MOVE and for reports; may be repeated."),
    ] = [],  # noqa: B006 - typer copies it
    remotes: Annotated[
        Path | None,
        _peers(
            "--remotes",
            metavar="FILE.toml",
            exists=True,
            dir_okay=False,
            help="Read more such destinations from a file.",
        ),
    ] = None,
    require_called: Annotated[
        bool, _peers("--require-called-aet", help="Reject associations that call another AE title than ours.")
    ] = False,
    accept_calling: Annotated[
        list[str],
        _peers(
            "--accept-calling",
            metavar="AE",
            callback=_titles,
            help="Accept only this calling AE title; may be repeated.",
        ),
    ] = [],  # noqa: B006 - typer copies it
    user_file: Annotated[
        Path | None,
        _peers(
            "--user-file",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Require a user and password from this file.",
        ),
    ] = None,
    most: Annotated[
        int,
        _operation(
            "--max-associations", min=1, metavar="N", help="Most associations open at once; further ones are rejected."
        ),
    ] = 1000,
    workers: Annotated[
        int, _operation("--workers", min=1, max=64, metavar="N", help="Number of processes that share the port.")
    ] = 1,
    metrics_port: Annotated[
        int | None,
        _operation(
            "--metrics-port", min=0, max=65535, metavar="PORT", help="Serve /metrics and /healthz on 127.0.0.1."
        ),
    ] = None,
    grace: Annotated[float, _seconds("--grace", text="How long associations may take to end at shutdown.")] = 10.0,
    artim: Annotated[float, _seconds("--artim", text="ARTIM timer (PS3.8 9.1.5).")] = 30.0,
    acse_timeout: Annotated[
        float,
        _seconds("-ta", "--acse-timeout", text="How long to wait for the answer to an association or release request."),
    ] = 30.0,
    dimse_timeout: Annotated[
        float, _seconds("-td", "--dimse-timeout", text="How long a peer may take to answer or to accept data.")
    ] = 60.0,
    network_timeout: Annotated[
        float, _seconds("-tn", "--network-timeout", text="Abort when a peer is silent for so long.")
    ] = 60.0,
    maximum_length: MaximumLength = None,
    limit: Annotated[
        list[str],
        _operation("--limit", metavar="NAME=NUMBER", help="Change a limit of what peers may send; may be repeated."),
    ] = [],  # noqa: B006 - typer copies it
    trace: Annotated[
        Path | None,
        _trace(
            "--trace",
            metavar="DIRECTORY",
            file_okay=False,
            help="Record each association in a file in this directory.",
        ),
    ] = None,
    trace_size: Annotated[
        int,
        _trace("--trace-size", min=1, metavar="MB", help="Remove the oldest traces when all together are larger."),
    ] = 1000,
    trace_raw: TraceRaw = False,
    pseudonymise: Pseudonymise = False,
    tls: TlsOptions,
    output: OutputOptions,
) -> None:
    """Run a DICOM archive: receive and keep instances, find them, send them.

    With --dir it answers C-ECHO, C-STORE, C-FIND, C-GET, C-MOVE and storage
    commitment; with --worklist C-FIND for the worklist, too; with neither,
    only C-ECHO. Each instance becomes one file, its data set byte for byte as
    received, and is acknowledged when it is safe on disk (unless --sync never).
    Only this machine can connect unless --host says so.

    Examples:
      dulcimer serve --dir archive
      dulcimer serve --dir archive --remote VIEWER=10.0.0.7:104 --worklist orders
      dulcimer serve --dir archive --host 0.0.0.0 --port 104 --workers 4
      dulcimer serve --port 0        prints 'listening on 127.0.0.1:40123'

    Ctrl-C or SIGTERM stops it when the open associations are done, a second one
    at once; the exit status is then 0.
    """
    from dulcimer.acse.negotiation import DEFAULT_MAXIMUM_LENGTH
    from dulcimer.cli.serving.run import run
    from dulcimer.cli.serving.settings import ServeSettings, TraceSettings

    if ignore and directory is not None:
        _unusable("--dir keeps instances and --ignore does not: choose one", "--ignore")
    for option, given in (("--database", database is not None), ("--reindex", reindex)):
        if given and directory is None:
            _unusable("this needs --dir DIRECTORY", option)
    output.configure_logging(bounded=True)
    run(
        ServeSettings(
            host=host,
            port=port,
            ae_title=title,
            directory=directory,
            database=database,
            reindex=reindex,
            sync=sync,
            worklist=worklist,
            ignore=ignore,
            remotes=_remotes(remote, remotes),
            require_called_ae_title=require_called,
            accept_calling=tuple(accept_calling),
            user_file=user_file,
            maximum_associations=most,
            workers=workers,
            metrics_port=metrics_port,
            grace=grace,
            artim_timeout=artim,
            acse_timeout=acse_timeout,
            dimse_timeout=dimse_timeout,
            network_timeout=network_timeout,
            maximum_length=DEFAULT_MAXIMUM_LENGTH if maximum_length is None else maximum_length,
            limits=_limits(limit),
            trace=None
            if trace is None
            else TraceSettings(trace.absolute(), trace_raw, pseudonymise, trace_size * 1_000_000),
            tls=tls,
            output=output,
        )
    )


def _limits(wishes: list[str]) -> Any:
    from dulcimer.limits import DEFAULTS

    try:
        return DEFAULTS.but(wishes)
    except ValueError as error:
        _unusable(str(error), "--limit")


def _remotes(given: list[str], file: Path | None) -> tuple[Any, ...]:
    from dulcimer.archive.scp.remotes import Remote, RemoteError, by_title, read_remotes

    try:
        found = [Remote.parse(text) for text in given]
    except RemoteError as error:
        _unusable(str(error), "--remote")
    try:
        found += read_remotes(file) if file is not None else []
        return tuple(by_title(found).values())
    except (RemoteError, OSError) as error:
        _unusable(str(error), "--remotes" if file is not None else "--remote")


def _unusable(problem: str, option: str) -> NoReturn:
    raise typer.BadParameter(problem, param_hint=f"'{option}'")
