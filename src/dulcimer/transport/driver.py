"""The one loop between a byte stream and an upper layer provider.

The driver moves bytes, arms one timer and hands out primitives. It decides nothing about the protocol.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Generic, Protocol, TypeVar

from dulcimer.fsm.primitives import Request
from dulcimer.transport.streams import Stream
from dulcimer.transport.turns import TURN, Clock, LoopTime, Timer
from dulcimer.upper_layer.observer import Observer
from dulcimer.wire.model import Buffer

_MOST_PDUS, _PORTION = 8, 32 << 10
"""PDUs, and their bytes, that are handled before the clock is read again."""


_LITTLE = 512
"""Up to so many bytes are one portion, whatever they contain."""
_NOTHING = memoryview(b"")
_CROWDED = "many PDUs are unfinished"


_Event = TypeVar("_Event")
_EventOut = TypeVar("_EventOut", covariant=True)


class SansIO(Protocol[_EventOut]):
    """A layer that can be driven: an `UpperLayer`, or a layer above it with the same methods and its own events."""

    open_requested: bool
    close_requested: bool

    @property
    def observer(self) -> Observer | None: ...
    @property
    def is_established(self) -> bool: ...
    @property
    def is_idle(self) -> bool: ...
    @property
    def pending(self) -> int: ...
    @property
    def maximum_send_length(self) -> int: ...
    def transport_connected(self, now: float) -> None: ...
    def receive_data(self, data: Buffer, now: float) -> None: ...
    def transport_closed(self, now: float, error: Exception | None = None) -> None: ...
    def extent(self, data: Buffer, most: int, size: int) -> int: ...
    def send(self, primitive: Request, now: float) -> None: ...
    def next_event(self) -> _EventOut | None: ...
    def data_to_send(self) -> list[Buffer]: ...
    def next_deadline(self) -> float | None: ...
    def handle_timeout(self, now: float) -> None: ...
    def expire(self, now: float) -> None: ...


class Driver(Generic[_Event]):
    """Drives one `UpperLayer`, or a layer on top of one.

    `indicate` is called with each event, inside the turn that brought it, so that it may use the fragments of P-DATA
    before the buffer is reused. `ended` is called once, when the machine is back in Sta1 and the connection is closed.
    Input is handled in portions, so that other connections get their turns (see `turns`).
    """

    def __init__(
        self,
        upper_layer: SansIO[_Event],
        indicate: Callable[[_Event], None],
        *,
        ended: Callable[[], None] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.upper_layer = upper_layer
        self.stream: Stream | None = None
        self._indicate = indicate
        self._ended = ended
        self._clock: Clock = clock or asyncio.get_running_loop()
        self._time = LoopTime.of(self._clock)
        self._holds: set[str] = set()
        self._rest = memoryview(b"")
        self._kept = self._gathered = 0
        self._queued = False
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
        self.turn()

    def data_received(self, data: Buffer) -> None:
        """Bytes arrived; the buffer is reused after the call."""
        if self._rest:  # a stream that cannot pause at once
            self._keep(bytes(self._rest) + data)
            return
        is_associated = self.upper_layer.is_established
        turns = self._time.associations if is_associated else self._time.others
        view = memoryview(data)
        left = TURN - turns.spent
        if left > 0 and not self._holds:
            begin = self._clock.time()
            view = self._take(view, begin, begin + left)
            turns.spend(self._clock.time() - begin)
            if self._gathered or not is_associated:
                self._count_gathered()
        if view and self._is_open:
            self._keep(bytes(view))
            self._pause()
            self._queue()

    def writable(self) -> None:
        """The backlog is empty: wake the waiting senders."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def disconnected(self, error: Exception | None) -> None:
        """The transport connection was closed or lost, or could not be opened (Evt17)."""
        self._is_open = False
        self._keep(b"")
        self._gather(0)
        self.upper_layer.transport_closed(self._clock.time(), error)
        self.turn()
        self.writable()

    # What the user calls

    def send(self, *primitives: Request) -> None:
        """Issue primitives and send their bytes together. Raises as `UpperLayer.send` does."""
        self.send_all(primitives)

    def send_all(self, primitives: Iterable[Request]) -> None:
        """Issue primitives and send their bytes together; if one raises, the bytes of those before it are sent."""
        now = self._clock.time()
        try:
            for primitive in primitives:
                self.upper_layer.send(primitive, now)
        finally:
            self.turn()

    def turn(self) -> None:
        """Hand out the events of the driven layer, write its bytes, close and set the timer as it asks.

        Must be called after a method of that layer was called directly.
        """
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
        if upper_layer.is_idle and not upper_layer.open_requested:
            ended, self._ended = self._ended, None
            ended()

    def hold(self, why: str) -> None:
        """Stop reading from the peer until `free` is called with the same reason."""
        self._holds.add(why)
        self._pause()

    def free(self, why: str) -> None:
        """Resume reading, unless it is held for another reason."""
        self._holds.discard(why)
        if not self._holds:
            self._queue()
            self._resume()

    def expire(self) -> None:
        """Stop waiting for the peer: let ARTIM expire if it runs."""
        self.upper_layer.expire(self._clock.time())
        self.turn()

    def handle_some(self, until: float) -> bool:
        """Handle some of the input left, and more until `until`; return whether there is more that can be handled."""
        if self._rest and not self._holds:
            try:
                self._rest = self._take(self._rest, self._clock.time(), until)
            except BaseException:
                self._keep(b"")
                if self.stream is not None:
                    self.stream.close()
                raise
            if not self._rest:
                self._keep(b"")
                self._resume()
            self._count_gathered()
        self._queued = bool(self._rest) and not self._holds
        return self._queued

    async def drain(self, limit: int = 0) -> None:
        """Wait until at most `limit` bytes wait to be sent, or the connection is closed."""
        while self.stream is not None and self.stream.backlog > limit and not self.upper_layer.is_idle:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await future

    # Inside

    def _take(self, data: memoryview, now: float, until: float) -> memoryview:
        """Handle `data` in portions until the time `until` or a hold; return what is left."""
        upper_layer = self.upper_layer
        while True:
            size = len(data)
            if size > _LITTLE:
                size = upper_layer.extent(data, _MOST_PDUS, _PORTION)
            upper_layer.receive_data(data if size == len(data) else data[:size], now)
            self.turn()
            if size == len(data):
                return _NOTHING
            data = data[size:]
            if self._holds or not self._is_open:
                return data
            now = self._clock.time()
            if now >= until:
                return data

    def _count_gathered(self) -> None:
        """Stop reading an unfinished PDU while there are many of them; an association may have one."""
        self._gather(0 if self.upper_layer.is_established else self.upper_layer.pending)
        if _CROWDED not in self._holds and self._time.is_crowded(self._gathered, self._resume_gathering):
            self.hold(_CROWDED)

    def _gather(self, size: int) -> None:
        change, self._gathered = size - self._gathered, size
        self._time.gather(change)

    def _resume_gathering(self) -> None:
        self.free(_CROWDED)

    def _keep(self, data: bytes) -> None:
        self._time.kept += len(data) - self._kept
        self._kept = len(data)
        self._rest = memoryview(data)

    def _queue(self) -> None:
        if self._rest and not self._holds and not self._queued:
            self._queued = True
            is_associated = self.upper_layer.is_established
            (self._time.associations if is_associated else self._time.others).wait(self)

    def _pause(self) -> None:
        if self.stream is not None:
            self.stream.pause_reading()

    def _resume(self) -> None:
        if self.stream is not None and not self._rest and not self._holds:
            self.stream.resume_reading()

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
        self.turn()
