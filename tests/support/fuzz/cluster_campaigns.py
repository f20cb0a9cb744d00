"""Two Dask workers against two local processes, with real workers and targets: how fast, and what a lost worker costs.

python -m support.fuzz.cluster_campaigns rate [--target stub-server] [--seconds 60] [--rounds 3]
python -m support.fuzz.cluster_campaigns loss [--target dies-after-three] [--seconds 60] [--kills 3]

`rate` prints the cases per second of both, by turns, and the ratio of the medians. `loss` kills workers with signal 9
in the middle of batches, and says what is wrong in the database afterwards; the exit status is 1 if anything is.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from distributed import LocalCluster

from dulcimer.fuzz.campaign.executors.dask_cluster import DaskCluster
from dulcimer.fuzz.campaign.executors.executor import BatchExecutor
from dulcimer.fuzz.campaign.executors.local_processes import LocalProcesses
from dulcimer.fuzz.campaign.plan import CampaignPlan
from dulcimer.fuzz.campaign.result import CampaignProgress
from dulcimer.fuzz.campaign.store import CampaignStore
from support.fuzz.real_campaigns import SEED, calibrated, coordinated, played_otherwise, steady_rate, wrong_in

WORKERS = 2
BATCH = 2.0
"""Seconds of a batch where workers are killed."""


def workers_of_dask() -> LocalCluster:
    return LocalCluster(
        n_workers=WORKERS, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs="CRITICAL"
    )


def rate(target: str, seconds: float, rounds: int) -> int:
    opens = calibrated(target)
    rates: dict[str, list[float]] = {"-j2": [], "dask": []}
    with tempfile.TemporaryDirectory() as folder, workers_of_dask() as cluster:
        kinds: dict[str, Callable[[], BatchExecutor]] = {
            "-j2": lambda: LocalProcesses(opens, WORKERS),
            "dask": lambda: DaskCluster(opens, cluster.scheduler_address),
        }
        for number in range(rounds):
            for name, executor in kinds.items():
                place = Path(folder) / f"{name}{number}.sqlite"
                plan = CampaignPlan(SEED, limit_seconds=seconds)
                result = coordinated(place, opens, executor(), plan).run()
                rates[name].append(steady_rate(result))
                print(f"{name:5} {rates[name][-1]:8.1f} cases/s, {result.cases} cases", flush=True)
    median = {name: statistics.median(found) for name, found in rates.items()}
    print(f"ratio {median['dask'] / median['-j2']:.3f}")
    return 0


class Killer:
    """Kills Dask workers while batches are under way: `show` is called with the progress of a campaign."""

    def __init__(self, kills: int, seconds: float, pids: Callable[[], list[int]]) -> None:
        chosen = random.Random(SEED)
        self._moments = sorted(chosen.uniform(0.15, 0.85) * seconds for _ in range(kills))
        self._pids = pids
        self._chosen = chosen
        self.killed = 0

    def __call__(self, progress: CampaignProgress) -> None:
        pids = self._pids() if self._moments and progress.seconds >= self._moments[0] else []
        if pids:
            self._moments.pop(0)
            psutil.Process(self._chosen.choice(pids)).kill()
            self.killed += 1
            print(f"killed a worker after {progress.seconds:.1f} s, {progress.cases} cases", flush=True)


def loss(target: str, seconds: float, kills: int) -> int:
    opens = calibrated(target)
    with tempfile.TemporaryDirectory() as folder, workers_of_dask() as cluster:
        place = Path(folder) / "campaign.sqlite"
        killer = Killer(kills, seconds, lambda: [worker.pid for worker in _workers(cluster)])
        plan = CampaignPlan(SEED, limit_seconds=seconds, batch_seconds=BATCH)
        result = coordinated(place, opens, DaskCluster(opens, cluster.scheduler_address), plan, killer).run()
        problems = [*wrong_in(place)]
        store = CampaignStore(place)
        numbers = {one.result.number for one in store.batches()}
        store.close()
        problems += played_otherwise(place, opens, numbers)
    if killer.killed < kills:
        problems.append(f"Only {killer.killed} workers were killed.")
    print(f"{result.cases} cases, {len(result.findings)} findings, {result.corpus} sequences, {len(numbers)} batches")
    print(*problems or ["Nothing is lost."], sep="\n")
    return 1 if problems else 0


def _workers(cluster: LocalCluster) -> list[psutil.Process]:
    nannies = [nanny.process.pid for nanny in cluster.workers.values() if nanny.process is not None]
    return [psutil.Process(pid) for pid in nannies if pid is not None and psutil.pid_exists(pid)]


def main(words: list[str]) -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("what", choices=["rate", "loss"])
    options.add_argument("--target")
    options.add_argument("--seconds", type=float, default=60.0)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--kills", type=int, default=3)
    chosen = options.parse_args(words)
    began = time.monotonic()
    if chosen.what == "rate":
        status = rate(chosen.target or "stub-server", chosen.seconds, chosen.rounds)
    else:
        status = loss(chosen.target or "dies-after-three", chosen.seconds, chosen.kills)
    print(f"{time.monotonic() - began:.0f} s together")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
