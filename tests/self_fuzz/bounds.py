"""Work and memory of one execution, counted so that neither the machine nor its load matters."""

from __future__ import annotations

import signal
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from self_fuzz.surface import Allowance, OverBudgetError

HANG = 20.0
"""Seconds of processor time after which an execution counts as endless; a usual one takes some milliseconds."""

_CALLS = ("call", "c_call")


@contextmanager
def within(allowance: Allowance, size: int) -> Iterator[None]:
    """Raises OverBudgetError when the block takes more work or memory than an input of `size` bytes may.

    Calls of functions are counted in this thread, memory in all.
    """
    most_calls = allowance.calls + allowance.calls_per_byte * size
    most_memory = allowance.memory + allowance.memory_per_byte * size
    left = most_calls

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal left
        left -= event in _CALLS
        if left < 0:
            raise OverBudgetError(f"work: more than {most_calls} calls for {size} bytes")

    before, traced = sys.getprofile(), tracemalloc.is_tracing()
    if not traced:
        tracemalloc.start()
    tracemalloc.reset_peak()
    start = tracemalloc.get_traced_memory()[0]
    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(before)
        peak = tracemalloc.get_traced_memory()[1] - start
        if not traced:
            tracemalloc.stop()
    if peak > most_memory:
        raise OverBudgetError(f"memory: {peak} bytes, and at most {most_memory} for {size} bytes of input")


@contextmanager
def ended_if_endless(seconds: float = HANG) -> Iterator[None]:
    """Raises OverBudgetError in the block after so many seconds of processor time; nothing outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise OverBudgetError(f"endless: more than {seconds} s of processor time")

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
