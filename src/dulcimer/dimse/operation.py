"""A request of this end that is under way, for asyncio."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from dulcimer.acse.end import AssociationEnd, no_response_error
from dulcimer.dimse.messages import Message
from dulcimer.dimse.own_operations import OwnOperations
from dulcimer.errors import AssociationError


class ExchangeForOperation(Protocol):
    """The exchange, as an operation sees it."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop of the association."""

    @property
    def own(self) -> OwnOperations:
        """The operations of this end."""

    @property
    def end(self) -> AssociationEnd | None:
        """How the association ended; None before."""

    def watch_time(self) -> None:
        """The next deadline may be earlier than before."""


class Operation:
    """A request of this end that is under way. `next` returns its responses one by one."""

    def __init__(self, exchange: ExchangeForOperation, request: Any, is_final: Callable[[int], bool]) -> None:
        self.request = request
        self._exchange = exchange
        self._is_final = is_final
        self._responses: deque[Message] = deque()
        self._room: asyncio.Future[None] | None = None
        self._waiter: asyncio.Future[None] | None = None

    def is_final(self, status: int) -> bool:
        """Whether the response with this status is the last one."""
        return self._is_final(status)

    async def wait_for_room(self) -> None:
        """Wait for room in the window. Raises AssociationError if the association ends first."""
        self._room = self._exchange.loop.create_future()
        await self._room

    def begin(self) -> None:
        """There is room in the window."""
        if self._room is not None and not self._room.done():
            self._room.set_result(None)

    async def next(self) -> Message:
        """The next response. Raises AssociationAborted, or AssociationTimeout after `dimse_timeout`."""
        exchange = self._exchange
        while not self._responses:
            if exchange.end is not None:
                raise no_response_error(exchange.end)
            loop = exchange.loop
            exchange.own.await_response(self, loop.time())
            exchange.watch_time()
            self._waiter = loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
                exchange.own.await_no_response(self)
        return self._responses.popleft()

    def put(self, message: Message) -> None:
        """A response was received."""
        self._responses.append(message)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def fail(self, error: AssociationError) -> None:
        """No response will come any more."""
        for future in (self._room, self._waiter):
            if future is not None and not future.done():
                future.set_exception(error)
