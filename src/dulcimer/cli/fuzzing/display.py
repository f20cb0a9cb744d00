"""The live display of a campaign: some lines that change on a terminal, and otherwise a line now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from dulcimer.counting import counted
from dulcimer.escaping import escaped
from dulcimer.fuzz.campaign.result import CampaignProgress
from dulcimer.fuzz.report.grouping import share
from dulcimer.fuzz.report.wording import counted_cases, duration, sized

_EVERY = 10.0
"""Seconds between two lines where there is no terminal."""
_FASTEST = 0.1
"""Seconds between two pictures on a terminal."""
_FINDINGS_SHOWN = 5
_WIDEST = 100


class CampaignDisplay:
    """Shows a campaign while it runs; use it as a context manager.

    On a terminal the display stays in place and is removed at the end. On anything else, a line is printed after each
    `every` seconds of the `clock`, and one for each new finding.
    """

    def __init__(self, console: Console, every: float = _EVERY, clock: Callable[[], float] = time.monotonic) -> None:
        self._console, self._every, self._clock = console, every, clock
        self._live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None
        self._last: float | None = None
        self._found: dict[str, None] = {}

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the display."""
        if self._live is not None:
            self._live.stop()

    def show(self, progress: CampaignProgress) -> None:
        """Show where the campaign is; this may be called as often as one likes."""
        now = self._clock()
        waited = self._last is None or now - self._last >= (_FASTEST if self._live is not None else self._every)
        new = [line for line in progress.findings if line not in self._found]
        self._found |= dict.fromkeys(new)
        if self._live is None:
            for line in new:
                self.say(f"found {line}")
        if not waited:
            return
        self._last = now
        if self._live is not None:
            found = [line for line in self._found if line in progress.findings]
            self._live.update(_picture(progress, found, self._console.width), refresh=True)
        else:
            self.say(progress_line(progress))

    def say(self, text: str) -> None:
        """Print a line that stays, above the display."""
        self._console.print(escaped(text), highlight=False, markup=False, soft_wrap=True)


def progress_line(progress: CampaignProgress) -> str:
    """Where the campaign is, in one line; before the first batch there is only what is done."""
    if not (progress.cases or progress.drivable):
        return progress.doing
    parts = [
        f"{counted_cases(progress.cases)}, {progress.rate:,.0f}/s",
        f"{progress.cells}/{progress.drivable} cells",
        f"{progress.pairs:,}/{progress.all_pairs:,} pairs",
        counted(len(progress.findings), "finding"),
        progress.doing,
        _left(progress),
    ]
    return ", ".join(filter(None, parts))


def _left(progress: CampaignProgress) -> str:
    """How long cases will still be handed out at most; "" if that is not known."""
    left = []
    if progress.limit_seconds is not None:
        left.append(progress.limit_seconds - progress.seconds)
    if progress.limit_cases is not None and progress.rate > 0:
        left.append((progress.limit_cases - progress.cases) / progress.rate)
    if not left:
        return ""
    return f"{duration(round(min(left)))} left" if min(left) > 0 else "ending"


def _done(progress: CampaignProgress) -> float | None:
    """How much of the campaign is done, 0 to 1; None if it has no limit."""
    done = []
    if progress.limit_seconds:
        done.append(progress.seconds / progress.limit_seconds)
    if progress.limit_cases:
        done.append(progress.cases / progress.limit_cases)
    return min(max(done), 1.0) if done else None


def _picture(progress: CampaignProgress, found: Sequence[str], width: int) -> Group:
    """The display; `found` in the order of time."""
    width = min(width, _WIDEST)
    head = Table.grid(expand=False, padding=(0, 2))
    head.width = width
    head.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    head.add_column(justify="right", no_wrap=True)
    head.add_row(
        Text(escaped(progress.doing), style="bold"),
        Text(f"{duration(progress.seconds)} passed" + (f", {_left(progress)}" if _left(progress) else ""), style="dim"),
    )
    done = _done(progress)
    if done is not None:
        head.add_row(ProgressBar(total=1.0, completed=done), Text(f"{100 * done:.0f} %", style="dim"))
    return Group(head, _numbers(progress, width), *_findings(len(progress.findings), found))


def _numbers(progress: CampaignProgress, width: int) -> Table:
    table = Table.grid(padding=(0, 2))
    table.width = width
    table.add_column(style="dim", justify="right", no_wrap=True)
    table.add_column(ratio=3, no_wrap=True, overflow="ellipsis")
    table.add_column(style="dim", justify="right", no_wrap=True)
    table.add_column(ratio=2, no_wrap=True, overflow="ellipsis")
    vitals = progress.vitals
    seen = vitals is not None and vitals.processes > 0
    memory = f"{sized(vitals.memory)}, {vitals.descriptors:,} descriptors" if vitals and seen else "not seen"
    threads = (
        f"{vitals.threads:,} in {counted(vitals.processes, 'process', 'processes')}" if vitals and seen else "not seen"
    )
    rate = f"{counted_cases(progress.cases)}, {progress.rate:,.0f}/s"
    workers = f", {counted(progress.workers, 'worker')}" if progress.workers > 1 else ""
    table.add_row("played", rate + workers, "corpus", f"{progress.corpus:,}")
    table.add_row("cells", share(progress.cells, progress.drivable), "triples", f"{progress.triples:,}")
    table.add_row("fields", share(progress.pairs, progress.all_pairs), "restarts", f"{progress.restarts:,}")
    table.add_row("memory", memory, "threads", threads)
    return table


def _findings(number: int, found: Sequence[str]) -> Iterator[Text]:
    """How many findings there are, and the latest ones; those that are told in the same words have one line."""
    shown = found[-_FINDINGS_SHOWN:]
    if number:
        latest = ", the latest:" if number > len(shown) else ""
        yield Text(counted(number, "finding") + latest, style="bold red")
    else:
        yield Text("no finding so far", style="green")
    for line in shown:
        yield Text(f"  {escaped(line)}", style="red", no_wrap=True, overflow="ellipsis")
