"""How much work an operation is: Python calls, system calls, memory, and what is left to the garbage collector."""

from __future__ import annotations

import gc
import subprocess
import sys
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from types import FrameType
from typing import Any

from support.counted.operations import Operation, operations
from support.counted.recorded import Figures
from support.counted.standing_loop import run_standing

_WARM, _TIMES, _FEWER = 20, 30, 10
_MODULES = ("posix", "select", "_socket")
_NO_SYSTEM_CALLS = ("fileno", "fspath", "gettimeout", "getdefaulttimeout", "family", "htons", "inet_pton", "inet_ntop")
_HELP = "import sys; sys.argv = ['dulcimer', '--help']; from dulcimer.cli.main import main; main()"
_COUNTED = """
import atexit, sys
before = len(sys.modules)
atexit.register(lambda: print(len(sys.modules) - before, file=sys.stderr))
{program}
"""
IMPORTS = {
    "import dulcimer": "import dulcimer",
    "dulcimer.AE": "import dulcimer; dulcimer.AE",
    "dulcimer --help": _HELP,
}
"""What is started in a new interpreter, by name."""


@dataclass(frozen=True)
class Work:
    """The work of one operation, both ends together.

    `system_calls` are calls of functions of the system, the selector's and the sockets', the least and the most: it is
    a matter of chance whether threads that are done wake the loop once or twice. `peak_bytes` is the memory in use at
    the most, beyond what was in use before; `left_objects` are those that only the garbage collector frees.
    """

    python_calls: int
    system_calls: list[int]
    peak_bytes: int
    left_objects: int


async def _measured(operation: Operation) -> Work:
    for _ in range(_WARM):
        await operation()
    gc.collect()
    gc.disable()
    try:
        calls = [await _calls_of(operation) for _ in range(_TIMES)]
        gc.collect()
        left = []
        for _ in range(_FEWER):
            await operation()
            left.append(gc.collect())
        peaks = [await _peak_of(operation) for _ in range(_FEWER)]
    finally:
        gc.enable()
    python, system = zip(*calls, strict=True)
    return Work(_usual(python), [min(system), max(system)], _usual(peaks), min(left))


def _usual(counts: Sequence[int]) -> int:
    """The mean without the least and the greatest tenth.

    Which end comes first is a matter of chance, and so are a few calls, and what an end has yet to give back.
    """
    few = len(counts) // 10
    return round(fmean(sorted(counts)[few : len(counts) - few]))


async def _calls_of(operation: Operation) -> tuple[int, int]:
    python = system = 0

    def watch(_: FrameType, event: str, argument: Any) -> None:
        nonlocal python, system
        if event == "call":
            python += 1
        elif event == "c_call" and _is_of_the_system(argument):
            system += 1

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        await operation()
    finally:
        sys.setprofile(before)
    return python, system


def _is_of_the_system(function: Any) -> bool:
    if function.__name__ in _NO_SYSTEM_CALLS:
        return False
    if function.__module__ in _MODULES:
        return True
    return any(base.__module__ in _MODULES for base in type(function.__self__).__mro__)


async def _peak_of(operation: Operation) -> int:
    tracemalloc.start()
    try:
        await operation()  # what it keeps for the next one is not counted
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        await operation()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def works() -> dict[str, Work]:
    """The work of each operation, by name."""

    async def measure() -> dict[str, Work]:
        async with operations() as known:
            return {name: await _measured(operation) for name, operation in known.items()}

    return run_standing(measure())


def modules_of(program: str) -> int:
    """The modules that a program imports, beside those of every interpreter."""
    counted = _COUNTED.format(program=program)
    done = subprocess.run([sys.executable, "-c", counted], capture_output=True, text=True, check=True)
    return int(done.stderr.splitlines()[-1])


def figures() -> Figures:
    """All figures of this version of Python, as they are recorded."""
    found: Figures = {name: vars(work).copy() for name, work in works().items()}
    found["modules"] = {name: modules_of(program) for name, program in IMPORTS.items()}
    return found
