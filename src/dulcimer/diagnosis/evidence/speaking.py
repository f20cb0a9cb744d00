"""The messages of one direction as facts, without the content of data sets."""

from __future__ import annotations

from struct import Struct
from typing import Final

from dulcimer._generated.commands import CommandField
from dulcimer._generated.headers import PDU_HEADER, PDV_HEADER
from dulcimer.diagnosis.evidence.facts import KeysSeen, MessageSeen, PduFormKind, SeenFact, SeenPlace
from dulcimer.diagnosis.evidence.query_keys import keys_of
from dulcimer.dimse import command_set
from dulcimer.errors import DIMSEProcessingError

_COMMAND, _LAST = 1, 2
_LONGEST_HELD: Final = 1 << 16
"""Bytes of a command set, and of an identifier, that are kept."""
_ASKED = (CommandField.C_FIND_RQ, CommandField.C_MOVE_RQ, CommandField.C_GET_RQ)
_LENGTH = Struct(">I")
_MANY = 3
_COUNTERS = (
    "number_of_remaining_suboperations",
    "number_of_completed_suboperations",
    "number_of_failed_suboperations",
    "number_of_warning_suboperations",
)


class MessageStream:
    """Follows the messages of one end, PDU by PDU."""

    def __init__(self) -> None:
        self._command = bytearray()
        self._data = bytearray()
        self._request: MessageSeen | None = None

    def pdu(self, data: bytes, by_client: bool, place: SeenPlace) -> tuple[list[PduFormKind], list[SeenFact]]:
        """The forms of a P-DATA-TF that break some peers, and the facts that are complete with it."""
        at, found, kinds = PDU_HEADER.size, [], []
        shapes: list[PduFormKind] = []
        while at + PDV_HEADER.size <= len(data):
            size, _, header = PDV_HEADER.unpack_from(data, at)
            end = at + _LENGTH.size + size
            fragment = data[at + PDV_HEADER.size : end]
            kinds.append(header & _COMMAND)
            if len(fragment) % 2 and not (header & _LAST):
                shapes.append(PduFormKind.ODD)
            if header & _COMMAND:
                found += self._command_part(fragment, bool(header & _LAST), by_client, place)
            else:
                found += self._data_part(fragment, bool(header & _LAST), place)
            at = max(end, at + PDV_HEADER.size)
        if len(set(kinds)) > 1:
            shapes.append(PduFormKind.TOGETHER)
        elif len(kinds) >= _MANY:
            shapes.append(PduFormKind.MANY)
        return shapes, found

    def _command_part(self, fragment: bytes, is_last: bool, by_client: bool, place: SeenPlace) -> list[SeenFact]:
        if len(self._command) + len(fragment) <= _LONGEST_HELD:
            self._command += fragment
        if not is_last:
            return []
        data, self._command = bytes(self._command), bytearray()
        self._data.clear()
        self._request = None
        try:
            message = message_of(command_set.decode(data), by_client, place)
        except DIMSEProcessingError:
            return []
        if message is not None and message.command_field in _ASKED:
            self._request = message
        return [] if message is None else [message]

    def _data_part(self, fragment: bytes, is_last: bool, place: SeenPlace) -> list[SeenFact]:
        if self._request is None:
            return []
        if len(self._data) + len(fragment) <= _LONGEST_HELD:
            self._data += fragment
        if not is_last:
            return []
        keys: KeysSeen | None = keys_of(bytes(self._data), self._request.message_id, place)
        self._data.clear()
        self._request = None
        return [] if keys is None else [keys]


def message_of(command: command_set.CommandSet, by_client: bool | None, place: SeenPlace) -> MessageSeen | None:
    """The fact of a command set, None if it has no command field."""
    kind = command.command_field
    if kind is None:
        return None
    is_response = bool(kind & 0x8000)

    def number(attribute: str) -> int | None:
        value = command.value(attribute)
        return value if isinstance(value, int) else None

    def text(attribute: str) -> str:
        value = command.value(attribute)
        return value.strip() if isinstance(value, str) else ""

    remaining, completed, failed, warning = map(number, _COUNTERS)
    return MessageSeen(
        place=place,
        by_client=by_client,
        command_field=kind,
        message_id=number("message_id_being_responded_to" if is_response else "message_id") or 0,
        sop_class=text("affected_sop_class_uid") or text("requested_sop_class_uid"),
        status=number("status") if is_response else None,
        counters=(remaining, completed, failed, warning),
        destination=text("move_destination"),
        originator=text("move_originator_application_entity_title"),
        comment=text("error_comment"),
    )
