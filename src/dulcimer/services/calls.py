"""Runs the handlers that users bind to events: async ones in the loop, the others in threads of their own.

A handler that blocks holds up its own association and no other. Notifications of one association are told in order,
and those that came before a request are told before its handler is asked.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import Executor
from typing import Any

from dulcimer.events import Event, EventType, Handlers, InterventionEvent

logger = logging.getLogger("dulcimer.events")

_END = object()


class NoHandlerError(Exception):
    """Nobody has bound a handler to the intervention event."""


class Calls:
    """The handlers of one association. `assoc` is what their events name, `executor` runs those that may block."""

    def __init__(self, handlers: Handlers, executor: Executor | None) -> None:
        self.handlers = handlers
        self.assoc: Any = None
        self._executor = executor
        self._queue: deque[tuple[Callable[..., Any], Event, tuple[Any, ...]]] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._context = contextvars.copy_context()

    def wants(self, *events: EventType) -> bool:
        """Whether any of these events has a handler."""
        return any(self.handlers.notified(event) for event in events)

    def notify(self, event: EventType, **attributes: Any) -> None:
        """Tell the handlers of a notification event, soon and in order."""
        bound = self.handlers.notified(event)
        if not bound:
            return
        told = Event(self.assoc, event, attributes)
        self._queue.extend((handler, told, args) for handler, args in bound)
        if self._worker is None:
            self._worker = asyncio.get_running_loop().create_task(self._tell())

    async def settled(self) -> None:
        """Wait until the notifications so far have been told."""
        worker = self._worker
        if worker is not None and worker is not asyncio.current_task():
            await asyncio.wait((worker,))

    async def ask(self, event: InterventionEvent, **attributes: Any) -> Any:
        """What the handler answers; raises NoHandlerError, or what the handler raises."""
        handler, args = self._bound(event)
        await self.settled()
        return await self._run(handler, Event(self.assoc, event, attributes), args)

    async def iterate(self, event: InterventionEvent, **attributes: Any) -> AsyncGenerator[Any, None]:
        """What the handler yields, one after the other; raises NoHandlerError, or what the handler raises."""
        handler, args = self._bound(event)
        await self.settled()
        asked = Event(self.assoc, event, attributes)
        if inspect.isasyncgenfunction(handler):
            yielded = handler(asked, *args)
        else:
            yielded = await self._run(handler, asked, args)
        if isinstance(yielded, AsyncIterator):
            async for item in yielded:
                yield item
            return
        if yielded is None:
            return
        items = iter(yielded)
        try:
            while (item := await self._in_thread(next, items, _END)) is not _END:
                yield item
        finally:
            if inspect.isgenerator(items):
                await self._in_thread(items.close)

    def _bound(self, event: InterventionEvent) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        bound = self.handlers.asked(event)
        if bound is None:
            raise NoHandlerError(f"no handler is bound to {event.name}")
        return bound

    async def _tell(self) -> None:
        while self._queue:
            handler, event, args = self._queue.popleft()
            try:
                await self._run(handler, event, args)
            except Exception:
                logger.exception("a handler of %s failed", event.name)
        self._worker = None

    async def _run(self, handler: Callable[..., Any], event: Event, args: tuple[Any, ...]) -> Any:
        if inspect.iscoroutinefunction(handler):
            return await handler(event, *args)
        result = await self._in_thread(handler, event, *args)
        return await result if inspect.isawaitable(result) else result

    async def _in_thread(self, function: Callable[..., Any], *args: Any) -> Any:
        context = self._context.copy()
        return await asyncio.get_running_loop().run_in_executor(self._executor, context.run, function, *args)
