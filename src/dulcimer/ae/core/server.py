"""Servers of an application entity, for asyncio."""

from __future__ import annotations

import asyncio
import heapq
import socket
import ssl
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from dulcimer._generated.codes import RejectReasonPresentation, RejectResult, RejectSource
from dulcimer.acse.driven import ABORT_GRACE
from dulcimer.ae.core.acceptance import Acceptance
from dulcimer.ae.core.session import Session, SessionUser
from dulcimer.ae.core.terms import Terms
from dulcimer.counting import counted
from dulcimer.dimse.messages import Message
from dulcimer.dimse.user import Answers
from dulcimer.events import EventType, Handlers
from dulcimer.limits import DEFAULTS, Limits
from dulcimer.services.retrieval import StoreTarget
from dulcimer.transport.driver import Driver
from dulcimer.transport.listening import Listener, WarningLimiter, adopt, listen
from dulcimer.transport.tcp import leave_to_parent
from dulcimer.wire.model import AssociateRj, AssociateRq

LIMIT_EXCEEDED = AssociateRj(
    RejectResult.REJECTED_TRANSIENT,
    RejectSource.SERVICE_PROVIDER_PRESENTATION,
    RejectReasonPresentation.LOCAL_LIMIT_EXCEEDED,
)
"""Sent to a requestor beyond the association limit (PS3.8 Table 9-21)."""
_SPARE_DESCRIPTORS = 64
"""File descriptors kept for other uses than connections; each connection may need a second one."""
_CLOSED_SHARE = 64
"""When connections have to be closed for new ones, one in this many is closed at a time."""


