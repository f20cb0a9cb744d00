"""The application entity for asyncio."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from types import TracebackType
from typing import Literal, Self, overload

from dulcimer.ae.aio.association import AsyncAssociation
from dulcimer.ae.core.addresses import OwnAddress, PeerAddress
from dulcimer.ae.core.entity import Entity
from dulcimer.ae.core.server import AsyncServer
from dulcimer.ae.core.session import Session
from dulcimer.events import EventHandlerType
from dulcimer.proposals.negotiation_items import UserInformationItem
from dulcimer.proposals.presentation_context import PresentationContext
from dulcimer.values import AeTitle


class AsyncAE(Entity):
    """An application entity in an event loop: `AE` with `await`, and with handlers that may be async.

    Handlers that are not async run in threads, so that they delay only their own association. Leaving an
    `async with` block shuts the entity down.
    """

    async def associate(
        self,
        addr: PeerAddress,
        port: int,
        contexts: Sequence[PresentationContext] | None = None,
        ae_title: AeTitle = "ANY-SCP",
        max_pdu: int | None = None,
        ext_neg: Sequence[UserInformationItem] | None = None,
        bind_address: OwnAddress | None = None,
        tls_args: tuple[ssl.SSLContext, str | None] | None = None,
        evt_handlers: Sequence[EventHandlerType] | None = None,
    ) -> AsyncAssociation:
        """Request an association; see `AE.associate`."""
        request = self._prepare(addr, port, contexts, ae_title, max_pdu, ext_neg, bind_address, tls_args, evt_handlers)
        association = (await self._open(request)).calls.assoc
        assert isinstance(association, AsyncAssociation)
        return association

    @overload
    async def start_server(
        self,
        address: OwnAddress,
        block: Literal[True] = True,
        ssl_context: ssl.SSLContext | None = None,
        evt_handlers: Sequence[EventHandlerType] | None = None,
        ae_title: AeTitle | None = None,
        contexts: Sequence[PresentationContext] | None = None,
    ) -> None: ...
    @overload
    async def start_server(
        self,
        address: OwnAddress,
        block: Literal[False],
        ssl_context: ssl.SSLContext | None = None,
        evt_handlers: Sequence[EventHandlerType] | None = None,
        ae_title: AeTitle | None = None,
        contexts: Sequence[PresentationContext] | None = None,
    ) -> AsyncServer: ...
    @overload
    async def start_server(
        self,
        address: OwnAddress,
        block: bool,
        ssl_context: ssl.SSLContext | None = None,
        evt_handlers: Sequence[EventHandlerType] | None = None,
        ae_title: AeTitle | None = None,
        contexts: Sequence[PresentationContext] | None = None,
    ) -> AsyncServer | None: ...
    async def start_server(
        self,
        address: OwnAddress,
        block: bool = True,
        ssl_context: ssl.SSLContext | None = None,
        evt_handlers: Sequence[EventHandlerType] | None = None,
        ae_title: AeTitle | None = None,
        contexts: Sequence[PresentationContext] | None = None,
    ) -> AsyncServer | None:
        """Accept associations; see `AE.start_server`. With `block`, until it is cancelled or shut down."""
        server = await self.make_server(address, ae_title, contexts, ssl_context, evt_handlers)
        if not block:
            await server.start_serving()
            return server
        async with server:
            await server.serve_forever()
        return None

    async def make_server(
        self,
        address: OwnAddress,
        ae_title: AeTitle | None = None,
        contexts: Sequence[PresentationContext] | None = None,
        ssl_context: ssl.SSLContext | None = None,
        evt_handlers: Sequence[EventHandlerType] | None = None,
    ) -> AsyncServer:
        """A server that is bound to its address and accepts associations from `serve_forever` on."""
        server = self._server(ae_title, contexts, ssl_context, evt_handlers)
        await self._listen(server, address, start_serving=False)
        return server

    async def shutdown(self) -> None:
        """Shut down the servers, and abort the associations that are open."""
        await self._end()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.shutdown()

    def _facade(self, session: Session) -> AsyncAssociation:
        return AsyncAssociation(self, session)
