"""What the PDUs of one direction say, without the content of a data set."""

from __future__ import annotations

from dataclasses import dataclass

from dulcimer._generated.codes import ContextResult, describe_abort, describe_rejection
from dulcimer._generated.commands import MESSAGES
from dulcimer._generated.headers import PDU_HEADER, PDV_HEADER
from dulcimer.conformance.wire_peer.intake import LONGEST_COMMAND
from dulcimer.counting import counted
from dulcimer.dimse import command_set
from dulcimer.dimse.command_set import CommandSet
from dulcimer.errors import DIMSEProcessingError
from dulcimer.wire.model import (
    Abort,
    AssociateAc,
    AssociateRj,
    AssociateRq,
    PDataTf,
    Pdu,
)

_COMMAND, _LAST = 1, 2


@dataclass(frozen=True, slots=True)
class PduSense:
    """What a PDU says: in words; `kind`: the name of its DIMSE message; `command`: the command set that ends in it."""

    words: str
    kind: str = ""
    command: CommandSet | None = None
    is_data: bool = False


class MessageReader:
    """Follows the messages of one direction."""

    def __init__(self) -> None:
        self._command = bytearray()
        self._message = ""

    def read(self, pdu: Pdu | None) -> PduSense:
        """What the next PDU says."""
        match pdu:
            case AssociateRq():
                contexts = counted(len(pdu.presentation_contexts), "context")
                return PduSense(f"{pdu.calling_ae_title.strip()} to {pdu.called_ae_title.strip()}, {contexts}")
            case AssociateAc():
                results = [item.result_reason for item in pdu.presentation_contexts]
                accepted = results.count(ContextResult.ACCEPTANCE)
                return PduSense(f"{accepted} of {counted(len(results), 'context')} accepted")
            case AssociateRj():
                return PduSense(describe_rejection(pdu.result, pdu.source, pdu.reason))
            case Abort():
                return PduSense(describe_abort(pdu.source, pdu.reason))
            case PDataTf():
                return self._data(pdu)
            case _:
                return PduSense("")

    def read_long(self, beginning: bytes) -> PduSense:
        """What the next P-DATA-TF says, of which only the beginning is known: its header, and that of its first PDV."""
        if len(beginning) < PDU_HEADER.size + PDV_HEADER.size:
            return PduSense("")
        is_command = PDV_HEADER.unpack_from(beginning, PDU_HEADER.size)[2] & _COMMAND
        return PduSense("a command set" if is_command else self._of_data, self._message, is_data=not is_command)

    @property
    def _of_data(self) -> str:
        return f"data set of {self._message}" if self._message else "data set"

    def _data(self, pdu: PDataTf) -> PduSense:
        found: CommandSet | None = None
        words: list[str] = []
        for value in pdu.presentation_data_value_items:
            if not value.message_control_header & _COMMAND:
                words.append(self._of_data)
                continue
            if len(self._command) + len(value.fragment) <= LONGEST_COMMAND:
                self._command += value.fragment
            if value.message_control_header & _LAST:
                found = self._command_ended()
                words.append(_named(found) if found is not None else "a command set that cannot be read")
            else:
                words.append("a part of a command set")
        is_data = bool(words) and set(words) == {self._of_data}
        return PduSense("; ".join(dict.fromkeys(words)), self._message, found, is_data)

    def _command_ended(self) -> CommandSet | None:
        data, self._command = bytes(self._command), bytearray()
        try:
            found = command_set.decode_again(data)
        except DIMSEProcessingError:
            self._message = ""
            return None
        self._message = _name(found)
        return found


def _name(command: CommandSet) -> str:
    info = MESSAGES.get(command.command_field or 0)
    return info.name if info is not None else "unknown message"


def _named(command: CommandSet) -> str:
    name, status = _name(command), command.value("status")
    return f"{name} {status:04X}H" if isinstance(status, int) else name
