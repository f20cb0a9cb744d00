"""The handlers that are bound to events, and how they are called."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dulcimer.events.event import Event
from dulcimer.events.kinds import ALL, EventHandlerType, EventType, InterventionEvent, NotificationEvent

logger = logging.getLogger("dulcimer.events")


class Handlers:
    """The handlers bound to events."""

    def __init__(self, handlers: Sequence[EventHandlerType] = ()) -> None:
        self._notified: dict[str, list[tuple[Callable[..., Any], tuple[Any, ...]]]] = {}
        self._asked: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {}
        for bound in handlers:
            if not isinstance(bound, tuple | list) or not 2 <= len(bound) <= 3:
                raise TypeError(
                    f"a handler is bound as (event, handler) or (event, handler, [arguments]), not {bound!r}"
                )
            self.bind(*bound)

    def bind(self, event: EventType, handler: Callable[..., Any], args: Sequence[Any] | None = None) -> None:
        """Bind a handler: added for a notification event, in place of the earlier one for an intervention event."""
        if not isinstance(event, NotificationEvent | InterventionEvent):
            raise ValueError(f"{event!r} is not an event; see dulcimer.evt")
        if not callable(handler):
            raise TypeError(f"the handler of {event.name} is called with an Event; {handler!r} cannot be called")
        if args is not None and not isinstance(args, Sequence):
            raise TypeError(f"the arguments of a handler of {event.name} are a list, not {args!r}")
        bound = handler, tuple(args or ())
        if event.is_intervention:
            self._asked[event.name] = bound
            return
        handlers = self._notified.setdefault(event.name, [])
        if all(other is not handler for other, _ in handlers):
            handlers.append(bound)

    def unbind(self, event: EventType, handler: Callable[..., Any]) -> None:
        """Unbind a handler; does nothing if it is not bound."""
        if event.is_intervention:
            if event.name in self._asked and self._asked[event.name][0] is handler:
                del self._asked[event.name]
        elif event.name in self._notified:
            self._notified[event.name] = [bound for bound in self._notified[event.name] if bound[0] is not handler]

    @property
    def has_notification_handlers(self) -> bool:
        """Whether a notification event has, or had, a handler."""
        return bool(self._notified)

    def notification_handlers(self, event: EventType) -> Sequence[tuple[Callable[..., Any], tuple[Any, ...]]]:
        """The handlers of a notification event, in the order in which they were bound."""
        return self._notified.get(event.name, ())

    def intervention_handler(self, event: EventType) -> tuple[Callable[..., Any], tuple[Any, ...]] | None:
        """The handler of an intervention event, None if there is none."""
        return self._asked.get(event.name)

    def bound_to(self, event: EventType) -> Any:
        """What is bound to an event, for users: (handler, args), (None, None) if there is none, or a list of pairs."""
        if event.is_intervention:
            bound = self._asked.get(event.name)
            return (bound[0], list(bound[1]) or None) if bound else (None, None)
        return [(handler, list(args) or None) for handler, args in self.notification_handlers(event)]

    @property
    def events(self) -> list[EventType]:
        """The events that have a handler."""
        return [event for event in ALL.values() if self._notified.get(event.name) or event.name in self._asked]

    def copy(self) -> Handlers:
        """A copy that can be changed independently."""
        copy = Handlers()
        copy._notified = {name: list(handlers) for name, handlers in self._notified.items()}
        copy._asked = dict(self._asked)
        return copy


def trigger(assoc: Any, event: EventType, attrs: Mapping[str, Any] | None = None) -> Any:
    """Call the handlers that an association has for an event, and return what an intervention handler returns.

    What a notification handler raises is logged; what an intervention handler raises is passed on.
    """
    told = Event(assoc, event, attrs)
    if event.is_intervention:
        handler, args = assoc.get_handlers(event)
        return None if handler is None else handler(told, *(args or ()))
    for handler, args in assoc.get_handlers(event):
        try:
            handler(told, *(args or ()))
        except Exception:
            logger.exception("a handler of %s failed", event.name)
    return None
