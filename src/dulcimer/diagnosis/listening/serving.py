"""The server that listens: it takes every AE title, SOP class and transfer syntax, or answers like another server."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydicom.uid import generate_uid

from dulcimer._generated.codes import ContextResult
from dulcimer._generated.commands import CMoveRq, CStoreRq, NCreateRq
from dulcimer._generated.statuses import SUCCESS
from dulcimer.acse.negotiation import DEFAULT_MAXIMUM_LENGTH, THIS_IMPLEMENTATION, Roles, answer_pdu, objection
from dulcimer.ae.core.acceptance import Acceptance, AcceptancePolicy
from dulcimer.ae.core.server import AsyncServer
from dulcimer.ae.core.session import Session, SessionUser
from dulcimer.ae.core.terms import Terms
from dulcimer.ae.core.timeouts import Timeouts
from dulcimer.diagnosis.listening.events import ListenTold
from dulcimer.diagnosis.listening.likeness import SurveyedServer
from dulcimer.diagnosis.listening.watching import ClientWatcher
from dulcimer.dimse.messages import Message
from dulcimer.dimse.user import Answers
from dulcimer.events import Handlers
from dulcimer.fuzz.proxy.following import ProxyJudgements
from dulcimer.services.replies import reply
from dulcimer.services.storage import InstanceDirectory
from dulcimer.upper_layer.observer import Observer, Observers
from dulcimer.wire.fields import is_lawful_uid
from dulcimer.wire.model import (
    AssociateRq,
    AsynchronousOperationsWindow,
    UserDataSubItem,
    UserIdentity,
    UserIdentityResponse,
)

_WITHOUT_DATA = (1, 2)


@dataclass(frozen=True, slots=True)
class ListenSettings:
    """How to listen: `keep` is a directory for instances, None to keep none.

    `like`: a server whose answers are compared, and given if `is_alike`. Lengths in bytes, times in seconds.
    """

    keep: Path | None = None
    maximum_length: int = DEFAULT_MAXIMUM_LENGTH
    like: SurveyedServer | None = None
    is_alike: bool = False
    tls: ssl.SSLContext | None = None
    patience: float = 60.0


class ClientListener:
    """Listens for clients; `heed` is called with everything that they do."""

    def __init__(
        self,
        settings: ListenSettings,
        heed: Callable[[ListenTold], None],
        clock: Callable[[], float],
        observe: Callable[[], Observer | None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._heed = heed
        self._clock = clock
        self._observe = observe
        self._judgements = ProxyJudgements()
        self._storage = InstanceDirectory(settings.keep, lambda _: None)
        self._count = 0
        self._server: AsyncServer | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that it listens on."""
        assert self._server is not None
        return self._server.server_address

    @asynccontextmanager
    async def listen(self, host: str, port: int) -> AsyncIterator[ClientListener]:
        """Listen inside the block; port 0 picks a free one. Raises TransportError if the address cannot be used."""
        server = AsyncServer(_OpenAcceptance(self._settings), self._begin, Handlers(), ssl_context=self._settings.tls)
        await server.open(host, port)
        self._server = server
        async with server:
            yield self

    def _begin(self) -> tuple[Terms, SessionUser]:
        self._count += 1
        settings = self._settings
        watcher = ClientWatcher(self._count, self._heed, self._clock, self._judgements, settings.like)
        other = self._observe()
        terms = Terms(
            timeouts=Timeouts(network=settings.patience),
            storage=self._storage,
            observer=watcher if other is None else Observers(watcher, other),
        )
        return terms, _Obliging()


class _Obliging(SessionUser):
    """Answers every request with success."""

    def answer(self, session: Session, message: Message, request: Any) -> Answers:
        """The response."""
        if isinstance(request, CStoreRq):
            return session.provider.handle(message, request)
        if message.data is not None:
            message.data.discard()
        elements: dict[str, Any] = {"status": SUCCESS}
        if isinstance(request, CMoveRq):
            names = ("completed", "failed", "warning")
            elements |= {f"number_of_{name}_suboperations": 0 for name in names}
        if isinstance(request, NCreateRq) and not request.affected_sop_instance_uid:
            elements["affected_sop_instance_uid"] = generate_uid(prefix=None)
        return reply(request, elements)


class _OpenAcceptance(Acceptance):
    """Accepts what is proposed; or answers like the server of a survey."""

    def __init__(self, settings: ListenSettings) -> None:
        self._settings = settings
        policy = AcceptancePolicy("ANY", False, (), settings.maximum_length, THIS_IMPLEMENTATION)
        super().__init__(lambda: policy, (), {})

    def answer(self, session: Session, request: AssociateRq) -> None:
        """Accept a request, unless no acceptor could."""
        session.requestor.pdu = request
        session.locate()
        against = objection(request)
        if against is not None:
            session.acceptor.pdu = against.pdu
            session.association.reject(against.pdu, against.why)
            return
        like = self._settings.like if self._settings.is_alike else None
        length = self._settings.maximum_length if like is None else like.survey.peer.maximum_length or 0
        pdu, accepted = answer_pdu(
            request,
            _anything if like is None else like.choice,
            maximum_length=length,
            choose_roles=_any_roles if like is None else like.roles,
            user_items=_items(request) if like is None else [*like.items(request), *_identity(request)],
        )
        session.association.accept(pdu, accepted, request)
        session.established(pdu)


def _anything(sop_class: str, proposed: Sequence[str]) -> str | ContextResult:  # noqa: ARG001
    return next(filter(is_lawful_uid, proposed), ContextResult.TRANSFER_SYNTAXES_NOT_SUPPORTED)


def _any_roles(sop_class: str, proposed: Roles) -> Roles:  # noqa: ARG001
    return proposed


def _items(request: AssociateRq) -> list[UserDataSubItem]:
    """The window as it is proposed; no extended negotiation, since nothing is queried here."""
    window = request.user_information.first(AsynchronousOperationsWindow)
    return [*([] if window is None else [window]), *_identity(request)]


def _identity(request: AssociateRq) -> list[UserDataSubItem]:
    """The confirmation of an identity, if it is asked for: any is good here."""
    identity = request.user_information.first(UserIdentity)
    if identity is None or not identity.positive_response_requested:
        return []
    return [UserIdentityResponse()] if identity.user_identity_type in _WITHOUT_DATA else []
