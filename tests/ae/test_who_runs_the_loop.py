"""A thread that waits for a result runs the event loop itself; nobody notices."""

from __future__ import annotations

import asyncio
import contextvars
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dulcimer import Association, AsyncAE, evt
from dulcimer.ae.blocking import postponed_signals
from dulcimer.ae.blocking.background import Background
from dulcimer.sop_class import Verification
from support.entities import PATIENCE, Seen, nothing_left, scu, serving_elsewhere

ALARMS = (signal.SIGINT, signal.SIGTERM)


class OfUser(Exception):
    """Raised by the handler of a signal."""


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    with nothing_left():
        yield


@pytest.fixture
def background() -> Iterator[Background]:
    """A loop that stays until the end of the test."""
    background = Background()
    background.acquire()
    yield background
    background.release()


async def here() -> int:
    """The thread that runs the loop."""
    return threading.get_ident()


async def turns(count: int) -> None:
    """Wait for so many turns of the loop."""
    for _ in range(count):
        await asyncio.sleep(0)


def nested(depth: int, call: Callable[[], int]) -> int:
    """What `call` returns with so many more frames below it."""
    return nested(depth - 1, call) if depth else call()


@contextmanager
def handled(handler: Any, *numbers: signal.Signals) -> Iterator[None]:
    """Inside the block the signals have this handler; it is theirs again after each call."""
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
        assert {signal.getsignal(number) for number in numbers} == {handler}
    finally:
        for number, old in before.items():
            signal.signal(number, old)


# Who runs it


def test_caller_runs_the_loop_in_its_own_thread(background: Background) -> None:
    def runs() -> bool:
        return background.call(here()) == threading.get_ident()

    assert all(runs() for _ in range(20))


def test_loop_with_a_server_is_run_in_the_background(background: Background) -> None:
    background.acquire(servers=1)
    assert background.call(here()) != threading.get_ident()
    background.release(servers=1)


def test_thread_with_an_event_loop_of_its_own_does_not_run_another_one(background: Background) -> None:
    async def call() -> bool:
        return background.call(here()) == threading.get_ident()

    assert not asyncio.run(call())


def test_thread_that_is_deep_in_recursion_does_not_run_the_loop(background: Background) -> None:
    assert nested(sys.getrecursionlimit() - 250, lambda: background.call(here())) != threading.get_ident()


def test_loop_in_a_caller_is_as_useless_for_blocking_calls_as_before(background: Background) -> None:
    async def call() -> None:
        background.call(here())

    with pytest.raises(RuntimeError, match="use AsyncAE"):
        background.call(call())


def test_loop_runs_in_the_background_while_nobody_waits(background: Background) -> None:
    told = threading.Event()

    async def begin() -> None:
        asyncio.get_running_loop().call_later(0.001, told.set)

    for _ in range(3):
        background.call(begin())
        assert told.wait(PATIENCE)
        told.clear()


def test_background_thread_sleeps_while_a_caller_waits_long(background: Background) -> None:
    shared = background.acquire()
    told = threading.Event()

    async def wait() -> int:
        while not shared._is_asleep:
            await asyncio.sleep(0.001)
        asyncio.get_running_loop().call_later(0.001, told.set)
        return threading.get_ident()

    runner = background.call(wait())
    assert told.wait(PATIENCE)
    assert runner == threading.get_ident()
    background.release()


# Several callers


@settings(max_examples=25)
@given(st.lists(st.lists(st.integers(0, 3), max_size=6), min_size=2, max_size=4))
def test_any_callers_get_their_own_results_from_a_loop_that_one_thread_runs(callers: list[list[int]]) -> None:
    background = Background()
    name = contextvars.ContextVar[int]("name")
    runners: list[int] = []
    at_once = threading.Barrier(len(callers))

    async def work(count: int) -> tuple[int, int]:
        runners.append(threading.get_ident())
        assert runners == [threading.get_ident()]
        runners.clear()
        await turns(count)
        return name.get(), count

    def caller(number: int) -> None:
        name.set(number)
        at_once.wait(PATIENCE)
        for count in callers[number]:
            assert background.call(work(count)) == (number, count)

    with ThreadPoolExecutor(len(callers)) as threads:
        for done in [threads.submit(caller, number) for number in range(len(callers))]:
            done.result(PATIENCE)


def test_who_waits_while_another_caller_leaves_is_served(background: Background) -> None:
    for _ in range(20):
        began = threading.Event()
        leave: asyncio.Event = asyncio.Event()

        async def wait(began: threading.Event = began, leave: asyncio.Event = leave) -> None:
            began.set()
            await leave.wait()

        async def end(leave: asyncio.Event = leave) -> int:
            leave.set()
            await turns(20)
            return threading.get_ident()

        with ThreadPoolExecutor(1) as threads:
            first = threads.submit(background.call, wait())
            assert began.wait(PATIENCE)
            background.call(end())
            first.result(PATIENCE)


# Signals: the main thread runs the loop, and their handlers could raise between any two instructions of it


@settings(max_examples=25)
@given(st.lists(st.sampled_from(ALARMS), min_size=1, max_size=4), st.integers(0, 3))
def test_no_signal_interrupts_what_the_loop_does(numbers: list[signal.Signals], before: int) -> None:
    background = Background()
    background.acquire()
    called: list[int] = []
    undisturbed: list[bool] = []
    cancelled = threading.Event()

    def handler(number: int, _: Any) -> None:
        called.append(number)
        raise OfUser

    async def work() -> None:
        await turns(before)
        for number in numbers:
            signal.raise_signal(number)
        undisturbed.append(not called)
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    with handled(handler, *ALARMS):
        with pytest.raises(OfUser):
            background.call(work())
        assert (undisturbed, called) == ([True], numbers)
        assert cancelled.wait(PATIENCE)
    background.release()


