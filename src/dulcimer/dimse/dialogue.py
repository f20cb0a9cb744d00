"""DIMSE on one association, sans-IO: requests matched to responses within the operations windows (PS3.7 D.3.3.3).

P-DATA and the time go in, events come out. The owner

- calls `receive` with the P-DATA of the peer, `own.begin` and `own.finish` for operations of this end,
- then takes `next_event()` until it is None, and calls `peer.performed` for each operation that was performed,
- calls `handle_timeout` at `next_deadline()`, and `stop` when the association is over.

Sending is not part of it: `dulcimer.dimse.messages` makes the P-DATA of a message. Times are in seconds.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence

from dulcimer._generated.commands import MESSAGES, CommandField
from dulcimer.dimse.command_set import CommandSet
from dulcimer.dimse.dialogue_events import DialogueEvent, MustAbort
from dulcimer.dimse.messages import MemorySink, Message, MessageAssembler, SinkFactory
from dulcimer.dimse.negotiated import Negotiated
from dulcimer.dimse.own_operations import OwnOperations
from dulcimer.dimse.peer_operations import PeerOperations
from dulcimer.dimse.responses import RESPONSE
from dulcimer.errors import AssociationAborted, DIMSEProcessingError
from dulcimer.fsm.primitives import Pdv

logger = logging.getLogger("dulcimer.dimse")

_PROGRESS = 4096
"""Bytes of an unfinished message that count as progress of the peer."""
_MOST_LOGGED = 32
"""Most different deviations of an association that are logged."""


class Dialogue:
    """The operations of both ends on one association.

    `negotiated` is read when the first message is sent or received. `open_sink` says where received data sets go;
    `on_command` is called with the command set of each message. A response may take `dimse_timeout`; None is forever.
    """

    def __init__(
        self,
        negotiated: Negotiated,
        open_sink: SinkFactory = lambda _id, _command: MemorySink(),
        *,
        on_command: Callable[[CommandSet], None] = lambda _: None,
        dimse_timeout: float | None = 30.0,
    ) -> None:
        self._events: list[DialogueEvent] = []  # few at a time, and a deque would take 600 bytes for each association
        self.own = OwnOperations(negotiated, self._events, dimse_timeout)
        """The operations that this end asks of its peer."""
        self.peer = PeerOperations(negotiated, self._events)
        """The operations that the peer asks of this end."""
        self.progressed = False
        """Whether the last P-DATA was progress: a message is complete, or much of one was received."""
        self._negotiated = negotiated
        self._open_sink = open_sink
        self._on_command = on_command
        self._assembler: MessageAssembler | None = None
        self._arriving: Iterator[Message] | None = None
        self._now = 0.0
        self._came = self._length = 0
        self._logged: set[tuple[str, str]] = set()

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
                    self._dispatch(message)
                    self._length = 0
            except DIMSEProcessingError as error:
                self._arriving = None
                logger.warning("aborting, the peer sent something that is not a DIMSE message: %s", error)
                what = f"the peer sent something that is not a DIMSE message: {error}"
                text = f"the association was aborted by this end: {what}"
                self._events.append(MustAbort(AssociationAborted(text, source=0, reason=0, by_this_end=True)))
        return self._events.pop(0)

    def next_deadline(self) -> float | None:
        """When `handle_timeout` may have something to do; None while nothing is waited for."""
        return self.own.next_deadline()

    def handle_timeout(self, now: float) -> None:
        """Ask for an abort of the association if a response is overdue."""
        self.own.handle_timeout(now)

    def receive(self, values: Sequence[Pdv], now: float) -> None:
        """Take P-DATA; its fragments must stay valid until the events have been taken."""
        self._now = now
        self.progressed = False
        came = 0
        for _, _, fragment in values:
            came += len(fragment)
        self._came += came
        self._length += came
        if self._came >= _PROGRESS:
            self._progress()
        if self._assembler is None:
            self._assembler = MessageAssembler(self._negotiated.accepted_contexts, self._open_sink)
        self._arriving = self._assembler.process(values)

    def stop(self) -> None:
        """The association is over: drop what waits and ignore the rest."""
        self._arriving = None
        self._events.clear()
        self.own.stop()
        self.peer.stop()
        if self._assembler is not None:
            self._assembler.discard()

    def _progress(self) -> None:
        self.progressed = True
        self._came = 0
        self.own.note_progress(self._now)

    def _dispatch(self, message: Message) -> None:
        command = message.command_set
        field = command.command_field
        if command.deviations:
            self._log_deviations(command)
        self._on_command(command)
        if field is not None and field & RESPONSE:
            self.own.respond(message)
        elif field == CommandField.C_CANCEL_RQ:
            message_id = command.value("message_id_being_responded_to")
            if message_id is None:
                logger.warning("a C-CANCEL without a message ID was ignored")
            else:
                self.peer.cancelled.append(message_id)
        else:
            self.peer.ask(message, self._length)

    def _log_deviations(self, command: CommandSet) -> None:
        """Log the deviations in the elements of a message; each of them once for an association."""
        info = MESSAGES.get(command.command_field or 0)
        for one in command.deviations:
            if (one.path, one.problem) not in self._logged and len(self._logged) < _MOST_LOGGED:
                self._logged.add((one.path, one.problem))
                name = info.name if info else "command set"
                logger.info("%s of the peer: %s: %s (%s)", name, one.path, one.problem, one.clause)
