"""What is said of a campaign before its first batch: what is reachable, what watches, what is not tried."""

from __future__ import annotations

from collections.abc import Iterator

from dulcimer.fuzz.campaign.calibrating import Calibration
from dulcimer.fuzz.campaign.plan import CampaignSubject
from dulcimer.fuzz.campaign.setup import TargetSetup
from dulcimer.fuzz.corpus.own_seeds import own_seeds
from dulcimer.fuzz.operators.catalogue import all_campaign_pairs
from dulcimer.fuzz.sequences.planner import Planner
from dulcimer.fuzz.sequences.steps import FuzzSequence

_DEVIATIONS = "Its replies: each must be explained by a state that Table 9-10 allows, and follow the schemas."
_PROBE = "A valid C-ECHO now and then, and after each anomaly: a target that does not answer hangs, or refuses."


def corpus_of(setup: TargetSetup, calibration: Calibration) -> tuple[FuzzSequence, ...]:
    """The sequences that a campaign begins with."""
    return (*own_seeds(setup.role, setup.titles), *calibration.seeds(setup.titles))


def subject_of(setup: TargetSetup, calibration: Calibration) -> CampaignSubject:
    """What is known of the target, for the report."""
    planner = Planner(setup.role)
    return CampaignSubject(
        setup.host,
        setup.port,
        setup.target,
        calibration.result,
        frozenset(planner.scripts),
        planner.undrivable,
        all_campaign_pairs(),
        tuple(_watched(setup)),
        tuple(_not_watched(setup)),
        tuple(_not_tried(setup, calibration)),
    )


def _watched(setup: TargetSetup) -> Iterator[str]:
    yield _DEVIATIONS
    if setup.role == "requestor":
        yield "How the client ends: a signal is a crash; its exit status is not judged."
        yield f"Whether it ends within {setup.patience:g} seconds after its connection is closed."
        yield "Reports of sanitizers, if it is built with them."
        return
    yield _PROBE
    if setup.command:
        yield "Its process: how it ends, and the last lines that it writes."
        yield "Reports of sanitizers, if it is built with them."
        yield "Its memory, descriptors, threads and processes, with those of all processes that it starts."
    if setup.watches_files:
        yield "Files outside the place where valid sequences put theirs."


def _not_watched(setup: TargetSetup) -> Iterator[str]:
    if setup.role == "acceptor" and not setup.command:
        yield "Its process, memory, descriptors and threads: it was not started here (see --spawn)."
    if setup.role == "acceptor" and not setup.watches_files:
        yield "Where it writes files: {dir} is not in its command."
    if setup.role == "requestor":
        yield "Its memory and descriptors: each client lives for one connection."


def _not_tried(setup: TargetSetup, calibration: Calibration) -> Iterator[str]:
    yield "DICOM messages above the upper layer are changed as bytes; no workflow of several services is planned."
    if setup.tls is not None:
        yield "The TLS handshake: only what is inside TLS is changed."
    if setup.role == "acceptor" and not calibration.maximum:
        yield "PDUs above the announced maximum length: the target has announced none."
