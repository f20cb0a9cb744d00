"""The archive on the network: verification, storage, query, retrieval, worklist and storage commitment."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from types import MappingProxyType
from typing import Any

from pydicom.uid import AllTransferSyntaxes

from dulcimer import events as evt
from dulcimer._generated.services import STORAGE_SOP_CLASSES
from dulcimer.acse.negotiation import DEFAULT_MAXIMUM_LENGTH, THIS_IMPLEMENTATION, Context
from dulcimer.ae.aio.association import AsyncAssociation
from dulcimer.ae.core.acceptance import IDENTITY_REFUSED, Acceptance, AcceptancePolicy
from dulcimer.ae.core.server import LIMIT_EXCEEDED, AsyncServer
from dulcimer.ae.core.session import Session, SessionUser
from dulcimer.ae.core.terms import Storage, Terms
from dulcimer.ae.core.timeouts import Timeouts
from dulcimer.archive.operation.metrics import Metrics
from dulcimer.archive.query.queries import Selection
from dulcimer.archive.query.worklist import Worklist
from dulcimer.archive.scp.committing import COMMITMENT, Committer
from dulcimer.archive.scp.destination import Calling, Destination
from dulcimer.archive.scp.finding import Finder, negotiate
from dulcimer.archive.scp.remotes import Remote
from dulcimer.archive.scp.retrieving import GET, MOVE, Retriever
from dulcimer.archive.scp.watch import AssociationObserver, TimedStorage, counting
from dulcimer.archive.store import Archive
from dulcimer.archive.users import Users
from dulcimer.dimse.budget import Budget
from dulcimer.dimse.data_set import DEFLATED
from dulcimer.dimse.messages import Message
from dulcimer.dimse.user import Answers
from dulcimer.limits import DEFAULTS, Limits
from dulcimer.services.data_sources import NATIVE
from dulcimer.services.storage import InstanceDirectory
from dulcimer.services.verification import VERIFICATION
from dulcimer.upper_layer.config import UpperLayerConfig
from dulcimer.upper_layer.observer import Observer, Observers
from dulcimer.wire.model import AssociateRj, AssociateRq, UserIdentity

logger = logging.getLogger("dulcimer.archive")

TRANSFER_SYNTAXES = (*NATIVE[:2], *(str(uid) for uid in AllTransferSyntaxes if uid not in NATIVE[:2]))
"""Accepted for storage, in order of preference: the data set is kept as received, so any is possible. If a requestor
leaves the choice, the one that most instances have is best: C-GET can then send them unchanged."""
_NO_REMOTES: Mapping[str, Remote] = MappingProxyType({})
_QUIET = 1.0
"""Seconds without a byte or an operation after which an association no longer delays shutdown."""
_POLL = 0.1
_WINDOW = 16
"""Operations of one association that run in parallel, if its requestor proposes that many."""


class ArchiveServer:
    """Serves an archive, a worklist or both; without an archive, instances are refused, or accepted and `ignored`.

    Lengths in bytes, times in seconds (None means forever). `remotes`, by AE title, are the destinations of C-MOVE
    and of storage commitment reports. With `users`, only associations with the identity of one of them are accepted.
    `maximum_associations` also counts those in `others`, the metrics of all processes on the same port.
    `calling_tls` is for remotes that need TLS. `observe` makes an observer for each association. `limits` are for what
    peers send.
    """

    def __init__(
        self,
        archive: Archive | None = None,
        *,
        worklist: Worklist | None = None,
        ignore_instances: bool = False,
        ae_title: str = "DULCIMER",
        remotes: Mapping[str, Remote] = _NO_REMOTES,
        maximum_length: int = DEFAULT_MAXIMUM_LENGTH,
        artim_timeout: float = 30.0,
        timeouts: Timeouts | None = None,
        maximum_associations: int = 1000,
        require_called_ae_title: bool = False,
        require_calling_ae_titles: Sequence[str] = (),
        users: Users | None = None,
        tls: ssl.SSLContext | None = None,
        calling_tls: ssl.SSLContext | None = None,
        metrics: Metrics | None = None,
        others: Sequence[Metrics] = (),
        observe: Callable[[], Observer | None] = lambda: None,
        limits: Limits = DEFAULTS,
    ) -> None:
        self.ae_title = ae_title
        self.metrics = metrics or Metrics()
        self._others = others
        self._timeouts = timeouts or Timeouts()
        self._limits = limits
        self._budget = Budget(limits.messages_length)
        self._config = UpperLayerConfig.of(limits, artim_timeout)
        self._maximum_associations = maximum_associations
        self._identity_needed = users is not None
        self._tls = tls
        self._observe = observe
        self._watches: dict[Session, AssociationObserver] = {}
        self._server: AsyncServer | None = None
        calling = Calling(ae_title, self._timeouts, calling_tls, limits)
        self._committer: Committer | None = None
        if archive is not None:
            most = limits.commitment_references
            self._committer = Committer(archive, remotes, calling, most_references=most)
        storage: Storage | None = archive.storage if archive is not None else None
        if archive is None and ignore_instances:
            storage = InstanceDirectory(None)
        self._storage = None if storage is None else TimedStorage(storage, self.metrics)
        finder = Finder(archive, worklist)
        policy = AcceptancePolicy(
            ae_title, require_called_ae_title, require_calling_ae_titles, maximum_length, THIS_IMPLEMENTATION
        )
        self._handlers = evt.Handlers()
        self._handlers.bind(evt.EVT_SOP_EXTENDED, _extended)
        self._handlers.bind(evt.EVT_ASYNC_OPS, _window)
        if finder.sop_classes:
            self._handlers.bind(evt.EVT_C_FIND, finder.find)
        if archive is not None and self._committer is not None:
            retriever = Retriever(archive, remotes, partial(_destination, calling), limits)
            self._handlers.bind(evt.EVT_C_GET, retriever.get)
            self._handlers.bind(evt.EVT_C_MOVE, retriever.move)
            self._handlers.bind(evt.EVT_N_ACTION, self._committer.act)
        if users is not None:
            users.most = limits.passwords
            self._handlers.bind(evt.EVT_USER_ID, users.accept)
        stored = [row.uid for row in STORAGE_SOP_CLASSES] if storage is not None else []
        asked = [*finder.sop_classes, *((*GET, *MOVE, COMMITMENT) if archive is not None else ())]
        contexts = [Context(uid, TRANSFER_SYNTAXES) for uid in (VERIFICATION, *stored)]
        contexts += [Context(uid, _FOR_DATA_SETS) for uid in asked]
        # A requestor may be SCP of storage for C-GET, but of nothing else.
        roles: dict[str, tuple[bool | None, bool | None]] = dict.fromkeys(asked, (True, False))
        if archive is not None:
            roles.update(dict.fromkeys(stored, (True, True)))
        self._acceptance = Acceptance(lambda: policy, contexts, roles)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that the server listens on."""
        assert self._server is not None
        return self._server.server_address

    @asynccontextmanager
    async def listen(self, host: str | None, port: int, *, reuse_port: bool = False) -> AsyncIterator[ArchiveServer]:
        """Listen inside the block; port 0 picks a free one. At the end of the block open associations are aborted.

        With `reuse_port` other processes may listen there, too. Raises TransportError if that fails.
        """
        server = AsyncServer(
            self._acceptance,
            self._begin,
            self._handlers,
            ssl_context=self._tls,
            limits=self._limits,
        )
        await server.open(host, port, reuse_port=reuse_port)
        if server.maximum_connections < self._maximum_associations:
            logger.warning(
                "only %d connections are possible, but %d associations are allowed: raise --limit connections=N, or "
                "the limit of open files (ulimit -n)",
                server.maximum_connections,
                self._maximum_associations,
            )
        self._server = server
        async with server:
            yield self
        if self._committer is not None:
            await self._committer.close(0.0)

    async def drain(self, seconds: float) -> None:
        """Stop accepting; give the associations `seconds` to end, but do not wait for idle ones."""
        assert self._server is not None
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        self._server.close()
        while (sessions := tuple(self._server.sessions)) and (now := loop.time()) < deadline:
            for session in sessions:
                if not session.exchange.is_busy(session.association) and now - self._watches[session].active >= _QUIET:
                    session.association.abort()
            closed = [session.closed for session in sessions]
            await asyncio.wait(closed, timeout=min(_POLL, deadline - now), return_when=asyncio.FIRST_COMPLETED)
        if self._committer is not None:
            await self._committer.close(max(0.0, deadline - loop.time()))

    def _begin(self) -> tuple[Terms, SessionUser]:
        watch = AssociationObserver(self.metrics)
        own = self._observe()
        terms = Terms(
            timeouts=self._timeouts,
            upper_layer=self._config,
            storage=self._storage,
            refuse=self._refuse,
            observer=watch if own is None else Observers(watch, own),
            limits=self._limits,
            budget=self._budget,
        )
        return terms, _CountedUser(self, watch)

    def watch(self, session: Session, watch: AssociationObserver) -> None:
        """Keep the observer that knows when an association was last active."""
        watch.active = asyncio.get_running_loop().time()
        self._watches[session] = watch

    def unwatch(self, session: Session) -> None:
        """The association is over."""
        self._watches.pop(session, None)

    def _refuse(self, request: AssociateRq) -> AssociateRj | None:
        if self._identity_needed and request.user_information.first(UserIdentity) is None:
            return IDENTITY_REFUSED
        others = sum(one.associations_open() for one in self._others if one is not self.metrics)
        assert self._server is not None
        return LIMIT_EXCEEDED if len(self._server.requested) + others >= self._maximum_associations else None


