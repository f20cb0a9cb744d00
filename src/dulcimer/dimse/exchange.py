"""Operations over one association: requests out and their responses back, requests in and answers out."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol, TypeAlias

from dulcimer._generated.commands import MESSAGES, STATUSES, CGetRq, CommandField, status_category
from dulcimer.acse.association import Association
from dulcimer.acse.end import no_response, too_late
from dulcimer.dimse.command_set import CommandSet
from dulcimer.dimse.command_values import comment
from dulcimer.dimse.messages import DataSource, MemorySink, Message, MessageAssembler, SinkFactory, batches
from dulcimer.dimse.responses import RESPONSE, deviation_of, problem_of
from dulcimer.errors import (
    AssociationAborted,
    AssociationError,
    AssociationTimeout,
    DIMSEProcessingError,
    DulcimerError,
    LocalProtocolError,
)
from dulcimer.fsm.primitives import Pdv
from dulcimer.limits import DEFAULTS, Limits
from dulcimer.logging_setup import handler_failed
from dulcimer.wire.model import Buffer

logger = logging.getLogger("dulcimer.dimse")

UNRECOGNIZED_OPERATION = 0x0211
MISTYPED_ARGUMENT = 0x0212
PROCESSING_FAILURE = 0x0110
DUPLICATE_INVOCATION = 0x0210

_MOST_WAITING = 8
"""Requests beyond the window that wait; a peer that goes on is not read from meanwhile."""
_MOST_WAITING_LENGTH = 64 << 10
"""Bytes that have come since the first of them, with the same effect."""
_MOST_PERFORMED = 256
"""Operations performed side by side where the window sets no limit; further ones wait."""
_REQUESTS, _ANSWERS = "requests wait", "answers wait"
_PROGRESS = 4096
"""Bytes of a message that is not whole after which a peer does not count as silent."""
_MOST_CANCELLED = 10
_MOST_IDS = 0xFFFF
_MOST_TOLD = 32
"""Different deviations of an association that are told."""

Data: TypeAlias = Buffer | DataSource | None
Answer: TypeAlias = tuple[Any, Data]
"""A response dataclass and its data set."""
Handler: TypeAlias = Callable[[Message, Any], Any | Awaitable[Any] | AsyncGenerator[Answer, None]]
"""Answers a request, given whole and as the dataclass of its message: with a response dataclass or an `Answer`,
now or later, or with several answers as they come."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A response to a request that no service takes; `status` as in PS3.7 Annex C."""

    command_field: int
    message_id_being_responded_to: int
    status: int
    error_comment: str | None = None


class Receiver(Protocol):
    """Who waits for the responses to a request of this end."""

    request: Any
    """The message that was sent."""

    def put(self, message: Message) -> None:
        """A response has come."""

    def fail(self, error: AssociationError) -> None:
        """No response will come any more."""


