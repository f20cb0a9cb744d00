"""A server whose methods block."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from dulcimer.ae.addresses import OwnAddress
from dulcimer.ae.async_server import AsyncServer
from dulcimer.ae.settings import ae_title as checked_title
from dulcimer.events import EventHandlerType, EventType
from dulcimer.proposals.presentation_context import PresentationContext
from dulcimer.utils import AeTitle

if TYPE_CHECKING:
    from dulcimer.ae.blocking import AE
    from dulcimer.ae.blocking_association import Association


class AssociationServer:
    """Accepts associations on `server_address`, once `serve_forever` or `start` says so."""

    def __init__(
        self,
        ae: AE,
        address: OwnAddress,
        ae_title: AeTitle | None = None,
        contexts: Sequence[PresentationContext] | None = None,
        ssl_context: ssl.SSLContext | None = None,
        evt_handlers: Sequence[EventHandlerType] | None = None,
    ) -> None:
        self.ae = ae
        self.ae_title = checked_title(ae_title or ae.ae_title, "ae_title")
        self.contexts = list(contexts or ae.supported_contexts)
        self.ssl_context = ssl_context
        self._async = ae.in_background(self._bind(address, list(evt_handlers or ())))
        self.server_address = self._async.server_address

    async def _bind(self, address: OwnAddress, handlers: Sequence[EventHandlerType]) -> AsyncServer:
        server = self.ae.server(self.ae_title, self.contexts, self.ssl_context, handlers)
        await self.ae.listen(server, address, start_serving=False)
        return server

    @property
    def active_associations(self) -> list[Association]:
        """The associations that are open."""
        return self._async.active_associations

    def bind(self, event: EventType, handler: Callable[..., Any], args: Sequence[Any] | None = None) -> None:
        """Bind a handler to an event, also on the associations that are open."""
        self._async.bind(event, handler, args)

    def unbind(self, event: EventType, handler: Callable[..., Any]) -> None:
        """Bind a handler no longer."""
        self._async.unbind(event, handler)

    def get_events(self) -> list[EventType]:
        """The events that have a handler."""
        return self._async.get_events()

    def get_handlers(self, event: EventType) -> Any:
        """The handlers of a notification event as [(handler, args)], (handler, args) of an intervention event."""
        return self._async.get_handlers(event)

    def start(self) -> None:
        """Accept associations from now on, in the background."""
        self.ae.in_background(self._async.start_serving())

    def serve_forever(self) -> None:
        """Accept associations until the server is shut down."""
        self.ae.in_background(self._async.serve_forever())

    def shutdown(self) -> None:
        """Accept no more, and abort the associations that are open."""
        if self._async in self.ae.servers:
            self.ae.in_background(self._async.shutdown())

    def server_close(self) -> None:
        """The same as `shutdown`."""
        self.shutdown()
