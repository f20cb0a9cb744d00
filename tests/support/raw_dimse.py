"""Associations over a plain socket, for peers that send DIMSE messages as no stack would."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

from dulcimer._generated.commands import ELEMENTS
from dulcimer.acse.negotiation import Context, answer_pdu, prefer, request_pdu
from dulcimer.dimse.command_set import CommandSet
from dulcimer.dimse.messages import COMMAND, LAST, MemorySink, Message, MessageAssembler
from dulcimer.learn.labs.messages import elements
from dulcimer.wire.codec import decode, encode
from dulcimer.wire.model import (
    Abort,
    AssociateAc,
    AssociateRq,
    PDataTf,
    Pdu,
    PresentationDataValue,
    ReleaseRp,
    ReleaseRq,
)
from support.entities import PATIENCE

IMPLICIT = "1.2.840.10008.1.2"
RESPONSE = 0x8000
"""This bit of a command field makes a response of it."""
_TAGS = {element.attribute: element.tag for element in ELEMENTS.values()}
Answer = tuple[bytes, bytes | None]
"""A command set and a data set."""


def attributes(message: Any) -> list[str]:
    """The names of all elements that a message of this class may have."""
    return [field.name for field in fields(message)]


def response(request: CommandSet, status: int, changes: Mapping[str, Any]) -> bytes:
    """The command set of a response with this status and no data set, elements of it changed or added."""
    assert request.command_field is not None
    values = {
        "affected_sop_class_uid": request.value("affected_sop_class_uid"),
        "command_field": request.command_field | RESPONSE,
        "message_id_being_responded_to": request.value("message_id"),
        "command_data_set_type": 0x0101,
        "status": status,
        **changes,
    }
    return elements(dict(sorted(values.items(), key=lambda item: _TAGS[item[0]])))


class Raw:
    """One end of a connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.ended_by: Pdu | None = None
        self._assembler = MessageAssembler(range(256))

    def receive(self) -> Pdu | None:
        """The next PDU, None at the end of the connection."""
        try:
            header = self._exactly(6)
            return None if not header else decode(header + self._exactly(int.from_bytes(header[2:], "big")))
        except ConnectionError:
            return None

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count and (more := self.connection.recv(count - len(data))):
            data += more
        return data

    def accept(self) -> None:
        """Accept the association with everything that is proposed."""
        request = self.receive()
        assert isinstance(request, AssociateRq)
        wanted = [Context(item.abstract_syntax or "", item.transfer_syntaxes) for item in request.presentation_contexts]
        pdu, _ = answer_pdu(request, prefer(wanted), choose_roles=lambda _uid, roles: roles)
        self.connection.sendall(encode(pdu))

    def messages(self) -> Iterator[Message]:
        """The messages that come, until the end; a release is confirmed."""
        while (pdu := self.receive()) is not None:
            if isinstance(pdu, PDataTf):
                values = [
                    (item.presentation_context_id, item.message_control_header, item.fragment)
                    for item in pdu.presentation_data_value_items
                ]
                yield from self._assembler.process(values)
                continue
            self.ended_by = pdu
            if isinstance(pdu, ReleaseRq):
                self.connection.sendall(encode(ReleaseRp()))

    def send(self, command: bytes, data: bytes | None = None, context_id: int = 1) -> None:
        """Send a message."""
        values = [PresentationDataValue(context_id, COMMAND | LAST, command)]
        if data is not None:
            values.append(PresentationDataValue(context_id, LAST, data))
        self.connection.sendall(b"".join(encode(PDataTf((value,))) for value in values))

    def ask(self, values: Mapping[str, Any], data: bytes | None = None, context_id: int = 1) -> CommandSet | None:
        """Send a request and return the command set of the answer; None if the association ended instead."""
        kind = 0x0101 if data is None else 0
        self.send(elements({"command_data_set_type": kind, **values}), data, context_id)
        message = next(self.messages(), None)
        return None if message is None else message.command_set

    def data_of(self, message: Message) -> bytes | None:
        return message.data.getvalue() if isinstance(message.data, MemorySink) else None


def answering(answers: Callable[[CommandSet], Sequence[Answer]]) -> Callable[[socket.socket], None]:
    """A peer for `entities.peer_that` that answers each request with these messages."""

    def act(connection: socket.socket) -> None:
        raw = Raw(connection)
        raw.accept()
        for message in raw.messages():
            for command, data in answers(message.command_set):
                raw.send(command, data, message.context_id)

    return act


@contextmanager
def requesting(address: tuple[str, int], *abstract_syntaxes: str) -> Iterator[Raw]:
    """An association with one context for each abstract syntax: 1, 3, 5 ..."""
    with socket.create_connection(address[:2], PATIENCE) as connection:
        connection.settimeout(PATIENCE)
        raw = Raw(connection)
        contexts = [Context(str(uid), (IMPLICIT,)) for uid in abstract_syntaxes]
        connection.sendall(encode(request_pdu(contexts, calling_ae_title="RAW", called_ae_title="SCP")))
        assert isinstance(raw.receive(), AssociateAc)
        yield raw
        connection.sendall(encode(Abort(0, 0)))
