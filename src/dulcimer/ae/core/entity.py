"""What blocking and asyncio application entities share: they request and accept associations, by their settings."""

from __future__ import annotations

import contextvars
import socket
import ssl
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dulcimer.acse import wording
from dulcimer.acse.driven import ABORT_GRACE
from dulcimer.acse.negotiation import request_pdu
from dulcimer.ae.core.acceptance import Acceptance, AcceptancePolicy, supported
from dulcimer.ae.core.addresses import OwnAddress, PeerAddress, own_address, peer_host
from dulcimer.ae.core.contexts import checked, proposal
from dulcimer.ae.core.move_target import MoveTarget
from dulcimer.ae.core.narration import message_logger, narrator
from dulcimer.ae.core.server import LIMIT_EXCEEDED, AsyncServer
from dulcimer.ae.core.session import Session, SessionUser
from dulcimer.ae.core.settings import Settings
from dulcimer.ae.core.settings import ae_title as checked_title
from dulcimer.ae.core.settings import pdu_length as checked_length
from dulcimer.ae.core.terms import BUDGET, Terms
from dulcimer.ae.core.workers import Workers
from dulcimer.dimse.budget import Budget
from dulcimer.errors import AssociationError, ContextNotAccepted, DulcimerError, TransportError
from dulcimer.events import EventHandlerType, Handlers
from dulcimer.proposals.negotiation_items import UserInformationItem
from dulcimer.proposals.presentation_context import PresentationContext
from dulcimer.services.retrieval import StoreTarget
from dulcimer.switches import PROCESS_SWITCHES
from dulcimer.upper_layer.observer import together
from dulcimer.values import AeTitle
from dulcimer.wire.model import AssociateRj, AssociateRq


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """An association to request, with all arguments checked."""

    pdu: AssociateRq
    host: str
    port: int
    tls: ssl.SSLContext | None
    server_hostname: str | None
    local_address: tuple[str, int] | None
    handlers: Handlers
    connection: socket.socket | None = None