@settings(max_examples=25)
@given(st.lists(st.sampled_from(ALARMS), max_size=4), st.integers(0, 40))
def test_handler_that_does_not_raise_may_block_and_the_call_goes_on(numbers: list[signal.Signals], more: int) -> None:
    background = Background()
    background.acquire()
    called: list[int] = []

    def handler(number: int, _: Any) -> None:
        called.append(number)
        background.call(here())

    async def work() -> int:
        for number in numbers:
            signal.raise_signal(number)
        await turns(more)
        return more

    with handled(handler, *ALARMS):
        assert background.call(work()) == more
    assert called == numbers
    background.release()


def test_interpreter_that_is_not_the_main_one_runs_the_loop_without_handlers_of_its_own(
    background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise ValueError("signal only works in main thread of the main interpreter")

    monkeypatch.setattr(postponed_signals, "_set_handler", refuse)
    assert background.call(here()) == threading.get_ident()


def test_ctrl_c_ends_the_wait_for_a_response_and_the_association_can_be_used() -> None:
    asked, answer = threading.Event(), threading.Event()
    statuses: list[Any] = []

    def first_one_waits(_: evt.Event) -> int:
        if not asked.is_set():
            asked.set()
            assert answer.wait(PATIENCE)
        return 0x0000

    def interrupt() -> None:
        assert asked.wait(PATIENCE)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    with handled(signal.default_int_handler, signal.SIGINT), serving(first_one_waits) as association:
        helper = threading.Thread(target=interrupt)
        helper.start()
        with pytest.raises(KeyboardInterrupt):
            association.send_c_echo()
        helper.join(PATIENCE)
        answer.set()
        statuses.append(association.send_c_echo().Status)
        association.release()
        assert association.is_released
    assert statuses == [0x0000]


# Associations


@contextmanager
def serving(echo: Any = None, *handlers: Any) -> Iterator[Association]:
    """An association with a server in another loop, whose C-ECHO is answered by `echo`, with these `handlers`."""
    ae = AsyncAE("ELSEWHERE")
    ae.add_supported_context(Verification)
    with serving_elsewhere(ae, [] if echo is None else [(evt.EVT_C_ECHO, echo)]) as address:
        association = scu().associate(*address, evt_handlers=list(handlers))
        assert association.is_established
        try:
            yield association
        finally:
            association.abort()


def test_threads_share_an_association() -> None:
    with serving() as association, ThreadPoolExecutor(3) as threads:
        wanted = [threads.submit(association.send_c_echo) for _ in range(30)]
        assert {done.result(PATIENCE).Status for done in wanted} == {0x0000}
        association.release()
        assert association.is_released


def test_abort_of_the_peer_is_told_without_a_call() -> None:
    told = Seen()

    async def abort_soon(event: evt.Event) -> int:
        asyncio.get_running_loop().call_later(0.01, event.assoc.session.association.abort)
        return 0x0000

    with serving(abort_soon, (evt.EVT_ABORTED, told), (evt.EVT_CONN_CLOSE, told)) as association:
        assert association.send_c_echo().Status == 0x0000
        told.until("EVT_ABORTED", "EVT_CONN_CLOSE")
        assert association.is_aborted


@pytest.mark.parametrize("how", ["abort", "release"])
def test_other_thread_ends_the_association_while_a_caller_waits(how: str) -> None:
    asked, answer = threading.Event(), threading.Event()

    def wait(_: evt.Event) -> int:
        asked.set()
        assert answer.wait(PATIENCE)
        return 0x0000

    with serving(wait) as association, ThreadPoolExecutor(1) as threads:
        association.acse_timeout = 0.05
        status = threads.submit(association.send_c_echo)
        assert asked.wait(PATIENCE)
        getattr(association, how)()
        answer.set()
        assert "Status" not in status.result(PATIENCE)
        assert not association.is_established


def test_timers_run_while_the_caller_runs_the_loop_and_while_nobody_does() -> None:
    asked, answer, told = threading.Event(), threading.Event(), Seen()

    def wait(_: evt.Event) -> int:
        asked.set()
        assert answer.wait(PATIENCE)
        return 0x0000

    with serving(wait) as association:
        association.dimse_timeout = 0.05
        assert "Status" not in association.send_c_echo()
        assert association.is_aborted
        answer.set()
    with serving(None, (evt.EVT_ABORTED, told)) as association:
        association.network_timeout = 0.05
        told.until("EVT_ABORTED")


def test_interpreter_ends_with_an_association_open() -> None:
    program = """
import atexit, sys
from dulcimer import AE
from dulcimer.sop_class import Verification
ae = AE()
ae.add_requested_context(Verification)
association = ae.associate("127.0.0.1", int(sys.argv[1]))
print(association.send_c_echo().Status, flush=True)
if sys.argv[2] == "release":
    atexit.register(association.release)
"""
    ae = AsyncAE("ELSEWHERE")
    ae.add_supported_context(Verification)
    with serving_elsewhere(ae) as (_, port):
        for how in ("leave", "release"):
            command = [sys.executable, "-c", program, str(port), how]
            done = subprocess.run(command, capture_output=True, text=True, timeout=2 * PATIENCE, check=False)
            assert (done.returncode, done.stdout, done.stderr) == (0, "0\n", "")
