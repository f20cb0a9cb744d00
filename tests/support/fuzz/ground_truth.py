"""Campaigns at the targets that are broken on purpose: is each fault found, how small is it shown, is it shown again?

python -m support.fuzz.ground_truth [NAME ...] [--seconds 120] [--seed 1]

Each target is fuzzed until its fault is found, or for so many seconds; correct targets for the whole time. The table
says after how many seconds and cases it was found, to how many steps and changed fields it was made small, and in how
many of ten replays, from the text of its file alone, it came again. The exit status is 1 if something is missing.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dulcimer.fuzz.campaign.batch import BatchOrder
from dulcimer.fuzz.campaign.calibrating import Calibration, calibrate
from dulcimer.fuzz.campaign.setup import CampaignSetup, TargetSetup
from dulcimer.fuzz.campaign.subject import corpus_of
from dulcimer.fuzz.findings.finding import FindingOracle
from dulcimer.fuzz.findings.reproducer import Reproducer
from dulcimer.fuzz.judging.replaying import replays
from dulcimer.fuzz.sequences.steps import FuzzSequence, TargetRole, cell_name
from support.fuzz.targets.catalogue import (
    ALL,
    CLIENT,
    CRASH,
    DESCRIPTORS,
    DEVIATION,
    FILE,
    HANG,
    MEMORY,
    REFUSAL,
    SANITIZER,
    TARGETS,
    THREADS,
    Target,
)

_SHOWN_BY = {
    CRASH: (FindingOracle.EXIT, FindingOracle.CHILD),
    SANITIZER: (FindingOracle.SANITIZER, FindingOracle.EXIT),
    HANG: (FindingOracle.HANG,),
    REFUSAL: (FindingOracle.REFUSAL, FindingOracle.HANG),
    FILE: (FindingOracle.FILE,),
    MEMORY: (FindingOracle.GROWTH,),
    DESCRIPTORS: (FindingOracle.GROWTH,),
    THREADS: (FindingOracle.GROWTH,),
    DEVIATION: (FindingOracle.DEVIATION, FindingOracle.ARTIM),
}
_CASES = 300
_REPLAYS = 10
_PATIENCE = 3.0
_TESTS = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class TruthRow:
    """What came of one target: the finding that shows its fault, if any, and all others."""

    target: Target
    seconds: float
    cases: int
    found: Reproducer | None
    others: tuple[Reproducer, ...]
    replayed: int

    @property
    def is_right(self) -> bool:
        """Whether the fault was found and comes again; for a correct target, whether there is no finding."""
        if self.target.is_correct:
            return not self.others
        return self.found is not None and self.replayed >= _REPLAYS - 1

    def line(self) -> str:
        """A row of the table."""
        found = self.found
        if found is None:
            what = "nothing, as it must be" if self.is_right else f"**not found** ({len(self.others)} other findings)"
            return f"| {self.target.name} | {what} | {self.seconds:.0f} s, {self.cases} cases | | |"
        sequences = found.sequences
        steps = sum(len(each.steps) for each in sequences)
        small = f"{steps} steps, {len(found.finding.operators)} changes"
        small += f", {len(sequences)} connections" if len(sequences) > 1 else ""
        small += f", {found.rounds} rounds" if found.rounds > 1 else ""
        after = f"{self.seconds:.0f} s, {self.cases} cases"
        return f"| {self.target.name} | {found.finding.oracle} | {after} | {small} | {self.replayed} of {_REPLAYS} |"


def command_of(target: Target, cache: str) -> tuple[str, ...]:
    """What starts a target; a program in C is built in `cache`."""
    words = (sys.executable, "-m", "support.fuzz.targets", target.name)
    if target.role == CLIENT:
        return (*words, "{host}", "{port}")
    return (*words, "--port", "{port}", *(("--cache", cache) if target.is_compiled else ("--dir", "{dir}")))


def hunt(target: Target, seconds: float, seed: int, cache: str) -> TruthRow:
    """Fuzz one target."""
    began = time.monotonic()
    role: TargetRole = "requestor" if target.role == CLIENT else "acceptor"
    setup = TargetSetup(role=role, command=command_of(target, cache), patience=_PATIENCE)
    with setup.session() as session:
        calibration = calibrate(session, setup.titles)
    assert not calibration.is_broken, calibration
    cases, others, found = 0, [], None
    for count, reproducer in _findings(setup, calibration, seed, began + seconds):
        cases = count
        if reproducer is None:
            continue
        if is_shown(target, reproducer):
            found = reproducer
            break
        others.append(reproducer)
    after = time.monotonic() - began
    replayed = _replayed(setup, calibration, found) if found is not None else 0
    return TruthRow(target, after, cases, found, tuple(others), replayed)


def is_shown(target: Target, reproducer: Reproducer) -> bool:
    """Whether a finding is the planted fault."""
    finding = reproducer.finding
    if finding.oracle not in _SHOWN_BY.get(target.shows, ()):
        return False
    if target.shows != DEVIATION or finding.oracle is FindingOracle.ARTIM:
        return True
    planted = "-".join(target.cell.split("/"))
    return planted in (finding.cell and cell_name(finding.cell), *finding.clause.replace("/", "-").split()) or (
        "announced" in finding.verdict
    )


def _findings(
    setup: TargetSetup, calibration: Calibration, seed: int, until: float
) -> Iterator[tuple[int, Reproducer | None]]:
    """Cases so far, with each finding, or after each batch."""
    worker = CampaignSetup(setup, calibration).open(0)
    corpus: dict[str, FuzzSequence] = {one.digest: one for one in corpus_of(setup, calibration)}
    cells: Counter[object] = Counter()
    pairs: Counter[object] = Counter()
    cases = number = 0
    try:
        while time.monotonic() < until:
            sequences = tuple(corpus[digest] for digest in sorted(corpus))
            result = worker.play(BatchOrder(number, seed, _CASES, sequences, dict(cells), dict(pairs)))  # type: ignore[arg-type]  # counters of cells and pairs
            number, cases = number + 1, cases + result.cases
            cells.update(result.possible)
            pairs.update(result.pairs)
            corpus |= {one.digest: one for one in result.additions}
            for found in result.found:
                yield cases, found.reproducer
            yield cases, None
    finally:
        worker.close()


def _replayed(setup: TargetSetup, calibration: Calibration, found: Reproducer) -> int:
    """How often it comes again, from its text alone."""
    again = Reproducer.from_text(found.to_text())
    with setup.session() as session:
        calibration.apply(session)
        return sum(outcome.came_again for outcome in replays(again, session, _REPLAYS))


def main(words: list[str]) -> int:
    """Fuzz the targets, and print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("names", nargs="*", metavar="NAME")
    options.add_argument("--seconds", type=float, default=120.0)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args(words)
    os.environ["PYTHONPATH"] = str(_TESTS)
    began = time.monotonic()
    print("| target | found by | after | shrunk to | replayed |\n|---|---|---|---|---|", flush=True)
    wrong = 0
    with tempfile.TemporaryDirectory() as cache:
        for target in [TARGETS[name] for name in chosen.names] or ALL:
            row = hunt(target, chosen.seconds, chosen.seed, cache)
            wrong += not row.is_right
            print(row.line(), flush=True)
            for other in row.others:
                print(f"  also: {other.finding.oracle}: {other.finding.verdict} {other.finding.operators}", flush=True)
    print(f"\n{time.monotonic() - began:.0f} s together; {wrong} not as they must be", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
