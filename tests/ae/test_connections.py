"""Connections without an association do not count towards the limit of associations, and the oldest are closed."""

from __future__ import annotations

import asyncio
import resource
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import ExitStack, asynccontextmanager
from typing import Any

import pytest

from dulcimer.acse.negotiation import THIS_IMPLEMENTATION, Context
from dulcimer.ae.core.acceptance import Acceptance, AcceptancePolicy
from dulcimer.ae.core.client import ClientAssociation, connect
from dulcimer.ae.core.server import LIMIT_EXCEEDED, AsyncServer, _by_descriptors
from dulcimer.ae.core.session import SessionUser
from dulcimer.ae.core.terms import Terms
from dulcimer.errors import AssociationAborted, AssociationRejected
from dulcimer.events import Handlers
from dulcimer.limits import Limits
from dulcimer.wire.codec import encode
from dulcimer.wire.model import AssociateRj, AssociateRq
from support.associations import RQ, VERIFICATION

VERIFY = [Context(VERIFICATION, ("1.2.840.10008.1.2",))]
HOST = "127.0.0.1"


class Serving:
    """A server with limits, and silent peers."""

    def __init__(self, server: AsyncServer, stack: ExitStack) -> None:
        self.server = server
        self._stack = stack

    async def silent(self, count: int, begin: bytes = b"") -> list[socket.socket]:
        """Open connections on which only these bytes are sent."""
        loop = asyncio.get_running_loop()
        opened = []
        for _ in range(count):
            there = set(self.server.sessions)
            connection = self._stack.enter_context(socket.socket())
            connection.setblocking(False)
            await loop.sock_connect(connection, self.server.server_address)
            await until(lambda: self.server.sessions - there)  # noqa: B023 - it is awaited before the next turn
            connection.send(begin)
            opened.append(connection)
        return opened

    async def associate(self) -> ClientAssociation:
        return await connect(*self.server.server_address, VERIFY)


@asynccontextmanager
async def serving(*, associations: int = 100, connections: int = 100) -> AsyncIterator[Serving]:
    policy = AcceptancePolicy("SCP", False, (), 16384, THIS_IMPLEMENTATION)

    def refuse(_: AssociateRq) -> AssociateRj | None:
        return LIMIT_EXCEEDED if len(server.requested) >= associations else None

    server = AsyncServer(
        Acceptance(lambda: policy, VERIFY, {}),
        lambda: (Terms(refuse=refuse), SessionUser()),
        Handlers(),
        limits=Limits(connections=connections),
    )
    await server.open(HOST, 0)
    with ExitStack() as stack:
        async with server:
            yield Serving(server, stack)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0)


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(100) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def run(body: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(body())


@pytest.mark.clause("PS3.8 Table 9-21")
def test_only_who_asks_for_an_association_takes_a_place_among_them() -> None:
    async def body() -> None:
        async with serving(associations=2) as there:
            await there.silent(20)
            await there.silent(5, encode(RQ)[:50])
            first, second = await there.associate(), await there.associate()
            for _ in range(3):
                with pytest.raises(AssociationRejected) as rejected:
                    await there.associate()
                assert (rejected.value.result, rejected.value.source, rejected.value.reason) == (2, 3, 2)
            await first.release()
            third = await there.associate()
            assert await third.c_echo() == await second.c_echo() == 0
            await third.release()
            await second.release()

    run(body)


def test_who_was_rejected_or_aborted_takes_no_place_although_the_connection_is_open() -> None:
    async def body() -> None:
        async with serving(associations=1) as there:
            lingering = await there.silent(1, encode(RQ) + b"\x63\0\0\0\0\0")
            await until(lambda: there.server.sessions and not there.server.requested)
            rejected = await there.silent(3, encode(RQ).replace(b"1.2.840.10008.3.1.1.1", b"1.2.840.10008.3.1.1.2"))
            association = await there.associate()
            assert not any(map(is_closed, [*lingering, *rejected]))
            await association.release()

    run(body)


@pytest.mark.clause("PS3.8 9.1.5")
def test_at_the_limit_of_connections_the_one_that_is_silent_longest_gives_way(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def body() -> None:
        async with serving(connections=5) as there:
            oldest, *others = await there.silent(3)
            associated = [await there.associate(), await there.associate()]
            new = await there.associate()
            await until(lambda: is_closed(oldest))
            assert not any(map(is_closed, others))
            for one in (*associated, new):
                assert await one.c_echo() == 0
                await one.release()

    run(body)
    lines = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert lines == ["5 connections open, the limit: the longest silent are closed"]


def test_a_peer_that_we_wait_for_after_the_end_gives_way_as_well() -> None:
    async def body() -> None:
        async with serving(connections=2) as there:
            lingering = await there.silent(2, encode(RQ) + b"\x63\0\0\0\0\0")
            await until(lambda: not there.server.requested)
            association = await there.associate()
            await until(lambda: any(map(is_closed, lingering)))
            await association.release()

    run(body)


def test_associations_do_not_give_way() -> None:
    async def body() -> None:
        async with serving(connections=3) as there:
            associated = [await there.associate() for _ in range(3)]
            with pytest.raises(AssociationAborted):
                await there.associate()
            for one in associated:
                assert await one.c_echo() == 0
                await one.release()
            await until(lambda: not there.server.sessions)
            await (await there.associate()).release()

    run(body)


@pytest.mark.parametrize(("limit", "wanted", "there_are"), [(400, 2000, 168), (1024, 100, 100), (10, 5, 1)])
def test_connections_are_no_more_than_descriptors_allow(
    limit: int, wanted: int, there_are: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit, limit))
    assert _by_descriptors(wanted) == there_are
