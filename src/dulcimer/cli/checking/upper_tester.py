"""The part of `dulcimer check` that is about peers whose local user an adapter drives."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Sequence

import typer
from rich.console import Console

from dulcimer.cli.checking.watched_run import run_to_its_end
from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.conformance.catalogue.upper_tester import HeldCase, held_cases
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.run.record import Progress, Run
from dulcimer.conformance.run.upper_tester import HeldRunner

_REACT = 0.5

HELP = (
    "Check a peer whose local user this adapter drives, so that every state is held: a command, or HOST:PORT of one "
    "that listens. See docs/conformance/upper_tester.md."
)


def catalogue() -> tuple[HeldCase, ...]:
    """The cases."""
    return held_cases()


def check_usage(where: str, words: Sequence[str], *, others: bool) -> None:
    """A usage error unless the adapter is all that is given, and can be started."""
    if words or others:
        raise typer.BadParameter("--upper-tester names the peer: leave out HOST, PORT and other ways to name it")
    host, _, port = where.rpartition(":")
    if host and port.isdecimal() and " " not in where:
        return
    command = shlex.split(where)
    if not command or shutil.which(command[0]) is None:
        raise typer.BadParameter(f"there is no command {where!r}", param_hint="'--upper-tester'")


def run_cases(
    where: str, bind: str, cases: Sequence[Case], *, react: float | None, keep_going: bool, progress: Progress
) -> Run:
    """Run the cases against the adapter."""
    wanted = [case for case in cases if isinstance(case, HeldCase)]
    runner = HeldRunner(where, react=react or _REACT, host=bind, keep_going=keep_going, progress=progress)
    return run_to_its_end(lambda stopper: runner.run(wanted, stopper=stopper))


def unhealthy(run: Run) -> None:
    """Say that nothing was tested; raises Exit."""
    console = Console(stderr=True)
    console.print("The adapter does not bring the peer into Sta6, so nothing was tested.", highlight=False)
    console.print("  expected  hello, listen, and an association in each role")
    console.print(f"  came      {run.unhealthy_because}", highlight=False, markup=False)
    console.print("  try       the adapter by hand, with lines of docs/conformance/upper_tester.md", highlight=False)
    raise typer.Exit(ExitStatus.UNREACHABLE)
