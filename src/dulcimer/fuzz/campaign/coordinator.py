"""The coordinator of a campaign: hands out batches, merges and stores their results, and knows when it is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from dulcimer.counting import counted
from dulcimer.errors import DulcimerError
from dulcimer.fuzz.campaign.batch import BatchOrder, BatchResult
from dulcimer.fuzz.campaign.executors.executor import (
    BatchEvent,
    BatchExecutor,
    BatchHeard,
    BatchLost,
    BatchPlayed,
    TargetLost,
)
from dulcimer.fuzz.campaign.orders import MergedBatches, first_free, make_order, order_digest
from dulcimer.fuzz.campaign.plan import CampaignPlan, CampaignSubject
from dulcimer.fuzz.campaign.result import CampaignEnd, CampaignProgress, CampaignResult
from dulcimer.fuzz.campaign.standing import CampaignStanding
from dulcimer.fuzz.campaign.store import CampaignStore, StoredBatch
from dulcimer.fuzz.corpus.directory import CorpusDirectory
from dulcimer.fuzz.sequences.steps import FuzzSequence

_POLL = 0.1
"""Seconds between two looks at the clock and at `stop`."""
_PROGRESS = 0.2
"""Seconds between two calls of the display."""
_STOPPING = 1.0
"""Seconds for batches under way to end when the campaign is stopped; then as many for the workers to end."""
_TRIES = 3
"""How often a batch is handed out before it is abandoned, and how many abandoned ones in a row end the campaign."""


class WorkersFailedError(DulcimerError):
    """Batch after batch ends without a result, and it is not the target's fault; the message has what was said last."""


@dataclass(slots=True)
class _UnderWay:
    """A batch that was handed out: its order, on what that stands, how often it was lost, and what was heard of it."""

    order: BatchOrder
    digest: str
    merged: MergedBatches
    lanes: int
    lost: int = 0
    heard: BatchHeard | None = None


@dataclass(frozen=True, slots=True)
class CampaignTools:
    """What a coordinator works with.

    `corpus`: sequences to make cases from. `directory`: where the corpus is kept as files, too. `show` is called with
    the progress a few times a second, in the thread of `run`. `clock`: seconds, never going back.
    """

    store: CampaignStore
    executor: BatchExecutor
    corpus: Iterable[FuzzSequence] = ()
    directory: CorpusDirectory | None = None
    show: Callable[[CampaignProgress], None] = field(default=lambda _: None)
    clock: Callable[[], float] = time.monotonic


