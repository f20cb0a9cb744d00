"""A C-MOVE, and the storage SCP that receives its instances."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from dulcimer.acse.negotiation import DEFAULT_MAXIMUM_LENGTH, Context
from dulcimer.ae.core.client import ClientAssociation
from dulcimer.ae.core.storage_scp import Server
from dulcimer.cli.logs.association_log import log_observer
from dulcimer.cli.options.association import AssociationOptions
from dulcimer.cli.options.extended_negotiation import RETRIEVE, items, refused
from dulcimer.cli.options.peer import PeerOptions
from dulcimer.cli.options.receiving import OwnReceiverOptions
from dulcimer.cli.options.tls import TlsOptions
from dulcimer.cli.scu.association import associate
from dulcimer.cli.scu.query import PreparedQuery
from dulcimer.cli.scu.retrieving import RetrievalWatch
from dulcimer.cli.show.output import say
from dulcimer.errors import TransportError
from dulcimer.upper_layer.observer import Observer, together

_PATIENCE = 600.0
"""Seconds that a response may take: a peer need not send one before the last instance has arrived (PS3.7 9.1.4)."""
_LAST_RELEASE = 5.0
"""Seconds that the peer has to end its associations with us after its final response."""
_TURN = 0.02


@dataclass(frozen=True, slots=True)
class OwnReceiver:
    """The storage SCP of a move: its address, AE title, and directory for instances (None: do not keep them)."""

    host: str | None
    port: int
    ae_title: str
    directory: Path | None
    tls: ssl.SSLContext | None
    maximum_length: int | None
    observe: Callable[[], Observer | None]

    @classmethod
    def of(
        cls, options: OwnReceiverOptions, title: str, tls: TlsOptions, association: AssociationOptions
    ) -> OwnReceiver | None:
        """The receiver of the options, None without one; its default AE title is the `title` of the destination.

        `typer.BadParameter` for TLS that cannot be used.
        """
        if options.store_port is None:
            return None
        return cls(
            host=options.store_host,
            port=options.store_port,
            ae_title=options.store_aet or title,
            directory=None if options.ignore else options.store_dir or Path(),
            tls=tls.server_context() if options.store_tls else None,
            maximum_length=association.maximum_length,
            observe=lambda: together(log_observer(), association.recorder()),
        )

    @contextlib.asynccontextmanager
    async def listening(self, association: ClientAssociation, watch: RetrievalWatch) -> AsyncIterator[None]:
        """Receive inside the block; `typer.BadParameter` if the address or the directory cannot be used."""
        local = association.local_address
        host = self.host or (local[0] if local else None)
        limit = DEFAULT_MAXIMUM_LENGTH if self.maximum_length is None else self.maximum_length
        try:
            server = Server(
                ae_title=self.ae_title,
                storage=self.directory,
                maximum_length=limit,
                tls=self.tls,
                on_stored=watch.stored,
                on_refused=watch.refused,
                observe=self.observe,
            )
        except OSError as error:
            problem = f"{error.filename or 'the directory'} cannot be used: {error.strerror}"
            raise typer.BadParameter(problem, param_hint="'--store-dir'") from error
        async with contextlib.AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(server.listen(host, self.port))
            except TransportError as error:
                raise typer.BadParameter(str(error), param_hint="'--store-port'") from error
            watch.say(f"receiving as {self.ae_title} on {server.address[0]} port {server.address[1]}")
            yield
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LAST_RELEASE):
                    while server.associations:  # noqa: ASYNC110 - the peer releases them in its own time
                        await asyncio.sleep(_TURN)


async def move(
    peer: PeerOptions,
    query: PreparedQuery,
    destination: str,
    syntaxes: Sequence[str],
    wishes: Mapping[str, bool],
    receiver: OwnReceiver | None,
    watch: RetrievalWatch,
) -> None:
    """Perform the move and report its progress. Raises the errors of `associate`."""
    model = query.model.sop_class("Move")
    user_items = items(model, RETRIEVE, wishes)
    contexts = [Context(model, tuple(syntaxes))]
    async with await associate(peer, contexts, user_items=user_items, patience=_PATIENCE) as association:
        for name in refused(association.answer, model, RETRIEVE, wishes):
            say(f"The peer does not support {name}; the retrieval continues without it.")
        async with contextlib.AsyncExitStack() as stack:
            if receiver is not None:
                await stack.enter_async_context(receiver.listening(association, watch))
            answers = association.user.c_move(query.identifier, destination, model)
            await watch.run(association, answers, model)