class AsyncServer:
    """Accepts associations on one address. Leaving an `async with` block shuts it down.

    `begin` gives the terms of the next association and the user of its session, besides the server; `ended` is called
    after the server has been shut down.
    """

    def __init__(
        self,
        acceptance: Acceptance,
        begin: Callable[[], tuple[Terms, SessionUser]],
        handlers: Handlers,
        *,
        ssl_context: ssl.SSLContext | None = None,
        limits: Limits = DEFAULTS,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self.ssl_context = ssl_context
        self.sessions: set[Session] = set()
        """Connections that are open, or whose handlers still run."""
        self.requested: set[Session] = set()
        """Those of them that are, or may become, associations: a limit of associations counts these."""
        self._acceptance = acceptance
        self._begin = begin
        self._handlers = handlers
        self._ended = ended
        self.maximum_connections = limits.connections
        """Maximum number of connections that are open at a time."""
        self._maximum_handshakes = limits.handshakes
        self._leaving: set[Session] = set()
        self._limiter = WarningLimiter()
        self._server: Listener | None = None
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
        return self._server.sockets[0]

    @property
    def active_associations(self) -> list[Any]:
        """The associations that are open, or whose handlers have not been called for their end yet."""
        return [session.calls.assoc for session in tuple(self.sessions)]

    # Handlers, of the server and its associations

    def bind(self, event: EventType, handler: Callable[..., Any], args: Sequence[Any] | None = None) -> None:
        """Bind a handler to an event, also on open associations."""
        self._handlers.bind(event, handler, args)
        for association in self.active_associations:
            association.bind(event, handler, args)

    def unbind(self, event: EventType, handler: Callable[..., Any]) -> None:
        """Remove a handler from an event."""
        self._handlers.unbind(event, handler)
        for association in self.active_associations:
            association.unbind(event, handler)

    def get_events(self) -> list[EventType]:
        """The events that have a handler."""
        return self._handlers.events

    def get_handlers(self, event: EventType) -> Any:
        """The handlers of a notification event as [(handler, args)], (handler, args) of an intervention event."""
        return self._handlers.bound_to(event)

    # Start and end

    async def open(self, host: str | None, port: int, *, start_serving: bool = True, reuse_port: bool = False) -> None:
        """Bind the address, port 0 for a free one, and listen. Raises TransportError if that cannot be done.

        With `reuse_port` other processes may listen on the same address (SO_REUSEPORT). `maximum_connections` is
        reduced if the process may not open enough file descriptors.
        """
        self.maximum_connections = _by_descriptors(self.maximum_connections)
        self._server = await listen(
            self._accept,
            _one_host(host, port),
            port,
            tls=self.ssl_context,
            start_serving=start_serving,
            reuse_port=reuse_port,
            most_handshakes=self._maximum_handshakes,
            has_room=self._has_room,
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
        """Serve a connection that a peer has opened; returns the session. Raises TransportError if TLS fails."""
        begun: list[Session] = []

        def accept() -> Driver[Any]:
            begun.append(self._session())
            return begun[0].association.driver

        await adopt(accept, connection, tls=self.ssl_context)
        return begun[0]

    def close(self) -> None:
        """Stop accepting; open associations continue."""
        if self._server is not None:
            self._server.close()

    async def shutdown(self) -> None:
        """Stop accepting, and abort open associations."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        if self._server is not None:
            await self._server.give_up()
        await asyncio.gather(*(session.shut(ABORT_GRACE) for session in tuple(self.sessions)))
        self._ended()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.shutdown()

    def leave_to_parent(self) -> None:
        """Called in a forked process: do not keep the address in use after the parent has closed it."""
        for listener in self._server.sockets if self._server is not None else ():
            leave_to_parent(listener.fileno())

    # Internal

    def _accept(self) -> Driver[Any]:
        return self._session().association.driver

    def _session(self) -> Session:
        terms, user = self._begin()
        session = Session("acceptor", terms, self._handlers.copy(), _ServerSessionUser(self, user))
        self.sessions.add(session)
        return session

    def take(self, session: Session, request: AssociateRq) -> None:
        """Answer an association request."""
        self.requested.add(session)
        self._acceptance.answer(session, request)

    def let_go(self, session: Session) -> None:
        """Remove a session whose connection is closed and whose handlers have returned."""
        for sessions in (self.requested, self.sessions, self._leaving):
            sessions.discard(session)

    def _has_room(self) -> bool:
        """Whether one more connection may be open.

        At the limit, connections in Sta2 (waiting for a request) and Sta13 (waiting for the close) are closed, the
        oldest first: their ARTIM expires early. So a peer that sends a request gets in, however many are silent.
        """
        if len(self.sessions) - len(self._leaving) < self.maximum_connections:
            return True
        waiting = [(due, session) for session in self.sessions if (due := session.upper_layer.next_deadline())]
        for _, session in heapq.nsmallest(max(1, len(waiting) // _CLOSED_SHARE), waiting, key=lambda pair: pair[0]):
            self._leaving.add(session)
            session.association.driver.expire()
        if waiting:
            text = f"{counted(self.maximum_connections, 'connection')} open, the limit: the longest silent are closed"
            self._limiter.warn(asyncio.get_running_loop().time(), text)
        return bool(waiting)


class _ServerSessionUser(SessionUser):
    """The user of a server's sessions: the server itself, which passes everything on to another user."""

    def __init__(self, server: AsyncServer, user: SessionUser) -> None:
        self._server = server
        self._user = user

    def facade(self, session: Session) -> Any:
        """Pass it on to the other user."""
        return self._user.facade(session)

    def on_request(self, session: Session, request: AssociateRq) -> None:
        """The server answers according to its settings."""
        self._server.take(session, request)

    def on_over(self, session: Session) -> None:
        """An association is over, or was rejected; it no longer counts unless its handlers still run."""
        if not session.exchange.is_answering:
            self._server.requested.discard(session)
        self._user.on_over(session)

    def on_closed(self, session: Session) -> None:
        """Remove the session from the server."""
        self._server.let_go(session)
        self._user.on_closed(session)

    def answer(self, session: Session, message: Message, request: Any) -> Answers:
        """Pass it on to the other user."""
        return self._user.answer(session, message, request)

    async def move_to(self, session: Session, destination: tuple[Any, ...], request: Any) -> StoreTarget:
        """Pass it on to the other user."""
        return await self._user.move_to(session, destination, request)


def _by_descriptors(wanted: int) -> int:
    """How many connections there can be, each with a second descriptor for a file."""
    try:
        import resource
    except ImportError:  # Windows, which has no such limit
        return wanted
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = max(1, (limit - _SPARE_DESCRIPTORS) // 2) if limit != resource.RLIM_INFINITY else wanted
    return min(most, wanted)


def _one_host(host: str | None, port: int) -> str | None:
    """The host to listen on: for port 0 a single address, since each address would get a different port."""
    if port or host not in ("", None, "localhost"):
        return host or None
    return "127.0.0.1" if host == "localhost" else "0.0.0.0"  # noqa: S104 - as asked: every address
