"""Everything that a command has started, including what has left its process group, as far as the system shows it.

Linux shows the parent and the environment of each process in /proc. Every process that is started inherits a marker in
the environment; only one that has left the group, cleared its environment and lost its parent is not found. Without
/proc, only the process group is known.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

MARKER = "DULCIMER_CHECK_CALL"
_PROC = Path("/proc")
_ENDED = "Z"
_ROUNDS = 5
"""How often to look for processes that were started while others were being ended."""


def kill_tree(root: int, marker: str, variable: str = MARKER) -> None:
    """End `root`, its process group, its children, and every process that has the marker in this variable."""
    for _ in range(_ROUNDS):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(root, signal.SIGKILL)
        found = _left_of(root, f"{variable}={marker}".encode())
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            return


def _left_of(root: int, wanted: bytes) -> set[int]:
    """The processes that still run, without `root` itself, which the caller waits for."""
    children: dict[int, list[int]] = {}
    found: set[int] = set()
    for pid, parent, state in _processes():
        if state == _ENDED or pid in (root, os.getpid()):
            continue
        children.setdefault(parent, []).append(pid)
        with contextlib.suppress(OSError):
            if wanted in (_PROC / str(pid) / "environ").read_bytes().split(b"\0"):
                found.add(pid)
    queue = [root]
    while queue:
        below = children.get(queue.pop(), [])
        queue += below
        found.update(below)
    return found


def _processes() -> Iterator[tuple[int, int, str]]:
    """Each process, its parent and its state."""
    with contextlib.suppress(OSError):
        for place in _PROC.iterdir():
            if not place.name.isdecimal():
                continue
            with contextlib.suppress(OSError, ValueError, IndexError):
                # The name of the program, in parentheses, may hold anything.
                words = (place / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
                yield int(place.name), int(words[1]), words[0]
