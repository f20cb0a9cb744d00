"""Surfaces one after the other in several processes, for a time; what a process dies of is found, too."""

from __future__ import annotations

import itertools
import multiprocessing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from queue import Queue
from threading import Thread
from time import monotonic
from typing import Any

from self_fuzz.runs import Failure, Tally, explore, made, smaller
from self_fuzz.surfaces import SURFACES

_SLICES = 1 << 20
"""So many executions at most in one slice of a surface."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Executions of a surface from a number on, for so many seconds."""

    surface: str
    seed: int
    first: int
    seconds: float


def explored(slices: Sequence[Slice], jobs: int) -> Iterator[tuple[Slice, Tally]]:
    """The slices as they are done, at most `jobs` at a time."""
    waiting: Queue[Slice] = Queue()
    done: Queue[tuple[Slice, Tally]] = Queue()
    for each in slices:
        waiting.put(each)

    def work() -> None:
        while not waiting.empty():
            each = waiting.get()
            done.put((each, _in_a_process(each)))

    threads = [Thread(target=work, daemon=True) for _ in range(min(jobs, len(slices)))]
    for thread in threads:
        thread.start()
    for _ in slices:
        yield done.get()


def slices_of(surfaces: Sequence[str], seed: int, seconds: float, jobs: int) -> list[Slice]:
    """One slice for each surface and round, so that all together take so many seconds with these jobs."""
    each = seconds * jobs / len(surfaces)
    return [Slice(surface, seed, 0, each) for surface in surfaces]


def _in_a_process(each: Slice) -> Tally:
    """What comes of a slice; if its process dies, the execution that was begun is the failure."""
    context = multiprocessing.get_context("spawn")
    begun = context.Value("q", each.first)
    results: SimpleQueue[Tally] = context.SimpleQueue()
    process = context.Process(target=_work, args=(each, begun, results), daemon=True)
    start = monotonic()
    process.start()
    tally: Tally | None = None
    while tally is None and (process.is_alive() or not results.empty()):
        process.join(0.2) if results.empty() else None
        if not results.empty():
            tally = results.get()
    process.join()
    if tally is not None:
        return tally
    surface = SURFACES[each.surface]
    key = f"{surface.name}: its process ended with status {process.exitcode}"
    given, choices = made(surface, each.seed, begun.value)
    found = Tally(begun.value - each.first, monotonic() - start)
    found.add(Failure(surface.name, key, "", given, choices, each.seed, begun.value))
    return found


def _work(each: Slice, begun: Any, results: Any) -> None:
    surface = SURFACES[each.surface]

    def note(number: int) -> None:
        begun.value = number

    numbers = itertools.islice(itertools.count(each.first), _SLICES)
    tally = explore(surface, each.seed, numbers, each.seconds, note)
    for key, failure in tally.failures.items():
        note(failure.number)
        tally.failures[key] = smaller(surface, failure)
    results.put(tally)
