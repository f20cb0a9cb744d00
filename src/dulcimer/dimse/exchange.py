"""Operations over one association: requests out and their responses back, requests in and answers out."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeAlias

from dulcimer._generated.commands import MESSAGES, STATUSES
from dulcimer.acse.association import Association
from dulcimer.dimse.command_set import CommandSet
from dulcimer.dimse.messages import DataSource, MemorySink, Message, MessageAssembler, SinkFactory, batches, fragments
from dulcimer.errors import (
    AssociationAborted,
    AssociationTimeout,
    DIMSEProcessingError,
    LocalProtocolError,
)
from dulcimer.fsm.primitives import Pdv
from dulcimer.wire.model import Buffer

logger = logging.getLogger("dulcimer.dimse")

RESPONSE = 0x8000
"""Set in the command field of a response (PS3.7 E.1)."""
UNRECOGNIZED_OPERATION = 0x0211
MISTYPED_ARGUMENT = 0x0212
PROCESSING_FAILURE = 0x0110

_MOST_WAITING = 8

Handler: TypeAlias = Callable[[Message, Any], Any | Awaitable[Any]]
"""Answers a request, given whole and as the dataclass of its message, with a response dataclass."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A response to a request that no service takes; `status` as in PS3.7 Annex C."""

    command_field: int
    message_id_being_responded_to: int
    status: int
    error_comment: str | None = None


