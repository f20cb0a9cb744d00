"""What a program says of its own upper layer, so that `UpperLayerMachine` can drive it in the same process."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping


class UpperLayerAdapter(ABC):
    """One association of the implementation under test, beginning with its transport connection.

    Everything happens at once: when a method returns, all that it causes has happened, and can be seen by
    `bytes_to_send` and `is_closed`. Nothing may block, sleep, or read a clock.
    """

    @abstractmethod
    def connected(self) -> None:
        """The transport connection is open. A requestor sends its A-ASSOCIATE-RQ now."""

    @abstractmethod
    def receive(self, data: bytes) -> None:
        """These bytes have come, at least one; PDUs may be cut anywhere."""

    @abstractmethod
    def bytes_to_send(self) -> bytes:
        """All bytes for the peer since the last call."""

    @abstractmethod
    def is_closed(self) -> bool:
        """Whether the implementation has closed the connection, after the bytes that it has sent."""

    def peer_closed(self) -> None:  # noqa: B027  # an implementation may have nothing to do then
        """The peer has closed the connection."""

    def advance(self, seconds: float) -> None:
        """So much time passes. Without this method, no timer expires in the tests."""
        raise NotImplementedError

    def user_actions(self) -> Mapping[str, Callable[[], object]]:
        """What the user of the implementation can do now, by the name of its primitive: `A-RELEASE request`."""
        return {}

    @property
    def has_timers(self) -> bool:
        """Whether `advance` is there."""
        return type(self).advance is not UpperLayerAdapter.advance
