"""Reading a blocking iterator from an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from time import monotonic
from typing import TypeVar

T = TypeVar("T")
_MOST = 64
_LONGEST = 0.05


async def off_loop(blocking: Iterator[T]) -> AsyncGenerator[T, None]:
    """The items of the iterator, read in another thread, so that the loop is never blocked.

    The first item is yielded as soon as it is available, later ones in batches of at most 64, gathered for at most 0.05
    seconds. An iterator with a `close` is closed at the end, also if the reader stops early and closes this one.
    """
    async with aclosing(batches_off_loop(blocking)) as batches:
        async for batch in batches:
            for item in batch:
                yield item


async def batches_off_loop(blocking: Iterator[T]) -> AsyncGenerator[list[T], None]:
    """The same, batch by batch; none is empty."""
    most = 1
    try:
        while batch := await asyncio.to_thread(_gather, blocking, most):
            yield batch
            most = _MOST
    finally:
        close = getattr(blocking, "close", None)
        if close is not None:
            await asyncio.to_thread(close)


def _gather(blocking: Iterator[T], most: int) -> list[T]:
    batch: list[T] = []
    end = monotonic() + _LONGEST
    for item in blocking:
        batch.append(item)
        if len(batch) == most or monotonic() >= end:
            break
    return batch
