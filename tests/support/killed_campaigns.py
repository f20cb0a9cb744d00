"""Campaigns whose coordinator is killed with signal 9, again and again, and resumed each time."""

from __future__ import annotations

import multiprocessing
import random
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Engine, event

from dulcimer.fuzz.campaign.audit import audit
from dulcimer.fuzz.campaign.coordinator import CampaignTools, Coordinator
from dulcimer.fuzz.campaign.executors.executor import BatchExecutor
from dulcimer.fuzz.campaign.executors.in_process import InProcessExecutor
from dulcimer.fuzz.campaign.executors.local_processes import LocalProcesses
from dulcimer.fuzz.campaign.plan import CampaignPlan
from dulcimer.fuzz.campaign.result import CampaignProgress, CampaignResult
from dulcimer.fuzz.campaign.store import CampaignStore
from dulcimer.fuzz.sequences.steps import FuzzSequence, Pause
from support.fuzz_workers import SUBJECT, FakeSetup, fake_result

SEED = 11
GIVEN = (FuzzSequence("acceptor", (Pause(1.0),)),)
BATCH = 50
"""Cases of all batches but the first."""
EVENTS = 50
"""Steps of the database after which it is killed, at most; a batch has about fifteen."""
SECONDS = 0.01
"""Of each batch of several workers, so that they are killed in the middle of some."""


def plan(batches: int) -> CampaignPlan:
    return CampaignPlan(SEED, limit_cases=batches * BATCH, batch_seconds=BATCH / 1000)


def run_campaign(place: Path, batches: int, workers: int, targets: Path, told: Connection[str, str]) -> None:
    """Run it to its end; tell of each statement to the database and of each commit, and wait to be let on."""

    def tell(*_: Any) -> None:
        told.send("")
        told.recv()

    for name in ("before_cursor_execute", "after_cursor_execute", "begin", "commit"):
        event.listen(Engine, name, tell)
    executor: BatchExecutor
    if workers > 1:
        executor = LocalProcesses(FakeSetup(SECONDS, child=targets), workers)
    else:
        executor = InProcessExecutor(FakeSetup())
    Coordinator(plan(batches), SUBJECT, CampaignTools(CampaignStore(place), executor, GIVEN)).run()
    told.send("end")


def run_until_interrupted(folder: str) -> None:
    """Run a campaign of two workers that hang until SIGINT; say when it begins, when both hang, and how it ended."""
    stop: list[Callable[[], None]] = []
    signal.signal(signal.SIGINT, lambda *_: [each() for each in stop])
    targets = Path(folder) / "targets"
    targets.mkdir()
    said: set[str] = set()

    def show(_: CampaignProgress) -> None:
        if len(list(targets.iterdir())) == 2 and not said:
            said.add("both hang")
            print("both hang", flush=True)

    executor = LocalProcesses(FakeSetup(hangs=(0, 1), child=targets), 2)
    tools = CampaignTools(CampaignStore(Path(folder) / "campaign.sqlite3"), executor, show=show)
    coordinator = Coordinator(plan(10), SUBJECT, tools)
    stop.append(coordinator.stop)
    print("begins", flush=True)
    print(coordinator.run().end, flush=True)


def kill_and_resume(folder: Path, kills: int, batches: int, workers: int, seed: int = SEED) -> tuple[str, ...]:
    """What is wrong after so many kills, and at the end; nothing if all is well."""
    choices = random.Random(seed)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["support.killed_campaigns"])
    place, targets = folder / "campaign.sqlite3", folder / "targets"
    targets.mkdir()
    problems, moment, done = [], 0, False
    while not done:
        ours, theirs = context.Pipe()
        process = context.Process(target=run_campaign, args=(place, batches, workers, targets, theirs))
        process.start()
        theirs.close()
        left = choices.randint(1, EVENTS) if moment < kills else sys.maxsize
        while not done:
            done = ours.recv() == "end"
            left -= 1
            if not left:
                break
            ours.send("")
        if not done:
            process.kill()
        process.join()
        ours.close()
        _, alive = psutil.wait_procs(_running(targets), timeout=10)
        if alive:
            problems.append(f"After kill {moment + 1}, {len(alive)} targets are left.")
        moment += 1
        if has_begun(place):
            problems += [f"After kill {moment}: {problem}" for problem in audit(CampaignStore(place))]
    if moment <= kills // 2:
        problems.append(f"It ended after {moment - 1} kills.")
    return (*problems, *_wrong_totals(folder, place, batches, workers))


def has_begun(place: Path) -> bool:
    try:
        CampaignStore(place).read()
    except Exception:  # there may be no table yet
        return False
    return True


def _running(targets: Path) -> list[psutil.Process]:
    found = []
    for path in targets.iterdir():
        try:
            process = psutil.Process(int(path.name))
            if process.name() == "sleep":
                found.append(process)
        except psutil.NoSuchProcess:
            pass
        path.unlink()
    return found


def _wrong_totals(folder: Path, place: Path, batches: int, workers: int) -> tuple[str, ...]:
    store = CampaignStore(place)
    stored = [(one.result, one.ordered_cases) for one in store.batches()]
    problems = []
    if sorted(result.number for result, _ in stored) != list(range(len(stored))):
        problems.append("The numbers of the batches have gaps or doubles.")
    if any(replace(result, worker="") != fake_result(SEED, result.number, cases) for result, cases in stored):
        problems.append("A result is not that of its batch.")
    if sum(result.cases for result, _ in stored) != batches * BATCH:
        problems.append("The cases are not those of the plan.")
    if workers == 1:
        tools = CampaignTools(CampaignStore(folder / "whole.sqlite3"), InProcessExecutor(FakeSetup()), GIVEN)
        undisturbed = Coordinator(plan(batches), SUBJECT, tools)
        if _same(undisturbed.run()) != _same(Coordinator(plan(batches), SUBJECT, replace(tools, store=store)).result):
            problems.append("The totals are not those of a campaign that nobody killed.")
    return tuple(problems)


def _same(result: CampaignResult) -> CampaignResult:
    """Without what differs from one time to the next."""
    curve = tuple(replace(point, seconds=0) for point in result.curve)
    return replace(result, began=datetime.min, seconds=0, end=result.end.CASES, curve=curve)