class Operation:
    """A request of this end that is under way. `next` gives its responses as they come."""

    def __init__(self, exchange: Exchange, context_id: int, request: Any, is_final: Callable[[int], bool]) -> None:
        self.context_id = context_id
        self.is_final = is_final
        self.over: Callable[[], None] = lambda: None
        """Called when the final response has come, whether or not anybody has asked for it."""
        self.request = request
        self.waits_since: float | None = None
        """Since when somebody waits for a response, in the time of the event loop; None while nobody does."""
        self._exchange = exchange
        self._responses: deque[Message] = deque()
        self._waiter: asyncio.Future[None] | None = None

    async def next(self) -> Message:
        """The next response. Raises AssociationAborted, or AssociationTimeout after `dimse_timeout`.

        While the instances of a C-GET come, its responses have time: they may all come after the last instance.
        """
        loop = asyncio.get_running_loop()
        seconds = self._exchange.dimse_timeout
        begin = loop.time()
        while not self._responses:
            if (end := self._exchange.association.end) is not None:
                raise no_response(end)
            self._waiter = loop.create_future()
            self.waits_since = begin
            try:
                async with asyncio.timeout_at(None if seconds is None else begin + seconds):
                    await self._waiter
            except TimeoutError:
                heard = self._exchange.association.active_at
                if isinstance(self.request, CGetRq) and heard > begin:
                    begin = heard
                    continue
                error = AssociationTimeout(f"no response came within {seconds or 0:g} s", seconds=seconds or 0)
                self._waiter = None
                self._exchange.association.abort(error)
                raise error from None
            finally:
                self._waiter = self.waits_since = None
        return self._responses.popleft()

    def put(self, message: Message) -> None:
        """A response has come."""
        self._responses.append(message)
        if self.is_final(message.command_set.value("status")):
            self.over()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def fail(self, error: AssociationError) -> None:
        """No response will come any more."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)


class Exchange:
    """DIMSE on one association, within its asynchronous operations window (PS3.7 D.3.3.3).

    `handle` answers the peer's requests, `open_sink` says where their data sets go. `dimse_timeout` is how long
    a response may take, in seconds; None is for ever. `limits` are for data sets that are decoded.
    """

    def __init__(
        self,
        association: Association,
        *,
        dimse_timeout: float | None = 30.0,
        handle: Handler | None = None,
        open_sink: SinkFactory = lambda _id, _command: MemorySink(),
        limits: Limits = DEFAULTS,
    ) -> None:
        self.association = association
        self.limits = limits
        self.dimse_timeout = dimse_timeout
        self.cancelled: deque[int] = deque(maxlen=_MOST_CANCELLED)
        """IDs of the peer's requests that it has cancelled (C-CANCEL), the latest ten."""
        self.handle = handle
        self.on_message: Callable[[str, Any], None] | None = None
        """Hears of each message: "sending" it, as its dataclass, or "received", as its command set."""
        self.on_over: Callable[[], None] = lambda: None
        """Called when no more messages will come."""
        self._open_sink = open_sink
        self._assembler: MessageAssembler | None = None
        self._message_ids = count(1)
        self._outstanding: dict[int, Receiver] = {}
        self._window: asyncio.Semaphore | None = None
        self._sending = asyncio.Lock()
        """Held while a message leaves: fragments of another one may not come between (PS3.8 E.1)."""
        self._waiting: deque[Message] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._performing: set[int] = set()
        self._release_wanted = False
        self._came = self._length = self._waiting_length = 0
        self._told: set[tuple[str, str]] = set()
        self._draining: asyncio.Task[None] | None = None
        association.p_data = self._p_data
        association.on_release = self._on_release
        association.on_over = self._on_over
        association.on_end = self._on_end
        association.is_busy = lambda: bool(self._outstanding or self._running or self._draining)

    # Requests of this end

    @property
    def waiting_for(self) -> tuple[Any, float] | None:
        """A request of this end to which somebody waits for a response, and since when; None if nobody waits."""
        for operation in self._outstanding.values():
            if isinstance(operation, Operation) and operation.waits_since is not None:
                return operation.request, operation.waits_since
        return None

    def next_message_id(self, wished: int | None = None) -> int:
        """An ID that no outstanding operation has, 1 to 65535; the one `wished` for if it is free.

        ValueError if all of them are taken.
        """
        if len(self._outstanding) >= _MOST_IDS:
            raise ValueError(f"{_MOST_IDS} operations are under way, and a message ID is 1 to {_MOST_IDS} (PS3.7 E.1)")
        if wished is not None and wished not in self._outstanding:
            return wished
        while (message_id := next(self._message_ids) & 0xFFFF) in self._outstanding or not message_id:
            pass
        return message_id

    async def request(self, context_id: int, message: Any, data: Data = None) -> Message:
        """Send a request and return its response; see `operation`."""
        async with self.operation(context_id, message, data) as operation:
            return await operation.next()

    @asynccontextmanager
    async def operation(
        self,
        context_id: int,
        message: Any,
        data: Data = None,
        is_final: Callable[[int], bool] = lambda status: status_category(status) != "Pending",
    ) -> AsyncIterator[Operation]:
        """Send a request; its responses come inside the block, up to the one whose status `is_final`.

        Waits while as many operations are outstanding as the peer takes (PS3.7 D.3.3.3). Raises
        AssociationAborted, AssociationTimeout, or EncodeError for a value that cannot be sent. A buffer given as
        `data` must not change inside the block.
        """
        operation = Operation(self, context_id, message, is_final)
        self.expect(operation)  # at once: no other operation may take the ID meanwhile
        if self._window is None:
            self._window = asyncio.Semaphore(self.association.invoke_window or 0xFFFF)
        try:
            await self._window.acquire()
            place = ExitStack()
            place.callback(self._window.release)
            operation.over = place.close  # not when it has been read: who waits for a place may be who reads
            try:
                await self.send(context_id, message, data)
                yield operation
            finally:
                place.close()
        finally:
            self.forget(message.message_id)

    def expect(self, receiver: Receiver) -> None:
        """Hand the responses to a request to `receiver` until `forget`.

        Raises ValueError if another operation under way has its message ID.
        """
        message_id = receiver.request.message_id
        if message_id in self._outstanding:
            raise ValueError(f"message ID {message_id} is that of an operation under way (PS3.7 9.1, 10.1)")
        self._outstanding[message_id] = receiver

    def forget(self, message_id: int) -> None:
        """No more responses to that request are wanted."""
        self._outstanding.pop(message_id, None)

    async def send(self, context_id: int, message: Any, data: Data = None) -> None:
        """Send a message; a large data set leaves in batches, as fast as the network takes it.

        OSError while a file is read, a peer that takes nothing for `dimse_timeout` seconds, and cancelling the task
        abort the association, for the message cannot be completed.
        """
        async with self._sending:
            await self._send(context_id, message, data)

    async def _send(self, context_id: int, message: Any, data: Data) -> None:
        driver = self.association.driver
        if self.on_message is not None:
            self.on_message("sending", message)
        try:
            for batch in batches(context_id, message, data, driver.upper_layer.maximum_send_length):
                driver.send_all(batch)
                if driver.stream is not None and driver.stream.backlog:
                    async with asyncio.timeout(self.dimse_timeout):
                        await driver.drain()
        except TimeoutError:
            seconds = self.dimse_timeout or 0
            timeout = AssociationTimeout(f"the peer took no data for {seconds:g} s", seconds=seconds)
            self.association.abort(timeout)
            raise timeout from None
        except (OSError, DIMSEProcessingError, asyncio.CancelledError):
            self.association.abort()
            raise
        except LocalProtocolError as error:
            raise too_late(self.association.end) from error

    @property
    def is_answering(self) -> bool:
        """Whether requests of the peer are being performed."""
        return bool(self._running)

    async def finish(self, grace: float | None) -> None:
        """Wait for the answers under way, `grace` seconds at the most, then give them up."""
        if self._running:
            await asyncio.wait(self._running, timeout=grace)
            for task in tuple(self._running):
                task.cancel()

    # What comes in

    def _p_data(self, values: Sequence[Pdv]) -> bool:
        """Take fragments; whether they end a message, or there are enough of them to count as progress."""
        came = sum([len(fragment) for _, _, fragment in values])
        self._came += came
        self._length += came
        progress = self._came >= _PROGRESS
        if self._assembler is None:
            self._assembler = MessageAssembler(self.association.accepted_contexts, self._open_sink)
        try:
            for message in self._assembler.process(values):
                progress = True
                self._dispatch(message)
                self._length = 0
                if self.association.end is not None:
                    break
        except DIMSEProcessingError as error:
            logger.warning("aborting, the peer sent something that is not a DIMSE message: %s", error)
            text = (
                f"the association was aborted by this end: the peer sent something that is not a DIMSE message: {error}"
            )
            self.association.abort(AssociationAborted(text, source=0, reason=0, by_this_end=True))
        if progress:
            self._came = 0
        return progress

    def _dispatch(self, message: Message) -> None:
        command = message.command_set
        field = command.command_field
        if command.deviations:
            self._tell(command)
        if self.on_message is not None:
            self.on_message("received", command)
        if field is not None and field & RESPONSE:
            message_id = command.value("message_id_being_responded_to")
            operation = self._outstanding.get(message_id)
            if operation is not None:
                if problem := problem_of(operation.request, command):
                    raise DIMSEProcessingError(problem, clause="PS3.7 9.1, 10.1")
                if deviation := deviation_of(operation.request, command):
                    logger.warning("the peer answers, but %s (PS3.7 9.1, 10.1)", deviation)
                operation.put(message)
            elif message_id is None and self._outstanding:
                raise DIMSEProcessingError("a response names no request (0000,0120)", clause="PS3.7 9.3, 10.3")
            else:
                logger.warning("a response to message %s, which is not outstanding, was ignored", message_id)
        elif field == CommandField.C_CANCEL_RQ:
            message_id = command.value("message_id_being_responded_to")
            if message_id is None:
                logger.warning("a C-CANCEL that names no message was ignored")
            else:
                self.cancelled.append(message_id)
        elif self._has_room:
            self._answer(message)
        else:
            self._waiting.append(message)
            self._waiting_length += self._length
            if len(self._waiting) >= _MOST_WAITING or self._waiting_length >= _MOST_WAITING_LENGTH:
                self.association.driver.hold(_REQUESTS)

    def _tell(self, command: CommandSet) -> None:
        """Log what is not right about the elements of a message; the same thing once for an association."""
        info = MESSAGES.get(command.command_field or 0)
        for one in command.deviations:
            if (one.path, one.problem) not in self._told and len(self._told) < _MOST_TOLD:
                self._told.add((one.path, one.problem))
                name = info.name if info else "command set"
                logger.info("%s of the peer: %s: %s (%s)", name, one.path, one.problem, one.clause)

    @property
    def _has_room(self) -> bool:
        return len(self._running) < (self.association.perform_window or _MOST_PERFORMED)

    # Answers of this end

    def _answer(self, message: Message) -> None:
        """Answer a request at once, or in a task while others wait."""
        result: Any
        command = message.command_set
        message_id = command.value("message_id")
        try:
            request = command.message()
            if message_id in self._performing:
                result = self._failure(message, DUPLICATE_INVOCATION, None)
            elif self.handle is None or MESSAGES[request.command_field].response is None:
                result = self._failure(message, UNRECOGNIZED_OPERATION, None)
            else:
                result = self.handle(message, request)
        except DIMSEProcessingError as error:
            known = command.command_field is None or command.command_field in MESSAGES
            result = self._failure(message, MISTYPED_ARGUMENT if known else UNRECOGNIZED_OPERATION, str(error))
        if inspect.isawaitable(result) or isinstance(result, AsyncGenerator):
            self._performing.add(message_id)
            if message_id in self.cancelled:  # a cancel of an operation before, which had this ID
                self.cancelled.remove(message_id)
            task = asyncio.get_running_loop().create_task(self._answer_later(message, message_id, result))
            self._running.add(task)
        elif result is not None and self._sending.locked():
            self._running.add(asyncio.get_running_loop().create_task(self._respond_in_turn(message.context_id, result)))
        elif result is not None:
            self._respond(message.context_id, result)

    async def _respond_in_turn(self, context_id: int, result: Any) -> None:
        """Send an answer that is there when the message that is leaving has left."""
        try:
            async with self._sending:
                self._respond(context_id, result)
        finally:
            self._running.discard(asyncio.current_task())
        self._go_on()

    async def _answer_later(self, message: Message, message_id: int, result: Any) -> None:
        context_id = message.context_id
        try:
            if isinstance(result, AsyncGenerator):
                async with aclosing(result) as answers:
                    async for response, data in answers:
                        await self.send(context_id, response, data)
            else:
                response, data = _answer_of(await result)
                if response is not None:
                    await self.send(context_id, response, data)
        except AssociationError as error:
            logger.info("an answer could not be sent: %s", error)
        except Exception as error:
            handler_failed("the handler of a request", error)
            failure = self._failure(message, PROCESSING_FAILURE, None)
            if failure is not None:
                async with self._sending:
                    self._respond(context_id, failure)
        finally:
            self._running.discard(asyncio.current_task())
            self._performing.discard(message_id)
            if message_id in self.cancelled:
                self.cancelled.remove(message_id)
        self._go_on()

    def _go_on(self) -> None:
        """Take the next request that waits; confirm a release when none is left."""
        while self._waiting and self._has_room:
            self._answer(self._waiting.popleft())
        if len(self._waiting) < _MOST_WAITING:
            self._waiting_length = 0
            self.association.driver.free(_REQUESTS)
        if self._release_wanted and not self._running:
            self.association.confirm_release()

    def _respond(self, context_id: int, result: Any) -> None:
        """Send an answer at once; one that is handed over at once has a small data set, or none."""
        driver = self.association.driver
        response, data = _answer_of(result)
        if self.on_message is not None:
            self.on_message("sending", response)
        try:
            for batch in batches(context_id, response, data, driver.upper_layer.maximum_send_length):
                driver.send_all(batch)
        except DulcimerError as error:
            logger.info("a response could not be sent: %s", error)
            self.association.abort()
        if driver.stream is not None and driver.stream.backlog > self.limits.unread_length and self._draining is None:
            driver.hold(_ANSWERS)
            self._draining = asyncio.get_running_loop().create_task(self._drain_answers())

    async def _drain_answers(self) -> None:
        """Read nothing more until the peer has taken its answers, for which it has `dimse_timeout` seconds."""
        try:
            async with asyncio.timeout(self.dimse_timeout):
                await self.association.driver.drain()
        except TimeoutError:
            seconds = self.dimse_timeout or 0
            logger.warning("aborting, the peer took none of its answers for %g s", seconds)
            text = f"the peer took no data for {seconds:g} s: the association was aborted by this end"
            self.association.abort(AssociationTimeout(text, seconds=seconds))
        finally:
            self._draining = None
            self.association.driver.free(_ANSWERS)

    def _failure(self, message: Message, status: int, problem: str | None) -> Failure | None:
        """A failure response, None after an abort where the request gives nothing to respond to."""
        if message.data is not None:
            message.data.discard()
        command = message.command_set
        field, message_id = command.command_field, command.value("message_id")
        logger.warning("a request is answered with status %04XH: %s", status, problem or STATUSES[status].meaning)
        if field is None or message_id is None:
            self.association.abort()
            return None
        return Failure(field | RESPONSE, message_id, status, comment(problem) if problem else None)

    # The end

    def _on_release(self) -> None:
        """Confirm a release once the operations under way have been answered (PS3.8 9.2.3 AR-7)."""
        self._release_wanted = True
        if not self._running:
            self.association.confirm_release()

    def _on_over(self) -> None:
        error = no_response(self.association.end)
        for operation in tuple(self._outstanding.values()):
            operation.fail(error)
        self.on_over()

    def _on_end(self) -> None:
        if self.association.end is None:
            self._on_over()
        if self._assembler is not None:
            self._assembler.discard()
        while self._waiting:
            sink = self._waiting.popleft().data
            if sink is not None:
                sink.discard()


def _answer_of(result: Any) -> Answer:
    return result if isinstance(result, tuple) else (result, None)
