"""What a target and everything it has started take of the machine, at one moment."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Vitals:
    """Of a process and its children, together: resident memory in bytes, open descriptors, threads, processes."""

    memory: int = 0
    descriptors: int = 0
    threads: int = 0
    processes: int = 0


def vitals_of(pid: int) -> Vitals:
    """The vitals of a process tree; all 0 if the process is gone. A process that ends meanwhile counts in part."""
    memory = descriptors = threads = processes = 0
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.Error), process.oneshot():
                if process.status() == psutil.STATUS_ZOMBIE:
                    continue
                memory += process.memory_info().rss
                threads += process.num_threads()
                descriptors += process.num_fds()
                processes += 1
    return Vitals(memory, descriptors, threads, processes)
