"""Signals while something is played that has to be ended in order: the target is not left behind."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

import typer

from dulcimer.cli.failures.exit_statuses import ExitStatus


@contextlib.contextmanager
def terminated_in_order() -> Iterator[None]:
    """SIGTERM in the block ends it as Ctrl-C does, by an exception, with the exit status for SIGTERM."""

    def end(*_: object) -> None:
        raise typer.Exit(ExitStatus.TERMINATED)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
