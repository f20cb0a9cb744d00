"""Where the instances of a C-GET go."""

from __future__ import annotations

from typing import Any

from dulcimer.services.data_sources import Instance
from dulcimer.services.user import User


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