class Entity(Settings, ABC):
    """The common part of `AE` and `AsyncAE`. Everything except the checks runs in the event loop."""

    def __init__(self, ae_title: AeTitle = "DULCIMER") -> None:
        self._sessions: set[Session] = set()
        self._async_servers: list[AsyncServer] = []
        self._workers = Workers()
        self._budget = BUDGET
        self._switches = PROCESS_SWITCHES
        super().__init__(ae_title)

    @property
    def active_associations(self) -> list[Any]:
        """Associations, requested and accepted, that are open, or whose end their handlers do not know yet."""
        return [session.calls.assoc for session in self._open_sessions]

    @property
    def servers(self) -> list[AsyncServer]:
        """The servers that have not been shut down."""
        return self._async_servers

    @property
    def _is_busy(self) -> bool:
        """Whether there are associations or servers that have not ended."""
        return bool(self._sessions or self._async_servers)

    @property
    def _open_sessions(self) -> list[Session]:
        accepted = [session for server in tuple(self._async_servers) for session in tuple(server.sessions)]
        return [*tuple(self._sessions), *accepted]

    @property
    def _open_count(self) -> int:
        return len(self._open_sessions)

    def _apply_to_open(self, name: str) -> None:
        """Pass a changed setting on to open associations."""
        if name == "limits":
            wanted = self.limits.messages_length
            self._budget = BUDGET if wanted == BUDGET.limit else Budget(wanted)
            return
        for session in self._open_sessions:
            setattr(session.calls.assoc, name, getattr(self, name))

    def _reset_after_fork(self) -> None:
        """Called in a forked process: what is open belongs to the parent, whose peers must see it close."""
        for session in self._open_sessions:
            session.leave_to_parent()
        for server in self._async_servers:
            server.leave_to_parent()
        self._sessions = set()
        self._async_servers = []
        self._workers = Workers()

    # Implemented by subclasses

    @abstractmethod
    def _facade(self, session: Session) -> Any:
        """The association as users and their handlers get it."""

    def _over(self, session: Session) -> None:
        """An association is over."""

    def _acquire_loop(self, servers: int = 0) -> None:
        """An association, or one of `servers`, has started, which needs the event loop."""

    def _release_loop(self, servers: int = 0) -> None:  # noqa: ARG002 - subclasses count them
        """An association, or one of `servers`, has ended."""
        if not self._is_busy:
            self._workers.shutdown(wait=False)

    # Requestor

    def _prepare(
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
    ) -> PreparedRequest:
        """Check the arguments of `AE.associate`."""
        host = peer_host(addr)
        if not isinstance(port, int):
            raise TypeError(f"'port' must be an int, not {type(port).__name__!r}")
        wanted = checked(contexts or self.requested_contexts)
        if not wanted:
            raise RuntimeError("no presentation context is requested: use add_requested_context, or give contexts")
        for item in ext_neg or ():
            if not isinstance(item, UserInformationItem):
                raise TypeError(f"'ext_neg' must be a list of items of dulcimer.pdu_primitives, not of {item!r}")
        tls, name = tls_args or (None, None)
        pdu = request_pdu(
            proposal(wanted),
            calling_ae_title=self.ae_title,
            called_ae_title=checked_title(ae_title, "ae_title"),
            maximum_length=self.maximum_pdu_size if max_pdu is None else checked_length(max_pdu, "max_pdu"),
            implementation=self._implementation,
            user_items=[item.to_item() for item in ext_neg or ()],
        )
        local = None if bind_address is None else own_address(bind_address)
        return PreparedRequest(pdu, host, port, tls, name, local, Handlers(evt_handlers or ()))

    async def _open(self, request: PreparedRequest) -> Session:
        """Request the association. If that fails, `error` of the session says why; nothing is raised."""
        session = Session("requestor", self._terms(), request.handlers, _RequestorUser(self))
        self._sessions.add(session)
        self._acquire_loop()
        try:
            await session.open(
                request.pdu,
                request.host,
                request.port,
                tls=request.tls,
                server_hostname=request.server_hostname,
                local_address=request.local_address,
                connection=request.connection,
            )
            if not session.association.accepted_contexts:
                refused = session.association.refused_contexts
                text = f"the peer accepted no presentation context that can be used: {wording.reasons(refused)}"
                is_invalid = any(context.is_invalid_answer for context in refused)
                session.note(ContextNotAccepted(text, why="invalid answer" if is_invalid else "refused"))
                await session.abort()
        except (AssociationError, TransportError) as error:
            session.note(error)
        await session.calls.settled()
        return session

    # Acceptor

    def _server(
        self,
        ae_title: AeTitle | None,
        contexts: Sequence[PresentationContext] | None,
        ssl_context: ssl.SSLContext | None,
        evt_handlers: Sequence[EventHandlerType] | None,
    ) -> AsyncServer:
        """A server that does not listen yet; see `AE.make_server`."""
        offered = contexts or self.supported_contexts
        if not offered and not self._switches.unrestricted_storage_service:
            raise ValueError("no presentation context is supported: use add_supported_context, or give contexts")
        title = checked_title(ae_title or self.ae_title, "ae_title")
        context = contextvars.copy_context()

        server = AsyncServer(
            Acceptance(lambda: self._policy(title), *supported(offered)),
            lambda: (self._terms(context), _AcceptorUser(self, title, offered)),
            Handlers(evt_handlers or ()),
            ssl_context=ssl_context,
            limits=self.limits,
            ended=lambda: self._stopped(server),
        )
        self._async_servers.append(server)
        self._acquire_loop(servers=1)
        return server

    async def _listen(self, server: AsyncServer, address: OwnAddress, *, start_serving: bool) -> None:
        """Bind a server's address; if that fails, the server is removed and TransportError raised."""
        try:
            await server.open(*own_address(address), start_serving=start_serving)
        except DulcimerError:
            self._stopped(server)
            raise

    async def _end(self) -> None:
        """Shut down the servers, and abort the associations that are open."""
        for server in tuple(self._async_servers):
            await server.shutdown()
        for session in tuple(self._sessions):
            await session.shut(ABORT_GRACE)

    # Internal

    def _terms(self, context: contextvars.Context | None = None) -> Terms:
        return Terms(
            timeouts=self._timeouts,
            network_timeout_response=self.network_timeout_response,
            upper_layer=self._upper_layer,
            executor=self._workers,
            context=context or contextvars.copy_context(),
            receive_into_files=self.receive_into_files or self._switches.store_recv_chunked_dataset,
            refuse=self._congestion if context is not None else None,
            observer=together(narrator(self._switches), self.observe() if self.observe is not None else None),
            on_message=message_logger(self._switches),
            fault_injector=self.user_fault_injector if context is None else self.provider_fault_injector,
            limits=self.limits,
            budget=self._budget,
            switches=self._switches,
        )

    def _policy(self, title: str) -> AcceptancePolicy:
        return AcceptancePolicy(
            title, self.require_called_aet, self.require_calling_aet, self.maximum_pdu_size, self._implementation
        )

    def _congestion(self, _: AssociateRq) -> AssociateRj | None:
        requested = sum(len(server.requested) for server in self._async_servers)
        return LIMIT_EXCEEDED if requested >= self.maximum_associations else None

    def _closed(self, session: Session) -> None:
        if session in self._sessions:
            self._sessions.discard(session)
            self._release_loop()

    def _stopped(self, server: AsyncServer) -> None:
        if server in self._async_servers:
            self._async_servers.remove(server)
            self._release_loop(servers=1)

    async def _move_to(self, session: Session, destination: tuple[Any, ...], request: Any) -> MoveTarget:
        """Request the association that a C-MOVE needs, with what its handler gave."""
        from dulcimer.presentation import StoragePresentationContexts

        address, port, *rest = destination
        options = {
            "ae_title": request.move_destination,
            "contexts": self.requested_contexts or StoragePresentationContexts,
            **(rest[0] if rest and rest[0] else {}),
        }
        opened = await self._open(self._prepare(address, port, **options))
        if not opened.association.is_established:
            raise opened.error or TransportError(f"no association with {address} port {port}")
        return MoveTarget(opened, session.remote.ae_title)


