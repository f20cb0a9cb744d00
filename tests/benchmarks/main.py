"""Runs the measures: lanes take turns in every round, the median of the rounds counts."""

from __future__ import annotations

import argparse
import json
import platform
import signal
import statistics
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import measures, serving
from benchmarks.fuzzing import fuzz_pdus, fuzz_requestors, fuzz_restarts, fuzz_sequences
from benchmarks.measures import FULL, QUICK, Effort, Measure
from benchmarks.tracing import recorded_instances
from support.dicom_files import write_large_instance
from support.peers.catalogue import PEERS

NAMES = (
    "echo",
    "associations",
    "store-large",
    "store-large-disk",
    "store-small",
    "store-small-disk",
    "store-parallel-disk",
    "find",
    "trace-large",
    "trace-small",
    "idle",
    "idle-many",
    "fuzz-pdus",
    "fuzz-sequences",
    "fuzz-requestors",
    "fuzz-restarts",
)
WIDTH = 110
MAXIMUM_LENGTHS = (None, 16_384, 131_072)
"""Each stack with its defaults, then the same for all; 131,072 is the most that DCMTK takes."""


def chosen_measures(effort: Effort, only: list[str], directory: Path) -> Iterator[Measure]:
    """The measures in the order of ``NAMES``; their files are made when they are needed."""
    wanted = only or list(NAMES)
    if "echo" in wanted:
        yield measures.echo(effort)
    if "associations" in wanted:
        yield measures.associations(effort)
    if "store-large" in wanted or "store-large-disk" in wanted:
        files = _files(directory / "large", effort.large_files, effort.large_size)
        for to_disk, name in ((False, "store-large"), (True, "store-large-disk")):
            for maximum_length in MAXIMUM_LENGTHS[: 1 if effort is QUICK or to_disk else None]:
                if name in wanted:
                    yield measures.large_instances(effort, files, maximum_length, to_disk)
    if "store-small" in wanted or "store-small-disk" in wanted:
        files = _files(directory / "small", effort.small_files, effort.small_size)
        for to_disk, name in ((False, "store-small"), (True, "store-small-disk")):
            if name in wanted:
                yield measures.small_instances(effort, files, to_disk)
    if "store-parallel-disk" in wanted:
        yield serving.parallel_instances(effort, directory / "shares")
    if "find" in wanted:
        yield serving.find(effort.matches, directory / "find")
    if "trace-large" in wanted:
        files = _files(directory / "traced", effort.large_files, effort.large_size)
        for length in MAXIMUM_LENGTHS[: 1 if effort is QUICK else None]:
            yield recorded_instances("trace-large", files, directory / "traces", length)
    if "trace-small" in wanted:
        files = _files(directory / "traced-small", effort.small_files, effort.small_size)
        yield recorded_instances("trace-small", files, directory / "traces", None)
    if "idle" in wanted:
        yield measures.idle(effort)
    if "idle-many" in wanted:
        yield from serving.many_idle(effort.many_associations, effort.idle_seconds)
    fuzzing = (fuzz_pdus, fuzz_sequences, fuzz_requestors, fuzz_restarts)
    yield from (made(effort) for made in fuzzing if made.__name__.replace("_", "-") in wanted)


def _files(directory: Path, count: int, size: int) -> list[Path]:
    directory.mkdir()
    files = [write_large_instance(directory / f"{number}.dcm", size, number) for number in range(1, count + 1)]
    for path in files:
        _read_into_cache(path)
    return files


def _read_into_cache(path: Path) -> None:
    # Otherwise the lane that comes first pays for the others.
    with path.open("rb") as file:
        while file.read(1 << 20):
            pass


def take_turns(measure: Measure, rounds: int) -> dict[str, list[float]]:
    """The figures of every lane, A B C A B C ..."""
    figures: dict[str, list[float]] = {lane.name: [] for lane in measure.lanes}
    for _ in range(rounds):
        for lane in measure.lanes:
            figures[lane.name].append(lane.sample())
    return figures


def ratio(measure: Measure, first: float, other: float) -> float | None:
    """How many times better the first lane is than another; None where that has no meaning."""
    better, worse = (first, other) if measure.more_is_better else (other, first)
    return better / worse if worse > 0 else None


def result(measure: Measure, figures: dict[str, list[float]]) -> dict[str, object]:
    """A measure as the JSON report has it; ratios are those of the first lane to each other one."""
    medians = {name: statistics.median(values) for name, values in figures.items()}
    first = next(iter(medians.values()))
    return {
        "measure": measure.name,
        "setting": measure.setting,
        "unit": measure.unit,
        "note": measure.note,
        "lanes": [
            {
                "name": name,
                "median": median,
                "rounds": figures[name],
                "first_lane_is_better_by": ratio(measure, first, median),
            }
            for name, median in medians.items()
        ],
    }


def table(measure: Measure, figures: dict[str, list[float]]) -> Table:
    """A measure as a table for people."""
    medians = {name: statistics.median(values) for name, values in figures.items()}
    first_name, first = next(iter(medians.items()))
    shown = Table(title=f"{measure.name}: {measure.setting}", title_justify="left", caption=measure.note or None)
    shown.add_column("")
    for heading in (measure.unit, "spread", f"{first_name} is better by"):
        shown.add_column(heading, justify="right")
    for name, median in medians.items():
        spread = f"{min(figures[name]):,.1f} to {max(figures[name]):,.1f}"
        better = ratio(measure, first, median)
        shown.add_row(name, f"{median:,.1f}", spread, "" if better is None else f"{better:,.2f} x")
    return shown


def main() -> int:
    """Print a table for each measure; with ``--json`` one document instead."""
    parser = argparse.ArgumentParser(prog="tests/benchmarks/run.py", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="little work, one round: shows that it runs")
    parser.add_argument("--only", action="append", choices=NAMES, default=[], help="this measure (may be repeated)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    for name in ("DCMTK", "pynetdicom"):
        if PEERS[name].missing:
            print(f"{name} is missing: {PEERS[name].advice}", file=sys.stderr)
            return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are ended, too
    effort = QUICK if arguments.quick else FULL
    console = Console(stderr=arguments.json)
    console.width = max(console.width, WIDTH)
    versions = {name: PEERS[name].installed_version for name in ("DCMTK", "pynetdicom")}
    machine = {"python": platform.python_version(), "dulcimer": version("dulcimer"), **versions}
    console.print(", ".join(f"{name} {value}" for name, value in machine.items()))
    results = []
    with tempfile.TemporaryDirectory(prefix="dulcimer-bench-") as directory:
        for measure in chosen_measures(effort, arguments.only, Path(directory)):
            with console.status(f"{measure.name}: {measure.setting}"):
                figures = take_turns(measure, effort.rounds)
            results.append(result(measure, figures))
            console.print(table(measure, figures))
    if arguments.json:
        print(json.dumps({"schema": 1, "machine": machine, "rounds": effort.rounds, "measures": results}, indent=1))
    return 0
