"""Servers of an application entity, for asyncio."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from dulcimer._generated.codes import RejectReasonPresentation, RejectResult, RejectSource
from dulcimer.acse.association import ABORT_GRACE
from dulcimer.ae.acceptance import Acceptance
from dulcimer.ae.session import Session, Terms
from dulcimer.events import EventType, Handlers
from dulcimer.transport.driver import Driver
from dulcimer.transport.tcp import adopt, leave_to_parent, listen
from dulcimer.wire.model import AssociateRj

LIMIT_EXCEEDED = AssociateRj(
    RejectResult.REJECTED_TRANSIENT,
    RejectSource.SERVICE_PROVIDER_PRESENTATION,
    RejectReasonPresentation.LOCAL_LIMIT_EXCEEDED,
)
"""To a requestor beyond the association limit (PS3.8 Table 9-21)."""


class AsyncServer:
    """Accepts associations on one address. Leaving an `async with` block shuts it down.

    `terms` makes what holds for the next association, `begun` hears of each.
    """

    def __init__(
        self,
        acceptance: Acceptance,
        terms: Callable[[], Terms],
        handlers: Handlers,
        *,
        ssl_context: ssl.SSLContext | None = None,
        begun: Callable[[Session], None] = lambda _: None,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self.ssl_context = ssl_context
        self.sessions: set[Session] = set()
        """Connections that are open, or whose handlers still run."""
        self._acceptance = acceptance
        self._terms = terms
        self._handlers = handlers
        self._begun = begun
        self._ended = ended
        self._server: asyncio.Server | None = None
        self._socket: Any = None
        self._handshakes: set[asyncio.Task[None]] = set()
        self._stopped = asyncio.Event()

    @property
    def server_address(self) -> tuple[str, int]:
        """Host and port that the server listens on."""
        host, port, *_ = self.listener.getsockname()
        return str(host), int(port)

    @property
    def listener(self) -> Any:
        """The socket that it listens on, or has listened on."""
        assert self._server is not None
        if self._server.sockets:
            self._socket = self._server.sockets[0]
        return self._socket

    @property
    def active_associations(self) -> list[Any]:
        """The associations that are open, or whose handlers have not heard of their end yet."""
        return [session.calls.assoc for session in tuple(self.sessions)]

    # Its handlers, which its associations have, too

    def bind(self, event: EventType, handler: Callable[..., Any], args: Sequence[Any] | None = None) -> None:
        """Bind a handler to an event, also on the associations that are open."""
        self._handlers.bind(event, handler, args)
        for association in self.active_associations:
            association.bind(event, handler, args)

    def unbind(self, event: EventType, handler: Callable[..., Any]) -> None:
        """Bind a handler no longer."""
        self._handlers.unbind(event, handler)
        for association in self.active_associations:
            association.unbind(event, handler)

    def get_events(self) -> list[EventType]:
        """The events that have a handler."""
        return self._handlers.events

    def get_handlers(self, event: EventType) -> Any:
        """The handlers of a notification event as [(handler, args)], (handler, args) of an intervention event."""
        return self._handlers.bound_to(event)

    # Its life

    async def open(self, host: str | None, port: int, *, start_serving: bool = True, reuse_port: bool = False) -> None:
        """Bind the address, port 0 for a free one, and listen. Raises TransportError if that cannot be done.

        With `reuse_port` other processes may listen on the same address (SO_REUSEPORT).
        """
        self._server = await listen(
            self._accept,
            _one_host(host, port),
            port,
            tls=self.ssl_context,
            start_serving=start_serving,
            reuse_port=reuse_port,
            handshakes=self._handshakes,
        )

    async def start_serving(self) -> None:
        """Accept associations from now on."""
        assert self._server is not None
        await self._server.start_serving()

    async def serve_forever(self) -> None:
        """Accept associations until the server is shut down."""
        await self.start_serving()
        await self._stopped.wait()

    async def adopt(self, connection: socket.socket) -> Session:
        """Serve a connection that a peer has opened; the session. Raises TransportError if TLS is not agreed on."""
        begun: list[Session] = []

        def accept() -> Driver:
            begun.append(self._begin())
            return begun[0].association.driver

        await adopt(accept, connection, tls=self.ssl_context)
        return begun[0]

    def close(self) -> None:
        """Accept no more; associations that are open go on."""
        if self._server is not None:
            self._server.close()

    async def shutdown(self) -> None:
        """Accept no more, and abort the associations that are open."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        if self._server is not None:
            self._server.close()
        for handshake in self._handshakes:
            handshake.cancel()
        await asyncio.gather(*self._handshakes, return_exceptions=True)
        await asyncio.gather(*(session.shut(ABORT_GRACE) for session in tuple(self.sessions)))
        self._ended()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.shutdown()

    def leave_to_parent(self) -> None:
        """In a process that was forked: keep the address free when the parent lets go of it."""
        for listener in self._server.sockets if self._server is not None else ():
            leave_to_parent(listener.fileno())

    # Inside

    def _accept(self) -> Driver:
        return self._begin().association.driver

    def _begin(self) -> Session:
        session = Session("acceptor", self._terms(), self._handlers.copy())
        session.association.on_request = lambda request: self._acceptance.answer(session, request)
        session.on_closed = lambda: self.sessions.discard(session)
        self.sessions.add(session)
        self._begun(session)
        return session


def _one_host(host: str | None, port: int) -> str | None:
    """What to listen on: for port 0 one address, since each would get a port of its own."""
    if port or host not in ("", None, "localhost"):
        return host or None
    return "127.0.0.1" if host == "localhost" else "0.0.0.0"  # noqa: S104 - as asked: every address
