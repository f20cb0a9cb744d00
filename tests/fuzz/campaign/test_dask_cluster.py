"""Campaigns on a Dask cluster: the same as elsewhere, also when one of its workers is lost."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from distributed import LocalCluster

from dulcimer.fuzz.campaign.audit import audit
from dulcimer.fuzz.campaign.batch import BatchOrder
from dulcimer.fuzz.campaign.coordinator import CampaignTools, Coordinator
from dulcimer.fuzz.campaign.executors import dask_cluster
from dulcimer.fuzz.campaign.executors.dask_cluster import ClusterError, DaskCluster
from dulcimer.fuzz.campaign.executors.executor import BatchHeard, BatchLost, BatchPlayed
from dulcimer.fuzz.campaign.plan import CampaignPlan
from dulcimer.fuzz.campaign.store import CampaignStore
from support.fuzz_workers import SUBJECT, FakeSetup, fake_result


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Of a scheduler with two workers, each a process."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs="CRITICAL"
    ) as cluster:
        yield cluster.scheduler_address


def targets_left(folder: Path) -> list[psutil.Process]:
    pids = [int(path.name) for path in folder.iterdir()]
    assert pids
    return psutil.wait_procs([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)], timeout=10)[1]


def test_campaign_survives_the_loss_of_a_worker(address: str, tmp_path: Path) -> None:
    store = CampaignStore(tmp_path / "campaign.sqlite3")
    executor = DaskCluster(FakeSetup(dies=(3,), once=tmp_path), address)
    plan = CampaignPlan(7, limit_cases=400, batch_seconds=0.05)
    result = Coordinator(plan, SUBJECT, CampaignTools(store, executor)).run()
    assert (tmp_path / "dies-3").exists()
    assert (result.cases, result.workers) == (400, 2)
    assert audit(store) == ()
    names = Counter(one.result.worker for one in store.batches())
    assert names["worker 0"] > 0
    for one in store.batches():
        assert one.abandoned == ""
        assert one.result.pairs == fake_result(7, one.result.number, one.ordered_cases).pairs


def test_batches_are_dropped_and_targets_ended_when_it_is_closed(address: str, tmp_path: Path) -> None:
    executor = DaskCluster(FakeSetup(seconds=600, child=tmp_path), address)
    executor.submit(BatchOrder(0, 7, 10))
    heard = [BatchHeard(0, "", 0)]
    while BatchHeard(0, "batch 0", 0) not in heard:
        heard += [one for one in executor.wait(10.0) if isinstance(one, BatchHeard)]
    executor.close()
    assert targets_left(tmp_path) == []


def test_batch_of_which_nothing_is_heard_is_lost_and_one_that_fails_too(address: str, tmp_path: Path) -> None:
    executor = DaskCluster(FakeSetup(seconds=600), address, patience=0.0)
    executor.submit(BatchOrder(0, 7, 10))
    assert executor.wait(0.0) == [BatchLost(0, "nothing was heard of it for 0 seconds")]
    executor.close()
    executor = DaskCluster(FakeSetup(fails=(1,)), address)
    executor.submit(BatchOrder(1, 7, 10))
    events = [*executor.wait(10.0)]
    while isinstance(events[-1], BatchHeard | BatchPlayed):
        events += executor.wait(10.0)
    assert isinstance(events[-1], BatchLost)
    assert "a fault in batch 1" in events[-1].why
    executor.close()


def test_other_version_on_a_worker_is_told(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "__version__", "99.0")
    with pytest.raises(ClusterError, match=r"has .*pip install 'dulcimer\[cluster\]==99\.0'"):
        DaskCluster(FakeSetup(), address)


def test_command_of_pip_is_told_when_dask_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"pip install 'dulcimer\[cluster\]'"):
        DaskCluster(FakeSetup(), "tcp://127.0.0.1:1")


def test_missing_scheduler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "_CONNECTING", 0.1)
    with pytest.raises(ClusterError, match=r"cannot connect to a Dask scheduler at tcp://127\.0\.0\.1:1"):
        DaskCluster(FakeSetup(), "tcp://127.0.0.1:1")
