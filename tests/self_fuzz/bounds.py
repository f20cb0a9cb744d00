"""Work and memory of one execution, counted so that neither the machine nor its load matters."""

from __future__ import annotations

import _weakrefset
import signal
import sys
import threading
import tracemalloc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from self_fuzz.surface import Allowance, OverBudgetError

HANG = 20.0
"""Seconds of processor time after which an execution counts as endless; a usual one takes some milliseconds."""

_AGAIN = 0.05
"""Seconds of processor time after which it is interrupted again, where the first time could have no effect."""
_CALLS = ("call", "c_call")
_OF_COLLECTED = (weakref.__file__, _weakrefset.__file__)
"""What runs when something is collected."""


@contextmanager
def within(allowance: Allowance, size: int) -> Iterator[None]:
    """Raises OverBudgetError when the block takes more work or memory than an input of `size` bytes may.

    Calls of functions are counted in this thread, memory in all.
    """
    most_calls = allowance.calls + allowance.calls_per_byte * size
    most_memory = allowance.memory + allowance.memory_per_byte * size
    left = most_calls

    too_much = f"work: more than {most_calls} calls for {size} bytes"

    def count(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal left
        left -= event in _CALLS
        if left < 0 and not _is_deaf(frame):
            raise OverBudgetError(too_much)

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
    if left < 0:
        raise OverBudgetError(too_much)
    if peak > most_memory:
        raise OverBudgetError(f"memory: {peak} bytes, and at most {most_memory} for {size} bytes of input")


@contextmanager
def ended_if_endless(seconds: float = HANG) -> Iterator[None]:
    """Raises OverBudgetError in the block after so many seconds of processor time; nothing outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    problem = f"endless: more than {seconds} s of processor time"
    is_over, is_within = False, True

    def end(_signal: int, frame: FrameType | None) -> None:
        nonlocal is_over
        is_over = True
        if is_within and not _is_deaf(frame):
            raise OverBudgetError(problem)

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, _AGAIN)
    try:
        try:
            yield
        finally:
            is_within = False
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    if is_over:
        raise OverBudgetError(problem)


def _is_deaf(frame: FrameType | None) -> bool:
    """Whether what is raised in this frame is dropped, since something is being collected."""
    while frame is not None:
        if frame.f_code.co_name == "__del__" or frame.f_code.co_filename in _OF_COLLECTED:
            return True
        frame = frame.f_back
    return False
