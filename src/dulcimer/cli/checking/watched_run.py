"""A run of `dulcimer check`, which signals can stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Coroutine
from typing import Any

import typer

from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.show.output import say
from dulcimer.conformance.run.record import Run
from dulcimer.conformance.run.stopping import Stopper

_STATUS = {signal.SIGINT: ExitStatus.INTERRUPTED, signal.SIGTERM: ExitStatus.TERMINATED}
_NAMES = {number: number.name for number in _STATUS}


def run_until_stopped(work: Callable[[Stopper], Coroutine[Any, Any, Run]]) -> Run:
    """Run `work`; the first SIGINT or SIGTERM ends it in order, the next one at once."""

    async def run() -> Run:
        stopper, loop = Stopper(), asyncio.get_running_loop()

        def stop(number: signal.Signals) -> None:
            loop.remove_signal_handler(number)
            say(f"{number.name}: ending the run; the reports cover the cases that were run")
            stopper.stop(_NAMES[number])

        for number in _STATUS:
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # Windows, or another thread
                loop.add_signal_handler(number, stop, number)
        return await work(stopper)

    return asyncio.run(run())


def exit_if_stopped(run: Run) -> None:
    """Raise Exit with the status of the signal that ended the run."""
    for number, status in _STATUS.items():
        if run.stopped == _NAMES[number]:
            raise typer.Exit(status)
