"""The part of `dulcimer check` for peers with an upper tester: an adapter that controls their local user."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

import typer

from dulcimer.cli.checking.spawning import SPAWN_IS_FOR_SERVERS
from dulcimer.cli.checking.timing import TimingOptions
from dulcimer.cli.checking.verdicts import VerdictOptions
from dulcimer.cli.checking.watched_run import run_until_stopped
from dulcimer.cli.options.tested_peer import nothing_tested
from dulcimer.conformance.catalogue.upper_tester import HeldCase, held_cases
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.run.record import Progress, Run
from dulcimer.conformance.run.upper_tester import HeldRunner

_REACT = 0.5

HELP = (
    "Use this adapter to control the local user of the peer, so that every state can be tested: a command, or "
    "HOST:PORT of one that listens. See docs/conformance/upper_tester.md."
)


@dataclass(frozen=True, slots=True)
class AdapterCheck:
    """A peer whose local user is controlled by an adapter: a command, or the address of one that listens.

    `others`: whether the options also name another peer.
    """

    where: str
    words: Sequence[str]
    others: bool
    bind: str
    spawn: str | None
    timing: TimingOptions
    verdicts: VerdictOptions

    def catalogue(self) -> tuple[Sequence[Case], Sequence[Case]]:
        """The cases; there are no rules for everything that the peer sends."""
        return held_cases(), ()

    def further(self, catalogue: Sequence[Case], *, wanted: bool) -> tuple[Case, ...]:  # noqa: ARG002
        """None."""
        if wanted:
            raise typer.BadParameter(
                "an upper tester reaches every state itself: there are no extended cases", param_hint="'--thorough'"
            )
        return ()

    def run(self, cases: Sequence[Case], progress: Progress) -> Run:
        """Run the cases against the adapter."""
        if self.spawn is not None:
            raise typer.BadParameter(SPAWN_IS_FOR_SERVERS)
        _check_usage(self.where, self.words, others=self.others)
        self.verdicts.health(of_a_server=False)
        wanted = [case for case in cases if isinstance(case, HeldCase)]
        runner = HeldRunner(
            self.where,
            react=self.timing.t_react or _REACT,
            host=self.bind,
            keep_going=self.verdicts.keep_going,
            progress=progress,
        )
        return run_until_stopped(lambda stopper: runner.run(wanted, stopper=stopper))

    def unhealthy(self, run: Run) -> NoReturn:
        """Print that nothing was tested; raises Exit."""
        nothing_tested(
            "The adapter did not bring the peer into Sta6",
            expected="hello, listen, and an association in each role",
            came=run.unhealthy_because,
            advice="run the adapter by hand, with lines of docs/conformance/upper_tester.md",
        )


def _check_usage(where: str, words: Sequence[str], *, others: bool) -> None:
    """A usage error unless the adapter is the only peer given, and can be started."""
    if words or others:
        raise typer.BadParameter("--upper-tester names the peer: leave out HOST, PORT and other ways to name it")
    host, _, port = where.rpartition(":")
    if host and port.isdecimal() and " " not in where:
        return
    command = shlex.split(where)
    if not command or shutil.which(command[0]) is None:
        raise typer.BadParameter(f"there is no command {where!r}", param_hint="'--upper-tester'")
