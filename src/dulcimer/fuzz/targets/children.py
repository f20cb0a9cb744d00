"""How the children of a target have ended, as long as it has not asked for that itself: Linux shows it in /proc.

A server with a process for each association mostly asks when the next association comes. Until then the process that
has ended stays in the list of its parent, with its exit status.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dulcimer.conformance.processes.server import exit_in_words

_PROC = Path("/proc")
_ENDED = "Z"
# Fields of /proc/PID/stat after the name of the program, which may have any character in it.
_STATE, _START, _EXIT = 0, 19, 49

_CRASHES = frozenset(
    (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGILL, signal.SIGSYS, signal.SIGTRAP)
)
"""Signals that a program brings upon itself."""


@dataclass(frozen=True, slots=True)
class EndedChild:
    """A child that has ended. `started`: when, in ticks; `status`: its exit status, negative for a signal."""

    pid: int
    started: int
    status: int

    @property
    def has_crashed(self) -> bool:
        """Whether it died of a signal that it has brought upon itself."""
        return -self.status in _CRASHES

    @property
    def how(self) -> str:
        """How it has ended, in words."""
        return exit_in_words(self.status)


def ended_children(pid: int) -> Iterator[EndedChild]:
    """The children of a process, and theirs, that have ended, and whose parent has not asked how."""
    queue = [pid]
    while queue:
        for child in _children(queue.pop()):
            fields = _fields(child)
            if fields and fields[_STATE] == _ENDED:
                yield EndedChild(child, int(fields[_START]), os.waitstatus_to_exitcode(int(fields[_EXIT])))
            elif fields:
                queue.append(child)


def _children(pid: int) -> Iterator[int]:
    with contextlib.suppress(OSError):
        for thread in (_PROC / str(pid) / "task").iterdir():
            yield from map(int, (thread / "children").read_text(encoding="ascii").split())


def _fields(pid: int) -> list[str]:
    with contextlib.suppress(OSError):
        return (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    return []
