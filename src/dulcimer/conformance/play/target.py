"""The peer under test and how long to wait for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from dulcimer.conformance.stimuli.messages import Titles
from dulcimer.conformance.wire_peer.connection import Connection
from dulcimer.conformance.wire_peer.tls import TlsSettings

ARTIM_MARGIN = 0.25
"""How far ARTIM may be from its declared value, as a part of it."""
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.005, 0.25
"""Seconds between two attempts to connect."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds: `react` for a reaction of the peer, `grace` to see whether it closes early, `artim` as declared (None if
    it was not), `window` to watch for a close when ARTIM was not declared, `connect` for a TCP connection, `releases`
    after which the peer releases an idle association (None if that was not declared), `patience` with a peer that
    refuses connections, `close` for a close that the table demands at once, without a timer.

    `waits`: whether the tester waits for such a close now, or leaves that to the end of the run.
    """

    react: float = 0.5
    grace: float = 0.1
    artim: float | None = None
    window: float = 2.0
    connect: float = 5.0
    releases: float | None = None
    patience: float = 0.0
    close: float = 10.0
    waits: bool = True

    @property
    def artim_limit(self) -> float:
        """How long a close by ARTIM is waited for."""
        return self.window if self.artim is None else self.artim * (1 + 2 * ARTIM_MARGIN) + self.react


@dataclass(frozen=True, slots=True)
class Target:
    """The peer and how to talk to it; `tls`: how connections are secured, None if they are not."""

    host: str
    port: int
    titles: Titles = field(default_factory=Titles)
    timing: Timing = field(default_factory=Timing)
    tls: TlsSettings | None = None

    async def connect(self) -> Connection:
        """A new connection; raises OSError. While it is refused, it is tried again, as long as `patience` says."""
        loop = asyncio.get_running_loop()
        started, pause = loop.time(), _SHORTEST_PAUSE
        while True:
            try:
                connection = await Connection.open(self.host, self.port, self.timing.connect, self.tls)
            except ConnectionRefusedError:
                if loop.time() - started >= self.timing.patience:
                    raise
            else:
                connection.waited = loop.time() - started
                return connection
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
