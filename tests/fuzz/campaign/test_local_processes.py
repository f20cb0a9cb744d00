"""Workers in processes: those that die or hang are replaced, and nothing is left of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from dulcimer.fuzz.campaign.audit import audit
from dulcimer.fuzz.campaign.batch import BatchOrder
from dulcimer.fuzz.campaign.coordinator import CampaignTools, Coordinator
from dulcimer.fuzz.campaign.executors.executor import BatchHeard
from dulcimer.fuzz.campaign.executors.local_processes import LocalProcesses
from dulcimer.fuzz.campaign.plan import CampaignPlan
from dulcimer.fuzz.campaign.result import CampaignEnd
from dulcimer.fuzz.campaign.store import CampaignStore
from support.fuzz_workers import SUBJECT, FakeSetup, fake_result


def left_of(pids: list[int]) -> list[psutil.Process]:
    """Those that run 10 seconds later."""
    found = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    return psutil.wait_procs(found, timeout=10)[1]


def test_workers_that_die_or_hang_are_replaced_and_leave_nothing(tmp_path: Path) -> None:
    once, targets = tmp_path / "once", tmp_path / "targets"
    once.mkdir()
    targets.mkdir()
    executor = LocalProcesses(FakeSetup(dies=(2,), hangs=(3,), once=once, child=targets), 2, patience=2.0)
    first = set(executor.pids)
    store = CampaignStore(tmp_path / "campaign.sqlite3")
    shown: list[int] = []
    tools = CampaignTools(store, executor, show=lambda _: shown.extend(executor.pids))
    result = Coordinator(CampaignPlan(7, limit_cases=400, batch_seconds=0.05), SUBJECT, tools).run()
    assert (result.end, result.cases, result.workers) == (CampaignEnd.CASES, 400, 2)
    assert {path.name for path in once.iterdir()} == {"dies-2", "hangs-3"}
    assert audit(store) == ()
    for one in store.batches():
        assert one.result.pairs == fake_result(7, one.result.number, one.ordered_cases).pairs
        assert one.abandoned == ""
    # Both may have been in one place, and its second process too short for the display.
    workers = {*first, *shown, *executor.pids}
    assert len(workers) >= 3
    pids = [int(path.name) for path in targets.iterdir()]
    assert len(pids) >= 3
    assert left_of([*pids, *workers]) == []


def test_processes_end_in_time_when_they_are_stopped_in_a_batch(tmp_path: Path) -> None:
    executor = LocalProcesses(FakeSetup(seconds=600, child=tmp_path), 2)
    for number in range(2):
        executor.submit(BatchOrder(number, 7, 10))
    heard: set[int] = set()
    while len(heard) < 2:
        events = executor.wait(10.0)
        heard.update(one.number for one in events if isinstance(one, BatchHeard) and one.doing.startswith("batch"))
    pids = [*executor.pids, *(int(path.name) for path in tmp_path.iterdir())]
    assert len(pids) == 4
    executor.close(5.0)
    assert left_of(pids) == []


def test_ctrl_c_ends_the_campaign_in_good_order_while_its_workers_start(tmp_path: Path) -> None:
    with campaign_of_workers_that_hang(tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begins\n"
        # As in a terminal, the signal goes to the whole group.
        os.killpg(process.pid, signal.SIGINT)
        said, errors = process.communicate(timeout=60)
        # On a fast machine they have started by then.
        assert said.removeprefix("both hang\n") == "interrupted\n"
        assert errors == ""
        assert process.returncode == 0


def test_workers_that_hang_end_with_a_coordinator_that_is_killed(tmp_path: Path) -> None:
    with campaign_of_workers_that_hang(tmp_path) as process:
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(2)] == ["begins\n", "both hang\n"]
        pids = [one.pid for one in psutil.Process(process.pid).children(recursive=True)]
        assert len(pids) >= 4
        process.kill()
    assert left_of(pids) == []


def campaign_of_workers_that_hang(folder: Path) -> subprocess.Popen[str]:
    program = f"from support.killed_campaigns import run_until_interrupted as run\nrun({str(folder)!r})"
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
