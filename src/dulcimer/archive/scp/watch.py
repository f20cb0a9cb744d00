"""What a server records about each of its associations: metrics, and when it was last active."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from time import perf_counter
from typing import Any

from dulcimer._generated.commands import CStoreRq, CStoreRsp, status_category
from dulcimer._generated.fsm import Events, States
from dulcimer.acse.negotiation import AcceptedContext
from dulcimer.ae.core.terms import Storage
from dulcimer.archive.operation.metrics import Metrics
from dulcimer.dimse.command_set import CommandSet
from dulcimer.dimse.messages import Message, Sink
from dulcimer.dimse.user import Answer, Answers, Handler, messages_with
from dulcimer.fsm.primitives import PDataIndication, PDataRequest
from dulcimer.upper_layer.observer import Observer
from dulcimer.wire.codec import Deviation
from dulcimer.wire.model import AssociateAc, AssociateRj, Buffer, Pdu


class AssociationObserver(Observer):
    """Counts the bytes and the end of one association; `active` is when bytes last came or went, in seconds."""

    def __init__(self, metrics: Metrics) -> None:
        self.active = 0.0
        self._metrics = metrics
        self._is_open = False

    def bytes_received(self, data: Buffer, now: float) -> None:
        """Count the bytes."""
        self.active = now
        self._metrics.received(len(data))

    def bytes_sent(self, data: Sequence[Buffer], now: float) -> None:
        """Count the bytes."""
        self.active = now
        self._metrics.sent(sum(map(len, data)))

    def data_sent(self, primitive: PDataRequest, data: Sequence[Buffer], now: float) -> None:  # noqa: ARG002
        """Count the bytes."""
        self.bytes_sent(data, now)

    def data_received(
        self, primitive: PDataIndication, data: Buffer, deviations: Sequence[Deviation], now: float
    ) -> None:
        """Nothing more: the bytes have been counted."""

    def pdu_sent(self, pdu: Pdu, now: float) -> None:  # noqa: ARG002
        """Count associations accepted and rejected."""
        if isinstance(pdu, AssociateAc):
            self._is_open = True
            self._metrics.accepted()
        elif isinstance(pdu, AssociateRj):
            self._metrics.rejected()

    def transition(self, event: Events, state: States, action: str, next_state: States, now: float) -> None:  # noqa: ARG002
        """Count the end of an open association."""
        if next_state is States.STA_1 and self._is_open:
            self._is_open = False
            self._metrics.ended()


class TimedStorage:
    """A storage that measures how long it took to keep each instance."""

    def __init__(self, storage: Storage, metrics: Metrics) -> None:
        self._storage = storage
        self._metrics = metrics

    def open_sink(self, context: AcceptedContext, command: CommandSet, source_ae_title: str) -> Sink:
        """The sink for the data set of this C-STORE request."""
        return self._storage.open_sink(context, command, source_ae_title)

    async def finish(self, request: CStoreRq, sink: Sink | None) -> CStoreRsp:
        """Make the instance durable; returns the response."""
        begin = perf_counter()
        response = await self._storage.finish(request, sink)
        self._metrics.stored(perf_counter() - begin)
        return response


def counting(handle: Handler, message: Message, request: Any, metrics: Metrics) -> Answers:
    """The answers of `handle` to a request, and count them."""
    name = request.info.name.removesuffix("-RQ")

    def count(response: Any) -> None:
        metrics.answered(name, status_category(response.status))

    metrics.asked(name)
    result = handle(message, request)
    if isinstance(result, AsyncGenerator):
        return _each(result, count)
    if isinstance(result, Awaitable):
        return _later(result, count)
    count(result[0] if isinstance(result, tuple) else result)
    return result


async def _each(answers: AsyncGenerator[Answer, None], count: Callable[[Any], None]) -> AsyncGenerator[Answer, None]:
    async with aclosing(answers):
        async for response, data in answers:
            for _ in range(messages_with(data)):
                count(response)
            yield response, data


async def _later(answer: Awaitable[Any], count: Callable[[Any], None]) -> Any:
    result = await answer
    response = result[0] if isinstance(result, tuple) else result
    if response is not None:
        count(response)
    return result
