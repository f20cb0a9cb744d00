"""DIMSE on one association, for asyncio: `Dialogue`, the sender, and the tasks that answer the peer."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import Any, Protocol, cast

from dulcimer._generated.commands import MessageBase, status_category
from dulcimer._generated.statuses import MISTYPED_ARGUMENT, PROCESSING_FAILURE, UNRECOGNIZED_OPERATION
from dulcimer.acse.driven import AssociationUser, DrivenAssociation
from dulcimer.acse.end import AssociationEnd, no_response_error
from dulcimer.dimse.dialogue import Dialogue
from dulcimer.dimse.dialogue_events import (
    Asked,
    DialogueEvent,
    Failure,
    MayBegin,
    MayRelease,
    MustAbort,
    MustRefuse,
    Outstanding,
    Responded,
)
from dulcimer.dimse.messages import Message
from dulcimer.dimse.operation import Operation
from dulcimer.dimse.own_operations import OwnOperations
from dulcimer.dimse.sender import Sender
from dulcimer.dimse.user import Answer, Data, ExchangeUser
from dulcimer.errors import (
    AssociationError,
    DIMSEProcessingError,
)
from dulcimer.fsm.primitives import Pdv
from dulcimer.limits import DEFAULTS, Limits
from dulcimer.logging_setup import handler_failed
from dulcimer.wire.model import AssociateAc, AssociateRq

logger = logging.getLogger("dulcimer.dimse")

_REQUESTS = "requests wait"


def _is_final(status: int) -> bool:
    return status_category(status) != "Pending"


class Receiver(Outstanding, Protocol):
    """Receives the responses to a request of this end."""

    def put(self, message: Message) -> None:
        """A response was received."""

    def fail(self, error: AssociationError) -> None:
        """No response will come any more."""


class Exchange(AssociationUser):
    """DIMSE on one association; `associate` makes the association for this user.

    `user` gets the events of the association, says where data sets go and answers the peer's requests. `dimse_timeout`
    is how long a response may take, in seconds; None is forever. `limits` are for data sets that are decoded.
    """

    def __init__(
        self,
        associate: Callable[[AssociationUser], DrivenAssociation],
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
            on_command=partial(self._user.on_message, "received"),
            dimse_timeout=dimse_timeout,
        )
        self.loop = self.association.loop
        """The event loop of the association."""
        self._sender = Sender(self.association, self._user, self.own, limits)
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._is_held = False

    @property
    def end(self) -> AssociationEnd | None:
        """How the association ended; None before."""
        return self.association.end

    @property
    def dimse_timeout(self) -> float | None:
        """Seconds that a response may take; None is forever."""
        return self.own.dimse_timeout

    @dimse_timeout.setter
    def dimse_timeout(self, seconds: float | None) -> None:
        self.own.dimse_timeout = seconds

    @property
    def own(self) -> OwnOperations:
        """The operations that this end asks of its peer."""
        return self.dialogue.own

    @property
    def cancelled(self) -> deque[int]:
        """IDs of the peer's requests that it has cancelled (C-CANCEL), the latest ten."""
        return self.dialogue.peer.cancelled

    @property
    def is_answering(self) -> bool:
        """Whether requests of the peer are being performed."""
        return bool(self._tasks)

    # Requests of this end

    async def request(self, context_id: int, message: Any, data: Data = None) -> Message:
        """Send a request and return its response; see `operation`."""
        # Not by means of `operation`: a generator for each message would take a tenth of the time of a C-ECHO.
        operation = Operation(self, message, _is_final)
        may_begin = self.own.begin(operation)
        try:
            await self._ask(operation, context_id, data, may_begin=may_begin)
            return await operation.next()
        finally:
            self.forget(message.message_id)

    @asynccontextmanager
    async def operation(
        self,
        context_id: int,
        message: Any,
        data: Data = None,
        is_final: Callable[[int], bool] = _is_final,
    ) -> AsyncIterator[Operation]:
        """Send a request; its responses are available inside the block, up to the one whose status `is_final`.

        Waits while as many operations are outstanding as the peer allows (PS3.7 D.3.3.3). Raises
        AssociationAborted, AssociationTimeout, or EncodeError for a value that cannot be sent. A buffer given as
        `data` must not change inside the block.
        """
        operation = Operation(self, message, is_final)
        may_begin = self.own.begin(operation)
        try:
            await self._ask(operation, context_id, data, may_begin=may_begin)
            yield operation
        finally:
            self.forget(message.message_id)

    async def _ask(self, operation: Operation, context_id: int, data: Data, *, may_begin: bool) -> None:
        if not may_begin:
            await operation.wait_for_room()
        await self._sender.send(context_id, operation.request, data)

    def expect(self, receiver: Receiver) -> None:
        """Hand the responses to a request to `receiver` until `forget`.

        Raises ValueError if another operation under way has its message ID.
        """
        self.own.expect(receiver)

    def forget(self, message_id: int) -> None:
        """Stop expecting responses to that request."""
        self.own.finish(message_id)
        self._handle_events()

    async def send(self, context_id: int, message: Any, data: Data = None) -> None:
        """Send a message in its turn; see `Sender.send`."""
        await self._sender.send(context_id, message, data)

    # Events of the association

    def on_request(self, association: DrivenAssociation, request: AssociateRq) -> None:
        """The peer requests the association."""
        self._user.on_request(association, request)

    def on_accepted(self, association: DrivenAssociation, answer: AssociateAc) -> None:
        """The peer has accepted the association."""
        self._user.on_accepted(association, answer)

    def on_data(self, association: DrivenAssociation, values: Sequence[Pdv]) -> bool:
        """P-DATA was received; return whether it ends a message, or is enough to count as progress."""
        dialogue = self.dialogue
        dialogue.receive(values, association.control.now)
        self._handle_events()
        return dialogue.progressed

    def on_release(self, association: DrivenAssociation) -> None:  # noqa: ARG002 - the only one
        """The peer asks for release, which is confirmed when its operations are performed."""
        self.dialogue.peer.ask_release()
        self._handle_events()

    def on_over(self, association: DrivenAssociation, end: AssociationEnd) -> None:
        """The association is over: no more messages come."""
        self.dialogue.stop()
        for operation in tuple(self.own.outstanding.values()):
            cast(Receiver, operation).fail(no_response_error(end))
        self._user.on_over(association, end)

    def on_closed(self, association: DrivenAssociation) -> None:
        """The connection is closed."""
        self.dialogue.stop()
        if self._timer is not None:
            self._timer.cancel()
        self._user.on_closed(association)

    def is_busy(self, association: DrivenAssociation) -> bool:  # noqa: ARG002 - the only one
        """Whether operations are under way, or the peer has yet to read answers."""
        return bool(self.own.outstanding or self._tasks or self._sender.is_draining)

    def watch_time(self) -> None:
        """Set the timer for a response that may become overdue."""
        due = self.dialogue.next_deadline()
        if due is not None and (self._timer is None or due < self._timer.when()):
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self.loop.call_at(due, self._handle_timer)

    def _handle_timer(self) -> None:
        assert self._timer is not None
        now = max(self._timer.when(), self.loop.time())
        self._timer = None
        self.dialogue.handle_timeout(now)
        self._handle_events()
        self.watch_time()

    def _handle_events(self) -> None:
        """Handle the events of the dialogue until there are no more."""
        dialogue = self.dialogue
        while (event := dialogue.next_event()) is not None:
            self._handle_event(event)
            if self.association.control.end is not None:
                dialogue.stop()
        if dialogue.peer.is_crowded is not self._is_held:
            self._is_held = not self._is_held
            driver = self.association.driver
            (driver.hold if self._is_held else driver.free)(_REQUESTS)

    def _handle_event(self, event: DialogueEvent) -> None:
        match event:
            case Responded():
                cast(Receiver, event.operation).put(event.message)
            case Asked():
                self._perform(event.message, event.request)
            case MayBegin():
                cast(Operation, event.operation).begin()
            case MustRefuse():
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
        if isinstance(result, MessageBase):  # as nearly all are: the other questions cost more than the answer
            self._answer(message, result)
        elif inspect.isawaitable(result) or isinstance(result, AsyncGenerator):
            self._spawn(message, self._answer_later(message, result))
        else:
            self._answer(message, result)

    def _answer(self, message: Message, result: Any) -> None:
        """Send an answer at once, or after the message that is being sent."""
        if result is not None and self._sender.is_sending:
            self._spawn(message, self._sender.send_small(message.context_id, *_answer_of(result)))
            return
        if result is not None:
            self._sender.send_at_once(message.context_id, *_answer_of(result))
        self.dialogue.peer.performed(message)

    def _spawn(self, message: Message, work: Any) -> None:
        task = self.loop.create_task(self._until_performed(message, work))
        self._tasks.add(task)

    async def _until_performed(self, message: Message, work: Any) -> None:
        try:
            await work
        finally:
            self._tasks.discard(cast("asyncio.Task[None]", asyncio.current_task()))
            self.dialogue.peer.performed(message)
        self._handle_events()

    async def _answer_later(self, message: Message, result: Any) -> None:
        context_id = message.context_id
        try:
            if isinstance(result, AsyncGenerator):
                async with aclosing(result) as answers:
                    async for response, data in answers:
                        await self._sender.send(context_id, response, data)
            else:
                response, data = _answer_of(await result)
                if response is not None:
                    await self._sender.send(context_id, response, data)
        except AssociationError as error:
            logger.info("an answer could not be sent: %s", error)
        except Exception as error:
            handler_failed("the handler of a request", error)
            failure = self._failure(message, PROCESSING_FAILURE)
            if failure is not None:
                await self._sender.send_small(context_id, failure, None)

    def _failure(self, message: Message, status: int, problem: str | None = None) -> Failure | None:
        """A failure response; None, after an abort, if the request has no message ID to respond to."""
        failure = self.dialogue.peer.failure(message, status, problem)
        if failure is None:
            self.association.abort()
        return failure

    async def finish(self, grace: float | None) -> None:
        """Wait for the answers under way for at most `grace` seconds, then cancel them."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)
            for task in tuple(self._tasks):
                task.cancel()


def _answer_of(result: Any) -> Answer:
    return result if isinstance(result, tuple) else (result, None)
