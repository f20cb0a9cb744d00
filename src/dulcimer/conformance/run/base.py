"""What all kinds of runs have in common: check that the peer is sane, play all cases, compare the results."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from dulcimer.conformance.judge.duplicates import mark_duplicates
from dulcimer.conformance.judge.races import pool_races
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.run.record import MOST_ENDLESS, Progress, Run
from dulcimer.conformance.run.stopping import Stopper
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.counting import counted

AnyCase = TypeVar("AnyCase", bound=Case)


class StopError(Exception):
    """The run cannot continue."""


class BaseRunner(ABC, Generic[AnyCase]):
    """A run of cases of one kind. `clock` measures the whole run.

    `log`: the rules for what the peer sends, None if there are none. `keep_going`: run all cases, even if the
    peer fails.
    """

    def __init__(
        self,
        run: Run,
        log: SenderLog | None,
        progress: Progress | None,
        clock: Callable[[], float],
        *,
        keep_going: bool = False,
    ) -> None:
        self._run = run
        self._rules = log
        self._progress = progress or Progress()
        self._clock = clock
        self._keep_going = keep_going
        self._results: dict[str, Result] = {}
        self._endless = 0

    async def run(self, cases: Sequence[AnyCase], *, sender_rules: bool = True, stopper: Stopper | None = None) -> Run:
        """Check that the peer is sane, then play all cases; the results are in the order in which they came."""
        started = self._clock()
        run, stopper = self._run, stopper or Stopper()
        try:
            await stopper.run(self._sane_and_all(cases))
        finally:
            await self._close()
        run.stopped = stopper.reason or run.stopped
        if run.healthy or run.stopped:
            run.not_run = tuple(case.id for case in cases if case.id not in self._results)
        if run.healthy:
            run.results = mark_duplicates(pool_races(self._results.values()))
            if sender_rules and self._rules is not None:
                run.results += self._rules.results()
        run.cells_seen = frozenset[Cell]().union(*(result.cells_seen for result in run.results))
        run.seconds = self._clock() - started
        return run

    async def _sane_and_all(self, cases: Sequence[AnyCase]) -> None:
        if not await self._is_sane():
            return
        playable = self._playable(cases)
        self._progress.met(self._run.peer)
        self._progress.begin(len(playable))
        try:
            await self._all(playable)
        except* StopError:
            self._cut_short()

    # ------------------------------------------------------------------ what each kind of run does

    @abstractmethod
    async def _is_sane(self) -> bool:
        """Does the peer work, how fast is it, and what is it? If it does not work, nothing is tested."""

    @abstractmethod
    async def _all(self, cases: Sequence[AnyCase]) -> None:
        """Play all cases; raises StopError if the run cannot continue."""

    def _playable(self, cases: Sequence[AnyCase]) -> Sequence[AnyCase]:
        """The cases that can be played in this kind of run; the others get their results here."""
        return cases

    def _cut_short(self) -> None:
        """Note why the run could not continue."""

    async def _close(self) -> None:
        """Close what the run holds open."""

    # ------------------------------------------------------------------ results

    def _finish(self, result: Result) -> None:
        self._results[result.case.id] = result
        self._progress.done(result)

    def _count_endless(self, result: Result) -> None:
        """Count the cases in which the peer did not stop sending; raises StopError after too many."""
        self._endless += result.endless
        if self._endless >= MOST_ENDLESS and not self._keep_going:
            self._finish(result)
            self._run.stopped = f"in {counted(self._endless, 'case')} the peer did not stop sending"
            raise StopError
