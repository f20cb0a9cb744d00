"""The two ends of a connection between peers that are watched."""

from __future__ import annotations

from enum import StrEnum

from dulcimer.fuzz.sequences.steps import TargetRole


class LinkEnd(StrEnum):
    """One of the two peers."""

    CLIENT = "client"
    SERVER = "server"

    @property
    def opposite(self) -> LinkEnd:
        """The other one."""
        return LinkEnd.SERVER if self is LinkEnd.CLIENT else LinkEnd.CLIENT

    @property
    def role(self) -> TargetRole:
        """The client requests the association, the server accepts it (PS3.8 7.1)."""
        return "requestor" if self is LinkEnd.CLIENT else "acceptor"
