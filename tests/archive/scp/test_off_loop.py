"""Answers read from an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.archive import off_loop


@given(st.lists(st.integers(), max_size=200))
def test_all_items_come_in_order(items: list[int]) -> None:
    async def body() -> list[int]:
        return [item async for item in off_loop(iter(items))]

    assert asyncio.run(body()) == items


def test_loop_goes_on_while_an_item_is_awaited() -> None:
    ready = threading.Event()

    def answers() -> Iterator[int]:
        assert ready.wait(10)
        yield 1

    async def body() -> None:
        async with aclosing(off_loop(answers())) as reading:
            first = asyncio.ensure_future(anext(reading))
            await asyncio.sleep(0)
            assert not first.done()
            ready.set()
            assert await first == 1

    asyncio.run(body())


def test_reader_that_stops_early_closes_the_iterator() -> None:
    closed: list[bool] = []

    def answers() -> Iterator[int]:
        try:
            yield from range(1000)
        finally:
            closed.append(True)

    async def body() -> None:
        async with aclosing(off_loop(answers())) as reading:
            async for item in reading:
                if item == 3:
                    break

    asyncio.run(body())
    assert closed == [True]


def test_error_of_the_iterator_reaches_the_reader() -> None:
    def answers() -> Iterator[int]:
        yield 1
        raise LookupError("gone")

    async def body() -> None:
        async for _ in off_loop(answers()):
            pass

    with pytest.raises(LookupError, match="gone"):
        asyncio.run(body())
