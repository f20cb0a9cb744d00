"""The responses to a request that has several: C-FIND, C-GET, C-MOVE."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dulcimer._generated.commands import CCancelRq, CGetRq, CMoveRq
from dulcimer._generated.services import SERVICE_CLASSES
from dulcimer.acse.negotiation import AcceptedContext
from dulcimer.dimse.data_set import decode_data_set, is_small
from dulcimer.dimse.exchange import Exchange
from dulcimer.dimse.messages import MemorySink, Message
from dulcimer.dimse.operation import Operation
from dulcimer.dimse.threads import in_thread
from dulcimer.errors import DIMSEProcessingError
from dulcimer.services.replies import category, status_data_set

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

logger = logging.getLogger("dulcimer.services")

LIMIT_REACHED = 0xB001
_REPOSITORY_QUERY = {
    row.uid for row in SERVICE_CLASSES["Query/Retrieve"].sop_classes if row.keyword == "RepositoryQuery"
}


class Answers(AsyncIterator["tuple[Dataset, Dataset | None]"]):
    """(status, data set) of each response, the final one last. `start`, or the first iteration, sends the request.

    If `msg_id` is None, the message ID is 1, or another one if that is in use. Raises AssociationAborted or
    AssociationTimeout if the association ends meanwhile.
    """

    def __init__(
        self, exchange: Exchange, context: AcceptedContext, request: Any, data: bytes, msg_id: int | None
    ) -> None:
        self.message_id = msg_id
        self._exchange = exchange
        self._context = context
        self._request = request
        self._data = data
        self._stack = AsyncExitStack()
        self._operation: Operation | None = None
        self._finished = False

    async def start(self) -> None:
        """Send the request."""
        if self._operation is None:
            if self.message_id is None:
                self.message_id = self._exchange.own.next_message_id(1)
            self._request = replace(self._request, message_id=self.message_id)
            operation = self._exchange.operation(self._context.context_id, self._request, self._data, self._is_final)
            self._operation = await self._stack.enter_async_context(operation)

    async def __anext__(self) -> tuple[Dataset, Dataset | None]:
        """The next response."""
        if self._finished:
            raise StopAsyncIteration
        try:
            response = await self._next()
            status = status_data_set(response.command_set)
            try:
                return status, await self._identifier(response)
            except DIMSEProcessingError as error:
                logger.error("the identifier of a response: %s", error)
                return status, None
        except BaseException:
            await self._finish()
            raise

    async def aclose(self) -> None:
        """Cancel the operation (C-CANCEL) and ignore the responses that follow, up to the final one."""
        if self._operation is None or self._finished:
            self._finished = True
            return
        try:
            request = CCancelRq(message_id_being_responded_to=self._request.message_id)
            await self._exchange.send(self._context.context_id, request)
            while not self._finished:
                await self._next()
        finally:
            await self._finish()

    async def _next(self) -> Message:
        await self.start()
        assert self._operation is not None
        response = await self._operation.next()
        if self._is_final(response.command_set.value("status")):
            await self._finish()
        return response

    async def _identifier(self, response: Message) -> Dataset | None:
        """The identifier of a response; for a retrieval that did not succeed completely it may be empty."""
        from pydicom.dataset import Dataset

        identifier = await reply_data(self._exchange, response, elements=True)
        if identifier is None and isinstance(self._request, CGetRq | CMoveRq):
            kind = category(response.command_set.value("status"))
            return None if kind in ("Success", "Pending") else Dataset()
        return identifier

    def _is_final(self, status: int) -> bool:
        """Every status is final but Pending, and the one with which a repository has more."""
        return category(status) != "Pending" and not has_more(status, self._request.affected_sop_class_uid)

    async def _finish(self) -> None:
        self._finished = True
        await self._stack.aclose()


def has_more(status: int, query_model: str) -> bool:
    """Whether the status says that a repository has more results; the final response follows (PS3.4 C.6.4.1)."""
    return status == LIMIT_REACHED and query_model in _REPOSITORY_QUERY


async def reply_data(exchange: Exchange, response: Message, *, elements: bool = False) -> Dataset | None:
    """The data set of a response, None if it has none; with `elements`, all of them are decoded when they are listed.

    Raises DIMSEProcessingError for a data set that cannot be read.
    """
    from dulcimer.dimse.decoded import DecodedDataset

    if not isinstance(response.data, MemorySink):
        return None
    if response.data.refused:
        raise DIMSEProcessingError(response.data.refused)
    syntax = exchange.association.accepted_contexts[response.context_id].transfer_syntax
    data, limits = response.data.getvalue(), exchange.limits.information

    def decoded() -> Dataset:
        data_set = decode_data_set(data, syntax, limits=limits)
        return DecodedDataset.of(data_set) if elements else data_set

    return decoded() if is_small(data, syntax, limits) else await in_thread(decoded)
