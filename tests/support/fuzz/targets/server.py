"""A correct server in its own right, which the broken ones are made of: C-ECHO, C-FIND and C-STORE."""

from __future__ import annotations

import os
import signal
import socket
import threading
from contextlib import suppress

from support.fuzz.targets.octets import (
    AC,
    APPLICATION_CONTEXT,
    EXPLICIT,
    FIND_CLASSES,
    IMPLICIT,
    MAXIMUM_LENGTH,
    NO_DATA_SET,
    STORAGE_ROOT,
    VERIFICATION,
    Associate,
    Command,
    UserAbort,
    command_bytes,
    element,
    item,
    number_of,
    pdu,
    reject,
    uid_of,
)
from support.fuzz.targets.talk import Settings, Talk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

C_STORE, C_FIND, C_ECHO, C_CANCEL = 0x0001, 0x0020, 0x0030, 0x0FFF
PENDING, REFUSED_CLASS, NOT_UNDERSTOOD, WRONG_OPERATION, CANCELLED = 0xFF00, 0x0122, 0xC000, 0x0211, 0xFE00
_MATCHES = 3


class Server(Talk):
    """The acceptor of one association."""

    mode = "threads"
    """How associations are served: `threads`, `serial` (one after another) or `fork`."""

    def __init__(self, connection: socket.socket, settings: Settings) -> None:
        super().__init__(connection, settings)
        self.start_artim()

    @classmethod
    def serve(cls, settings: Settings, is_listening: Callable[[int], None]) -> None:
        """Accept connections for ever."""
        with socket.create_server(("127.0.0.1", settings.port), backlog=128) as listener:
            is_listening(listener.getsockname()[1])
            if cls.mode == "fork":
                signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            while True:
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if cls.mode == "threads":
                    threading.Thread(target=cls(connection, settings).run, daemon=True).start()
                elif cls.mode == "serial":
                    cls(connection, settings).run()
                elif os.fork():
                    connection.close()
                else:
                    listener.close()
                    cls(connection, settings).run()
                    os._exit(0)

    # ------------------------------------------------------------------ association

    def requested(self, request: Associate) -> None:
        reason = self.reason_to_reject(request)
        self.deadline = None
        if reason:
            self.end(reject(*reason))
        else:
            self.accept(request)

    def reason_to_reject(self, request: Associate) -> tuple[int, int, int] | None:
        """Result, source and reason of the A-ASSOCIATE-RJ (PS3.8 9.3.4)."""
        if not request.version & 1:
            return 1, 2, 2
        if any(name != APPLICATION_CONTEXT for name in request.application):
            return 1, 1, 2
        if not self.is_well_formed(request):
            return 1, 1, 1
        if request.called.strip(b" ") != self.settings.title:
            return 1, 1, 7
        return None

    def is_well_formed(self, request: Associate) -> bool:
        numbers = [number for number, _, _ in request.contexts]
        return (
            len(request.application) == request.user_items == 1
            and 1 <= len(numbers) <= 128
            and len(set(numbers)) == len(numbers)
            and all(number & 1 for number in numbers)
            and all(is_title(title) for title in (request.called, request.calling))
            and all(is_proposal(sub_items) for _, _, sub_items in request.contexts)
            and len(request.user_item(0x51) or b"") == 4
            and bool(request.user_item(0x52))
        )

    def accept(self, request: Associate) -> None:
        self.peer_limit = request.maximum_length
        body = b"\0\1\0\0" + request.echoed + item(0x10, APPLICATION_CONTEXT)
        for number, _, sub_items in request.contexts:
            abstract, *syntaxes = proposed(sub_items)
            chosen = next((name for name in syntaxes if name in (IMPLICIT, EXPLICIT)), None)
            result = 3 if not is_offered(abstract) else 4 if chosen is None else 0
            if not result and chosen:
                self.contexts[number] = abstract, chosen
            body += item(0x21, bytes((number, 0, result, 0)) + item(0x40, chosen or IMPLICIT))
        body += item(0x50, self.user_information(request))
        self.state = "Sta6"
        self.send(pdu(AC, body))

    def user_information(self, request: Associate) -> bytes:
        """Synchronous work, and no role but that of the usual acceptor."""
        found = item(0x51, MAXIMUM_LENGTH.to_bytes(4, "big")) + item(0x52, b"2.25.2026") + item(0x55, b"TARGET")
        if request.user_item(0x53) is not None:
            found += item(0x53, b"\0\1\0\1")
        answered = set()
        for kind, value in request.user:
            if kind == 0x54 and is_role(value) and value[:-2] not in answered:
                answered.add(value[:-2])
                found += item(0x54, value[:-2] + bytes((min(value[-2], 1), 0)))
        return found

    def collision(self, _: object) -> None:
        self.state = "Sta10"

    # ------------------------------------------------------------------ messages

    def message(self, context: int, command: Command, data: bytes | None) -> None:
        field, abstract = number_of(command, 0x0100), self.contexts[context][0]
        message_id = number_of(command, 0x0110)
        if field is None or field & 0x8000:
            raise UserAbort
        if field == C_CANCEL:
            return
        if message_id is None or not uid_of(command, 0x0002):
            raise UserAbort
        if field == C_ECHO and data is None:
            status = 0 if uid_of(command, 0x0002) == abstract == VERIFICATION else REFUSED_CLASS
            self.respond(context, command, status)
        elif field == C_FIND and data is not None:
            self.find(context, command, data)
        elif field == C_STORE and data is not None:
            self.respond(context, command, self.store(context, command, data))
        else:
            raise UserAbort

    def respond(self, context: int, command: Command, status: int, data: bytes | None = None) -> None:
        elements: dict[int, int | bytes] = {
            0x0002: uid_of(command, 0x0002),
            0x0100: (number_of(command, 0x0100) or 0) | 0x8000,
            0x0120: number_of(command, 0x0110) or 0,
            0x0800: NO_DATA_SET if data is None else 1,
            0x0900: status,
        }
        if 0x1000 in command:
            elements[0x1000] = uid_of(command, 0x1000)
        self.send_message(context, command_bytes(elements), data)

    def find(self, context: int, command: Command, data: bytes) -> None:
        abstract, syntax = self.contexts[context]
        if abstract not in FIND_CLASSES or uid_of(command, 0x0002) != abstract:
            self.respond(context, command, REFUSED_CLASS)
            return
        for number in range(_MATCHES):
            if self.is_cancelled():
                self.respond(context, command, CANCELLED)
                return
            self.respond(context, command, PENDING, match(number, syntax == EXPLICIT))
        self.respond(context, command, 0)

    def is_cancelled(self) -> bool:
        """Whether a C-CANCEL-RQ is the next message that waits; what waits is left for later."""
        self.connection.settimeout(None)
        with suppress(BlockingIOError):
            self.buffer += self.connection.recv(65536, socket.MSG_DONTWAIT)
        at = self.buffer.find(b"\0\0\0\1\2\0\0\0\xff\x0f", 12)
        return self.buffer[:1] == b"\4" and 0 < at < 64

    def store(self, context: int, command: Command, data: bytes) -> int:
        abstract, instance = self.contexts[context][0], uid_of(command, 0x1000)
        if not abstract.startswith(STORAGE_ROOT) or uid_of(command, 0x0002) != abstract:
            return REFUSED_CLASS
        if not is_uid(instance):
            return NOT_UNDERSTOOD
        if self.settings.directory:
            self.write(self.place(instance), data)
        return 0

    def place(self, instance: bytes) -> str:
        """Where an instance is written."""
        return f"{self.settings.directory}/incoming/{instance.decode('latin-1')}"

    def write(self, name: str, data: bytes) -> None:
        """Write a file, but never outside the directory of the target, nor over another."""
        # Imported here: most targets need no files, and all shall start quickly.
        from pathlib import Path

        root = Path(self.settings.directory).absolute()
        path = Path(os.path.normpath(root / name.replace("\0", "")))
        if root not in path.parents:
            # A broken target must not harm the machine: what would leave the directory goes here.
            path = root / "outside"
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(data)


