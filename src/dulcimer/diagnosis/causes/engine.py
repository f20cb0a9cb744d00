"""All rules over all evidence: the causes in their order, and what was seen at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dulcimer.counting import counted
from dulcimer.diagnosis.causes.breaking import blamed_breach, broken_rules
from dulcimer.diagnosis.causes.committing import commitments
from dulcimer.diagnosis.causes.connecting import connecting, unanswered
from dulcimer.diagnosis.causes.contexts import refused_contexts
from dulcimer.diagnosis.causes.endings import endings
from dulcimer.diagnosis.causes.findings import CauseFinding, CauseWeight, merged
from dulcimer.diagnosis.causes.querying import queries
from dulcimer.diagnosis.causes.rejections import rejections
from dulcimer.diagnosis.causes.remarks import is_told, remarks
from dulcimer.diagnosis.causes.retrieving import gets, moves
from dulcimer.diagnosis.causes.scene import Scene
from dulcimer.diagnosis.causes.speed import association_per_file, same_title, speed
from dulcimer.diagnosis.causes.storing import failed_stores, nothing_sent
from dulcimer.diagnosis.evidence.conversations import Evidence, SeenConnection
from dulcimer.diagnosis.evidence.facts import ConnectFailure, ForeignBytes, ReleaseSeen


@dataclass(frozen=True, slots=True)
class CausesFound:
    """What a diagnosis says: the causes, the first one first.

    `seen`: in sentences, what there was; `doubts`: what could not be seen.
    """

    findings: tuple[CauseFinding, ...]
    seen: tuple[str, ...]
    doubts: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong as far as can be seen."""
        return not self.findings


def causes_of(evidence: Evidence) -> CausesFound:
    """The causes that the evidence has, ranked."""
    scene = Scene(evidence)
    across = [one for rule in (moves, commitments) for each in evidence.conversations for one in rule(scene, each)]
    explained = {number for one in across for number in one.conversations[1:]}
    found = list(across)
    for conversation in evidence.conversations:
        for one in _of(scene, conversation):
            weight = max(one.weight, CauseWeight.PART_OF_IT) if conversation.number in explained else one.weight
            found.append(replace(one, weight=weight))
    found += association_per_file(scene)
    found += same_title(scene)
    return CausesFound(tuple(merged(found)), tuple(_seen(evidence)), tuple(_doubts(evidence)))


def _of(scene: Scene, one: SeenConnection) -> Iterator[CauseFinding]:
    yield from connecting(scene, one)
    yield from unanswered(scene, one)
    yield from rejections(scene, one)
    yield from refused_contexts(one)
    yield from broken_rules(one)
    yield from gets(one)
    yield from failed_stores(one)
    yield from nothing_sent(one)
    yield from queries(one)
    yield from remarks(one)
    is_explained = is_told(one) or blamed_breach(one) is not None
    weight = CauseWeight.PART_OF_IT if is_explained else CauseWeight.FAILURE
    yield from (replace(found, weight=max(found.weight, weight)) for found in endings(one))
    yield from speed(one)


def _seen(evidence: Evidence) -> Iterator[str]:
    all_of_it = evidence.conversations
    requested = [one for one in all_of_it if one.request is not None or one.acceptance is not None]
    accepted = [one for one in requested if one.acceptance is not None]
    released = [one for one in accepted if one.first(ReleaseSeen) is not None]
    yield (
        f"{counted(len(requested), 'association')} requested, {len(accepted)} accepted, {len(released)} released; "
        f"{counted(len(all_of_it), 'connection')}."
        if all_of_it
        else "There is no TCP connection and no association."
    )
    foreign = [one for one in all_of_it if one.first(ForeignBytes) is not None and one.request is None]
    if foreign:
        yield f"{counted(len(foreign), 'connection')} without DICOM that can be read."
    silent = [one for one in all_of_it if not one.facts]
    if silent:
        yield f"{counted(len(silent), 'connection')} without a byte."
    failed = [one for one in all_of_it if one.first(ConnectFailure) is not None]
    if failed:
        yield f"{counted(len(failed), 'connection')} that did not come about."


def _doubts(evidence: Evidence) -> Iterator[str]:
    gaps = sum(not one.is_whole for one in evidence.conversations)
    late = sum(not one.has_beginning for one in evidence.conversations)
    if gaps:
        yield f"Of {counted(gaps, 'connection')} some bytes are not there."
    if late:
        yield f"Of {counted(late, 'connection')} the beginning is not there."
    yield from evidence.remarks
