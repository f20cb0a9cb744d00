"""DIMSE on one association, sans-IO: requests matched to responses within the operations windows (PS3.7 D.3.3.3).

P-DATA and the time go in, events come out. The owner

- calls `receive` with the P-DATA of the peer, `begin` and `finish` for operations of this end,
- then takes `next_event()` until it is None, and calls `performed` for each operation of the peer when it is,
- calls `handle_timeout` at `next_deadline()`, and `stop` when the association is over.

What is sent is not seen here: `dulcimer.dimse.messages` makes the P-DATA of a message. Times are in seconds.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Container, Iterator, Sequence
from itertools import count
from typing import Any, Protocol

from dulcimer._generated.commands import MESSAGES, STATUSES, CGetRq, CommandField
from dulcimer.dimse.command_set import CommandSet
from dulcimer.dimse.command_values import comment
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
from dulcimer.dimse.messages import MemorySink, Message, MessageAssembler, SinkFactory
from dulcimer.dimse.responses import RESPONSE, deviation_of, problem_of
from dulcimer.errors import AssociationAborted, AssociationTimeout, DIMSEProcessingError
from dulcimer.fsm.primitives import Pdv

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
_PROGRESS = 4096
"""Bytes of a message that is not whole after which a peer does not count as silent."""
_MOST_CANCELLED = 10
_MOST_IDS = 0xFFFF
_MOST_TOLD = 32
"""Different deviations of an association that are told."""


class Negotiated(Protocol):
    """What was negotiated for the association."""

    @property
    def accepted_contexts(self) -> Container[int]:
        """The IDs of the presentation contexts in use."""

    @property
    def invoke_window(self) -> int:
        """Operations that this end may have outstanding, 0 for any number."""

    @property
    def perform_window(self) -> int:
        """Operations of the peer that this end performs side by side, 0 for any number."""


class Dialogue:
    """The operations of both ends on one association.

    `negotiated` is looked at when the first message comes or goes. `open_sink` says where data sets go that come, and
    `hear` is told the command set of each message. A response may take `dimse_timeout`; None is for ever.
    """

    def __init__(
        self,
        negotiated: Negotiated,
        open_sink: SinkFactory = lambda _id, _command: MemorySink(),
        *,
        hear: Callable[[CommandSet], None] = lambda _: None,
        dimse_timeout: float | None = 30.0,
    ) -> None:
        self.dimse_timeout = dimse_timeout
        self.cancelled: deque[int] = deque(maxlen=_MOST_CANCELLED)
        """IDs of the peer's requests that it has cancelled (C-CANCEL), the latest ten."""
        self.outstanding: dict[int, Outstanding] = {}
        """The operations of this end, by message ID."""
        self.progressed = False
        """Whether what was received last has brought the peer further: a message is whole, or there is much of it."""
        self._negotiated = negotiated
        self._open_sink = open_sink
        self._hear = hear
        self._events: deque[DialogueEvent] = deque()
        self._assembler: MessageAssembler | None = None
        self._arriving: Iterator[Message] | None = None
        self._is_over = False
        self._now = self._heard_at = 0.0
        self._came = self._length = 0
        self._told: set[tuple[str, str]] = set()
        # Operations of this end
        self._message_ids = count(1)
        self._begun: set[int] = set()
        self._queue: deque[Outstanding] = deque()
        self._waits: dict[int, tuple[float, float | None]] = {}
        self._look_at: float | None = None
        # Operations of the peer
        self._performing: dict[int, Message] = {}
        self._running = 0
        self._waiting: deque[Message] = deque()
        self._waiting_length = 0
        self._release_wanted = False

    def next_event(self) -> DialogueEvent | None:
        """The next event, None if there is none."""
        while not self._events:
            if self._arriving is None:
                return None
            try:
                message = next(self._arriving, None)
                if message is None:
                    self._arriving = None
                else:
                    self._progress()
                    self._sort(message)
                    self._length = 0
            except DIMSEProcessingError as error:
                self._arriving = None
                logger.warning("aborting, the peer sent something that is not a DIMSE message: %s", error)
                what = f"the peer sent something that is not a DIMSE message: {error}"
                text = f"the association was aborted by this end: {what}"
                self._events.append(MustAbort(AssociationAborted(text, source=0, reason=0, by_this_end=True)))
        return self._events.popleft()

    # Operations of this end

    def next_message_id(self, wished: int | None = None) -> int:
        """An ID that no outstanding operation has, 1 to 65535; the one `wished` for if it is free.

        ValueError if all of them are taken.
        """
        if len(self.outstanding) >= _MOST_IDS:
            raise ValueError(f"{_MOST_IDS} operations are under way, and a message ID is 1 to {_MOST_IDS} (PS3.7 E.1)")
        if wished is not None and wished not in self.outstanding:
            return wished
        while (message_id := next(self._message_ids) & 0xFFFF) in self.outstanding or not message_id:
            pass
        return message_id

    def expect(self, operation: Outstanding) -> None:
        """Expect responses to a request, until `finish`, whether there is a place in the window or not.

        Raises ValueError if another operation under way has its message ID.
        """
        message_id = operation.request.message_id
        if message_id in self.outstanding:
            raise ValueError(f"message ID {message_id} is that of an operation under way (PS3.7 9.1, 10.1)")
        self.outstanding[message_id] = operation

    def begin(self, operation: Outstanding) -> bool:
        """Expect responses to a request: True if it may be sent now, else that will be an event (`MayBegin`).

        As many operations are begun and not answered as the peer takes. Raises ValueError as `expect` does.
        """
        self.expect(operation)
        if not self._is_over and len(self._begun) >= (self._negotiated.invoke_window or _MOST_IDS):
            self._queue.append(operation)
            return False
        self._begun.add(operation.request.message_id)
        return True

    def finish(self, message_id: int) -> None:
        """No more responses to that request are wanted."""
        operation = self.outstanding.pop(message_id, None)
        self._waits.pop(message_id, None)
        if operation is not None and operation in self._queue:
            self._queue.remove(operation)
        self._leave(message_id)

    def await_response(self, operation: Outstanding, now: float) -> None:
        """Somebody waits for the next response to an operation, which may take `dimse_timeout` from now on.

        While the instances of a C-GET come, its responses have time: they may all come after the last instance.
        """
        seconds = self.dimse_timeout
        self._waits[operation.request.message_id] = now, seconds
        if seconds is not None and (self._look_at is None or now + seconds < self._look_at):
            self._look_at = now + seconds

    def await_no_response(self, operation: Outstanding) -> None:
        """Nobody waits for it any more."""
        self._waits.pop(operation.request.message_id, None)

    @property
    def waiting_for(self) -> tuple[Any, float] | None:
        """A request of this end to which somebody waits for a response, and since when; None if nobody waits."""
        for message_id, (since, _) in self._waits.items():
            return self.outstanding[message_id].request, since
        return None

    def next_deadline(self) -> float | None:
        """When `handle_timeout` may have something to do; None while nobody waits."""
        return self._look_at if self._waits else None

    def handle_timeout(self, now: float) -> None:
        """The association must be aborted if a response is overdue."""
        if self._look_at is None or now < self._look_at:
            return
        dues = []
        for message_id, (since, seconds) in self._waits.items():
            if seconds is None:
                continue
            is_get = isinstance(self.outstanding[message_id].request, CGetRq)
            due = (max(since, self._heard_at) if is_get else since) + seconds
            dues.append(due)
            if now >= due:
                error = AssociationTimeout(f"no response came within {seconds:g} s", seconds=seconds)
                self._events.append(MustAbort(error))
        self._look_at = min((due for due in dues if due > now), default=None)

    # What comes in

    def receive(self, values: Sequence[Pdv], now: float) -> None:
        """Take P-DATA; its fragments must stay valid until the events have been taken."""
        self._now = now
        self.progressed = False
        came = sum([len(fragment) for _, _, fragment in values])
        self._came += came
        self._length += came
        if self._came >= _PROGRESS:
            self._progress()
        if self._assembler is None:
            self._assembler = MessageAssembler(self._negotiated.accepted_contexts, self._open_sink)
        self._arriving = self._assembler.process(values)

    def stop(self) -> None:
        """The association is over: nothing more is looked at, and what waits is dropped."""
        self._is_over = True
        self._arriving = None
        self._events.clear()
        self._waits.clear()
        if self._assembler is not None:
            self._assembler.discard()
        while self._waiting:
            sink = self._waiting.popleft().data
            if sink is not None:
                sink.discard()

    def _progress(self) -> None:
        self.progressed = True
        self._came = 0
        self._heard_at = self._now

    def _sort(self, message: Message) -> None:
        command = message.command_set
        field = command.command_field
        if command.deviations:
            self._tell(command)
        self._hear(command)
        if field is not None and field & RESPONSE:
            self._respond(message)
        elif field == CommandField.C_CANCEL_RQ:
            message_id = command.value("message_id_being_responded_to")
            if message_id is None:
                logger.warning("a C-CANCEL that names no message was ignored")
            else:
                self.cancelled.append(message_id)
        elif self._has_room:
            self._ask(message)
        else:
            self._waiting.append(message)
            self._waiting_length += self._length

    def _respond(self, message: Message) -> None:
        """A response has come. Raises DIMSEProcessingError where it is none to its request."""
        command = message.command_set
        message_id = command.value("message_id_being_responded_to")
        operation = self.outstanding.get(message_id)
        if operation is not None:
            if problem := problem_of(operation.request, command):
                raise DIMSEProcessingError(problem, clause="PS3.7 9.1, 10.1")
            if deviation := deviation_of(operation.request, command):
                logger.warning("the peer answers, but %s (PS3.7 9.1, 10.1)", deviation)
            self._waits.pop(message_id, None)
            self._events.append(Responded(operation, message))
            if operation.is_final(command.value("status")):
                self._leave(message_id)
        elif message_id is None and self.outstanding:
            raise DIMSEProcessingError("a response names no request (0000,0120)", clause="PS3.7 9.3, 10.3")
        else:
            logger.warning("a response to message %s, which is not outstanding, was ignored", message_id)

    def _leave(self, message_id: int) -> None:
        """Its place in the window is free."""
        self._begun.discard(message_id)
        while self._queue and len(self._begun) < (self._negotiated.invoke_window or _MOST_IDS):
            operation = self._queue.popleft()
            self._begun.add(operation.request.message_id)
            self._events.append(MayBegin(operation))

    def _tell(self, command: CommandSet) -> None:
        """Log what is not right about the elements of a message; the same thing once for an association."""
        info = MESSAGES.get(command.command_field or 0)
        for one in command.deviations:
            if (one.path, one.problem) not in self._told and len(self._told) < _MOST_TOLD:
                self._told.add((one.path, one.problem))
                name = info.name if info else "command set"
                logger.info("%s of the peer: %s: %s (%s)", name, one.path, one.problem, one.clause)

    # Operations of the peer

    @property
    def is_crowded(self) -> bool:
        """Whether so many requests wait that nothing more is to be received until some are performed."""
        return len(self._waiting) >= _MOST_WAITING or self._waiting_length >= _MOST_WAITING_LENGTH

    def performed(self, message: Message) -> None:
        """An operation that the peer asked for is performed, its last answer has left or cannot leave."""
        self._running -= 1
        message_id = message.command_set.value("message_id")
        if self._performing.get(message_id) is message:
            del self._performing[message_id]
            self._forget_cancel(message_id)
        while self._waiting and self._has_room:
            self._ask(self._waiting.popleft())
        if len(self._waiting) < _MOST_WAITING:
            self._waiting_length = 0
        self._release_when_idle()

    def ask_release(self) -> None:
        """The peer asks for release, which waits for the operations under way (PS3.8 9.2.3 AR-7)."""
        self._release_wanted = True
        self._release_when_idle()

    def failure(self, message: Message, status: int, problem: str | None = None) -> Failure | None:
        """A failure response to a request, whose data set is dropped; None where it gives nothing to respond to."""
        if message.data is not None:
            message.data.discard()
        command = message.command_set
        field, message_id = command.command_field, command.value("message_id")
        logger.warning("a request is answered with status %04XH: %s", status, problem or STATUSES[status].meaning)
        if field is None or message_id is None:
            return None
        return Failure(field | RESPONSE, message_id, status, comment(problem) if problem else None)

    @property
    def _has_room(self) -> bool:
        return self._running < (self._negotiated.perform_window or _MOST_PERFORMED)

    def _ask(self, message: Message) -> None:
        command = message.command_set
        try:
            request = command.message()
        except DIMSEProcessingError as error:
            known = command.command_field is None or command.command_field in MESSAGES
            self._refuse(message, MISTYPED_ARGUMENT if known else UNRECOGNIZED_OPERATION, str(error))
            return
        message_id = request.message_id
        if message_id in self._performing:
            self._refuse(message, DUPLICATE_INVOCATION)
        elif request.info.response is None:
            self._refuse(message, UNRECOGNIZED_OPERATION)
        else:
            self._running += 1
            self._performing[message_id] = message
            self._forget_cancel(message_id)  # of an operation before, which had this ID
            self._events.append(Asked(message, request))

    def _refuse(self, message: Message, status: int, problem: str | None = None) -> None:
        failure = self.failure(message, status, problem)
        if failure is None:
            self._events.append(MustAbort(None))
        else:
            self._running += 1
            self._events.append(Refused(message, failure))

    def _forget_cancel(self, message_id: int) -> None:
        if message_id in self.cancelled:
            self.cancelled.remove(message_id)

    def _release_when_idle(self) -> None:
        if self._release_wanted and not self._running:
            self._release_wanted = False
            self._events.append(MayRelease())