def is_title(title: bytes) -> bool:
    return bool(title.strip(b" ")) and all(0x20 <= octet < 0x7F and octet != 0x5C for octet in title)


def is_uid(name: bytes) -> bool:
    parts = name.split(b".")
    return len(name) <= 64 and all(part.isdigit() and (part == b"0" or part[:1] != b"0") for part in parts)


def is_role(value: bytes) -> bool:
    """Whether a role selection is well-formed; others are not answered."""
    return len(value) > 4 and len(value) - 4 == int.from_bytes(value[:2], "big") and is_uid(value[2:-2])


def proposed(sub_items: list[tuple[int, bytes]]) -> list[bytes]:
    """The abstract syntax of a proposed context, then its transfer syntaxes."""
    return [value for kind, value in sub_items if kind == 0x30] + [value for kind, value in sub_items if kind == 0x40]


def is_proposal(sub_items: list[tuple[int, bytes]]) -> bool:
    kinds = [kind for kind, _ in sub_items if kind in (0x30, 0x40)]
    return kinds[:1] == [0x30] and kinds.count(0x30) == 1 and len(kinds) > 1 and all(map(is_uid, proposed(sub_items)))


def is_offered(abstract: bytes) -> bool:
    return abstract == VERIFICATION or abstract in FIND_CLASSES or abstract.startswith(STORAGE_ROOT)


def match(number: int, explicit: bool) -> bytes:
    """An identifier that is found."""
    return (
        element(0x0008, 0x0052, b"CS", b"STUDY", explicit)
        + element(0x0010, 0x0020, b"LO", b"%d" % number, explicit)
        + element(0x0020, 0x000D, b"UI", b"2.25.%d" % (number + 1), explicit)
    )