class _RequestorUser(SessionUser):
    """The user of the sessions that an entity has requested."""

    def __init__(self, entity: Entity) -> None:
        self._entity = entity

    def facade(self, session: Session) -> Any:
        """The association, blocking or not, as the entity makes it."""
        return self._entity._facade(session)

    def on_over(self, session: Session) -> None:
        """Pass it on to the entity."""
        self._entity._over(session)

    def on_closed(self, session: Session) -> None:
        """Remove the session from the entity."""
        self._entity._closed(session)

    async def move_to(self, session: Session, destination: tuple[Any, ...], request: Any) -> StoreTarget:
        """An association of the same entity, with what the handler gave."""
        return await self._entity._move_to(session, destination, request)


class _AcceptorUser(_RequestorUser):
    """The user of the sessions that a server of an entity accepts, as `title` and with the contexts `offered`."""

    def __init__(self, entity: Entity, title: str, offered: Sequence[PresentationContext]) -> None:
        super().__init__(entity)
        self._title = title
        self._offered = offered

    def facade(self, session: Session) -> Any:
        """The same; handlers see what this end would announce and support."""
        entity = self._entity
        usual = {
            "maximum_length": entity.maximum_pdu_size,
            "implementation_class_uid": entity.implementation_class_uid,
            "implementation_version_name": entity.implementation_version_name,
        }
        session.acceptor.serve_as(self._title, self._offered, usual)
        return super().facade(session)
