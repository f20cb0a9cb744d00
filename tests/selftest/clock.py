"""An event loop that does not wait for timers: when no socket is ready, its clock jumps to the next timer.

Both ends of a case live in one process, and the loopback delivers what one end sends before the call returns. So when
no socket has anything, only a timer can come. Time limits then cost nothing, and they do not expire while the machine
is busy: the result of a case does not depend on how fast it is played.
"""

from __future__ import annotations

import asyncio
import selectors
import socket
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

QUIET = 0.003
"""Seconds of real time without any input after which the clock jumps."""

_Result = TypeVar("_Result")


class _Impatient(selectors.DefaultSelector):
    """Waits no longer than `QUIET`; if nothing has come by then, `skip` is called with the time that was asked for."""

    def __init__(self, skip: Callable[[float], None]) -> None:
        super().__init__()
        self._skip = skip

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready now or after a short wait; None waits forever, as there is no timer to jump to."""
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        ready = super().select(QUIET)
        if not ready:
            self._skip(timeout)
        return ready


class SkippingLoop(asyncio.SelectorEventLoop):
    """The loop; its `time` is the sum of all waits."""

    def __init__(self) -> None:
        self._now = 0.0
        super().__init__(_Impatient(self._skip))

    def time(self) -> float:
        """Seconds skipped since the loop was made."""
        return self._now

    async def getaddrinfo(self, host: Any, port: Any, **kind: Any) -> Any:
        """Ask at once: the loop would not see that a thread is at work."""
        return socket.getaddrinfo(host, port, **kind)

    def _skip(self, seconds: float) -> None:
        self._now += seconds


def run(main: Coroutine[Any, Any, _Result], *, skipping: bool = True) -> _Result:
    """As `asyncio.run`, with a clock that jumps unless `skipping` is False."""
    with asyncio.Runner(loop_factory=SkippingLoop if skipping else None) as runner:
        return runner.run(main)
