"""The proxy on real sockets, in a thread of the tests."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Event, Thread

from dulcimer.ae.core.storage_scp import Server
from dulcimer.fuzz.proxy.events import Told
from dulcimer.fuzz.proxy.recording import ProxyCapture
from dulcimer.fuzz.proxy.serving import DicomProxy, ProxySettings
from dulcimer.fuzz.proxy.totals import ProxyTotals


@dataclass
class RunningProxy:
    """A proxy that runs: its port, and what it has told so far; `capture` is complete after the block."""

    port: int = 0
    told: list[Told] = field(default_factory=list)
    totals: ProxyTotals = field(default_factory=ProxyTotals)
    capture: io.BytesIO = field(default_factory=io.BytesIO)

    def heed(self, told: Told) -> None:
        self.told.append(told)
        self.totals.add(told)


@contextlib.contextmanager
def running_proxy(settings: ProxySettings) -> Iterator[RunningProxy]:
    """Run it in the block. With `connections` it ends by itself when these are over, else when the block is left."""
    running, ready = RunningProxy(), Event()
    stops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
    faults: list[BaseException] = []

    async def run() -> None:
        capture = ProxyCapture(running.capture, 1e9, settings.server, with_rules=bool(settings.link.rules))
        proxy = DicomProxy(settings, running.heed, capture)
        stop = asyncio.Event()
        stops.append((asyncio.get_running_loop(), stop))

        def listening(_: str, port: int) -> None:
            running.port = port
            ready.set()

        await proxy.run(stop, listening)

    def work() -> None:
        try:
            asyncio.run(run())
        except BaseException as fault:
            faults.append(fault)
        finally:
            ready.set()

    thread = Thread(target=work)
    thread.start()
    ready.wait()
    try:
        yield running
    finally:
        if settings.connections is None:
            loop, stop = stops[0]
            loop.call_soon_threadsafe(stop.set)
        thread.join(60)
    if faults:
        raise faults[0]
    assert not thread.is_alive()


@contextlib.contextmanager
def running_own(server: Server) -> Iterator[int]:
    """The port of a server of our own, which runs in a thread for the length of the block."""
    ready, ports = Event(), list[int]()
    stops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        stop = asyncio.Event()
        async with server.listen("127.0.0.1", 0):
            ports.append(server.address[1])
            stops.append((asyncio.get_running_loop(), stop))
            ready.set()
            await stop.wait()

    thread = Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait()
    try:
        yield ports[0]
    finally:
        loop, stop = stops[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join(60)
