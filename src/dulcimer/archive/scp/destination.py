"""The associations on which instances are sent to the destination of a C-MOVE."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from dulcimer.acse.negotiation import MOST_CONTEXTS, Context, request_pdu
from dulcimer.ae.core.session import Session
from dulcimer.ae.core.terms import Terms
from dulcimer.ae.core.timeouts import Timeouts
from dulcimer.archive.scp.remotes import Remote
from dulcimer.archive.scp.rewriting import fitting
from dulcimer.errors import AssociationError, DulcimerError
from dulcimer.events import Handlers
from dulcimer.limits import DEFAULTS, Limits
from dulcimer.services.data_sources import NATIVE, Instance
from dulcimer.wire.model import UserDataSubItem

logger = logging.getLogger("dulcimer.archive")

_MOST_ATTEMPTS = 3
"""How often an association is requested for one group of SOP classes if the destination ends it early."""


@dataclass(frozen=True, slots=True)
class Calling:
    """How this archive requests associations. `tls` is used for remotes that need it."""

    ae_title: str
    timeouts: Timeouts = field(default_factory=Timeouts)
    tls: ssl.SSLContext | None = None
    limits: Limits = DEFAULTS

    async def open(self, remote: Remote, contexts: list[Context], items: tuple[UserDataSubItem, ...] = ()) -> Session:
        """An association with the remote. Raises TransportError, AssociationError, ValueError, EncodeError."""
        pdu = request_pdu(contexts, calling_ae_title=self.ae_title, called_ae_title=remote.ae_title, user_items=items)
        session = Session("requestor", Terms(timeouts=self.timeouts, limits=self.limits), Handlers())
        await session.open(pdu, remote.host, remote.port, tls=self.tls if remote.tls else None)
        return session


async def leave(session: Session) -> None:
    """Release the association if it is established; errors are only logged."""
    try:
        if session.association.is_established:
            await session.release()
    except AssociationError as error:
        logger.info("the association with %s: %s", session.acceptor.ae_title, error)
        await session.leave()


class Destination:
    """Requests associations as needed: one, or several if the instances have too many SOP classes for one.

    `contexts` are the pairs of SOP class and transfer syntax of the instances, `originator` is the AE title of the
    requestor of the C-MOVE.
    """

    def __init__(self, calling: Calling, remote: Remote, contexts: Iterable[tuple[str, str]], originator: str) -> None:
        self._calling = calling
        self._remote = remote
        self._originator = originator
        self._groups = grouped(contexts)
        self._sessions: dict[int, Session] = {}
        self._openings = [0] * len(self._groups)
        self._errors: dict[int, DulcimerError] = {}

    async def store(self, instance: Instance, request: Any) -> int:
        """Send one instance as a sub-operation of `request`; returns the status. Raises DulcimerError, OSError."""
        session = await self._session(self._group_of(instance))
        association = session.association
        accepted, refused = association.accepted_contexts.values(), association.refused_contexts
        async with fitting(instance, accepted, refused, self._calling.limits) as fit:
            response = await session.user.store(
                fit,
                priority=request.priority,
                originator_aet=self._originator or None,
                originator_id=request.message_id,
            )
        return int(response.command_set.value("status"))

    async def close(self) -> None:
        """Release the associations."""
        await asyncio.gather(*(leave(session) for session in self._sessions.values()))

    def _group_of(self, instance: Instance) -> int:
        for number, group in enumerate(self._groups):
            if any(context.abstract_syntax == instance.sop_class_uid for context in group):
                return number
        return 0

    async def _session(self, group: int) -> Session:
        session = self._sessions.get(group)
        if session is not None and session.association.is_established:
            return session
        # A destination that cannot be reached is not tried again for each instance.
        if self._openings[group] == _MOST_ATTEMPTS or group in self._errors:
            raise self._errors.get(group) or AssociationError("the destination ended every association")
        self._openings[group] += 1
        try:
            session = await self._calling.open(self._remote, self._groups[group])
        except DulcimerError as error:
            logger.error("the move destination %s: %s", self._remote.ae_title, error)
            self._errors[group] = error
            raise
        self._sessions[group] = session
        return session


def grouped(pairs: Iterable[tuple[str, str]]) -> list[list[Context]]:
    """The contexts to propose, in groups that each fit into an association; those of a SOP class stay together.

    Each transfer syntax has a separate context, so that the destination cannot choose between them; uncompressed ones
    that no instance has share one more context.
    """
    syntaxes: dict[str, set[str]] = defaultdict(set)
    for sop_class, syntax in pairs:
        syntaxes[sop_class].add(syntax)
    groups: list[list[Context]] = [[]]
    for sop_class, there in sorted(syntaxes.items()):
        contexts = [Context(sop_class, (syntax,)) for syntax in sorted(there)]
        if there.intersection(NATIVE):
            contexts.append(Context(sop_class, tuple(syntax for syntax in NATIVE if syntax not in there)))
        contexts = [context for context in contexts if context.transfer_syntaxes]
        if len(groups[-1]) + len(contexts) > MOST_CONTEXTS:
            groups.append([])
        groups[-1] += contexts
    return groups
