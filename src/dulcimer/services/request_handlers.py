"""Calls the user's handlers for requests of the peer."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from dulcimer._generated.commands import CFindRq, CGetRq, CMoveRq, CStoreRq
from dulcimer.acse.negotiation import AcceptedContext
from dulcimer.dimse.bounds import DataSetTooLarge
from dulcimer.dimse.data_set import decode_data_set, decode_elements, is_small
from dulcimer.dimse.exchange import Exchange
from dulcimer.dimse.messages import MemorySink, Message
from dulcimer.dimse.threads import in_thread
from dulcimer.errors import DIMSEProcessingError
from dulcimer.events import InterventionEvent
from dulcimer.limits import DataSetLimits
from dulcimer.services.calls import Calls
from dulcimer.services.durable import FileSink

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


class RequestHandlers:
    """Calls the handlers of one association, with the attributes that an `Event` has for a request."""

    def __init__(self, exchange: Exchange, calls: Calls) -> None:
        self._exchange = exchange
        self._calls = calls

    def has_handler(self, event: InterventionEvent) -> bool:
        """Whether the event has a handler."""
        return self._calls.handlers.intervention_handler(event) is not None

    async def ask(self, event: InterventionEvent, message: Message, request: Any, context: AcceptedContext) -> Any:
        """What the handler returns. Raises NoHandlerError, DataSetTooLarge, or what the handler raises."""
        return await self._calls.ask(event, **await self._attributes(event, message, request, context))

    async def results(
        self, event: InterventionEvent, message: Message, request: Any, context: AcceptedContext
    ) -> AsyncGenerator[Any, None]:
        """What the handler yields, one after the other. Raises as `ask` does, at once."""
        return self._calls.iterate(event, **await self._attributes(event, message, request, context))

    async def _attributes(
        self, event: InterventionEvent, message: Message, request: Any, context: AcceptedContext
    ) -> dict[str, Any]:
        """The attributes of the event. Raises DataSetTooLarge; a large data set is decoded beforehand, in a thread."""
        data = message.data.getvalue() if isinstance(message.data, MemorySink) else None
        file = message.data.instance if isinstance(message.data, FileSink) else None
        limits = self._limits_of(request)
        attributes = {
            "_command": request,
            "_elements": message.command_set.values,
            "_context": context,
            "_data": data,
            "_path": file and file.path,
            "_offset": file.offset if file else 0,
            "_limits": limits,
            "_is_cancelled": self._exchange.cancelled.__contains__,
        }
        # Few handlers look into an instance; it is then decoded in the thread of the handler.
        if data and (not isinstance(request, CStoreRq) or self._calls.is_async(event)):
            syntax = context.transfer_syntax
            if not is_small(data, syntax, limits):
                attributes["_decoded"] = await in_thread(_decoded, data, syntax, limits)
        return attributes

    def _limits_of(self, request: Any) -> DataSetLimits:
        limits = self._exchange.limits
        if isinstance(request, CStoreRq):
            return limits.instance
        return limits.identifier if isinstance(request, CFindRq | CGetRq | CMoveRq) else limits.information


def _decoded(data: bytes, transfer_syntax: str, limits: DataSetLimits) -> Dataset | DIMSEProcessingError:
    """The data set, or the error that the handler gets when it accesses it. Raises DataSetTooLarge."""
    try:
        data_set = decode_data_set(data, transfer_syntax, limits=limits)
        decode_elements(data_set)
        return data_set
    except DataSetTooLarge:
        raise
    except DIMSEProcessingError as error:
        return error
