"""A listener for clients in a thread of its own, and what it tells."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Queue
from typing import TypeVar

from dulcimer.diagnosis.listening.events import ClientEnded, ListenTold
from dulcimer.diagnosis.listening.serving import ClientListener, ListenSettings
from support.peers.processes import HOST

_Told = TypeVar("_Told")
_SECONDS = 60.0


@dataclass
class Listened:
    """What a listener has told, and the port that it listens on."""

    port: int = 0
    told: list[ListenTold] = field(default_factory=list)
    ends: Queue[ClientEnded] = field(default_factory=Queue)

    def heed(self, told: ListenTold) -> None:
        self.told.append(told)
        if isinstance(told, ClientEnded):
            self.ends.put(told)

    def end(self) -> ClientEnded:
        """The next connection that ends; waits for it."""
        return self.ends.get(timeout=_SECONDS)

    def of(self, kind: type[_Told]) -> list[_Told]:
        """What was told of one kind."""
        return [one for one in self.told if isinstance(one, kind)]


@contextmanager
def listening(settings: ListenSettings | None = None) -> Iterator[Listened]:
    """Listen inside the block."""
    listened = Listened()
    ready = threading.Event()
    stop: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        stop.append((loop, asyncio.Event()))
        listener = ClientListener(settings or ListenSettings(), listened.heed, loop.time)
        async with listener.listen(HOST, 0):
            listened.port = listener.address[1]
            ready.set()
            await stop[0][1].wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(_SECONDS)
    try:
        yield listened
    finally:
        loop, event = stop[0]
        loop.call_soon_threadsafe(event.set)
        thread.join(_SECONDS)
