"""`dulcimer get`: fetch instances from a peer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.options.association import AssociationOptions, Host, Port
from dulcimer.cli.options.identity import IdentityOptions
from dulcimer.cli.options.output import Json, RequestorOutputOptions
from dulcimer.cli.options.query import KeyOptions, RetrievalOptions
from dulcimer.cli.options.receiving import ReceivingOptions
from dulcimer.cli.options.syntaxes import SyntaxOptions, syntax_option
from dulcimer.cli.options.tls import ClientTlsOptions

if TYPE_CHECKING:
    from dulcimer.cli.options.peer import PeerOptions
    from dulcimer.cli.scu.query import PreparedQuery
    from dulcimer.cli.scu.retrieving import RetrievalWatch
    from dulcimer.wire.model import UserDataSubItem


def command(
    host: Host,
    port: Port,
    query: KeyOptions,
    receiving: ReceivingOptions,
    association: AssociationOptions,
    syntaxes: SyntaxOptions,
    identity: IdentityOptions,
    tls: ClientTlsOptions,
    output: RequestorOutputOptions,
    retrieval: RetrievalOptions,
    sop_class: Annotated[
        list[str] | None,
        typer.Option(
            "--sop-class",
            metavar="CLASS",
            help="Accept this storage SOP class (keyword or UID); may be repeated. By default the usual ones, as many "
            "as fit into an association.",
        ),
    ] = None,
    compressed: Annotated[
        bool,
        syntax_option(
            "-xa",
            "--propose-compressed",
            help="Also accept compressed pixels. With few --sop-class, each instance comes as the peer has it.",
        ),
    ] = False,
    lenient_roles: Annotated[
        bool,
        typer.Option(
            "--lenient-roles",
            help="Also accept instances from a peer that did not agree to our role of SCP (PS3.7 D.3.3.4); by default "
            "they are refused with 0122H.",
        ),
    ] = False,
    json_output: Json = False,
) -> None:
    """Fetch instances from a peer with C-GET (PS3.7 9.1.3): they come back on the association that asks.

    Each becomes a file in the directory, named by its SOP Instance UID and
    synced before the peer is told that we have it. Ctrl-C asks the peer to stop
    (C-CANCEL), a second one aborts. --json prints a line for each instance and
    one for the end.

    Examples:
      dulcimer get pacs 104 -aec PACS -k StudyInstanceUID=1.2.3.4 -od study
      dulcimer get pacs 104 -k StudyInstanceUID=1.2.3 -k SeriesInstanceUID=1.2.3.4
      dulcimer get pacs 104 -k StudyInstanceUID=1.2 --sop-class CTImageStorage -xa

    The exit status is 1 if an instance did not arrive.
    """
    import asyncio

    from dulcimer.cli.options.peer import PeerOptions
    from dulcimer.cli.scu.chosen_query import retrieval_query
    from dulcimer.cli.scu.retrieving import RetrievalWatch

    output.configure_logging()
    wanted = retrieval_query(query, relational=retrieval.relational)
    watch = RetrievalWatch("C-GET", json_output, output.quiet)
    watch.say(*wanted.remarks)
    peer = PeerOptions(host, port, association, tls, identity)
    plain = syntaxes.for_messages()
    with watch.early_end_reported():
        asyncio.run(
            _get(peer, wanted, plain, sop_class or [], compressed, lenient_roles, retrieval.wishes, receiving, watch)
        )
    if not watch.finish():
        raise typer.Exit(ExitStatus.PEER_FAILED)


async def _get(
    peer: PeerOptions,
    query: PreparedQuery,
    syntaxes: tuple[str, ...],
    names: list[str],
    compressed: bool,
    lenient_roles: bool,
    wishes: dict[str, bool],
    receiving: ReceivingOptions,
    watch: RetrievalWatch,
) -> None:
    from dulcimer.acse.negotiation import MOST_CONTEXTS, Context
    from dulcimer.cli.options.extended_negotiation import RETRIEVE, items, refused
    from dulcimer.cli.scu.association import associate
    from dulcimer.cli.scu.storage_contexts import roles, sop_classes, storage_contexts
    from dulcimer.cli.show.output import say

    model = query.model.sop_class("Get")
    classes = sop_classes(names)
    storage = storage_contexts(classes, syntaxes, compressed=compressed, room=MOST_CONTEXTS - 1)
    contexts = [Context(model, syntaxes), *storage]
    user_items: list[UserDataSubItem] = [*roles(classes), *items(model, RETRIEVE, wishes)]
    directory = receiving.open(watch.stored)
    async with await associate(
        peer, contexts, user_items=user_items, storage=directory, on_refused=watch.refused
    ) as association:
        for name in refused(association.answer, model, RETRIEVE, wishes):
            say(f"The peer does not support {name}; the retrieval continues without it.")
        answers = association.user.c_get(query.identifier, model)
        if lenient_roles:
            association.perform_everything()
        elif not any(context.as_scp for context in association.accepted_contexts):
            say("We cannot receive instances: the peer did not agree to our role of SCP (PS3.7 D.3.3.4).")
        await watch.run(association, answers, model)
