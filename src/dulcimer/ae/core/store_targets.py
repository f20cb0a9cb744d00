"""Where the instances of a C-GET or C-MOVE go."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from dulcimer.errors import AssociationError, TransportError
from dulcimer.services.data_sources import Instance
from dulcimer.services.provider import StoreTarget
from dulcimer.services.user import User

if TYPE_CHECKING:
    from dulcimer.ae.core.session import Session

logger = logging.getLogger("dulcimer.ae")


class SameAssociation:
    """The instances of a C-GET go back on the association that it came on."""

    def __init__(self, user: User) -> None:
        self._user = user

    async def store(self, instance: Instance, request: Any) -> int:  # noqa: ARG002
        """Send one instance; the status."""
        response = await self._user.store(instance)
        return int(response.command_set.value("status"))

    async def close(self) -> None:
        """The association stays."""


class MoveTarget:
    """The association on which the instances of a C-MOVE go to their destination."""

    def __init__(self, session: Session, originator: str) -> None:
        self._session = session
        self._originator = originator

    async def store(self, instance: Instance, request: Any) -> int:
        """Send one instance; the status."""
        response = await self._session.user.store(
            instance,
            priority=request.priority,
            originator_aet=self._originator or None,
            originator_id=request.message_id,
        )
        return int(response.command_set.value("status"))

    async def close(self) -> None:
        """Release the association."""
        if self._session.association.is_established:
            try:
                await self._session.release()
            except AssociationError as error:
                logger.info("the association with a move destination: %s", error)
                await self._session.leave()


async def nowhere(session: Session, destination: tuple[Any, ...], request: Any) -> StoreTarget:  # noqa: ARG001
    """The destination of a C-MOVE where there is nothing that could open an association to it."""
    raise TransportError("this end opens no associations for C-MOVE")
