"""The destination of a C-MOVE."""

from __future__ import annotations

import logging
from typing import Any

from dulcimer.ae.core.session import Session
from dulcimer.errors import AssociationError
from dulcimer.services.data_sources import Instance

logger = logging.getLogger("dulcimer.ae")


class MoveTarget:
    """The association on which the instances of a C-MOVE are sent to their destination."""

    def __init__(self, session: Session, originator: str) -> None:
        self._session = session
        self._originator = originator

    async def store(self, instance: Instance, request: Any) -> int:
        """Send one instance; returns the status."""
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
