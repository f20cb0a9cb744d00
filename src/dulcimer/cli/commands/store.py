"""`dulcimer store`: send files to a peer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.options.association import AssociationOptions, Host, Port
from dulcimer.cli.options.identity import IdentityOptions
from dulcimer.cli.options.output import Json, RequestorOutputOptions
from dulcimer.cli.options.panels import in_panel
from dulcimer.cli.options.syntaxes import SyntaxOptions, syntax_option
from dulcimer.cli.options.tls import ClientTlsOptions
from dulcimer.cli.options.values import timeout

_option = in_panel("Transfer")


def command(
    *,
    host: Host,
    port: Port,
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH", exists=True, readable=True, help="DICOM files, or directories of such files."),
    ],
    recurse: Annotated[
        bool,
        _option("--recurse/--no-recurse", "-r", help="Also read directories in directories; +r works, too."),
    ] = True,
    jobs: Annotated[
        int, _option("--jobs", "-j", min=1, max=64, metavar="N", help="Number of parallel associations.")
    ] = 1,
    window: Annotated[
        int,
        _option(
            "--window",
            min=1,
            max=1000,
            metavar="N",
            help="Number of unanswered requests on each association, if the peer agrees (PS3.7 D.3.3.3).",
        ),
    ] = 1,
    retries: Annotated[
        int,
        _option(
            "--retries",
            min=0,
            metavar="N",
            help="Retry when the connection is lost; give up after N attempts without progress. Files that the peer "
            "has acknowledged are not sent again.",
        ),
    ] = 0,
    delay: Annotated[
        float,
        _option(
            "--retry-delay",
            metavar="SECONDS",
            callback=timeout,
            help="How long to wait before the first retry; doubled for each further one, up to a minute.",
        ),
    ] = 1.0,
    resume: Annotated[
        Path | None,
        _option(
            "--resume",
            metavar="STATEFILE",
            dir_okay=False,
            help="Record acknowledged files here, and skip those recorded in an earlier run.",
        ),
    ] = None,
    convert: Annotated[
        bool,
        syntax_option(
            "--convert/--no-convert",
            help="Rewrite uncompressed files if the peer accepts only another uncompressed transfer syntax.",
        ),
    ] = True,
    required_contexts: Annotated[
        bool,
        syntax_option(
            "-cx",
            "-R",
            "--required-contexts",
            help="Propose only what the files need. This is always done; the option is for users of other tools.",
        ),
    ] = True,
    association: AssociationOptions,
    syntaxes: SyntaxOptions,
    identity: IdentityOptions,
    tls: ClientTlsOptions,
    output: RequestorOutputOptions,
    json_output: Json = False,
) -> None:
    """Send DICOM files to a peer with C-STORE (PS3.7 9.1.1), unchanged.

    Each file is proposed with its own SOP class and transfer syntax. One line
    shows the result of each file. Files that are not DICOM are skipped in
    directories, and are failures if named.

    Examples:
      dulcimer store 127.0.0.1 11112 image.dcm
      dulcimer store pacs 104 -aec PACS study/ more/*.dcm
      dulcimer store pacs 104 --resume sent.journal --retries 5 archive/
      dulcimer store --json 127.0.0.1 11112 study/

    If the peer accepts an uncompressed file only in another uncompressed
    transfer syntax, it is rewritten; -xe and -xi ask for that. The exit status
    is 0 if the peer keeps all files (warnings too), 1 if not.
    """
    import asyncio

    from dulcimer.cli.options.peer import PeerOptions
    from dulcimer.cli.scu.journal import SendingJournal
    from dulcimer.cli.scu.sending import Sending, SendingPlan
    from dulcimer.cli.scu.sending_report import SendingReport
    from dulcimer.cli.show.output import say

    del required_contexts
    output.configure_logging()
    preferred = syntaxes.given
    if preferred and not convert:
        raise typer.BadParameter("another transfer syntax needs --convert", param_hint="'--no-convert'")
    plan = SendingPlan(preferred, convert, jobs, window, retries, delay, recurse)
    journal = SendingJournal(resume, host, port, association.called_ae_title)
    report = SendingReport(json_output=json_output, quiet=output.quiet)
    sending = Sending(PeerOptions(host, port, association, tls, identity), plan, journal, report)

    async def run() -> Exception | None:
        error = await sending.send(paths)
        if error is None and not output.quiet:
            for line in await sending.advice():
                say(line)
        return error

    try:
        error = asyncio.run(run())
    finally:
        report.finish()
    if error is not None:
        raise error
    if not report.results and not output.quiet:
        say("There is no DICOM file in the paths given.")
    if not report.all_kept:
        raise typer.Exit(ExitStatus.PEER_FAILED)
