"""`dulcimer move`: have a peer send instances somewhere."""

from __future__ import annotations

from typing import Annotated

import typer

from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.options.association import AssociationOptions, Host, Port
from dulcimer.cli.options.identity import IdentityOptions
from dulcimer.cli.options.output import Json, RequestorOutputOptions
from dulcimer.cli.options.query import KeyOptions, RetrievalOptions
from dulcimer.cli.options.receiving import OwnReceiverOptions
from dulcimer.cli.options.syntaxes import SyntaxOptions
from dulcimer.cli.options.tls import ClientTlsOptions
from dulcimer.cli.options.values import optional_ae_title


def command(
    host: Host,
    port: Port,
    query: KeyOptions,
    association: AssociationOptions,
    syntaxes: SyntaxOptions,
    identity: IdentityOptions,
    tls: ClientTlsOptions,
    output: RequestorOutputOptions,
    receiving: OwnReceiverOptions,
    retrieval: RetrievalOptions,
    destination: Annotated[
        str | None,
        typer.Option(
            "-aem",
            "--move-destination",
            metavar="AE",
            callback=optional_ae_title,
            help="AE title of the destination; by default that of --store-aet, or our own (-aet).",
        ),
    ] = None,
    json_output: Json = False,
) -> None:
    """Make a peer send instances to a destination with C-MOVE (PS3.7 9.1.4).

    The destination is an AE title whose address the peer knows. With --store-port
    this command is itself the destination, as long as it runs.
    Ctrl-C asks the peer to stop (C-CANCEL), a second one aborts.

    Examples:
      dulcimer move pacs 104 -aec PACS -aem WORKSTATION -k StudyInstanceUID=1.2.3
      dulcimer move pacs 104 -aet ME --store-port 11112 --store-dir study
         -k StudyInstanceUID=1.2.3.4

    The exit status is 1 if an instance did not arrive; such instances
    are listed. A peer that answers A801H does not know the destination.
    """
    import asyncio

    from dulcimer.cli.options.peer import PeerOptions
    from dulcimer.cli.scu.chosen_query import retrieval_query
    from dulcimer.cli.scu.moving import OwnReceiver, move
    from dulcimer.cli.scu.retrieving import RetrievalWatch

    output.configure_logging()
    receiving.check()
    title = destination or receiving.store_aet or association.calling_ae_title
    wanted = retrieval_query(query, relational=retrieval.relational)
    watch = RetrievalWatch("C-MOVE", json_output, output.quiet)
    watch.say(*wanted.remarks)
    receiver = OwnReceiver.of(receiving, title, tls, association)
    peer = PeerOptions(host, port, association, tls, identity)
    with watch.early_end_reported():
        asyncio.run(move(peer, wanted, title, syntaxes.for_messages(), retrieval.wishes, receiver, watch))
    if not watch.finish():
        raise typer.Exit(ExitStatus.PEER_FAILED)
