"""What the upper layer has told of the end of an association, kept until somebody asks."""

from __future__ import annotations

import asyncio
from collections import deque

from dulcimer.fsm.primitives import (
    AbortIndication,
    Indication,
    PAbortIndication,
    ReleaseConfirmation,
    ReleaseIndication,
)

_KEPT = (ReleaseIndication, ReleaseConfirmation, AbortIndication, PAbortIndication)
_ABORTS = (AbortIndication, PAbortIndication)
_MOST = 8


class Indications:
    """Release and abort indications and confirmations, in order; nothing comes behind an abort."""

    def __init__(self) -> None:
        self._kept: deque[Indication] = deque(maxlen=_MOST)
        self._waiting: list[asyncio.Future[None]] = []
        self._over = False

    def put(self, primitive: Indication) -> None:
        """An indication has come."""
        if isinstance(primitive, _KEPT):
            if isinstance(primitive, _ABORTS):
                self._kept.clear()
            self._kept.append(primitive)
            self._wake()

    def end(self) -> None:
        """Nothing more will come."""
        self._over = True
        self._wake()

    def peek(self) -> Indication | None:
        """The next one, which stays; None if there is none."""
        return self._kept[0] if self._kept else None

    def take(self) -> Indication | None:
        """The next one; None if there is none."""
        return self._kept.popleft() if self._kept else None

    async def wait(self, seconds: float | None) -> Indication | None:
        """Take the next one as soon as it comes; None if none comes within `seconds`, or none can come."""
        if not self._kept and not self._over:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await asyncio.wait((future,), timeout=seconds)
        return self.take()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)
