"""Accepting connections: how many in a turn, without a free descriptor, and which handshake is ended."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
import trustme

from dulcimer.errors import ListenError
from dulcimer.fsm.primitives import Indication
from dulcimer.transport import listening
from dulcimer.transport.driver import Driver
from dulcimer.transport.listening import ACCEPTED_AT_ONCE, Listener, WarningLimiter, listen
from dulcimer.upper_layer import UpperLayer

HOST = "127.0.0.1"


class Acceptor:
    """Makes a driver for each connection, and counts them."""

    def __init__(self) -> None:
        self.drivers: list[Driver[Indication]] = []

    def __call__(self) -> Driver[Indication]:
        self.drivers.append(Driver(UpperLayer(is_requestor=False), lambda _: None))
        return self.drivers[-1]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                await asyncio.sleep(0)

    async def end(self, listener: Listener) -> None:
        await listener.give_up()
        for driver in self.drivers:
            if driver.stream is not None:
                driver.stream.close()
        await asyncio.sleep(0)


def clients(listener: Listener, count: int) -> list[socket.socket]:
    """Connections that the kernel has accepted for us."""
    return [socket.create_connection(listener.sockets[0].getsockname()) for _ in range(count)]


def is_closed(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


@pytest.mark.parametrize("readiness", [True, False], ids=["add_reader", "sock_accept"])
def test_few_connections_are_accepted_in_one_turn_and_all_in_the_end(
    readiness: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body() -> None:
        if not readiness:
            monkeypatch.setattr(asyncio.get_running_loop(), "add_reader", missing)
        acceptor = Acceptor()
        taken = 0

        def has_room() -> bool:
            nonlocal taken
            taken += 1
            return True

        listener = await listen(acceptor, HOST, 0, has_room=has_room)
        opened = clients(listener, 100)
        while taken < 100:
            before = taken
            await asyncio.sleep(0)
            assert taken - before <= ACCEPTED_AT_ONCE
        await acceptor.until(lambda: len(acceptor.drivers) >= 100)  # a stranger may find the port, too
        await acceptor.end(listener)
        for one in opened:
            one.close()

    asyncio.run(body())


def missing(*_: Any) -> None:
    raise NotImplementedError


class Scarce:
    """A listening socket for which the system has no descriptor for the next `left` attempts."""

    def __init__(self, real: socket.socket, left: int) -> None:
        self._real = real
        self.left = left
        self.tried = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def accept(self) -> Any:
        self.tried += 1
        if self.left:
            self.left -= 1
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return self._real.accept()


@pytest.mark.parametrize("readiness", [True, False], ids=["add_reader", "sock_accept"])
def test_without_a_descriptor_one_line_is_logged_and_it_goes_on_afterwards(
    readiness: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(listening, "_PAUSE", 0.001)

    async def body() -> None:
        loop = asyncio.get_running_loop()
        acceptor = Acceptor()
        listener = await listen(acceptor, HOST, 0, start_serving=False)
        scarce = Scarce(listener.sockets[0], left=20)
        listener.sockets = (scarce,)  # type: ignore[assignment]  # all that is asked of it
        if not readiness:
            monkeypatch.setattr(loop, "add_reader", missing)

            async def sock_accept(_: object) -> Any:
                return scarce.accept()

            monkeypatch.setattr(loop, "sock_accept", sock_accept)
        await listener.start_serving()
        opened = clients(listener, 1)
        await acceptor.until(lambda: acceptor.drivers)
        assert scarce.left == 0
        await acceptor.end(listener)
        opened[0].close()

    asyncio.run(body())
    lines = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert lines == ["no connection can be accepted: Too many open files"]


def test_a_warning_is_repeated_after_a_second_with_the_number_of_the_others(caplog: pytest.LogCaptureFixture) -> None:
    teller = WarningLimiter()
    for now in (0.0, 0.1, 0.9, 1.0, 1.5, 2.5):
        teller.warn(now, "no room")
    assert [record.message for record in caplog.records] == [
        "no room",
        "no room (2 more like it in the meantime)",
        "no room (1 more like it in the meantime)",
    ]


def test_without_room_a_connection_is_closed_at_once(caplog: pytest.LogCaptureFixture) -> None:
    async def body() -> None:
        acceptor = Acceptor()
        listener = await listen(acceptor, HOST, 0, has_room=lambda: False)
        opened = clients(listener, 5)
        await acceptor.until(lambda: all(map(is_closed, opened)))
        assert not acceptor.drivers
        await acceptor.end(listener)
        for one in opened:
            one.close()

    asyncio.run(body())
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 1


def test_of_silent_tls_clients_the_oldest_give_way_to_one_that_speaks() -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    async def body() -> None:
        acceptor = Acceptor()
        listener = await listen(acceptor, HOST, 0, tls=context, most_handshakes=4)
        silent = clients(listener, 10)
        await acceptor.until(lambda: sum(map(is_closed, silent)) == 6)
        assert [is_closed(one) for one in silent] == [True] * 6 + [False] * 4
        port = listener.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection(HOST, port, ssl=trusting, server_hostname="localhost")
        await acceptor.until(lambda: acceptor.drivers)
        assert [is_closed(one) for one in silent] == [True] * 7 + [False] * 3
        await acceptor.end(listener)
        await acceptor.until(lambda: all(map(is_closed, silent)))
        writer.close()
        for one in silent:
            one.close()

    asyncio.run(body())


def test_address_that_is_taken_or_is_none_of_ours_is_reported() -> None:
    async def body() -> None:
        listener = await listen(Acceptor(), HOST, 0)
        port = listener.sockets[0].getsockname()[1]
        with pytest.raises(ListenError, match=f"cannot listen on {HOST} port {port}: Address already in use"):
            await listen(Acceptor(), HOST, port)
        with pytest.raises(ListenError, match=r"192\.0\.2\.1 port 0: Cannot assign requested address"):
            await listen(Acceptor(), "192.0.2.1", 0)
        listener.close()
        listener.close()
        await listener.start_serving()  # it is closed: does nothing
        (await listen(Acceptor(), HOST, port)).close()

    asyncio.run(body())


def test_all_addresses_of_a_name_that_this_machine_has_are_listened_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> None:
        loop = asyncio.get_running_loop()

        async def getaddrinfo(*_: Any, **__: Any) -> Any:
            kinds = socket.SOCK_STREAM, 6, ""
            found = [(socket.AF_INET, *kinds, (address, 0)) for address in ("192.0.2.1", HOST, HOST)]
            return [*found, (1000, *kinds, (HOST, 0))]

        monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
        listener = await listen(Acceptor(), "name", 0)
        assert [one.getsockname()[0] for one in listener.sockets] == [HOST]
        assert isinstance(listener, Listener)
        with ExitStack() as stack:
            stack.callback(listener.close)

    asyncio.run(body())