_FOR_DATA_SETS = (*NATIVE[:2], "1.2.840.10008.1.2.2", DEFLATED)


def _extended(event: evt.Event) -> dict[str, bytes]:
    return negotiate(event, (*GET, *MOVE))


def _window(event: evt.Event) -> tuple[int, int]:  # noqa: ARG001 - never more than proposed
    return _WINDOW, _WINDOW


def _destination(calling: Calling, remote: Remote, selection: Selection | None, originator: str) -> Destination:
    return Destination(calling, remote, selection.contexts if selection is not None else (), originator)


class _CountedUser(SessionUser):
    """The user of one session of an archive: counts requests and responses."""

    def __init__(self, server: ArchiveServer, watch: AssociationObserver) -> None:
        self._server = server
        self._watch = watch

    def facade(self, session: Session) -> AsyncAssociation:
        """The association for asyncio."""
        self._server.watch(session, self._watch)
        return AsyncAssociation(self._server, session)

    def on_closed(self, session: Session) -> None:
        """Remove the session from the server."""
        self._server.unwatch(session)

    def answer(self, session: Session, message: Message, request: Any) -> Answers:
        """Answer by the handlers, and count."""
        return counting(session.provider.handle, message, request, self._server.metrics)

    async def move_to(self, session: Session, destination: tuple[Any, ...], request: Any) -> Destination:  # noqa: ARG002
        """The destination that the handler of C-MOVE has prepared."""
        target = destination[2]
        assert isinstance(target, Destination)
        return target
