"""The threads of handlers and of the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from dulcimer import evt
from dulcimer.ae.blocking.background import Background
from dulcimer.ae.core.workers import Workers
from support.entities import PATIENCE, nothing_left, scp, scu, serving


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    with nothing_left():
        yield


def test_thread_that_is_idle_is_used_again() -> None:
    workers = Workers()
    threads = {workers.submit(threading.current_thread).result(PATIENCE) for _ in range(20)}
    assert len(threads) == 1
    workers.shutdown()


def test_there_are_as_many_threads_as_work_that_blocks() -> None:
    workers = Workers()
    barrier = threading.Barrier(50, timeout=PATIENCE)
    for future in [workers.submit(barrier.wait) for _ in range(50)]:
        future.result(PATIENCE)
    workers.shutdown()


def test_thread_that_is_busy_at_the_shutdown_ends_after_its_work() -> None:
    workers = Workers()
    gate = threading.Event()
    started: list[threading.Thread] = []

    def work() -> bool:
        started.append(threading.current_thread())
        return gate.wait(PATIENCE)

    future = workers.submit(work)
    workers.shutdown()
    gate.set()
    assert future.result(PATIENCE)
    started[0].join(PATIENCE)
    assert not started[0].is_alive()
    assert workers.submit(lambda: 1).result(PATIENCE) == 1
    workers.shutdown()


def test_exception_is_the_result_and_the_thread_goes_on() -> None:
    workers = Workers()
    with pytest.raises(ZeroDivisionError):
        workers.submit(lambda: 1 / 0).result(PATIENCE)
    assert workers.submit(lambda: 1).result(PATIENCE) == 1
    workers.shutdown()


def test_loop_runs_while_somebody_needs_it() -> None:
    background = Background()

    async def loop() -> Any:
        return asyncio.get_running_loop()

    first = background.call(loop())
    assert first.is_closed()
    background.acquire()
    second = background.call(loop())
    assert background.call(loop()) is second
    assert not second.is_closed()
    background.release()
    assert second.is_closed()


def test_task_that_is_left_is_cancelled_with_the_loop() -> None:
    background = Background()
    cancelled: list[bool] = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    async def begin() -> asyncio.Task[None]:
        task = asyncio.ensure_future(wait())
        await asyncio.wait((task,), timeout=0)
        return task

    background.call(begin())
    assert cancelled == [True]


def test_async_handler_of_a_blocking_entity_that_blocks_is_reported(caplog: Any) -> None:
    async def echo(event: evt.Event) -> int:
        event.assoc.send_c_echo()
        return 0x0000

    with serving(scp(), [(evt.EVT_C_ECHO, echo)]) as address, scu().associate(*address) as association:
        assert association.send_c_echo().Status == 0x0110
    assert "use AsyncAE" in caplog.text
