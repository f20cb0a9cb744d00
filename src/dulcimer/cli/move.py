"""`dulcimer move`: have a peer send instances somewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dulcimer.cli.failures import ExitStatus
from dulcimer.cli.identity import IdentityOptions
from dulcimer.cli.options import (
    AssociationOptions,
    ClientTlsOptions,
    Host,
    Json,
    Port,
    RequestorOutputOptions,
    ae_title,
)
from dulcimer.cli.query_options import KeyOptions, negotiation_option
from dulcimer.cli.syntaxes import SyntaxOptions

PANEL = "Receiving ourselves"


def _title(text: str | None) -> str | None:
    return None if text is None else ae_title(text)


def command(
    host: Host,
    port: Port,
    query: KeyOptions,
    association: AssociationOptions,
    syntaxes: SyntaxOptions,
    identity: IdentityOptions,
    tls: ClientTlsOptions,
    output: RequestorOutputOptions,
    destination: Annotated[
        str | None,
        typer.Option(
            "-aem",
            "--move-destination",
            metavar="AE",
            callback=_title,
            help="AE title of the destination; if not given, --store-aet, or our own AE title (-aet).",
        ),
    ] = None,
    store_port: Annotated[
        int | None,
        typer.Option(
            "--store-port",
            metavar="PORT",
            min=0,
            max=65535,
            rich_help_panel=PANEL,
            help="Receive the instances on this port; 0 takes a free one.",
        ),
    ] = None,
    store_dir: Annotated[
        Path | None,
        typer.Option(
            "--store-dir",
            "-od",
            metavar="DIRECTORY",
            file_okay=False,
            rich_help_panel=PANEL,
            help="Keep them here; made if missing. Without it the current directory.",
        ),
    ] = None,
    store_aet: Annotated[
        str | None,
        typer.Option(
            "--store-aet",
            metavar="AE",
            callback=_title,
            rich_help_panel=PANEL,
            help="The AE title of the receiver; if not given, that of the destination.",
        ),
    ] = None,
    store_host: Annotated[
        str | None,
        typer.Option(
            "--store-host",
            metavar="ADDRESS",
            rich_help_panel=PANEL,
            help="The address to receive on; if not given, the one from which we reach the peer.",
        ),
    ] = None,
    store_tls: Annotated[
        bool,
        typer.Option("--store-tls", rich_help_panel=PANEL, help="Receive with TLS, by the options for TLS."),
    ] = False,
    ignore: Annotated[
        bool, typer.Option("--ignore", rich_help_panel=PANEL, help="Receive instances, and keep none of them.")
    ] = False,
    relational: Annotated[
        bool,
        negotiation_option(
            "--relational",
            "--relational-retrieval",
            text="Unique keys of any level, without those of the levels above.",
        ),
    ] = False,
    enhanced: Annotated[
        bool, negotiation_option("--enhanced-conversion", text="Images converted from or to enhanced multi-frame ones.")
    ] = False,
    json_output: Json = False,
) -> None:
    """Have a peer send instances to a destination with C-MOVE (PS3.7 9.1.4).

    The destination is an AE title that the peer knows the address of. With
    --store-port this command is the destination itself, as long as it runs.
    Ctrl-C asks the peer to stop (C-CANCEL), a second one aborts.

    Examples:
      dulcimer move pacs 104 -aec PACS -aem WORKSTATION -k StudyInstanceUID=1.2.3
      dulcimer move pacs 104 -aet ME --store-port 11112 --store-dir study
         -k StudyInstanceUID=1.2.3.4

    The exit status is 1 if an instance did not arrive, and the list of those
    is printed. A peer that answers A801H does not know the destination.
    """
    import asyncio

    from dulcimer.cli.moving import Receiver, move
    from dulcimer.cli.output import say
    from dulcimer.cli.query import query_for_retrieval
    from dulcimer.cli.retrieving import Watch
    from dulcimer.cli.session import Peer

    output.configure_logging()
    if store_port is None and (store_dir or store_aet or store_host or store_tls or ignore):
        raise typer.BadParameter("receiving the instances takes a port", param_hint="'--store-port'")
    title = destination or store_aet or association.calling_ae_title
    keys = query.keys or ()
    wanted = query_for_retrieval(query.model(), keys, query.query_file, query.level_name, relational=relational)
    for remark in wanted.remarks:
        say(remark, quiet=output.quiet or json_output)
    watch = Watch("C-MOVE", json_output, output.quiet)
    receiver = None
    if store_port is not None:
        receiver = Receiver(
            host=store_host,
            port=store_port,
            ae_title=store_aet or title,
            directory=None if ignore else store_dir or Path(),
            tls=tls.server_context() if store_tls else None,
            maximum_length=association.maximum_length,
        )
    peer = Peer(host, port, association, tls, identity)
    wishes = {"--relational": relational, "--enhanced-conversion": enhanced}
    with watch.told():
        asyncio.run(move(peer, wanted, title, syntaxes.for_messages(), wishes, receiver, watch))
    if not watch.finish():
        raise typer.Exit(ExitStatus.PEER_FAILED)
