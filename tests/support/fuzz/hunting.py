"""One campaign at a target that is broken on purpose, until its fault is found."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from dulcimer.errors import DulcimerError
from dulcimer.fuzz.campaign.calibrating import Calibration, calibrate
from dulcimer.fuzz.campaign.orders import make_order
from dulcimer.fuzz.campaign.pace import BatchPace
from dulcimer.fuzz.campaign.setup import CampaignSetup, TargetSetup
from dulcimer.fuzz.campaign.subject import corpus_of
from dulcimer.fuzz.campaign.totals import CampaignTotals
from dulcimer.fuzz.findings.finding import FindingOracle, is_stable
from dulcimer.fuzz.findings.reproducer import Reproducer
from dulcimer.fuzz.judging.replaying import replays
from dulcimer.fuzz.sequences.steps import Chunks, SendBytes, TargetRole, cell_name
from support.fuzz.targets.catalogue import (
    CLIENT,
    CRASH,
    DESCRIPTORS,
    DEVIATION,
    FILE,
    HANG,
    MEMORY,
    REFUSAL,
    SANITIZER,
    THREADS,
    Target,
)

REPLAYS = 10
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
_BATCH_SECONDS = 1.0
"""Seconds of a batch: what is found in one is told at its end."""
_PATIENCE = 3.0


@dataclass(frozen=True, slots=True)
class TruthRow:
    """What came of one target.

    - `seconds` and `cases` until the fault was found and confirmed, or in all; calibration is among the seconds.
    - `found`: the finding that shows the fault, which came again in `replayed` of `REPLAYS` replays of its file alone.
    - `others`: the other findings until then. `failure`: why the campaign could not go on.
    """

    target: Target
    seconds: float = 0.0
    cases: int = 0
    found: Reproducer | None = None
    others: tuple[Reproducer, ...] = ()
    replayed: int = 0
    failure: str = ""

    @property
    def is_right(self) -> bool:
        """Whether the fault was found and comes again; for a correct target, whether there is no finding."""
        if self.failure:
            return False
        if self.target.is_correct:
            return not self.others
        return self.found is not None and is_stable(self.replayed, REPLAYS)


def command_of(target: Target, cache: str) -> tuple[str, ...]:
    """What starts a target; a program in C is built in `cache`."""
    words = (sys.executable, "-m", "support.fuzz.targets", target.name)
    if target.role == CLIENT:
        return (*words, "{host}", "{port}")
    return (*words, "--port", "{port}", *(("--cache", cache) if target.is_compiled else ("--dir", "{dir}")))


def hunt(target: Target, seconds: float, seed: int, cache: str) -> TruthRow:
    """Fuzz one target, a correct one for the whole time; PYTHONPATH has to lead its process to `support`."""
    began = time.monotonic()
    try:
        return _hunted(target, began, began + seconds, seed, cache)
    except DulcimerError as error:
        return TruthRow(target, time.monotonic() - began, failure=str(error))


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


def sizes_of(found: Reproducer) -> tuple[int, int, int]:
    """Steps, changes, and bytes that are sent, of all connections of one round."""
    steps = [step for sequence in found.sequences for step in sequence.steps]
    sent = sum(len(step.data) for step in steps if isinstance(step, SendBytes | Chunks))
    return len(steps), len(found.finding.operators), sent


def _hunted(target: Target, began: float, until: float, seed: int, cache: str) -> TruthRow:
    role: TargetRole = "requestor" if target.role == CLIENT else "acceptor"
    setup = TargetSetup(role=role, command=command_of(target, cache), patience=_PATIENCE)
    with setup.session() as session:
        calibration = calibrate(session, setup.titles)
    if calibration.is_broken:
        return TruthRow(target, time.monotonic() - began, failure="valid sequences get no valid answer")
    cases, others, found = 0, [], None
    for count, reproducer in _findings(setup, calibration, seed, until):
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


def _findings(
    setup: TargetSetup, calibration: Calibration, seed: int, until: float
) -> Iterator[tuple[int, Reproducer | None]]:
    """Cases so far, with each finding, or after each batch."""
    worker = CampaignSetup(setup, calibration).open(0)
    totals, pace, number = CampaignTotals(corpus_of(setup, calibration)), BatchPace(_BATCH_SECONDS), 0
    try:
        while (left := until - time.monotonic()) > 0:
            result = worker.play(make_order(totals, number, seed, pace.cases(left, None)))
            number += 1
            totals.add(result)
            pace.played(result, 1)
            for found in result.found:
                yield totals.cases, found.reproducer
            yield totals.cases, None
    finally:
        worker.close()


def _replayed(setup: TargetSetup, calibration: Calibration, found: Reproducer) -> int:
    """How often it comes again, from its text alone."""
    again = Reproducer.from_text(found.to_text())
    with setup.session() as session:
        calibration.apply(session)
        return sum(outcome.came_again for outcome in replays(again, session, REPLAYS))
