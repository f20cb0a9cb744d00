"""DIMSE on one association, for asyncio: `Dialogue`, what is sent, and the tasks that answer the peer."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import Any, Protocol, cast

from dulcimer._generated.commands import status_category
from dulcimer.acse.association import Association, AssociationUser
from dulcimer.acse.end import End, no_response, too_late
from dulcimer.dimse.dialogue import MISTYPED_ARGUMENT, PROCESSING_FAILURE, UNRECOGNIZED_OPERATION, Dialogue
from dulcimer.dimse.dialogue_events import (
    Asked,
    DialogueEvent,
    Failure,
    MayBegin,
    MayRelease,
    MustAbort,
    Outstanding,
    Refused,
    Responded,
)
from dulcimer.dimse.messages import Message, batches
from dulcimer.dimse.operation import Operation
from dulcimer.dimse.user import Answer, Data, ExchangeUser
from dulcimer.errors import (
    AssociationError,
    AssociationTimeout,
    DIMSEProcessingError,
    DulcimerError,
    LocalProtocolError,
)
from dulcimer.fsm.primitives import Pdv
from dulcimer.limits import DEFAULTS, Limits
from dulcimer.logging_setup import handler_failed
from dulcimer.wire.model import AssociateAc, AssociateRq

logger = logging.getLogger("dulcimer.dimse")

_REQUESTS, _ANSWERS = "requests wait", "answers wait"


class Receiver(Outstanding, Protocol):
    """Who waits for the responses to a request of this end."""

    def put(self, message: Message) -> None:
        """A response has come."""

    def fail(self, error: AssociationError) -> None:
        """No response will come any more."""


class Exchange(AssociationUser):
    """DIMSE on one association, which `associate` makes for this user of it.

    `user` is told what becomes of the association, says where data sets go and answers the peer's requests.
    `dimse_timeout` is how long a response may take, in seconds; None is for ever. `limits` are for data sets that are
    decoded.
    """

    def __init__(
        self,
        associate: Callable[[AssociationUser], Association],
        user: ExchangeUser | None = None,
        *,
        dimse_timeout: float | None = 30.0,
        limits: Limits = DEFAULTS,
    ) -> None:
        self.limits = limits
        self.association = associate(self)
        self._user = user or ExchangeUser()
        self.dialogue = Dialogue(
            self.association.control,
            self._user.open_sink,
            hear=partial(self._user.on_message, "received"),
            dimse_timeout=dimse_timeout,
        )
        self._loop = asyncio.get_running_loop()
        self._sending = asyncio.Lock()
        """Held while a message leaves: fragments of another one may not come between (PS3.8 E.1)."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._draining: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_held = False

    @property
    def end(self) -> End | None:
        """How the association ended; None before."""
        return self.association.end

    @property
    def dimse_timeout(self) -> float | None:
        """Seconds that a response may take; None is for ever."""
        return self.dialogue.dimse_timeout

    @dimse_timeout.setter
    def dimse_timeout(self, seconds: float | None) -> None:
        self.dialogue.dimse_timeout = seconds

    @property
    def cancelled(self) -> deque[int]:
        """IDs of the peer's requests that it has cancelled (C-CANCEL), the latest ten."""
        return self.dialogue.cancelled

    @property
    def is_answering(self) -> bool:
        """Whether requests of the peer are being performed."""
        return bool(self._tasks)

    # Requests of this end

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
        operation = Operation(self, message, is_final)
        may_begin = self.dialogue.begin(operation)
        try:
            if not may_begin:
                await operation.place()
            await self.send(context_id, message, data)
            yield operation
        finally:
            self.forget(message.message_id)

    def expect(self, receiver: Receiver) -> None:
        """Hand the responses to a request to `receiver` until `forget`.

        Raises ValueError if another operation under way has its message ID.
        """
        self.dialogue.expect(receiver)

    def forget(self, message_id: int) -> None:
        """No more responses to that request are wanted."""
        self.dialogue.finish(message_id)
        self._go_on()

    async def send(self, context_id: int, message: Any, data: Data = None) -> None:
        """Send a message; a large data set leaves in batches, as fast as the network takes it.

        OSError while a file is read, a peer that takes nothing for `dimse_timeout` seconds, and cancelling the task
        abort the association, for the message cannot be completed.
        """
        async with self._sending:
            await self._send(context_id, message, data)

    async def _send(self, context_id: int, message: Any, data: Data) -> None:
        driver = self.association.driver
        self._user.on_message("sending", message)
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
            raise too_late(self.end) from error

    # What the association says

    def on_request(self, association: Association, request: AssociateRq) -> None:
        """The peer requests the association."""
        self._user.on_request(association, request)

    def on_accepted(self, association: Association, answer: AssociateAc) -> None:
        """The peer has accepted the association."""
        self._user.on_accepted(association, answer)

    def on_data(self, association: Association, values: Sequence[Pdv]) -> bool:
        """P-DATA has come; whether it ends a message, or there is enough of it to count as progress."""
        dialogue = self.dialogue
        dialogue.receive(values, association.control.now)
        self._go_on()
        return dialogue.progressed

    def on_release(self, association: Association) -> None:  # noqa: ARG002 - the only one
        """The peer asks for release, which is confirmed when its operations under way are performed."""
        self.dialogue.ask_release()
        self._go_on()

    def on_over(self, association: Association, end: End) -> None:
        """No more messages come."""
        self.dialogue.stop()
        for operation in tuple(self.dialogue.outstanding.values()):
            cast(Receiver, operation).fail(no_response(end))
        self._user.on_over(association, end)

    def on_closed(self, association: Association) -> None:
        """The connection is closed."""
        self.dialogue.stop()
        if self._timer is not None:
            self._timer.cancel()
        self._user.on_closed(association)

    def is_busy(self, association: Association) -> bool:  # noqa: ARG002 - the only one
        """Whether operations are under way, or the peer is still to take answers."""
        return bool(self.dialogue.outstanding or self._tasks or self._draining)

    def watch_time(self) -> None:
        """Wake in time for a response that may be overdue."""
        due = self.dialogue.next_deadline()
        if due is not None and (self._timer is None or due < self._timer.when()):
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(due, self._look_at_time)

    def _look_at_time(self) -> None:
        assert self._timer is not None
        now = max(self._timer.when(), self._loop.time())
        self._timer = None
        self.dialogue.handle_timeout(now)
        self._go_on()
        self.watch_time()

    def _go_on(self) -> None:
        """Do what the dialogue says, until it says nothing more."""
        dialogue = self.dialogue
        while (event := dialogue.next_event()) is not None:
            self._act(event)
            if self.end is not None:
                dialogue.stop()
        if dialogue.is_crowded is not self._is_held:
            self._is_held = not self._is_held
            driver = self.association.driver
            (driver.hold if self._is_held else driver.free)(_REQUESTS)

    def _act(self, event: DialogueEvent) -> None:
        match event:
            case Responded():
                cast(Receiver, event.operation).put(event.message)
            case Asked():
                self._perform(event.message, event.request)
            case MayBegin():
                cast(Operation, event.operation).begin()
            case Refused():
                self._answer(event.message, event.failure)
            case MayRelease():
                self.association.confirm_release()
            case MustAbort():
                self.association.abort(event.error)

    # Answers of this end

    def _perform(self, message: Message, request: Any) -> None:
        """Answer a request at once, or in a task while others wait."""
        try:
            result = self._user.answer(message, request)
            if result is NotImplemented:
                result = self._failure(message, UNRECOGNIZED_OPERATION)
        except DIMSEProcessingError as error:
            result = self._failure(message, MISTYPED_ARGUMENT, str(error))
        if inspect.isawaitable(result) or isinstance(result, AsyncGenerator):
            self._spawn(message, self._answer_later(message, result))
        else:
            self._answer(message, result)

    def _answer(self, message: Message, result: Any) -> None:
        """Send an answer that is there, when the message that is leaving has left."""
        if result is not None and self._sending.locked():
            self._spawn(message, self._answer_in_turn(message.context_id, result))
            return
        if result is not None:
            self._respond(message.context_id, result)
        self.dialogue.performed(message)

    def _spawn(self, message: Message, work: Any) -> None:
        task = self._loop.create_task(self._until_performed(message, work))
        self._tasks.add(task)

    async def _until_performed(self, message: Message, work: Any) -> None:
        try:
            await work
        finally:
            self._tasks.discard(cast("asyncio.Task[None]", asyncio.current_task()))
            self.dialogue.performed(message)
        self._go_on()

    async def _answer_in_turn(self, context_id: int, result: Any) -> None:
        async with self._sending:
            self._respond(context_id, result)

    async def _answer_later(self, message: Message, result: Any) -> None:
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
            failure = self._failure(message, PROCESSING_FAILURE)
            if failure is not None:
                await self._answer_in_turn(context_id, failure)

    def _failure(self, message: Message, status: int, problem: str | None = None) -> Failure | None:
        """A failure response; None after an abort where the request gives nothing to respond to."""
        failure = self.dialogue.failure(message, status, problem)
        if failure is None:
            self.association.abort()
        return failure

    def _respond(self, context_id: int, result: Any) -> None:
        """Send an answer at once; one that is handed over at once has a small data set, or none."""
        driver = self.association.driver
        response, data = _answer_of(result)
        self._user.on_message("sending", response)
        try:
            for batch in batches(context_id, response, data, driver.upper_layer.maximum_send_length):
                driver.send_all(batch)
        except DulcimerError as error:
            logger.info("a response could not be sent: %s", error)
            self.association.abort()
        if driver.stream is not None and driver.stream.backlog > self.limits.unread_length and self._draining is None:
            driver.hold(_ANSWERS)
            self._draining = self._loop.create_task(self._drain_answers())

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

    async def finish(self, grace: float | None) -> None:
        """Wait for the answers under way, `grace` seconds at the most, then give them up."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)
            for task in tuple(self._tasks):
                task.cancel()


def _answer_of(result: Any) -> Answer:
    return result if isinstance(result, tuple) else (result, None)
