"""An SCP: verification, and storage into a directory."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from pydicom.uid import AllTransferSyntaxes

from dulcimer._generated.services import STORAGE_SOP_CLASSES
from dulcimer.acse.negotiation import DEFAULT_MAXIMUM_LENGTH, THIS_IMPLEMENTATION, Context
from dulcimer.ae.core.acceptance import Acceptance, AcceptancePolicy
from dulcimer.ae.core.server import LIMIT_EXCEEDED, AsyncServer
from dulcimer.ae.core.session import SessionUser
from dulcimer.ae.core.terms import Terms
from dulcimer.ae.core.timeouts import Timeouts
from dulcimer.events import Handlers
from dulcimer.fsm.machine import StateMachine
from dulcimer.services.provider import OnRefused
from dulcimer.services.storage import InstanceDirectory, StoredInstance
from dulcimer.services.verification import VERIFICATION
from dulcimer.upper_layer.config import UpperLayerConfig
from dulcimer.upper_layer.observer import Observer
from dulcimer.wire.model import AssociateRj, AssociateRq

TRANSFER_SYNTAXES = tuple(str(uid) for uid in AllTransferSyntaxes)
"""Accepted for storage, in order of preference: the data set is kept as received, so any is possible."""


class Server:
    """Accepts associations for verification and, with a `storage` directory, for storage.

    Lengths in bytes, times in seconds (None means forever). Requests beyond `maximum_associations` are
    rejected by the service-provider: local limit exceeded (PS3.8 Table 9-21, source 3). With
    `require_called_ae_title` only requests to `ae_title` are accepted. `storage` False offers verification alone;
    None accepts instances and keeps none.
    """

    def __init__(
        self,
        *,
        ae_title: str = "DULCIMER",
        storage: Path | bool | None = False,
        maximum_length: int = DEFAULT_MAXIMUM_LENGTH,
        artim_timeout: float = 30.0,
        acse_timeout: float | None = 30.0,
        network_timeout: float | None = 60.0,
        maximum_associations: int = 1000,
        require_called_ae_title: bool = False,
        tls: ssl.SSLContext | None = None,
        on_stored: Callable[[StoredInstance], None] = lambda _: None,
        on_refused: OnRefused | None = None,
        observe: Callable[[], Observer | None] = lambda: None,
        machine: Callable[[], StateMachine] = lambda: StateMachine(is_requestor=False),
    ) -> None:
        self.ae_title = ae_title
        self._timeouts = Timeouts(acse=acse_timeout, network=network_timeout)
        self._config = UpperLayerConfig(artim_timeout=artim_timeout)
        self._maximum_associations = maximum_associations
        self._tls = tls
        self._observe = observe
        self._machine = machine
        self._on_refused = on_refused
        self._directory: InstanceDirectory | None = None
        contexts = [Context(VERIFICATION, TRANSFER_SYNTAXES)]
        if storage is not False:
            self._directory = InstanceDirectory(storage if isinstance(storage, Path) else None, on_stored)
            contexts += [Context(sop_class.uid, TRANSFER_SYNTAXES) for sop_class in STORAGE_SOP_CLASSES]
        policy = AcceptancePolicy(ae_title, require_called_ae_title, (), maximum_length, THIS_IMPLEMENTATION)
        self._acceptance = Acceptance(lambda: policy, contexts, {})
        self._server: AsyncServer | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that the server listens on."""
        assert self._server is not None
        return self._server.server_address

    @property
    def associations(self) -> int:
        """Connections that are open now."""
        return 0 if self._server is None else len(self._server.sessions)

    @asynccontextmanager
    async def listen(self, host: str | None, port: int) -> AsyncIterator[Server]:
        """Listen inside the block; port 0 picks a free one. At the end of the block open associations are aborted.

        Raises TransportError if the address cannot be listened on.
        """
        server = AsyncServer(self._acceptance, self._begin, Handlers(), ssl_context=self._tls)
        await server.open(host, port)
        self._server = server
        async with server:
            yield self

    async def serve_forever(self) -> None:
        """Serve until cancelled."""
        assert self._server is not None
        await self._server.serve_forever()

    def _begin(self) -> tuple[Terms, SessionUser]:
        return self._terms(), SessionUser()

    def _terms(self) -> Terms:
        return Terms(
            timeouts=self._timeouts,
            upper_layer=self._config,
            storage=self._directory,
            on_refused=self._on_refused,
            refuse=self._congestion,
            observer=self._observe(),
            machine=self._machine(),
        )

    def _congestion(self, _: AssociateRq) -> AssociateRj | None:
        requested = 0 if self._server is None else len(self._server.requested)
        return LIMIT_EXCEEDED if requested >= self._maximum_associations else None
