"""An SCP: verification, and storage into a directory."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydicom.uid import AllTransferSyntaxes

from dulcimer._generated.codes import (
    RejectReasonPresentation,
    RejectReasonUser,
    RejectResult,
    RejectSource,
)
from dulcimer._generated.commands import CEchoRq, CStoreRq
from dulcimer._generated.services import STORAGE_SOP_CLASSES
from dulcimer.acse.association import Association
from dulcimer.acse.negotiation import (
    DEFAULT_MAXIMUM_LENGTH,
    Context,
    answer_pdu,
    prefer,
    refusal,
    reject,
)
from dulcimer.dimse.command_set import CommandSet
from dulcimer.dimse.exchange import UNRECOGNIZED_OPERATION, Exchange, Failure
from dulcimer.dimse.messages import MemorySink, Message, Sink
from dulcimer.fsm.machine import StateMachine
from dulcimer.services.storage import InstanceDirectory, StoredInstance
from dulcimer.services.verification import VERIFICATION, answer_echo
from dulcimer.transport.driver import Driver
from dulcimer.transport.tcp import listen
from dulcimer.upper_layer.config import UpperLayerConfig
from dulcimer.upper_layer.observer import Observer
from dulcimer.upper_layer.provider import UpperLayer
from dulcimer.wire.model import AssociateRj, AssociateRq

logger = logging.getLogger("dulcimer.ae")

TRANSFER_SYNTAXES = tuple(str(uid) for uid in AllTransferSyntaxes)
"""Taken for storage, in order of preference: the data set is kept as received, so any will do."""


class Server:
    """Accepts associations for verification and, with a `storage` directory, for storage.

    Lengths in bytes, times in seconds (None is for ever). `maximum_associations` beyond which requests are
    refused as a temporary congestion of the service-provider (PS3.8 Table 9-21, source 3). With
    `require_called_ae_title` only requests to `ae_title` are accepted. `storage` False offers verification alone;
    None takes instances and keeps none.
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
        observe: Callable[[], Observer | None] = lambda: None,
        machine: Callable[[], StateMachine] = lambda: StateMachine(is_requestor=False),
    ) -> None:
        self.ae_title = ae_title
        self._maximum_length = maximum_length
        self._config = UpperLayerConfig(artim_timeout=artim_timeout)
        self._acse_timeout = acse_timeout
        self._network_timeout = network_timeout
        self._maximum_associations = maximum_associations
        self._require_called_ae_title = require_called_ae_title
        self._tls = tls
        self._observe = observe
        self._machine = machine
        contexts = [Context(VERIFICATION, TRANSFER_SYNTAXES)]
        self._directory: InstanceDirectory | None = None
        if storage is not False:
            self._directory = InstanceDirectory(storage if isinstance(storage, Path) else None, on_stored)
            contexts += [Context(sop_class.uid, TRANSFER_SYNTAXES) for sop_class in STORAGE_SOP_CLASSES]
        self._choose = prefer(contexts)
        self._associations: set[Association] = set()
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that the server listens on."""
        assert self._server is not None
        host, port, *_ = self._server.sockets[0].getsockname()
        return str(host), int(port)

    @property
    def associations(self) -> int:
        """Connections that are open now."""
        return len(self._associations)

    @asynccontextmanager
    async def listen(self, host: str | None, port: int) -> AsyncIterator[Server]:
        """Listen inside the block; port 0 picks a free one. At its end open associations are aborted.

        Raises TransportError if the address cannot be listened on.
        """
        self._server = await listen(self._accept, host, port, tls=self._tls)
        try:
            yield self
        finally:
            self._server.close()
            ending = [association.ended for association in self._associations]
            for association in tuple(self._associations):
                association.abort()
            if ending:
                await asyncio.wait(ending, timeout=1.0)
            self._server = None

    async def serve_forever(self) -> None:
        """Serve until cancelled."""
        assert self._server is not None
        await self._server.serve_forever()

    # Inside

    def _accept(self) -> Driver:
        upper_layer = UpperLayer(
            is_requestor=False,
            config=self._config,
            refuse=self._congestion,
            observer=self._observe(),
            machine=self._machine(),
        )
        association = Association(upper_layer, acse_timeout=self._acse_timeout, network_timeout=self._network_timeout)
        _Session(self, association, self._directory)
        self._associations.add(association)
        return association.driver

    def answer(self, association: Association, request: AssociateRq) -> None:
        """Accept or reject a request as the configuration says (PS3.8 7.1.1)."""
        answer = refusal(request)
        called = request.called_ae_title.strip()
        if answer is None and self._require_called_ae_title and called != self.ae_title.strip():
            answer = reject(RejectReasonUser.CALLED_AE_TITLE_NOT_RECOGNIZED)
        if answer is not None:
            logger.info("association from %s rejected", request.calling_ae_title.strip() or "?")
            association.reject(answer)
            return
        pdu, accepted = answer_pdu(request, self._choose, maximum_length=self._maximum_length)
        association.accept(pdu, accepted, request)
        logger.info("association from %s accepted", request.calling_ae_title.strip())

    def forget(self, association: Association) -> None:
        """The association is over."""
        self._associations.discard(association)

    def _congestion(self, _: AssociateRq) -> AssociateRj | None:
        if len(self._associations) <= self._maximum_associations:
            return None
        return AssociateRj(
            RejectResult.REJECTED_TRANSIENT,
            RejectSource.SERVICE_PROVIDER_PRESENTATION,
            RejectReasonPresentation.LOCAL_LIMIT_EXCEEDED,
        )


class _Session:
    """What one accepted association is used for."""

    def __init__(self, server: Server, association: Association, directory: InstanceDirectory | None) -> None:
        self._server = server
        self._association = association
        self._directory = directory
        exchange = Exchange(association, handle=self._handle, open_sink=self._open_sink)
        drop_unfinished = association.on_end
        self._exchange = exchange
        association.on_request = lambda request: server.answer(association, request)

        def end() -> None:
            drop_unfinished()
            server.forget(association)
            if association.error is not None:
                logger.info("association ended: %s", association.error)

        association.on_end = end

    def _open_sink(self, context_id: int, command: CommandSet) -> Sink:
        is_store = command.command_field == CStoreRq.command_field
        if not is_store or self._directory is None or self._association.peer is None:
            return MemorySink()
        context = self._association.accepted_contexts[context_id]
        return self._directory.open_sink(context, command, self._association.peer.ae_title)

    def _handle(self, message: Message, request: Any) -> Any | Awaitable[Any]:
        match request:
            case CEchoRq():
                return answer_echo(request)
            case CStoreRq() if self._directory is not None:
                return self._directory.finish(request, message.data)
        return Failure(request.command_field | 0x8000, request.message_id, UNRECOGNIZED_OPERATION)
