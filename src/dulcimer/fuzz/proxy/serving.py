"""The proxy on asyncio's streams: it listens, connects to the server for each client, and does what the link says."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.fuzz.proxy.events import ServerNotReached, Told
from dulcimer.fuzz.proxy.following import ProxyJudgements
from dulcimer.fuzz.proxy.link import EndLink, ForwardBytes, ForwardEnd, LinkSettings, ProxiedLink
from dulcimer.fuzz.proxy.witness import LinkRecorder, SeveralWitnesses

_CHUNK = 1 << 17
"""Bytes that are read at once."""
_LONGEST_SLEEP = 3600.0
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """Where the proxy listens, and where the server is.

    - `port`: 0 for any free port. `most_connections`: connections at the same time; further ones wait.
    - `connections`: after so many it ends; None for no limit. `connect_timeout`: seconds.
    - `tls`: for the connections to the server, whose certificate must have `tls_name`, by default `server_host`.
      `listen_tls`: for those from clients.
    """

    server_host: str
    server_port: int
    host: str = "127.0.0.1"
    port: int = 0
    connections: int | None = None
    most_connections: int = 100
    connect_timeout: float = 10.0
    tls: ssl.SSLContext | None = None
    tls_name: str | None = None
    listen_tls: ssl.SSLContext | None = None
    link: LinkSettings = field(default_factory=LinkSettings)

    @property
    def server(self) -> str:
        """Host and port of the server."""
        return address_text(self.server_host, self.server_port)


class DicomProxy:
    """A proxy in front of one server. `heed` is called with everything that happens, in its order;
    `recorders` are told each connection.

    Raises OSError from `run` if it cannot listen.
    """

    def __init__(self, settings: ProxySettings, heed: Callable[[Told], None], *recorders: LinkRecorder) -> None:
        self._settings = settings
        self._heed = heed
        self._recorders = recorders
        self._judgements = ProxyJudgements()
        self._accepted = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._fault: Exception | None = None
        self._is_stopping = False
        self._enough = asyncio.Event()
        self._places = asyncio.Semaphore(settings.most_connections)
        self._began = asyncio.get_running_loop().time()

    @property
    def now(self) -> float:
        """Seconds since the proxy was made."""
        return asyncio.get_running_loop().time() - self._began

    async def run(self, stop: asyncio.Event, listening: Callable[[str, int], None] = lambda *_: None) -> None:
        """Work until `stop` is set, or all `connections` are over. `listening` is told the address and the port."""
        settings = self._settings
        server = await asyncio.start_server(
            self._accept, settings.host, settings.port, ssl=settings.listen_tls, limit=_CHUNK
        )
        async with server:
            listening(*server.sockets[0].getsockname()[:2])
            stopped, enough = asyncio.create_task(stop.wait()), asyncio.create_task(self._enough.wait())
            await asyncio.wait((stopped, enough), return_when=asyncio.FIRST_COMPLETED)
            server.close()
            while self._tasks and not stopped.done():
                await asyncio.wait((stopped, *self._tasks), return_when=asyncio.FIRST_COMPLETED)
            self._is_stopping = True
            for _ in range(3):  # connections that were accepted meanwhile
                await asyncio.sleep(0)
            tasks = (*self._tasks, stopped, enough)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.sleep(0)  # so that what was closed is closed
        if self._fault is not None:
            raise self._fault

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        settings = self._settings
        is_enough = settings.connections is not None and self._accepted >= settings.connections
        if is_enough or self._is_stopping:
            _close(writer, reset=True)
            return
        self._accepted += 1
        task = asyncio.create_task(self._guard(self._accepted, reader, writer))
        self._tasks.add(task)

        def done(task: asyncio.Task[None]) -> None:  # also if it was stopped before it began
            self._tasks.discard(task)
            _close(writer)

        task.add_done_callback(done)
        if self._accepted == settings.connections:
            self._enough.set()

    async def _guard(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with self._places:
                await self._serve(number, reader, writer)
        except Exception as fault:  # it is ours: an end cannot cause one
            self._fault = fault
            self._enough.set()

    async def _serve(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        settings = self._settings
        client = address_text(*(writer.get_extra_info("peername") or ("?", 0))[:2])
        try:
            async with asyncio.timeout(settings.connect_timeout):
                to_server, from_server = await _connect(settings)
        except OSError as error:  # TimeoutError, and those of TLS, too
            self._heed(ServerNotReached(number, self.now, client, error))
            return
        now = self.now
        recorders = self._recorders
        witness = SeveralWitnesses(tuple(one.link(number, client, settings.server, now) for one in recorders))
        link = ProxiedLink(number, settings.link, self._judgements, now, (client, settings.server), witness)
        ends = {LinkEnd.CLIENT: (reader, writer), LinkEnd.SERVER: (from_server, to_server)}
        try:
            await _Carrier(link, ends, self).carry()
        finally:
            link.end(self.now, "the proxy was stopped")
            self.tell(link)
            _close(to_server)

    def tell(self, link: ProxiedLink) -> None:
        """Pass on what a link tells."""
        for told in link.told():
            self._heed(told)


class _Carrier:
    """Carries the bytes of one link."""

    def __init__(
        self,
        link: ProxiedLink,
        ends: dict[LinkEnd, tuple[asyncio.StreamReader, asyncio.StreamWriter]],
        proxy: DicomProxy,
    ) -> None:
        self._link = link
        self._ends = ends
        self._proxy = proxy
        self._sooner = asyncio.Event()
        self._room = asyncio.Event()
        self._sleeps_until = 0.0
        for _, writer in ends.values():
            _without_delay(writer)

    async def carry(self) -> None:
        """Until the connection is over."""
        self._act()
        async with asyncio.TaskGroup() as tasks:
            for end in LinkEnd:
                tasks.create_task(self._read(end))
            tasks.create_task(self._wait())

    async def _read(self, end: LinkEnd) -> None:
        """Read from an end as long as the other one takes what comes; only this waits for that one to take it."""
        reader, receiver = self._ends[end][0], self._ends[end.opposite][1]
        while not self._link.is_over:
            while not self._link.wants_data(end):
                self._room.clear()
                await self._room.wait()
            with contextlib.suppress(OSError):  # it is gone, which comes out when it is read
                await receiver.drain()
            try:
                data = await reader.read(_CHUNK)
            except OSError:
                self._link.receive_end(end, self._proxy.now, reset=True)
            else:
                if data:
                    self._link.receive_data(end, data, self._proxy.now)
                    self._act()
                    continue
                self._link.receive_end(end, self._proxy.now)
            self._act()
            return

    async def _wait(self) -> None:
        """Do what is due at some time."""
        while not self._link.is_over:
            deadline = self._link.next_deadline()
            self._sleeps_until = self._proxy.now + _LONGEST_SLEEP if deadline is None else deadline
            self._sooner.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(self._sleeps_until - self._proxy.now, 0.0)):
                    await self._sooner.wait()
            self._link.handle_timeout(self._proxy.now)
            self._act()

    def _act(self) -> None:
        """Do what the link asks for; bytes that an end does not take at once wait in its transport."""
        self._proxy.tell(self._link)
        for action in self._link.actions():
            match action:
                case ForwardBytes(to=end, data=data):
                    if not self._ends[end][1].is_closing():
                        self._ends[end][1].write(data)
                case ForwardEnd(to=end):
                    _finish(self._ends[end][1])
                case EndLink(reset=reset):
                    for _, writer in self._ends.values():
                        _close(writer, reset=reset)
        deadline = self._link.next_deadline()
        if self._link.is_over or (deadline is not None and deadline < self._sleeps_until):
            self._sooner.set()
        self._room.set()


def _finish(writer: asyncio.StreamWriter) -> None:
    """Close the direction of sending."""
    with contextlib.suppress(OSError, RuntimeError):
        if writer.can_write_eof():
            writer.write_eof()
        else:  # TLS has no half of a connection
            writer.close()


async def _connect(settings: ProxySettings) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
    options: dict[str, Any] = {}
    if settings.tls is not None:
        options = {"ssl": settings.tls, "server_hostname": settings.tls_name or settings.server_host}
    reader, writer = await asyncio.open_connection(settings.server_host, settings.server_port, limit=_CHUNK, **options)
    return writer, reader


def _without_delay(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _close(writer: asyncio.StreamWriter, *, reset: bool = False) -> None:
    """Close a connection, with RST if `reset`."""
    if reset and not writer.is_closing():
        sock = writer.get_extra_info("socket")
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        writer.transport.abort()
    with contextlib.suppress(OSError, RuntimeError):
        writer.close()


def address_text(host: str, port: int) -> str:
    """Host and port, as they are usually written."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
