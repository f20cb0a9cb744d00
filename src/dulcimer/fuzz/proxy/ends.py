"""The two ends of a connection through the proxy."""

from __future__ import annotations

from enum import StrEnum

from dulcimer.fuzz.sequences.steps import TargetRole


class ProxyEnd(StrEnum):
    """One of the two peers."""

    CLIENT = "client"
    SERVER = "server"

    @property
    def opposite(self) -> ProxyEnd:
        """The other one."""
        return ProxyEnd.SERVER if self is ProxyEnd.CLIENT else ProxyEnd.CLIENT

    @property
    def role(self) -> TargetRole:
        """The client requests the association, the server accepts it (PS3.8 7.1)."""
        return "requestor" if self is ProxyEnd.CLIENT else "acceptor"
