"""`make fuzz`: fuzz our own readers for a time, or play a failure again."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from self_fuzz import coverage_guided, reproducers
from self_fuzz.parallel import explored, slices_of
from self_fuzz.runs import execute, warm_up
from self_fuzz.surfaces import SURFACES


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0: nothing failed; 1: something did; 2: wrong usage."""
    options = _parser().parse_args(arguments)
    if options.replay is not None:
        return _replay(options.replay)
    chosen = options.surface or list(SURFACES)
    if options.engine == "atheris":
        if coverage_guided.engine() is None:
            print("atheris is not installed: pip install atheris; without it: make fuzz", file=sys.stderr)
            return 2
        surfaces = [SURFACES[name] for name in chosen]
        if options.in_this_process:
            coverage_guided.run_engine(surfaces[0], options.seconds, options.seed, options.output)
        return int(coverage_guided.run_all(surfaces, options.seconds, options.seed, options.output) > 0)
    return _explore(chosen, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m self_fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="of all surfaces together (60)")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same inputs (0)")
    parser.add_argument(
        "-j", "--jobs", type=int, default=os.cpu_count() or 1, help="processes (one for each processor)"
    )
    parser.add_argument("--surface", action="append", choices=sorted(SURFACES), help="only this one; may be repeated")
    parser.add_argument("--engine", choices=("operators", "atheris"), default="operators")
    parser.add_argument("--output", type=Path, default=Path("report", "self_fuzz"), help="where failures are written")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="play a failure again")
    parser.add_argument("--in-this-process", action="store_true", help=argparse.SUPPRESS)
    return parser


def _explore(chosen: list[str], options: argparse.Namespace) -> int:
    slices = slices_of(chosen, options.seed, options.seconds, options.jobs)
    print(f"Seed {options.seed}, {options.jobs} processes, {options.seconds:.0f} s", flush=True)
    failures = executions = 0
    for each, tally in explored(slices, options.jobs):
        executions += tally.executions
        rate = tally.executions / max(tally.seconds, 1e-9)
        print(f"{each.surface:10} {tally.executions:8} executions, {rate:6.0f}/s, {len(tally.failures)} failures")
        for failure in tally.failures.values():
            failures += 1
            path = reproducers.write(failure, options.output)
            print(f"  FAILED {failure.key} ({len(failure.given)} bytes)\n    replay: make fuzz REPLAY={path}")
        sys.stdout.flush()
    print(f"{executions} executions, {failures} kinds of failures")
    return int(failures > 0)


def _replay(path: Path) -> int:
    try:
        failure = reproducers.read(path)
        surface = SURFACES[failure.surface]
    except (OSError, reproducers.NoReproducerError, KeyError) as error:
        print(f"Cannot replay {path}: {error}", file=sys.stderr)
        return 2
    warm_up(surface)
    found = execute(surface, failure.given, measured=True)
    if found is None:
        print(f"{path}: nothing is wrong any more (it was: {failure.key})")
        return 0
    print(found.trace)
    print(f"FAILED {found.key}" + ("" if found.key == failure.key else f" (it was: {failure.key})"))
    return 1


if __name__ == "__main__":
    sys.exit(main())
