"""Request an association with a peer and use its services; failures raise."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from dulcimer.acse.negotiation import (
    DEFAULT_MAXIMUM_LENGTH,
    AcceptedContext,
    Context,
    PeerInformation,
    RefusedContext,
    request_pdu,
)
from dulcimer.ae.core.session import Session
from dulcimer.ae.core.terms import Storage, Terms
from dulcimer.ae.core.timeouts import Timeouts
from dulcimer.dimse.messages import Message
from dulcimer.events import Handlers
from dulcimer.fsm.machine import StateMachine
from dulcimer.services.instance_file import InstanceFile
from dulcimer.services.provider import OnRefused
from dulcimer.services.user import User
from dulcimer.upper_layer.observer import Observer
from dulcimer.wire.model import AssociateAc, UserDataSubItem

__all__ = ["ClientAssociation", "Timeouts", "connect"]


class ClientAssociation:
    """An association requested by this end. `async with` releases it, or aborts it on an exception."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._association = session.association

    @property
    def accepted_contexts(self) -> tuple[AcceptedContext, ...]:
        """The presentation contexts that the peer accepted."""
        return tuple(self._association.accepted_contexts.values())

    def perform_everything(self) -> None:
        """Perform requests in every accepted context, whatever roles were negotiated (PS3.7 D.3.3.4)."""
        contexts = self._association.accepted_contexts
        for number, context in contexts.items():
            contexts[number] = replace(context, as_scp=True)

    @property
    def rejected_contexts(self) -> tuple[RefusedContext, ...]:
        """The presentation contexts that the peer refused, with the reason."""
        return self._association.refused_contexts

    @property
    def peer(self) -> PeerInformation:
        """What the peer says about itself."""
        assert self._association.peer is not None
        return self._association.peer

    @property
    def answer(self) -> AssociateAc:
        """The A-ASSOCIATE-AC of the peer, with its answers to extended negotiation and user identity (PS3.7 D.3.3)."""
        assert isinstance(self._session.acceptor.pdu, AssociateAc)
        return self._session.acceptor.pdu

    @property
    def window(self) -> int:
        """Operations that may run in parallel, 0 for any number (PS3.7 D.3.3.3)."""
        return self._association.control.invoke_window

    @property
    def local_address(self) -> tuple[str, int] | None:
        """Host and port of this end of the connection."""
        stream = self._association.driver.stream
        return None if stream is None else stream.local_address

    @property
    def user(self) -> User:
        """All the DIMSE services; its methods raise the same errors as those of this class."""
        return self._session.user

    @property
    def waiting_for(self) -> tuple[str, float] | None:
        """The request that waits for a response, and since when in the event loop's time; None if none waits."""
        waiting = self._session.exchange.own.waiting_for
        return None if waiting is None else (waiting[0].info.name, waiting[1])

    @property
    def is_established(self) -> bool:
        """Whether operations are possible."""
        return self._association.is_established

    async def c_echo(self) -> int:
        """C-ECHO (PS3.7 9.1.5): the status of the response."""
        return _status(await self._session.user.echo())

    async def c_store(self, instance: Path | InstanceFile, *, convert: bool = False) -> int:
        """C-STORE of a file (PS3.7 9.1.1), its data set unchanged: the status of the response.

        With `convert` an uncompressed data set is rewritten if the peer accepts only another such transfer syntax.
        """
        return _status(await self._session.user.store(instance, convert=convert))

    async def release(self) -> None:
        """Release the association in order (PS3.8 7.2)."""
        await self._session.release()

    async def abort(self) -> None:
        """Abort the association (PS3.8 7.3) and give the peer a moment to close the connection."""
        await self._session.abort()

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
    server_hostname: str | None = None,
    local_address: tuple[str, int] | None = None,
    user_items: Sequence[UserDataSubItem] = (),
    storage: Storage | None = None,
    on_refused: OnRefused | None = None,
    observer: Observer | None = None,
    machine: StateMachine | None = None,
    handlers: Handlers | None = None,
) -> ClientAssociation:
    """Request an association with 1 to 128 `contexts`, and `user_items` beside the usual ones (PS3.7 D.3.3).

    `maximum_length` in bytes is announced for P-DATA-TF, 0 is no limit. `server_hostname` is the name that the peer's
    certificate must have, by default `host`; `local_address` is where to connect from. `storage` keeps the
    instances that C-GET brings, and `on_refused` is called for those that are refused; `handlers` answer other requests
    of the peer. Raises TransportError if the
    peer cannot be reached, AssociationRejected, AssociationAborted or AssociationTimeout if it does not accept,
    ValueError or EncodeError for arguments that no A-ASSOCIATE-RQ can carry.
    """
    pdu = request_pdu(
        contexts,
        calling_ae_title=calling_ae_title,
        called_ae_title=called_ae_title,
        maximum_length=maximum_length,
        user_items=user_items,
    )
    terms = Terms(
        timeouts=timeouts or Timeouts(), storage=storage, on_refused=on_refused, observer=observer, machine=machine
    )
    session = Session("requestor", terms, handlers or Handlers())
    await session.open(pdu, host, port, tls=tls, server_hostname=server_hostname, local_address=local_address)
    return ClientAssociation(session)


def _status(response: Message) -> int:
    return int(response.command_set.value("status"))
