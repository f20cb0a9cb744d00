"""A campaign with real workers and targets, killed with signal 9 at random moments, and resumed each time.

python -m support.fuzz.killed_for_real [--target dies-after-three] [--kills 20] [--workers 1] [--seed 1] [--longest 8]

After each kill it says what is wrong: a database that does not fit, a finding or a sequence of the corpus that is
missing, a target that is left. In the end the campaign is run for some seconds more. The exit status is 1 if anything
was wrong.
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil

from dulcimer.fuzz.campaign.executors.executor import BatchExecutor
from dulcimer.fuzz.campaign.executors.in_process import InProcessExecutor
from dulcimer.fuzz.campaign.executors.local_processes import LocalProcesses
from dulcimer.fuzz.campaign.plan import CampaignPlan
from dulcimer.fuzz.campaign.store import CampaignStore, CampaignStoreError
from support.fuzz.real_campaigns import SEED, calibrated, coordinated, marked, wrong_in

BATCH = 0.5
"""Seconds of a batch, so that there are some between two kills."""
MARK = "DULCIMER_KILLED_CAMPAIGN"
PATIENCE = 60.0
"""Seconds for what a killed campaign has started; a process that only begins may take long on a busy machine."""


def run(place: Path, target: str, workers: int, seconds: float) -> None:
    """Run the campaign in this process; it says when the first batch begins."""
    opens = calibrated(target)
    executor: BatchExecutor = LocalProcesses(opens, workers) if workers > 1 else InProcessExecutor(opens)
    plan = CampaignPlan(SEED, limit_seconds=seconds, batch_seconds=BATCH, overtime=30.0)
    print("begins", flush=True)
    coordinated(place, opens, executor, plan).run()


class Stored(NamedTuple):
    """The batches of a database, and the digests of its findings and sequences."""

    batches: frozenset[int] = frozenset()
    findings: frozenset[str] = frozenset()
    sequences: frozenset[str] = frozenset()


def stored(place: Path) -> Stored:
    """What is in a database."""
    if not place.exists():
        return Stored()
    store = CampaignStore(place)
    try:
        batches = frozenset(one.result.number for one in store.batches())
        sequences = frozenset(sequence.digest for sequence in store.corpus())
        return Stored(batches, frozenset(store.findings()), sequences)
    except CampaignStoreError:
        return Stored()  # there is no table yet
    finally:
        store.close()


def started(words: list[str], mark: str) -> subprocess.Popen[str]:
    environment = {**os.environ, MARK: mark}
    return subprocess.Popen(
        [sys.executable, "-m", "support.fuzz.killed_for_real", *words],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def wrong_after(place: Path, before: Stored, mark: str) -> Iterator[str]:
    """What is wrong after a kill."""
    _, alive = psutil.wait_procs(marked(MARK, mark), timeout=PATIENCE)
    for process in alive:
        yield f"{' '.join(process.cmdline()[:8])} is left."
        process.kill()
    after = stored(place)
    missing = {
        "batches": before.batches - after.batches,
        "findings": before.findings - after.findings,
        "sequences": before.sequences - after.sequences,
    }
    yield from (f"{len(lost)} {name} are missing." for name, lost in missing.items() if lost)
    if after.batches:
        yield from wrong_in(place)


def kill_for_real(place: Path, target: str, kills: int, workers: int, seed: int, longest: float) -> int:
    """How many kills have left something wrong; a verdict is printed for each."""
    choices = random.Random(seed)
    bad = 0
    words = ["--run", str(place), "--target", target, "--workers", str(workers)]
    for number in range(1, kills + 1):
        before, mark = stored(place), secrets.token_hex(8)
        moment = choices.uniform(0, longest)
        with started([*words, "--seconds", "1000000"], mark) as process:
            assert process.stdout is not None
            # One of four is killed before its first batch.
            if number % 4:
                process.stdout.readline()
            time.sleep(moment)
            process.kill()
        problems = list(wrong_after(place, before, mark))
        bad += bool(problems)
        now = stored(place)
        have = f"{len(now.batches)} batches, {len(now.findings)} findings, {len(now.sequences)} sequences"
        print(f"kill {number:2} after {moment:4.1f} s: {'; '.join(problems) or 'consistent'} ({have})", flush=True)
    before, mark = stored(place), secrets.token_hex(8)
    store = CampaignStore(place)
    used = store.read().seconds
    store.close()
    with started([*words, "--seconds", str(used + longest)], mark) as process:
        assert process.stdout is not None
        process.stdout.read()
    problems = list(wrong_after(place, before, mark))
    if process.returncode:
        problems.append(f"It ended with the exit status {process.returncode}.")
    print(f"to its end: {'; '.join(problems) or 'consistent'}")
    return bad + bool(problems)


def main(words: list[str]) -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--target", default="dies-after-three")
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--workers", type=int, default=1)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--longest", type=float, default=8.0, help="seconds after the first batch begins")
    options.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--seconds", type=float, help=argparse.SUPPRESS)
    chosen = options.parse_args(words)
    if chosen.run is not None:
        run(chosen.run, chosen.target, chosen.workers, chosen.seconds)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "campaign.sqlite"
        return (
            1 if kill_for_real(place, chosen.target, chosen.kills, chosen.workers, chosen.seed, chosen.longest) else 0
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
