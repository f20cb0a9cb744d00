"""Campaigns at the targets that are broken on purpose: is each fault found, how small is it shown, is it shown again?

python -m support.fuzz.ground_truth [NAME ...] [--seconds 180] [--seed 1] [-j 2] [--write-docs FILE]

Each target is fuzzed until its fault is found, or for so many seconds; correct targets for the whole time. The table
says after how many seconds and cases it was found, to how many steps, changes and bytes it was made small, and in how
many of ten replays, from the text of its file alone, it came again. The exit status is 1 if something is missing.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from support.fuzz.hunting import TruthRow, hunt
from support.fuzz.targets.catalogue import ALL, TARGETS, Target
from support.fuzz.truth_page import TruthRun, head, line, page

_TESTS = Path(__file__).parents[2]


def main(words: list[str]) -> int:
    """Fuzz the targets, and print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("names", nargs="*", metavar="NAME")
    options.add_argument("--seconds", type=float, default=180.0, help="for each target, at most (180)")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("-j", "--jobs", type=int, default=2, metavar="N", help="targets side by side (2)")
    options.add_argument("--write-docs", type=Path, metavar="FILE", help="write the page of the documentation")
    chosen = options.parse_args(words)
    if unknown := set(chosen.names) - set(TARGETS):
        options.error(f"no target is called {', '.join(sorted(unknown))}")
    if chosen.write_docs is not None and chosen.names:
        options.error("--write-docs needs all targets, so it cannot be combined with names")
    targets = [TARGETS[name] for name in chosen.names] or list(ALL)
    began, load = time.monotonic(), os.getloadavg()[0]
    print(head(), flush=True)
    rows = {row.target.name: row for row in _shown(_hunts(targets, chosen.seconds, chosen.seed, chosen.jobs))}
    in_order = [rows[target.name] for target in targets]
    run = TruthRun(in_order, chosen.seed, chosen.seconds, chosen.jobs, time.monotonic() - began, load)
    print(f"\n{run.took:.0f} s together; {len(run.wrong)} not as they must be", flush=True)
    if chosen.write_docs is not None:
        chosen.write_docs.write_text(page(run), encoding="utf-8")
    return 1 if run.wrong else 0


def _hunts(targets: Iterable[Target], seconds: float, seed: int, jobs: int) -> Iterator[TruthRow]:
    """The campaigns, each when it is over. Each has a process of its own: nothing of one may help another."""
    os.environ["PYTHONPATH"] = str(_TESTS)
    fresh = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory() as cache,
        ProcessPoolExecutor(jobs, mp_context=fresh, max_tasks_per_child=1) as pool,
    ):
        for done in as_completed([pool.submit(hunt, target, seconds, seed, cache) for target in targets]):
            yield done.result()


def _shown(rows: Iterable[TruthRow]) -> Iterator[TruthRow]:
    """The rows, each printed with its other findings."""
    for row in rows:
        print(line(row), flush=True)
        for other in row.others:
            print(f"  also: {other.finding.oracle}: {other.finding.verdict} {other.finding.operators}", flush=True)
        yield row


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