class Coordinator:
    """Runs a campaign until its end, or until `stop`; once.

    It begins the campaign in the database, or takes it over as it is: finished batches are not played again, seconds
    and cases count on. The executor is closed at the end of `run`, whatever happens; the database is not.
    Raises CampaignStoreError.
    """

    def __init__(self, plan: CampaignPlan, subject: CampaignSubject, tools: CampaignTools) -> None:
        self._plan = plan
        self._tools = tools
        self._store = tools.store
        self._executor = tools.executor
        directory = tools.directory
        given = (*tools.corpus, *(directory.sequences() if directory is not None else ()))
        stored = self._store.begin(plan, subject, given, max(self._executor.lanes, 1))
        self._run = stored.run
        self._standing = CampaignStanding.of(self._store, plan.batch_seconds)
        if directory is not None:
            directory.add_all(self._standing.totals.corpus.values())
        self._under_way: dict[int, _UnderWay] = {}
        self._began = tools.clock()
        self._used = stored.seconds
        self._shown = -_PROGRESS
        self._abandoned_in_a_row = 0
        self._stop_asked = False
        self._why = ""

    @property
    def seconds(self) -> float:
        """Seconds of the campaign so far, over all times that it ran."""
        return self._used + self._tools.clock() - self._began

    @property
    def result(self) -> CampaignResult:
        """All there is to say now; while it runs, as if it were interrupted."""
        return self._standing.result(self.seconds)

    def stop(self) -> None:
        """End the campaign in good order, within about two seconds; for signal handlers and other threads, too.

        Batches under way that do not end in time are dropped. They are played when the campaign is resumed.
        """
        self._stop_asked = True  # nothing with a lock: a signal handler may interrupt whoever holds it

    def conclude(self, end: CampaignEnd, why: str = "") -> CampaignResult:
        """End the campaign without playing, such as when calibration shows that the target is broken."""
        self._executor.close()
        return self._finish(end, why)

    def run(self) -> CampaignResult:
        """Play batches until the end. Raises WorkersFailedError, CampaignStoreError, and what `show` raises."""
        self._began = self._tools.clock()
        try:
            end = self._play()
        except BaseException:
            self._executor.close()
            raise
        self._executor.close(_STOPPING)
        return self._finish(end, self._why)

    def _finish(self, end: CampaignEnd, why: str) -> CampaignResult:
        self._store.finish(end, self.seconds, why)
        self._standing.ended(end, why)
        return self.result

    def _play(self) -> CampaignEnd:
        while (end := self._end()) is None:
            self._hand_out()
            self._take(self._executor.wait(_POLL))
            self._show()
        until = self.seconds + (_STOPPING if end is CampaignEnd.INTERRUPTED else self._plan.overtime)
        while self._under_way and end is not CampaignEnd.LOST and self.seconds < until:
            if self._stop_asked:
                until = min(until, self.seconds + _STOPPING)
            self._take(self._executor.wait(_POLL), may_retry=False)
            self._show()
        return end

    def _end(self) -> CampaignEnd | None:
        """Why nothing more is handed out; None if the campaign goes on."""
        if self._stop_asked:
            return CampaignEnd.INTERRUPTED
        if self._why:
            return CampaignEnd.LOST
        if self._seconds_left is not None and self._seconds_left <= 0:
            return CampaignEnd.TIME
        if self._plan.limit_cases is not None and self._standing.totals.cases >= self._plan.limit_cases:
            return CampaignEnd.CASES
        return None

    @property
    def _seconds_left(self) -> float | None:
        return None if self._plan.limit_seconds is None else self._plan.limit_seconds - self.seconds

    @property
    def _cases_left(self) -> int | None:
        """Cases that are neither played nor handed out."""
        if self._plan.limit_cases is None:
            return None
        ordered = sum(one.order.cases for one in self._under_way.values())
        return self._plan.limit_cases - self._standing.totals.cases - ordered

    def _hand_out(self) -> None:
        while len(self._under_way) < (lanes := self._executor.lanes):
            left = self._cases_left
            if left is not None and left <= 0:
                return
            totals = self._standing.totals
            cases = self._standing.pace.cases(self._seconds_left, left)
            number = first_free(totals.numbers, self._under_way)
            order = make_order(totals, number, self._plan.seed, cases)
            self._under_way[number] = _UnderWay(
                order, order_digest(order, totals.digests), MergedBatches.of(totals.numbers), lanes
            )
            self._executor.submit(order)

    def _take(self, events: Iterable[BatchEvent], *, may_retry: bool = True) -> None:
        for event in events:
            match event:
                case BatchHeard(number=number) if number in self._under_way:
                    self._under_way[number].heard = event
                case BatchPlayed(result=result) if result.number in self._under_way:
                    self._abandoned_in_a_row = 0
                    self._merge(result)
                case BatchLost(number=number, why=why) if number in self._under_way:
                    self._lose(self._under_way[number], why, may_retry=may_retry)
                case TargetLost(number=number, why=why):
                    self._under_way.pop(number, None)
                    self._why = self._why or why or "the target is lost"

    def _lose(self, one: _UnderWay, why: str, *, may_retry: bool) -> None:
        """Hand the batch out again, the same order; or abandon it."""
        one.lost += 1
        one.heard = None
        number = one.order.number
        if not may_retry:
            del self._under_way[number]
        elif one.lost < _TRIES:
            self._executor.submit(one.order)
        else:
            self._abandoned_in_a_row += 1
            self._merge(BatchResult(number), why)
            if self._abandoned_in_a_row >= _TRIES:
                raise WorkersFailedError(
                    f"{counted(_TRIES, 'batch', 'batches')} in a row could not be played, "
                    f"each tried {_TRIES} times; the last time:\n{why}"
                )

    def _merge(self, result: BatchResult, abandoned: str = "") -> None:
        one = self._under_way.pop(result.number)
        stored = StoredBatch(
            result,
            self._run,
            one.lanes,
            one.order.cases,
            one.merged,
            one.digest,
            self.seconds,
            abandoned,
        )
        touched = {found.key for found in result.found}
        self._standing.take(stored)
        self._store.add(stored, (found for found in self._standing.totals.findings if found.key in touched))
        if self._tools.directory is not None:
            self._tools.directory.add_all(result.additions)

    def _show(self) -> None:
        now = self._tools.clock()
        if now - self._shown < _PROGRESS:
            return
        self._shown = now
        heard = [one.heard for one in self._under_way.values() if one.heard is not None]
        doing = heard[0].doing if heard else f"batch {min(self._under_way, default=0)}"
        progress = self._standing.progress(doing, self.seconds, sum(one.cases for one in heard), self._plan)
        self._tools.show(progress)
