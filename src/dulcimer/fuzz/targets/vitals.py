"""What a target and everything it has started take of the machine, at one moment."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path

import psutil

_PEAK = re.compile(r"^VmHWM:\s+([0-9]+) kB$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Vitals:
    """Of a process and its children, together: resident memory in bytes, open descriptors, threads, processes.

    `peak`: the most resident memory that one of them has had so far, in bytes; 0 where the system does not say.
    """

    memory: int = 0
    descriptors: int = 0
    threads: int = 0
    processes: int = 0
    peak: int = 0


def vitals_of(pid: int) -> Vitals:
    """The vitals of a process tree; all 0 if the process is gone. A process that ends meanwhile counts in part."""
    memory = descriptors = threads = processes = peak = 0
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
                peak = max(peak, _peak_of(process.pid))
    return Vitals(memory, descriptors, threads, processes, peak)


def _peak_of(pid: int) -> int:
    try:
        found = _PEAK.search(Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace"))
    except OSError:
        return 0
    return int(found[1]) << 10 if found else 0
