"""The log of associations: what they negotiate and which messages they exchange, unless a switch turns it off.

Level INFO has how an association begins and ends, and its messages with their status. Level DEBUG has the contents of
PDUs and messages: finding them costs time, and identifiers name patients.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dulcimer._generated.codes import PduType, describe_abort, describe_rejection
from dulcimer._generated.commands import ELEMENTS, MESSAGES, CommandField, status_category, status_meaning
from dulcimer.acse import wording
from dulcimer.counting import counted
from dulcimer.dimse.command_set import CommandSet
from dulcimer.dimse.messages import MemorySink, Message, MessageAssembler, Sink
from dulcimer.errors import DIMSEProcessingError
from dulcimer.limits import DEFAULTS
from dulcimer.switches import Switches
from dulcimer.upper_layer.observer import Observer
from dulcimer.wire.codec import Deviation
from dulcimer.wire.model import Abort, AssociateAc, AssociateRj, AssociateRq, Buffer, PDataTf, Pdu

logger = logging.getLogger("dulcimer.ae")

_QUERIES = (CommandField.C_FIND_RQ, CommandField.C_GET_RQ, CommandField.C_MOVE_RQ)
_RESPONSE = 0x8000
_LONGEST_SHOWN = 1 << 16
_NOT_LOGGED = ("command_group_length", "command_field", "command_data_set_type")


def narrator(switches: Switches) -> Narrator | None:
    """A narrator for a new association; None if nothing would be logged."""
    wanted = switches.log_handler_level != "none" and logger.isEnabledFor(logging.DEBUG)
    return Narrator(switches) if wanted else None


def message_logger(switches: Switches) -> Callable[[str, Any], None] | None:
    """The function that logs the messages of a new association; None if nothing would be logged."""
    wanted = switches.log_handler_level != "none" and logger.isEnabledFor(logging.INFO)
    return _log_message if wanted else None


def _log_message(how: str, message: Any) -> None:
    """Log one line: the message, its ID and SOP class, or the request it answers and the status."""
    found = message.value if isinstance(message, CommandSet) else lambda name: getattr(message, name, None)
    info = MESSAGES.get(message.command_field or 0)
    name = info.name if info else "a message of an unknown command"
    status, answered = found("status"), found("message_id_being_responded_to")
    if isinstance(status, int):
        words = [status_category(status), status_meaning(status, name.removesuffix("-RSP"))]
        said = ", ".join(dict.fromkeys(word for word in words if word))
        logger.info("%s %s to message %s: %04XH %s", how, name, answered, status, said)
    elif answered is not None:
        logger.info("%s %s of message %s", how, name, answered)
    else:
        uid = found("affected_sop_class_uid") or found("requested_sop_class_uid") or ""
        logger.info("%s %s, message %s: %s", how, name, found("message_id"), wording.name_of(str(uid)))


class _Counted:
    """Counts the bytes of a data set that is not shown."""

    def __init__(self) -> None:
        self.length = 0

    def write(self, fragment: Buffer) -> None:
        """Take a fragment."""
        self.length += len(fragment)

    def discard(self) -> None:
        """The data set will not be complete."""


class Narrator(Observer):
    """Logs the PDUs and messages of one association."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._syntaxes: dict[int, str] = {}
        self._request: AssociateRq | None = None
        self._received = MessageAssembler(range(256), _sink)
        self._sent = MessageAssembler(range(256), _sink)

    def pdu_received(self, pdu: Pdu, deviations: Sequence[Deviation], now: float) -> None:  # noqa: ARG002
        """Log a received PDU."""
        self._pdu("received", pdu, self._received)
        for deviation in deviations:
            logger.debug("  %s: %s (%s)", deviation.path, deviation.problem, deviation.clause)

    def pdu_sent(self, pdu: Pdu, now: float) -> None:  # noqa: ARG002
        """Log a sent PDU."""
        self._pdu("sent", pdu, self._sent)

    def pdu_refused(self, data: Buffer, problem: str, now: float) -> None:  # noqa: ARG002
        """Log something received that is not a PDU."""
        logger.debug("received something that is not a PDU: %s", problem)

    def _pdu(self, how: str, pdu: Pdu, assembler: MessageAssembler) -> None:
        if isinstance(pdu, PDataTf):
            self._messages(how, pdu, assembler)
            return
        if isinstance(pdu, AssociateAc):
            contexts = pdu.presentation_contexts
            self._syntaxes = {item.presentation_context_id: item.transfer_syntax or "" for item in contexts}
        logger.debug("%s %s", how, PduType(pdu.pdu_type).label)
        for line in self._lines(pdu):
            logger.debug("  %s", line)

    def _lines(self, pdu: Pdu) -> Iterator[str]:
        match pdu:
            case AssociateRq():
                self._request = pdu
                yield from wording.proposal(pdu)
            case AssociateAc() if self._request is not None:
                yield from wording.answer(self._request, pdu)
            case AssociateRj():
                yield describe_rejection(pdu.result, pdu.source, pdu.reason)
            case Abort():
                yield describe_abort(pdu.source, pdu.reason)

    def _messages(self, how: str, pdu: PDataTf, assembler: MessageAssembler) -> None:
        values = [
            (item.presentation_context_id, item.message_control_header, item.fragment)
            for item in pdu.presentation_data_value_items
        ]
        try:
            for message in assembler.process(values):
                self._message(how, message)
        except DIMSEProcessingError as error:
            logger.debug("%s something that is not a message: %s", how, error)
            assembler.discard()

    def _message(self, how: str, message: Message) -> None:
        field = message.command_set.command_field
        info = MESSAGES.get(field or 0)
        name = info.name if info else "a message of an unknown command"
        logger.debug("%s %s in context %d%s", how, name, message.context_id, _length(message.data))
        for tag, value in message.command_set.values.items():
            element = ELEMENTS.get(tag)
            if element is not None and element.attribute not in _NOT_LOGGED:
                code = f"{value:04X}H" if element.attribute == "status" and isinstance(value, int) else value
                logger.debug("  %s: %s", element.name, code)
        wanted = (
            self._switches.log_response_identifiers
            if (field or 0) & _RESPONSE
            else self._switches.log_request_identifiers
        )
        if wanted and isinstance(message.data, MemorySink) and not message.data.refused:
            self._identifier(message.data.getvalue(), message.context_id)

    def _identifier(self, data: bytes, context_id: int) -> None:
        from dulcimer.dimse.data_set import decode_data_set, is_small

        syntax = self._syntaxes.get(context_id, "")
        try:
            if not is_small(data, syntax, DEFAULTS.identifier):
                logger.debug("    an identifier that is too long to show")
                return
            lines = str(decode_data_set(data, syntax)).splitlines()
        except Exception as error:  # pydicom decodes elements when they are shown, and names no common exception
            lines = [f"an identifier that cannot be read: {error}"]
        for line in lines:
            logger.debug("    %s", line)


def _sink(_: int, command: CommandSet) -> Sink:
    is_query = (command.command_field or 0) & ~_RESPONSE in _QUERIES
    return MemorySink(keep=_LONGEST_SHOWN) if is_query else _Counted()


def _length(data: Sink | None) -> str:
    if data is None:
        return ""
    length = data.length if isinstance(data, _Counted | MemorySink) else 0
    return f", with a data set of {counted(length, 'byte')}"
