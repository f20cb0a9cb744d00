"""The user of an association with DIMSE: an `AssociationUser` that also performs the requests of the peer."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, TypeAlias

from dulcimer.acse.driven import AssociationUser
from dulcimer.dimse.command_set import CommandSet
from dulcimer.dimse.messages import DataSets, DataSource, MemorySink, Message, Sink
from dulcimer.wire.model import Buffer

Data: TypeAlias = Buffer | DataSource | DataSets | None
Answer: TypeAlias = tuple[Any, Data]
"""A response dataclass and its data set; several responses that differ only in their data sets have `DataSets`."""
Answers: TypeAlias = Any | Awaitable[Any] | AsyncGenerator[Answer, None]
"""A response dataclass or an `Answer`, now or later, or several answers one by one. None sends no response;
NotImplemented means that such a request is not performed."""
Handler: TypeAlias = Callable[[Message, Any], Answers]
"""Answers a request, given as the complete message and as its dataclass."""


def messages_with(data: Data) -> int:
    """How many messages are sent with this data."""
    return len(data) if isinstance(data, DataSets) else 1


class ExchangeUser(AssociationUser):
    """The user of associations with DIMSE."""

    def open_sink(self, context_id: int, command: CommandSet) -> Sink:  # noqa: ARG002
        """Where the data set of the message with this command set goes. By default it is gathered in memory."""
        return MemorySink()

    def answer(self, message: Message, request: Any) -> Answers:  # noqa: ARG002
        """Answer a request of the peer. By default none is performed (status 0211H)."""
        return NotImplemented

    def on_message(self, how: str, message: Any) -> None:
        """A message is being sent (`how` is "sending"; its dataclass) or was received ("received"; its command set)."""
