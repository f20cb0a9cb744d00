"""A worker and what it does with an order: what all executors do in the same way, wherever they do it."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable

from dulcimer.fuzz.campaign.batch import BatchOrder
from dulcimer.fuzz.campaign.executors.executor import BatchEvent, BatchHeard, BatchLost, BatchPlayed, TargetLost
from dulcimer.fuzz.campaign.executors.hearing import Hearing
from dulcimer.fuzz.campaign.working import BatchDropped, BatchWorker, WorkerSetup
from dulcimer.fuzz.judging.session import TargetLostError


class WorkerHost:
    """The worker with this number. It is opened for the first batch, and again after one that failed."""

    def __init__(self, setup: WorkerSetup, number: int, is_dropped: Callable[[], bool]) -> None:
        self._setup = setup
        self._number = number
        self._is_dropped = is_dropped
        self._worker: BatchWorker | None = None
        self.is_opening = False

    def play(self, order: BatchOrder, tell: Callable[[BatchHeard], None]) -> BatchEvent:
        """What comes of a batch; what is heard of it goes to `tell`. Raises BatchDropped."""
        try:
            worker = self._worker or self._opened(order, tell)
            result = worker.play(
                order, Hearing(lambda doing, cases: tell(BatchHeard(order.number, doing, cases)), self._is_dropped)
            )
            if result.number != order.number:
                raise ValueError(f"the worker has given the result of batch {result.number}, not {order.number}")
            return BatchPlayed(result)
        except TargetLostError as error:
            self.close()
            return TargetLost(order.number, str(error))
        except Exception:
            # Taking its target from it makes a worker fail, too.
            if self._is_dropped():
                raise BatchDropped from None
            self.close()
            return BatchLost(order.number, traceback.format_exc())

    def close(self) -> None:
        """End the worker and its target, if there is one. Also from another thread."""
        worker, self._worker = self._worker, None
        if worker is not None:
            with contextlib.suppress(Exception):
                worker.close()

    def _opened(self, order: BatchOrder, tell: Callable[[BatchHeard], None]) -> BatchWorker:
        tell(BatchHeard(order.number, "starting a worker", 0))
        self.is_opening = True
        try:
            worker = self._worker = self._setup.open(self._number)
        finally:
            self.is_opening = False
        if self._is_dropped():
            raise BatchDropped
        return worker
