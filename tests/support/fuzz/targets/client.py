"""A correct client in its own right, which the broken ones are made of: C-ECHO, C-FIND and C-STORE, then release."""

from __future__ import annotations

import socket

from support.fuzz.targets.octets import (
    APPLICATION_CONTEXT,
    EXPLICIT,
    IMPLICIT,
    MAXIMUM_LENGTH,
    NO_DATA_SET,
    RELEASE_RP,
    RQ,
    SECONDARY_CAPTURE,
    STUDY_ROOT_FIND,
    VERIFICATION,
    Associate,
    Command,
    InvalidPdu,
    UserAbort,
    command_bytes,
    element,
    item,
    number_of,
    pdu,
)
from support.fuzz.targets.talk import Closed, Settings, Talk

_OPERATIONS = {
    "echo": (1, VERIFICATION, 0x0030),
    "find": (3, STUDY_ROOT_FIND, 0x0020),
    "store": (5, SECONDARY_CAPTURE, 0x0001),
}
"""Context, SOP class and command field of each operation."""
_INSTANCE = b"2.25.20261130"


class Client(Talk):
    """The requestor of one association."""

    state = "Sta5"

    def __init__(self, connection: socket.socket, settings: Settings) -> None:
        super().__init__(connection, settings)
        self.left = [_OPERATIONS[name] for name in settings.operations]
        self.under_way: tuple[int, bytes, int] | None = None
        self.message_id = 0
        self.is_success = True
        self.is_done = False

    @classmethod
    def call(cls, host: str, settings: Settings) -> int:
        """Associate once; 0 if everything succeeded."""
        connection = socket.socket()
        connection.settimeout(settings.patience)
        try:
            connection.connect((host, settings.port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client = cls(connection, settings)
            client.send(client.request())
        except OSError:
            return 1
        client.run()
        return 0 if client.is_done and client.is_success else 1

    def request(self) -> bytes:
        body = b"\0\1\0\0" + self.settings.title.ljust(16) + b"TARGET".ljust(16) + bytes(32)
        body += item(0x10, APPLICATION_CONTEXT)
        for context, abstract, _ in self.left:
            syntaxes = item(0x40, IMPLICIT) + (item(0x40, EXPLICIT) if context != 1 else b"")
            body += item(0x20, bytes((context, 0, 0, 0)) + item(0x30, abstract) + syntaxes)
        user = item(0x51, MAXIMUM_LENGTH.to_bytes(4, "big")) + item(0x52, b"2.25.2026") + item(0x55, b"TARGET")
        return pdu(RQ, body + item(0x50, user))

    def rejected_by_peer(self, body: bytes) -> None:
        raise Closed

    def accepted_by_peer(self, answer: Associate) -> None:
        if not answer.version & 1:
            raise InvalidPdu(6)
        wanted = {context: abstract for context, abstract, _ in self.left}
        found: dict[int, tuple[bytes, bytes]] = {}
        for context, result, sub_items in answer.contexts:
            syntaxes = [value for kind, value in sub_items if kind == 0x40]
            if context in found or (result == 0 and context in wanted and len(syntaxes) != 1):
                raise InvalidPdu(6)
            if result == 0 and context in wanted and syntaxes[0].rstrip(b"\0") in (IMPLICIT, EXPLICIT):
                found[context] = wanted[context], syntaxes[0].rstrip(b"\0")
        self.contexts = found
        self.peer_limit = answer.maximum_length
        self.state = "Sta6"
        if len(self.contexts) < len(self.left):
            self.is_success = False
        self.left = [one for one in self.left if one[0] in self.contexts]
        self.next_operation()

    def next_operation(self) -> None:
        """Ask for the next thing; release when there is none."""
        if not self.left:
            self.is_done = True
            self.release()
            return
        self.under_way = context, sop_class, field = self.left.pop(0)
        self.message_id += 1
        elements: dict[int, int | bytes] = {
            0x0002: sop_class,
            0x0100: field,
            0x0110: self.message_id,
            0x0800: NO_DATA_SET if field == 0x0030 else 1,
        }
        if field != 0x0030:
            elements[0x0700] = 0
        if field == 0x0001:
            elements[0x1000] = _INSTANCE
        self.send_message(context, command_bytes(elements), self.data_set(context, field))

    def data_set(self, context: int, field: int) -> bytes | None:
        explicit = self.contexts[context][1] == EXPLICIT
        if field == 0x0030:
            return None
        if field == 0x0020:
            return (
                element(0x0008, 0x0052, b"CS", b"STUDY", explicit)
                + element(0x0010, 0x0020, b"LO", b"", explicit)
                + element(0x0020, 0x000D, b"UI", b"", explicit)
            )
        return (
            element(0x0008, 0x0016, b"UI", SECONDARY_CAPTURE, explicit)
            + element(0x0008, 0x0018, b"UI", _INSTANCE, explicit)
            + element(0x0010, 0x0010, b"PN", b"TARGET^TEST", explicit)
        )

    def message(self, context: int, command: Command, data: bytes | None) -> None:
        asked = self.under_way
        if (
            asked is None
            or context != asked[0]
            or number_of(command, 0x0100) != asked[2] | 0x8000
            or number_of(command, 0x0120) != self.message_id
        ):
            raise UserAbort
        status = number_of(command, 0x0900)
        if status is None:
            raise UserAbort
        if asked[2] == 0x0020 and status in (0xFF00, 0xFF01):
            return
        if status:
            self.is_success = False
        self.under_way = None
        self.next_operation()

    def release_asked(self, parsed: object) -> None:
        self.is_success = False
        super().release_asked(parsed)

    def collision(self, _: object) -> None:
        """Sta9, and Sta11 at once: the user responds."""
        self.send(pdu(RELEASE_RP, bytes(4)))
        self.state = "Sta11"
