"""The application entity whose methods block, with pynetdicom's names."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from typing import Any, Literal, Self, overload
from weakref import WeakSet

from dulcimer.ae.blocking.association import Association
from dulcimer.ae.blocking.background import BACKGROUND, after_fork
from dulcimer.ae.blocking.background_entity import BackgroundEntity
from dulcimer.ae.blocking.beginnings import Beginnings
from dulcimer.ae.blocking.server import AssociationServer
from dulcimer.ae.core.addresses import OwnAddress, PeerAddress, own_address
from dulcimer.ae.core.session import Session
from dulcimer.events import EventHandlerType
from dulcimer.proposals.negotiation_items import UserInformationItem
from dulcimer.proposals.presentation_context import PresentationContext
from dulcimer.values import AeTitle

_entities: WeakSet[AE] = WeakSet()
_beginnings = Beginnings()


class AE(BackgroundEntity):
    """An application entity: it requests associations (`associate`) and accepts them (`start_server`).

    The associations of all entities run in one event loop in the background; handlers run in threads of their own, so
    that one that blocks holds up its own association only. A process that is forked has entities without associations
    and servers: those that are open stay its parent's.
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
        no limit. `tls_args` is a context for TLS and the name that the peer's certificate must have.

        Raises RuntimeError if there is no context to propose, TypeError or ValueError for what cannot be proposed.
        """
        opening = self._opening(addr, port, contexts, ae_title, max_pdu, ext_neg, bind_address, tls_args, evt_handlers)
        _beginnings.wait(opening.port)
        association = self._in_background(self._open(opening)).calls.assoc
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

        With `block` until it is interrupted or shut down, otherwise in the background: then the server is returned.
        `ae_title` and `contexts` stand for `AE.ae_title` and `supported_contexts`. Raises ValueError if no context is
        supported, TransportError if the address cannot be listened on.
        """
        with _beginnings.of(own_address(address)[1]):
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
        """A server that has its address and does not accept associations before `serve_forever`.

        `server_class` is a subclass of `AssociationServer`, which gets `kwargs`, too.
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

    # Inside

    def _facade(self, session: Session) -> Association:
        return Association(self, session)

    def _over(self, session: Session) -> None:
        """Those who wait for messages of the association wait no more."""
        session.calls.assoc.end_messages()


def _begin_anew() -> None:
    _beginnings.begin_anew()
    for entity in tuple(_entities):
        entity._begin_anew()


after_fork(_begin_anew)
