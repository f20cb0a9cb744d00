"""What a Dask worker does for a campaign: it plays batches, and keeps the target from one to the next.

A process of Dask may have several threads; each has a worker of its own. Targets of a campaign of which nothing is
heard any more are ended after a time, since its coordinator may have been killed.
"""

from __future__ import annotations

import asyncio
import os
import threading
from dataclasses import dataclass, field

from dulcimer import __version__
from dulcimer.fuzz.campaign.executors.executor import BatchEvent, BatchHeard, BatchLost
from dulcimer.fuzz.campaign.executors.hosting import WorkerHost
from dulcimer.fuzz.campaign.executors.packing import OrderUnpacker, PackedOrder
from dulcimer.fuzz.campaign.working import BatchDropped, WorkerSetup

_KEPT = 60.0
"""Seconds without a batch after which a target is ended."""
_POLITE = 1.0
"""Seconds for a batch to end when it is dropped; then its target is taken from it."""
_THREADS = 1 << 32
"""Above all process ids."""


@dataclass(slots=True)
class _Kept:
    """The worker of one thread, with its number. `idle` is set while it has no batch."""

    number: int
    host: WorkerHost
    unpacker: OrderUnpacker = field(default_factory=OrderUnpacker)
    idle: threading.Event = field(default_factory=threading.Event)
    timer: threading.Timer | None = None


_dropped: set[str] = set()
_kept: dict[tuple[str, int], _Kept] = {}
_lock = threading.Lock()


def play(token: str, setup: WorkerSetup, packed: PackedOrder, first: str) -> BatchEvent:
    """Play a batch of the campaign with this token. What is heard meanwhile is an event of Dask of that topic.

    `first`: the address of the process that has worker 0.
    """
    from distributed import get_worker

    dask = get_worker()

    def tell(heard: BatchHeard) -> None:
        dask.log_event(token, [heard.number, heard.doing, heard.cases])

    key = (token, threading.get_ident())
    kept = _taken(key, setup, may_be_first=dask.address == first)
    try:
        return kept.host.play(kept.unpacker.unpack(packed), tell)
    except BatchDropped:
        return BatchLost(packed.order.number, "it was dropped")
    finally:
        kept.idle.set()
        kept.timer = threading.Timer(_KEPT, _end_one, (key, kept))
        kept.timer.daemon = True
        kept.timer.start()


async def drop(token: str) -> None:
    """End the workers of a campaign in this process."""
    _dropped.add(token)
    with _lock:
        found = [(key, kept) for key, kept in _kept.items() if key[0] == token]
    await asyncio.gather(*(asyncio.to_thread(_end_one, key, kept, _POLITE) for key, kept in found))


def version_there() -> str:
    """The version of dulcimer."""
    return __version__


def _taken(key: tuple[str, int], setup: WorkerSetup, *, may_be_first: bool) -> _Kept:
    """The worker of this thread, which has a batch now. One that becomes the first one is opened again."""
    with _lock:
        known = _kept.get(key)
        is_first = may_be_first and not any(one[0] == key[0] and not kept.number for one, kept in _kept.items())
        if known is None or is_first:
            number = 0 if is_first else os.getpid() + _THREADS * len(_kept)
            kept = _kept[key] = _Kept(number, WorkerHost(setup, number, lambda: key[0] in _dropped))
        else:
            kept = known
        kept.idle.clear()
    if known is not None and known.timer is not None:
        known.timer.cancel()
    if known is not None and known is not kept:
        known.host.close()
    return kept


def _end_one(key: tuple[str, int], kept: _Kept, seconds: float = 0.0) -> None:
    """End a worker; one that has a batch is waited for, and then ended if its campaign is over."""
    is_idle = kept.idle.wait(seconds)
    if not is_idle and key[0] not in _dropped:
        return
    with _lock:
        if _kept.get(key) is kept:
            del _kept[key]
    kept.host.close()
