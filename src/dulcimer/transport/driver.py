"""The one loop between a byte stream and an upper layer provider.

The driver moves bytes, arms one timer and hands out primitives. It decides nothing about the protocol.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from dulcimer._generated.fsm import States
from dulcimer.fsm.primitives import Indication, Request
from dulcimer.transport.streams import Stream
from dulcimer.upper_layer.provider import UpperLayer
from dulcimer.wire.model import Buffer


class Timer(Protocol):
    """A running timer."""

    def cancel(self) -> None:
        """Stop it."""


class Clock(Protocol):
    """Time in seconds; an asyncio event loop is one."""

    def time(self) -> float:
        """Now."""

    def call_at(self, when: float, callback: Callable[[], object]) -> Timer:
        """Call back at `when`."""


class Driver:
    """Drives one `UpperLayer`.

    `indicate` is called with each indication, inside the turn that brought it, so that it may use the
    fragments of P-DATA before the buffer is reused. `ended` is called once, when the machine is back in Sta1 and the
    connection gone.
    """

    def __init__(
        self,
        upper_layer: UpperLayer,
        indicate: Callable[[Indication], None],
        *,
        ended: Callable[[], None] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.upper_layer = upper_layer
        self.error: Exception | None = None
        """Why the connection was lost, None while it was not or if the peer closed it in good order."""
        self.stream: Stream | None = None
        self._indicate = indicate
        self._ended = ended
        self._clock: Clock = clock or asyncio.get_running_loop()
        self._timer: Timer | None = None
        self._deadline: float | None = None
        self._is_open = False
        self._in_turn = False
        self._waiting: list[asyncio.Future[None]] = []

    # What the stream calls

    def connected(self, stream: Stream) -> None:
        """The transport connection is open (Evt2 or Evt5)."""
        self.stream = stream
        self._is_open = True
        if self.upper_layer.observer is not None:
            self.upper_layer.observer.opened(stream.peer_address)
        self.upper_layer.transport_connected(self._clock.time())
        self._turn()

    def data_received(self, data: Buffer) -> None:
        """Bytes arrived; the buffer is reused after the call."""
        self.upper_layer.receive_data(data, self._clock.time())
        self._turn()

    def writable(self) -> None:
        """The backlog has gone: let the waiting senders go on."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def disconnected(self, error: Exception | None) -> None:
        """The transport connection is gone, or could not be opened (Evt17)."""
        self.error = self.error or error
        self._is_open = False
        self.upper_layer.transport_closed(self._clock.time())
        self._turn()
        self.writable()

    # What the user calls

    def send(self, *primitives: Request) -> None:
        """Issue primitives; their bytes leave together. Raises as `UpperLayer.send` does."""
        self.send_all(primitives)

    def send_all(self, primitives: Iterable[Request]) -> None:
        """Issue primitives; their bytes leave together, also those before one that raises."""
        now = self._clock.time()
        try:
            for primitive in primitives:
                self.upper_layer.send(primitive, now)
        finally:
            self._turn()

    async def drain(self, limit: int = 0) -> None:
        """Wait until no more than `limit` bytes wait for the network, or the connection is gone."""
        while self.stream is not None and self.stream.backlog > limit and self.upper_layer.state is not States.STA_1:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await future

    # Inside

    def _turn(self) -> None:
        """Hand out what the provider has, write what it says, close and arm the timer as it asks."""
        if self._in_turn:
            return
        self._in_turn = True
        upper_layer = self.upper_layer
        try:
            while (indication := upper_layer.next_event()) is not None:
                self._indicate(indication)
        finally:
            self._in_turn = False
            output = upper_layer.data_to_send()
            if self.stream is not None:
                if output:
                    self.stream.write(output)
                if upper_layer.close_requested:
                    upper_layer.close_requested = False
                    self.stream.close()
            self._arm()
        if self._ended is None or self._is_open:
            return
        if upper_layer.state is States.STA_1 and not upper_layer.open_requested:
            ended, self._ended = self._ended, None
            ended()

    def _arm(self) -> None:
        deadline = self.upper_layer.next_deadline()
        if deadline == self._deadline:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._deadline = deadline
        if deadline is not None:
            self._timer = self._clock.call_at(deadline, self._expire)

    def _expire(self) -> None:
        self._timer = self._deadline = None
        self.upper_layer.handle_timeout(self._clock.time())
        self._turn()
