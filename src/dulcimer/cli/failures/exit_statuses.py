"""How a command ends: its exit status."""

from __future__ import annotations

from enum import IntEnum


class ExitStatus(IntEnum):
    """How a command ended."""

    meaning: str

    DONE = 0, "done as asked"
    PEER_FAILED = 1, "the peer failed or did not answer as asked"
    USAGE = 2, "usage"
    UNREACHABLE = 3, "peer not reachable"
    PEER_DIED = 4, "the peer died"
    OWN_FAULT = 5, "a fault in dulcimer"
    INTERRUPTED = 130, "interrupted"
    TERMINATED = 143, "terminated"

    def __new__(cls, value: int, meaning: str) -> ExitStatus:
        """A member with this status and its meaning."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member
