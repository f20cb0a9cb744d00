"""Which executor a campaign has, by what its user asks for."""

from __future__ import annotations

from dulcimer.fuzz.campaign.executors.dask_cluster import DaskCluster
from dulcimer.fuzz.campaign.executors.executor import BatchExecutor
from dulcimer.fuzz.campaign.executors.in_process import InProcessExecutor
from dulcimer.fuzz.campaign.executors.local_processes import LocalProcesses
from dulcimer.fuzz.campaign.working import WorkerSetup


def executor_for(setup: WorkerSetup, workers: int = 1, cluster: str | None = None) -> BatchExecutor:
    """The Dask cluster at an address, or so many `workers` here, 1 and up: one in this process, more in others.

    Raises ClusterError; ValueError for no worker.
    """
    if workers < 1:
        raise ValueError(f"a campaign has 1 worker or more, not {workers}")
    if cluster is not None:
        return DaskCluster(setup, cluster)
    return InProcessExecutor(setup) if workers == 1 else LocalProcesses(setup, workers)
