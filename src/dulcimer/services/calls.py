"""Runs the handlers that users bind to events: async ones in the event loop, the others in threads.

A handler that blocks delays its own association and no other. The notification handlers of one association run in
order, and those for events before a request run before the handler of the request.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor
from typing import Any

from dulcimer.events import Event, EventType, Handlers, InterventionEvent
from dulcimer.logging_setup import handler_failed

_END = object()
_handling: contextvars.ContextVar[Calls | None] = contextvars.ContextVar("dulcimer_handling", default=None)


class NoHandlerError(Exception):
    """No handler is bound to the intervention event."""


class Calls:
    """The handlers of one association. `assoc` is the `assoc` of their events; `executor` runs those that may block.

    The handlers see the context variables of `context`.
    """

    def __init__(self, handlers: Handlers, executor: Executor | None, context: contextvars.Context) -> None:
        self.handlers = handlers
        self.assoc: Any = None
        self._executor = executor
        self._queue: deque[tuple[Callable[..., Any], Event, tuple[Any, ...]] | asyncio.Future[None]] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._context = context

    @property
    def in_handler(self) -> bool:
        """Whether the caller is a handler of this association, which must not wait for itself to return."""
        return _handling.get() is self

    @property
    def is_notifying(self) -> bool:
        """Whether notification handlers have yet to run."""
        return self._worker is not None

    def wants(self, *events: EventType) -> bool:
        """Whether any of these events has a handler."""
        return self.handlers.has_notification_handlers and any(map(self.handlers.notification_handlers, events))

    def is_async(self, event: InterventionEvent) -> bool:
        """Whether the handler of the event runs in the loop."""
        bound = self.handlers.intervention_handler(event)
        return bound is not None and (inspect.iscoroutinefunction(bound[0]) or inspect.isasyncgenfunction(bound[0]))

    def notify(self, event: EventType, **attributes: Any) -> None:
        """Run the handlers of a notification event, soon and in order."""
        bound = self.handlers.has_notification_handlers and self.handlers.notification_handlers(event)
        if not bound:
            return
        told = Event(self.assoc, event, attributes)
        self._queue.extend((handler, told, args) for handler, args in bound)
        if self._worker is None:
            self._worker = asyncio.get_running_loop().create_task(self._notify_all(), context=self._context.copy())

    async def settled(self) -> None:
        """Wait until the notification handlers called so far have run; a handler does not wait for itself."""
        if self._worker is not None and not self.in_handler:
            reached = asyncio.get_running_loop().create_future()
            self._queue.append(reached)
            await reached

    async def ask(self, event: InterventionEvent, **attributes: Any) -> Any:
        """What the handler returns; raises NoHandlerError, or what the handler raises."""
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
            try:
                while (item := await self._in_loop(anext(yielded, _END))) is not _END:
                    yield item
            finally:
                if isinstance(yielded, AsyncGenerator):
                    await yielded.aclose()
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
        bound = self.handlers.intervention_handler(event)
        if bound is None:
            raise NoHandlerError(f"no handler is bound to {event.name}")
        return bound

    async def _notify_all(self) -> None:
        try:
            while self._queue:
                told = self._queue.popleft()
                if isinstance(told, asyncio.Future):
                    _set_reached(told)
                else:
                    await self._notify_one(*told)
        finally:
            self._worker = None
            for told in self._queue:  # if the task is cancelled
                if isinstance(told, asyncio.Future):
                    _set_reached(told)

    async def _notify_one(self, handler: Callable[..., Any], event: Event, args: tuple[Any, ...]) -> None:
        try:
            await self._run(handler, event, args)
        except Exception as error:
            handler_failed(f"a handler of {event.name}", error)

    async def _run(self, handler: Callable[..., Any], event: Event, args: tuple[Any, ...]) -> Any:
        if inspect.iscoroutinefunction(handler):
            return await self._in_loop(handler(event, *args))
        result = await self._in_thread(handler, event, *args)
        return await self._in_loop(result) if inspect.isawaitable(result) else result

    async def _in_loop(self, handler: Awaitable[Any]) -> Any:
        token = _handling.set(self)
        try:
            return await handler
        finally:
            _handling.reset(token)

    async def _in_thread(self, function: Callable[..., Any], *args: Any) -> Any:
        context = self._context.copy()
        context.run(_handling.set, self)
        return await asyncio.get_running_loop().run_in_executor(self._executor, context.run, function, *args)


def _set_reached(mark: asyncio.Future[None]) -> None:
    if not mark.done():
        mark.set_result(None)
