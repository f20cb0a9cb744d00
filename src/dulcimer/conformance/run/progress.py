"""The progress of a run: a bar on a terminal, and otherwise a line now and then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress
from rich.table import Column

from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.run.record import PeerIdentity, Progress
from dulcimer.counting import counted

_EVERY = 10.0
"""Seconds between two lines."""
_COUNTS = (Verdict.FAILED, Verdict.ERROR)


def _narrow(width: int) -> Column:
    """A column for the name of a case, which leaves room for a bar and the numbers."""
    return Column(max_width=max(10, width - 40), no_wrap=True, overflow="ellipsis")


class Bar(Progress):
    """A progress bar; on anything but a terminal a line after each `every` seconds of the `clock`."""

    def __init__(self, console: Console, every: float = _EVERY, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._bar = RichProgress(
            TextColumn("{task.description}", table_column=_narrow(console.width)),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[left]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None
        self._every, self._clock = every, clock
        self._total, self._started = 0, 0.0
        self._verdicts: dict[str, Verdict] = {}
        self._next: asyncio.TimerHandle | None = None

    def begin(self, total: int) -> None:
        """Show the bar."""
        self._total, self._started = total, self._clock()
        self._bar.start()
        self._task = self._bar.add_task("checking", total=total, left="")
        if not self._console.is_terminal:
            self._call_again()

    def done(self, result: Result) -> None:
        """Count a case, or replace the verdict of one that was played before."""
        self._verdicts[result.case.id] = result.verdict
        if self._task is not None:
            done = len(self._verdicts)
            self._bar.update(self._task, completed=done, description=result.case.id, left=self._left)

    def say(self, text: str) -> None:
        """Print a line."""
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    @property
    def line(self) -> str:
        """The progress in words."""
        failed = sum(1 for verdict in self._verdicts.values() if verdict in _COUNTS)
        parts = (f"{len(self._verdicts)} of {counted(self._total, 'case')}", f"{failed} failed so far", self._left)
        return ", ".join(filter(None, parts))

    @property
    def _left(self) -> str:
        """How long it may still take, estimated from the time so far; "" if too little is done."""
        done, seconds = len(self._verdicts), self._clock() - self._started
        if not done or seconds < 1 or done > self._total:
            return ""
        return f"about {seconds / done * (self._total - done):.0f} s left"

    def _call_again(self) -> None:
        self._next = asyncio.get_running_loop().call_later(self._every, self._print_line)

    def _print_line(self) -> None:
        self.say(self.line)
        self._call_again()

    def end(self) -> None:
        """Remove the bar."""
        if self._next is not None:
            self._next.cancel()
        self._bar.stop()


class Several(Progress):
    """Passes everything on to several listeners."""

    def __init__(self, listeners: Sequence[Progress]) -> None:
        self._listeners = listeners

    def met(self, peer: PeerIdentity) -> None:
        """The peer is healthy."""
        for one in self._listeners:
            one.met(peer)

    def begin(self, total: int) -> None:
        """So many cases are about to run."""
        for one in self._listeners:
            one.begin(total)

    def done(self, result: Result) -> None:
        """A case has its result."""
        for one in self._listeners:
            one.done(result)

    def say(self, text: str) -> None:
        """A message for the user."""
        for one in self._listeners:
            one.say(text)
