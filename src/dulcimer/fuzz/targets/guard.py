"""A target outlives nobody: a process of its own waits for the end of the tester, and kills what is left then.

The tester says what it starts and what it has ended through a pipe, whose other end is closed when it ends, however it
ends. So this works also when the tester is killed, and on every system with a shell.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
from typing import NamedTuple

_SHELL = "/bin/sh"
_SCRIPT = """
trap '' HUP INT TERM
left=
while read -r sign group; do
  kept=
  for one in $left; do
    [ "$one" = "$group" ] || kept="$kept $one"
  done
  left=$kept
  [ "$sign" = - ] || left="$left $group"
done
for one in $left; do
  kill -KILL "-$one" 2>/dev/null
done
"""


class ProcessGuard:
    """Kills process groups when this process has ended. For all threads; a fork of this process begins with none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: set[int] = set()
        self._running: _Running | None = None

    def add(self, group: int) -> None:
        """Kill this group when this process ends."""
        with self._lock:
            self._groups.add(group)
            self._say(f"+ {group}\n")

    def remove(self, group: int) -> None:
        """Leave this group alone: it has ended, and its number may be that of another one."""
        with self._lock:
            self._groups.discard(group)
            self._say(f"- {group}\n")

    def close(self) -> None:
        """End the guard, and with it what is left."""
        with self._lock:
            self._groups.clear()
            self._end()

    def forget(self) -> None:
        """Begin anew in a fork: what the parent has started is not ours, and the parent's end must show."""
        if self._running is not None:
            os.close(self._running.pipe)
        self._running = None
        self._groups.clear()
        self._lock = threading.Lock()  # a thread that is not in the fork may hold the old one

    def _say(self, line: str) -> None:
        if self._running is None:
            self._start()
            return
        try:
            os.write(self._running.pipe, line.encode())
        except BrokenPipeError:  # somebody has killed it
            self._end()
            self._start()

    def _start(self) -> None:
        """Start it with all groups that there are, if there are any."""
        if not self._groups:
            return
        theirs, ours = os.pipe()
        try:
            silence = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
            pid = os.posix_spawn(
                _SHELL,
                [_SHELL, "-c", _SCRIPT],
                os.environ,
                file_actions=[(os.POSIX_SPAWN_DUP2, theirs, 0), *silence],
                setpgroup=0,  # Ctrl-C is for the tester
            )
        finally:
            os.close(theirs)
        self._running = _Running(pid, ours)
        os.write(ours, "".join(f"+ {group}\n" for group in self._groups).encode())

    def _end(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            os.close(running.pipe)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(running.pid, 0)


class _Running(NamedTuple):
    """The guard's process, and our end of the pipe to it."""

    pid: int
    pipe: int


GUARD = ProcessGuard()
"""Of this process."""
atexit.register(GUARD.close)
os.register_at_fork(after_in_child=GUARD.forget)
