"""One worker in a thread of this process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil
import pytest

from dulcimer.fuzz.campaign.audit import audit
from dulcimer.fuzz.campaign.batch import BatchOrder, BatchResult
from dulcimer.fuzz.campaign.coordinator import CampaignTools, Coordinator
from dulcimer.fuzz.campaign.executors.choosing import executor_for
from dulcimer.fuzz.campaign.executors.dask_cluster import ClusterError
from dulcimer.fuzz.campaign.executors.executor import BatchEvent, BatchHeard, BatchLost, BatchPlayed, TargetLost
from dulcimer.fuzz.campaign.executors.in_process import InProcessExecutor
from dulcimer.fuzz.campaign.executors.local_processes import LocalProcesses
from dulcimer.fuzz.campaign.plan import CampaignPlan
from dulcimer.fuzz.campaign.result import CampaignEnd
from dulcimer.fuzz.campaign.store import CampaignStore
from dulcimer.fuzz.campaign.working import Heard
from support.fuzz_workers import SUBJECT, FakeSetup, fake_result


def outcome(executor: InProcessExecutor, order: BatchOrder) -> BatchEvent:
    """What comes of a batch."""
    executor.submit(order)
    while True:
        for event in executor.wait(10.0):
            if not isinstance(event, BatchHeard):
                return event


@dataclass
class Stubborn:
    """A worker that does not listen: it ends only when its target is taken from it."""

    closed: threading.Event = field(default_factory=threading.Event)
    playing: threading.Event = field(default_factory=threading.Event)

    def open(self, number: int) -> Stubborn:
        return self

    def play(self, order: BatchOrder, heard: Heard) -> BatchResult:
        self.playing.set()
        self.closed.wait(60)
        raise OSError("the target is gone")

    def close(self) -> None:
        self.closed.set()


@dataclass
class WrongNumbers:
    def open(self, number: int) -> WrongNumbers:
        return self

    def play(self, order: BatchOrder, heard: Heard) -> BatchResult:
        return BatchResult(order.number + 1)

    def close(self) -> None:
        raise RuntimeError("nobody minds")


def test_campaign_runs_and_is_stored(tmp_path: Path) -> None:
    executor = InProcessExecutor(FakeSetup())
    store = CampaignStore(tmp_path / "campaign.sqlite3")
    result = Coordinator(CampaignPlan(7, limit_cases=300), SUBJECT, CampaignTools(store, executor)).run()
    assert (result.end, result.cases) == (CampaignEnd.CASES, 300)
    assert audit(store) == ()


@pytest.mark.parametrize(
    ("setup", "number", "expected"),
    [
        (FakeSetup(lost=(1,)), 1, TargetLost(1, "it does not start")),
        (FakeSetup(), 2, BatchPlayed(replace(fake_result(7, 2, 10), worker="worker 0"))),
    ],
)
def test_what_came_of_a_batch_is_reported(setup: FakeSetup, number: int, expected: BatchEvent) -> None:
    executor = InProcessExecutor(setup)
    assert outcome(executor, BatchOrder(number, 7, 10)) == expected
    executor.close()


def test_worker_that_fails_is_opened_again(tmp_path: Path) -> None:
    executor = InProcessExecutor(FakeSetup(fails=(1,), child=tmp_path))
    lost = outcome(executor, BatchOrder(1, 7, 10))
    assert isinstance(lost, BatchLost)
    assert "RuntimeError: a fault in batch 1" in lost.why
    assert isinstance(outcome(executor, BatchOrder(2, 7, 10)), BatchPlayed)
    executor.close()
    pids = [int(path.name) for path in tmp_path.iterdir()]
    assert len(pids) == 2
    assert not any(map(psutil.pid_exists, pids))


def test_result_of_another_batch_is_not_taken() -> None:
    executor = InProcessExecutor(WrongNumbers())
    lost = outcome(executor, BatchOrder(1, 7, 10))
    assert isinstance(lost, BatchLost)
    assert "the result of batch 2, not 1" in lost.why
    executor.close()


def test_batch_is_dropped_where_it_says_how_it_goes() -> None:
    executor = InProcessExecutor(FakeSetup(seconds=60))
    executor.submit(BatchOrder(0, 7, 10))
    assert executor.wait(10.0)[0] == BatchHeard(0, "starting a worker", 0)
    executor.close(10.0)
    assert "dulcimer-fuzz" not in [thread.name for thread in threading.enumerate()]


def test_target_is_taken_from_a_worker_that_does_not_listen() -> None:
    setup = Stubborn()
    executor = InProcessExecutor(setup)
    executor.submit(BatchOrder(0, 7, 10))
    assert setup.playing.wait(10)
    executor.close(0.01)
    assert setup.closed.is_set()


def test_stop_ends_a_campaign_in_the_middle_of_a_batch(tmp_path: Path) -> None:
    store = CampaignStore(tmp_path / "campaign.sqlite3")
    stop: list[Callable[[], None]] = []
    tools = CampaignTools(store, InProcessExecutor(FakeSetup(seconds=60)), show=lambda _: stop[0]())
    coordinator = Coordinator(CampaignPlan(7, limit_cases=300), SUBJECT, tools)
    stop.append(coordinator.stop)
    result = coordinator.run()
    assert (result.end, result.cases) == (CampaignEnd.INTERRUPTED, 0)
    assert store.read().end is CampaignEnd.INTERRUPTED


def test_executor_is_the_one_that_was_asked_for() -> None:
    one, two = executor_for(FakeSetup()), executor_for(FakeSetup(), 2)
    one.close()
    two.close(0.0)
    assert (type(one), one.lanes, type(two), two.lanes) == (InProcessExecutor, 1, LocalProcesses, 2)
    with pytest.raises(ClusterError):
        executor_for(FakeSetup(), 1, "nonsense")
    with pytest.raises(ValueError, match="1 worker or more"):
        executor_for(FakeSetup(), 0)
