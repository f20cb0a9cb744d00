"""What runs of every kind have in common: is the peer sane? Then all cases are played, and their results compared."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from dulcimer.conformance.judge.duplicates import compare_with_twins
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.run.races import pool_races
from dulcimer.conformance.run.record import MOST_ENDLESS, Progress, Run
from dulcimer.conformance.run.stopping import Stopper
from dulcimer.conformance.sender_rules.log import SenderLog

AnyCase = TypeVar("AnyCase", bound=Case)


class StopError(Exception):
    """There is no use in going on."""


class BaseRunner(ABC, Generic[AnyCase]):
    """A run of cases of one kind. `clock` is read for the length of the whole run.

    `log`: the rules for what the peer sends, None if there are none. `keep_going`: whatever the peer does.
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
        """See that the peer is sane, then play all cases; their results are in the order in which they were done."""
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
            run.results = compare_with_twins(pool_races(self._results.values()))
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
        """Does the peer work, how fast is it, and who is it? If it does not work, nothing is tested."""

    @abstractmethod
    async def _all(self, cases: Sequence[AnyCase]) -> None:
        """Play all cases; raises StopError if there is no use in going on."""

    def _playable(self, cases: Sequence[AnyCase]) -> Sequence[AnyCase]:
        """Those of the cases that can be played in such a run; the others have their results then."""
        return cases

    def _cut_short(self) -> None:
        """Note why there was no use in going on."""

    async def _close(self) -> None:
        """Close what the run holds open."""

    # ------------------------------------------------------------------ results

    def _finish(self, result: Result) -> None:
        self._results[result.case.id] = result
        self._progress.done(result)

    def _count_endless(self, result: Result) -> None:
        """Note whether the peer did not stop sending; after many such cases all is said. Raises StopError."""
        self._endless += result.endless
        if self._endless >= MOST_ENDLESS and not self._keep_going:
            self._finish(result)
            self._run.stopped = f"in {self._endless} cases the peer did not stop sending"
            raise StopError
