"""The application entity whose methods block, with pynetdicom's names."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from typing import Any, Literal, Self, overload
from weakref import WeakSet

from dulcimer.ae.blocking.association import Association
from dulcimer.ae.blocking.background import BACKGROUND, after_fork
from dulcimer.ae.blocking.background_entity import BackgroundEntity
from dulcimer.ae.blocking.server import AssociationServer
from dulcimer.ae.blocking.starting_servers import StartingServers
from dulcimer.ae.core.addresses import OwnAddress, PeerAddress, own_address
from dulcimer.ae.core.session import Session
from dulcimer.events import EventHandlerType
from dulcimer.proposals.negotiation_items import UserInformationItem
from dulcimer.proposals.presentation_context import PresentationContext
from dulcimer.values import AeTitle

_entities: WeakSet[AE] = WeakSet()
_starting_servers = StartingServers()


class AE(BackgroundEntity):
    """An application entity: it requests associations (`associate`) and accepts them (`start_server`).

    The associations of all entities run in one event loop: in the thread that waits for a result, and in the background
    while none does. Handlers run in their own threads, so that a blocking handler delays only its own association. In a
    forked process an entity has no associations and
    servers: those that are open stay with the parent.
    """

    def __init__(self, ae_title: AeTitle = "DULCIMER") -> None:
        super().__init__(ae_title)
        _entities.add(self)

    def associate(
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
    ) -> Association:
        """Request an association with the application entity `ae_title` at `addr`.

        See `is_established` of the association returned; if false, its `error` says why. `contexts` are
        proposed instead of `requested_contexts`, `max_pdu` is announced instead of `maximum_pdu_size`, in bytes, 0 for
        no limit. `tls_args` is a TLS context and the name that the peer's certificate must have.

        Raises RuntimeError without a context to propose, TypeError or ValueError for arguments that cannot be proposed.
        """
        request = self._prepare(addr, port, contexts, ae_title, max_pdu, ext_neg, bind_address, tls_args, evt_handlers)
        _starting_servers.wait(request.port)
        association = self._in_background(self._open(request)).calls.assoc
        assert isinstance(association, Association)
        return association

    @overload
    def start_server(
        self,
        address: OwnAddress,
        block: Literal[True] = True,
        ssl_context: ssl.SSLContext | None = None,
        evt_handlers: Sequence[EventHandlerType] | None = None,
        ae_title: AeTitle | None = None,
        contexts: Sequence[PresentationContext] | None = None,
    ) -> None: ...
    @overload
    def start_server(
        self,
        address: OwnAddress,
        block: Literal[False],
        ssl_context: ssl.SSLContext | None = None,
        evt_handlers: Sequence[EventHandlerType] | None = None,
        ae_title: AeTitle | None = None,
        contexts: Sequence[PresentationContext] | None = None,
    ) -> AssociationServer: ...
    @overload
    def start_server(
        self,
        address: OwnAddress,
        block: bool,
        ssl_context: ssl.SSLContext | None = None,
        evt_handlers: Sequence[EventHandlerType] | None = None,
        ae_title: AeTitle | None = None,
        contexts: Sequence[PresentationContext] | None = None,
    ) -> AssociationServer | None: ...
    def start_server(
        self,
        address: OwnAddress,
        block: bool = True,
        ssl_context: ssl.SSLContext | None = None,
        evt_handlers: Sequence[EventHandlerType] | None = None,
        ae_title: AeTitle | None = None,
        contexts: Sequence[PresentationContext] | None = None,
    ) -> AssociationServer | None:
        """Accept associations on `address`, ("", port) for any address and port 0 for a free one.

        With `block` it runs until it is interrupted or shut down, else in the background, and the server is returned.
        `ae_title` and `contexts` replace `AE.ae_title` and `supported_contexts`. Raises ValueError if no context is
        supported, TransportError if the address cannot be listened on.
        """
        with _starting_servers.starting(own_address(address)[1]):
            server: AssociationServer = self.make_server(address, ae_title, contexts, ssl_context, evt_handlers)
            server.start()
        if not block:
            return server
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass
        finally:
            server.shutdown()
        return None

    def make_server(
        self,
        address: OwnAddress,
        ae_title: AeTitle | None = None,
        contexts: Sequence[PresentationContext] | None = None,
        ssl_context: ssl.SSLContext | None = None,
        evt_handlers: Sequence[EventHandlerType] | None = None,
        server_class: Callable[..., Any] = AssociationServer,
        **kwargs: Any,
    ) -> Any:
        """A server that is bound to its address and accepts associations from `serve_forever` on.

        `server_class` is a subclass of `AssociationServer`; it also gets `kwargs`.
        """
        return server_class(self, address, ae_title, contexts, ssl_context, evt_handlers=evt_handlers, **kwargs)

    def shutdown(self) -> None:
        """Shut down the servers, and abort the associations that are open."""
        if self._is_busy and not BACKGROUND.is_gone:
            self._in_background(self._end())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()

    # Internal

    def _facade(self, session: Session) -> Association:
        return Association(self, session)

    def _over(self, session: Session) -> None:
        """End every wait for a message of the association."""
        session.calls.assoc.end_messages()


def _reset_after_fork() -> None:
    _starting_servers.reset_after_fork()
    for entity in tuple(_entities):
        entity._reset_after_fork()


after_fork(_reset_after_fork)