class Exchange:
    """DIMSE on one association: one operation at a time in each direction.

    `handle` answers the peer's requests, `open_sink` says where their data sets go. `dimse_timeout` is how long
    a response may take, in seconds; None is for ever.
    """

    def __init__(
        self,
        association: Association,
        *,
        dimse_timeout: float | None = 30.0,
        handle: Handler | None = None,
        open_sink: SinkFactory = lambda _id, _command: MemorySink(),
    ) -> None:
        self.association = association
        self.dimse_timeout = dimse_timeout
        self._handle = handle
        self._open_sink = open_sink
        self._assembler: MessageAssembler | None = None
        self._message_ids = count(1)
        self._outstanding: dict[int, asyncio.Future[Message]] = {}
        self._waiting: deque[Message] = deque()
        self._task: asyncio.Task[None] | None = None
        self._release_wanted = False
        association.p_data = self._p_data
        association.on_release = self._on_release
        association.on_end = self._on_end

    def next_message_id(self) -> int:
        """An ID that no outstanding operation has, 1 to 65535."""
        while (message_id := next(self._message_ids) & 0xFFFF) in self._outstanding or not message_id:
            pass
        return message_id

    async def request(self, context_id: int, message: Any, data: Buffer | DataSource | None = None) -> Message:
        """Send a request and return its response.

        Raises AssociationAborted, AssociationTimeout, or EncodeError for a value that cannot be sent. A buffer
        given as `data` must not change until this returns or raises.
        """
        message_id = message.message_id
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._outstanding[message_id] = future
        try:
            async with asyncio.timeout(self.dimse_timeout):
                await self.send(context_id, message, data)
                return await future
        except TimeoutError:
            self.association.abort()
            seconds = self.dimse_timeout or 0
            raise AssociationTimeout(f"no response came within {seconds:g} s", seconds=seconds) from None
        finally:
            self._outstanding.pop(message_id, None)

    async def send(self, context_id: int, message: Any, data: Buffer | DataSource | None = None) -> None:
        """Send a message; a large data set leaves in batches, as fast as the network takes it.

        OSError while a file is read aborts the association, for the message cannot be completed.
        """
        driver = self.association.driver
        try:
            for batch in batches(context_id, message, data, driver.upper_layer.maximum_send_length):
                driver.send_all(batch)
                if driver.stream is not None and driver.stream.backlog:
                    await driver.drain()
        except (OSError, DIMSEProcessingError):
            self.association.abort()
            raise
        except LocalProtocolError as error:
            raise self.association.error or AssociationAborted("the association is over") from error

    # Inside

    def _p_data(self, values: Sequence[Pdv]) -> None:
        if self._assembler is None:
            self._assembler = MessageAssembler(self.association.accepted_contexts, self._open_sink)
        try:
            for message in self._assembler.process(values):
                self._dispatch(message)
        except DIMSEProcessingError as error:
            logger.warning("aborting, the peer sent what is no DIMSE message: %s", error)
            self.association.abort()

    def _dispatch(self, message: Message) -> None:
        field = message.command_set.command_field
        if field is not None and field & RESPONSE:
            message_id = message.command_set.value("message_id_being_responded_to")
            future = self._outstanding.get(message_id)
            if future is not None and not future.done():
                future.set_result(message)
            else:
                logger.warning("a response to message %s, which is not outstanding, was ignored", message_id)
        elif self._task is None:
            self._answer(message)
        else:
            self._waiting.append(message)
            if len(self._waiting) >= _MOST_WAITING and self.association.driver.stream is not None:
                self.association.driver.stream.pause_reading()

    def _answer(self, message: Message) -> None:
        """Answer a request at once, or in a task while others wait."""
        result: Any
        try:
            request = message.command_set.message()
            if self._handle is None or MESSAGES[request.command_field].response is None:
                result = self._unsupported(message.command_set)
            else:
                result = self._handle(message, request)
        except DIMSEProcessingError as error:
            result = self._mistyped(message.command_set, str(error))
        if inspect.isawaitable(result):
            self._task = asyncio.get_running_loop().create_task(self._answer_later(message, result))
        elif result is not None:
            self._respond(message.context_id, result)

    async def _answer_later(self, message: Message, result: Awaitable[Any]) -> None:
        try:
            response = await result
        except Exception:
            logger.exception("the handler of a request failed")
            response = self._failure(message.command_set, PROCESSING_FAILURE, None)
        finally:
            self._task = None
        if response is not None:
            self._respond(message.context_id, response)
        while self._waiting and self._task is None:
            self._answer(self._waiting.popleft())
        if self.association.driver.stream is not None:
            self.association.driver.stream.resume_reading()
        if self._release_wanted and self._task is None:
            self.association.confirm_release()

    def _respond(self, context_id: int, response: Any) -> None:
        driver = self.association.driver
        try:
            driver.send_all(fragments(context_id, response, None, driver.upper_layer.maximum_send_length))
        except (LocalProtocolError, DIMSEProcessingError) as error:
            logger.info("a response could not be sent: %s", error)
            self.association.abort()

    def _unsupported(self, command: CommandSet) -> Failure | None:
        if command.command_field == 0x0FFF:
            return None
        return self._failure(command, UNRECOGNIZED_OPERATION, None)

    def _mistyped(self, command: CommandSet, problem: str) -> Failure | None:
        field = command.command_field
        if field is None or field in MESSAGES:
            return self._failure(command, MISTYPED_ARGUMENT, problem)
        return self._failure(command, UNRECOGNIZED_OPERATION, problem)

    def _failure(self, command: CommandSet, status: int, problem: str | None) -> Failure | None:
        """A failure response, None after an abort where the request gives nothing to respond to."""
        field, message_id = command.command_field, command.value("message_id")
        logger.warning("a request is answered with status %04XH: %s", status, problem or STATUSES[status].meaning)
        if field is None or not isinstance(message_id, int):
            self.association.abort()
            return None
        return Failure(field | RESPONSE, message_id, status, problem[:64] if problem else None)

    def _on_release(self) -> None:
        """Confirm a release once the operations under way have been answered (PS3.8 9.2.3 AR-7)."""
        self._release_wanted = True
        if self._task is None:
            self.association.confirm_release()

    def _on_end(self) -> None:
        if self._assembler is not None:
            self._assembler.discard()
        while self._waiting:
            sink = self._waiting.popleft().data
            if sink is not None:
                sink.discard()
        error = self.association.error or AssociationAborted("the association ended before the response came")
        for future in self._outstanding.values():
            if not future.done():
                future.set_exception(error)
