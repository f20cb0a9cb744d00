"""Open an association to a peer and use its services."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from dulcimer.acse.association import Association
from dulcimer.acse.negotiation import (
    DEFAULT_MAXIMUM_LENGTH,
    AcceptedContext,
    Context,
    PeerInformation,
    RefusedContext,
    request_pdu,
)
from dulcimer.dimse.exchange import Exchange
from dulcimer.fsm.machine import StateMachine
from dulcimer.services.instance_file import InstanceFile
from dulcimer.services.storage import store_file
from dulcimer.services.verification import echo
from dulcimer.upper_layer.config import UpperLayerConfig
from dulcimer.upper_layer.observer import Observer
from dulcimer.upper_layer.provider import UpperLayer

ABORT_GRACE = 1.0
"""Seconds that an aborting end waits for the peer to close the connection before it goes."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds; None is for ever.

    `connect` for the connection and its TLS handshake, `acse` for the answer to an association or release
    request, `dimse` for a response, `network` for anything at all on an established association.
    """

    acse: float | None = 30.0
    dimse: float | None = 30.0
    network: float | None = 60.0
    connect: float | None = None


class ClientAssociation:
    """An association this end requested. `async with` releases it, or aborts it when an exception passes."""

    def __init__(self, association: Association, exchange: Exchange) -> None:
        self._association = association
        self._exchange = exchange

    @property
    def accepted_contexts(self) -> tuple[AcceptedContext, ...]:
        """The presentation contexts that the peer accepted."""
        return tuple(self._association.accepted_contexts.values())

    @property
    def rejected_contexts(self) -> tuple[RefusedContext, ...]:
        """The presentation contexts that the peer turned down, with the reason."""
        return self._association.refused_contexts

    @property
    def peer(self) -> PeerInformation:
        """What the peer says of itself."""
        assert self._association.peer is not None
        return self._association.peer

    @property
    def is_established(self) -> bool:
        """Whether operations are possible."""
        return self._association.is_established

    async def c_echo(self) -> int:
        """C-ECHO (PS3.7 9.1.5): the status of the response."""
        return await echo(self._exchange)

    async def c_store(self, instance: Path | InstanceFile) -> int:
        """C-STORE of a file (PS3.7 9.1.1): the status of the response."""
        if isinstance(instance, Path):
            instance = InstanceFile.inspect(instance)
        return await store_file(self._exchange, instance)

    async def release(self) -> None:
        """Release the association in order (PS3.8 7.2)."""
        await self._association.release()

    async def abort(self) -> None:
        """Abort the association (PS3.8 7.3) and give the peer a moment to close the connection."""
        self._association.abort()
        await self._association.wait_ended(ABORT_GRACE)

    async def __aenter__(self) -> ClientAssociation:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._association.is_established:
            await self.release()
        elif not self._association.ended.done():
            await self.abort()


async def connect(
    host: str,
    port: int,
    contexts: Sequence[Context],
    *,
    calling_ae_title: str = "DULCIMER",
    called_ae_title: str = "ANY-SCP",
    timeouts: Timeouts | None = None,
    maximum_length: int = DEFAULT_MAXIMUM_LENGTH,
    tls: ssl.SSLContext | None = None,
    observer: Observer | None = None,
    machine: StateMachine | None = None,
) -> ClientAssociation:
    """Request an association with 1 to 128 `contexts`.

    `maximum_length` in bytes is announced for P-DATA-TF, 0 is no limit. Raises TransportError if the peer cannot
    be reached, AssociationRejected, AssociationAborted or AssociationTimeout if it does not accept, ValueError or
    EncodeError for arguments that no A-ASSOCIATE-RQ can carry.
    """
    timeouts = timeouts or Timeouts()
    pdu = request_pdu(
        contexts,
        calling_ae_title=calling_ae_title,
        called_ae_title=called_ae_title,
        maximum_length=maximum_length,
    )
    upper_layer = UpperLayer(is_requestor=True, config=UpperLayerConfig(), observer=observer, machine=machine)
    association = Association(upper_layer, acse_timeout=timeouts.acse, network_timeout=timeouts.network)
    exchange = Exchange(association, dimse_timeout=timeouts.dimse)
    try:
        await association.request(pdu, host, port, tls=tls, connect_timeout=timeouts.connect)
    except BaseException:
        if not association.ended.done():
            await asyncio.shield(association.wait_ended(ABORT_GRACE))
        raise
    return ClientAssociation(association, exchange)
