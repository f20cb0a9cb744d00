"""Campaigns with real workers at targets of this folder, and what has to hold of their databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from dulcimer.fuzz.campaign.audit import audit, order_again
from dulcimer.fuzz.campaign.calibrating import calibrate
from dulcimer.fuzz.campaign.coordinator import CampaignTools, Coordinator
from dulcimer.fuzz.campaign.executors.executor import BatchExecutor
from dulcimer.fuzz.campaign.plan import CampaignPlan
from dulcimer.fuzz.campaign.result import CampaignProgress, CampaignResult
from dulcimer.fuzz.campaign.setup import CampaignSetup
from dulcimer.fuzz.campaign.store import CampaignStore
from dulcimer.fuzz.campaign.subject import corpus_of, subject_of
from support.fuzz.targets.setups import setup_of

SEED = 7
SHRINKING = 2.0
"""Seconds for one finding."""


def calibrated(name: str) -> CampaignSetup:
    """What opens workers at this target."""
    setup = setup_of(name)
    with setup.session() as session:
        calibration = calibrate(session, setup.titles)
    assert not calibration.is_broken, calibration
    return CampaignSetup(setup, calibration, SHRINKING)


def coordinated(
    place: Path,
    opens: CampaignSetup,
    executor: BatchExecutor,
    plan: CampaignPlan,
    show: Callable[[CampaignProgress], None] = lambda _: None,
) -> Coordinator:
    """The coordinator of a campaign in this database."""
    corpus = corpus_of(opens.target, opens.calibration)
    subject = subject_of(opens.target, opens.calibration)
    return Coordinator(plan, subject, CampaignTools(CampaignStore(place), executor, corpus, show=show))


def steady_rate(result: CampaignResult) -> float:
    """Cases in a second from the first batch that was merged to the last: without the start of workers and targets."""
    first, last = result.curve[0], result.curve[-1]
    return (last.cases - first.cases) / (last.seconds - first.seconds)


def wrong_in(place: Path) -> Iterator[str]:
    """What is wrong in a database: it does not fit, or a batch was given up."""
    store = CampaignStore(place)
    try:
        yield from audit(store)
        batches = list(store.batches())
        yield from (f"Batch {one.result.number} was given up: {one.abandoned}" for one in batches if one.abandoned)
        if sorted(one.result.number for one in batches) != list(range(len(batches))):
            yield "There are gaps in the numbers of the batches."
    finally:
        store.close()


def played_otherwise(place: Path, opens: CampaignSetup, numbers: set[int]) -> Iterator[str]:
    """The batches whose orders, played again, have other cases than those that are stored."""
    store = CampaignStore(place)
    batches = tuple(store.batches())
    worker = opens.open(1)
    try:
        for one in batches:
            if one.result.number in numbers:
                again = worker.play(order_again(store, batches, one))
                # What one of the workers has played beside the batches is counted with one of them, and has no pairs.
                if again.pairs != one.result.pairs or again.cases > one.result.cases:
                    yield f"Batch {one.result.number} was not played as it was ordered."
    finally:
        worker.close()
        store.close()


def marked(name: str, value: str) -> list[psutil.Process]:
    """The processes with this variable in their environment: all that one has started, whoever their parents are."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(name) == value:
                found.append(process)
        except psutil.Error:
            pass
    return found
