"""The destination of the instances of a C-GET."""

from __future__ import annotations

from typing import Any

from dulcimer.services.data_sources import Instance
from dulcimer.services.user import User


class SameAssociation:
    """Sends the instances of a C-GET on the association of the request."""

    def __init__(self, user: User) -> None:
        self._user = user

    async def store(self, instance: Instance, request: Any) -> int:  # noqa: ARG002
        """Send one instance; return the status."""
        response = await self._user.store(instance)
        return int(response.command_set.value("status"))

    async def close(self) -> None:
        """Do nothing: the association stays open."""
