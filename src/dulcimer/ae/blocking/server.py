"""A server whose methods block."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self

from dulcimer.ae.blocking.background import BACKGROUND
from dulcimer.ae.blocking.background_entity import BackgroundEntity
from dulcimer.ae.core.addresses import OwnAddress
from dulcimer.ae.core.server import AsyncServer
from dulcimer.ae.core.settings import ae_title as checked_title
from dulcimer.events import EventHandlerType, EventType
from dulcimer.proposals.presentation_context import PresentationContext
from dulcimer.values import AeTitle

if TYPE_CHECKING:
    from dulcimer.ae.blocking.association import Association


class AssociationServer:
    """Accepts associations on `server_address` after `serve_forever` or `start`.

    Leaving a `with` block shuts it down.
    """

    def __init__(
        self,
        ae: BackgroundEntity,
        address: OwnAddress,
        ae_title: AeTitle | None = None,
        contexts: Sequence[PresentationContext] | None = None,
        ssl_context: ssl.SSLContext | None = None,
        evt_handlers: Sequence[EventHandlerType] | None = None,
        request_handler: None = None,
    ) -> None:
        if request_handler is not None:
            raise TypeError("there is no request_handler for connections: bind EVT_CONN_OPEN or EVT_REQUESTED")
        self.ae: Any = ae
        """The `AE` that it belongs to."""
        self.ae_title = checked_title(ae_title or ae.ae_title, "ae_title")
        self.contexts = list(contexts or ae.supported_contexts)
        self.ssl_context = ssl_context
        self._async = ae._in_background(self._bind(address, list(evt_handlers or ())))
        self.server_address = self._async.server_address

    async def _bind(self, address: OwnAddress, handlers: Sequence[EventHandlerType]) -> AsyncServer:
        server: AsyncServer = self.ae._server(self.ae_title, self.contexts, self.ssl_context, handlers)
        await self.ae._listen(server, address, start_serving=False)
        return server

    @property
    def socket(self) -> Any:
        """The listening socket, only to be inspected: the event loop accepts the connections."""
        return self._async.listener

    def fileno(self) -> int:
        """The file descriptor of that socket, -1 after `shutdown`."""
        return int(self.socket.fileno())

    @property
    def active_associations(self) -> list[Association]:
        """The associations that are open."""
        return self._async.active_associations

    def bind(self, event: EventType, handler: Callable[..., Any], args: Sequence[Any] | None = None) -> None:
        """Bind a handler to an event, also on open associations."""
        self._async.bind(event, handler, args)

    def unbind(self, event: EventType, handler: Callable[..., Any]) -> None:
        """Remove a handler from an event."""
        self._async.unbind(event, handler)

    def get_events(self) -> list[EventType]:
        """The events that have a handler."""
        return self._async.get_events()

    def get_handlers(self, event: EventType) -> Any:
        """The handlers of a notification event as [(handler, args)], (handler, args) of an intervention event."""
        return self._async.get_handlers(event)

    def start(self) -> None:
        """Accept associations from now on, in the background."""
        self.ae._in_background(self._async.start_serving())

    def serve_forever(self, poll_interval: float | None = None) -> None:  # noqa: ARG002 - nothing is polled
        """Accept associations until the server is shut down; `poll_interval` has no effect."""
        self.ae._in_background(self._async.serve_forever())

    def shutdown(self) -> None:
        """Stop accepting, and abort open associations."""
        if self._async in self.ae.servers and not BACKGROUND.is_gone:
            self.ae._in_background(self._async.shutdown())

    def server_close(self) -> None:
        """The same as `shutdown`."""
        self.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()


ThreadedAssociationServer = AssociationServer
"""pynetdicom's name for the server; here no association delays another one, with or without threads."""
