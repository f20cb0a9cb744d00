"""A finding of a file, shown again on a target, or made smaller."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dulcimer.fuzz.engine.settle import PATIENT
from dulcimer.fuzz.findings.finding import FindingOracle
from dulcimer.fuzz.findings.reproducer import FuzzTarget, Reproducer
from dulcimer.fuzz.judging.artim import artim_of_drip, kept_open
from dulcimer.fuzz.judging.confirming import Confirmer
from dulcimer.fuzz.judging.growth import GrowthConfirmer
from dulcimer.fuzz.judging.session import TargetSession
from dulcimer.fuzz.judging.suspicion import Suspicion


@dataclass(frozen=True, slots=True)
class ReplayOutcome:
    """One replay: whether the finding came again, and everything that looked wrong."""

    came_again: bool
    suspicions: tuple[Suspicion, ...]
    pdus: tuple[bytes, ...]
    end: str


def replays(reproducer: Reproducer, session: TargetSession, tries: int) -> Iterator[ReplayOutcome]:
    """Play it again, each time on a fresh target if that is possible. Raises TargetLostError."""
    wanted = Suspicion.of(reproducer.finding)
    session.expects_end = wanted.oracle.ends_a_process
    for _ in range(tries):
        session.fresh()
        if reproducer.finding.oracle is FindingOracle.GROWTH:
            amount = GrowthConfirmer(session, FuzzTarget(), seconds=0.0).amount(reproducer)
            yield ReplayOutcome(amount > 0, (wanted,) if amount else (), (), "")
            continue
        if reproducer.finding.oracle is FindingOracle.ARTIM:
            record = session.play(reproducer.sequence).record
            kept = kept_open(record, artim_of_drip(reproducer.sequence))
            yield ReplayOutcome(kept is not None, tuple(filter(None, [kept])), record.received, record.end)
            continue
        found: list[Suspicion] = []
        sequences = (*reproducer.before, reproducer.sequence) * reproducer.rounds
        for sequence in sequences[:-1]:
            found += session.play(sequence).suspicions
        last = session.play(sequences[-1], timing=PATIENT)
        found += last.suspicions
        if not any(each.is_same(wanted) for each in found) and wanted.oracle.is_seen_by_probe:
            found += filter(None, [session.probe(quick=True)])
        again = any(each.is_same(wanted) or _is_same_outage(each, wanted) for each in found)
        yield ReplayOutcome(again, tuple(found), last.record.received, last.record.end)


def minimise(
    reproducer: Reproducer, session: TargetSession, *, seconds: float, doing: Callable[[str], None] = lambda _: None
) -> Reproducer | None:
    """The same finding with a smaller reproducer; None if it does not come again. Raises TargetLostError."""
    confirmer = Confirmer(
        session, reproducer.target, seconds=seconds, doing=doing, seed=reproducer.seed, batch=reproducer.batch
    )
    history = (*reproducer.before, reproducer.sequence) * reproducer.rounds
    earlier = tuple((sequence, ()) for sequence in history[:-1])
    return confirmer.confirm(Suspicion.of(reproducer.finding), reproducer.sequence, reproducer.recipes, earlier)


def _is_same_outage(one: Suspicion, other: Suspicion) -> bool:
    """A target that hangs may also refuse, and the other way round."""
    return one.oracle.is_seen_by_probe and other.oracle.is_seen_by_probe
