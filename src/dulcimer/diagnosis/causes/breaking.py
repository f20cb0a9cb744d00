"""Rules of the standard that an end has broken (question 19)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dulcimer._generated.codes import AbortSource
from dulcimer.diagnosis.causes.findings import CauseFinding, CauseWeight, end_of, names, point
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.evidence.conversations import SeenConnection
from dulcimer.diagnosis.evidence.facts import AbortSeen, ForeignBytes, MessageSeen, RuleBroken

_SEVERE: Final = "S2"
"""What is less severe breaks no peer."""
_TOLD_APART: Final = frozenset(
    (
        "enc.sender.maximum-length",
        "enc.req.sender.maximum-length",
        "enc.sender.transfer-syntax",
        "pdv.sender.even",
        "pdv.req.sender.even",
    )
)
"""Rules with a cause of their own."""
_SOON: Final = 5.0
"""Seconds of silence after which an abort has another reason."""


def broken_rules(one: SeenConnection) -> Iterator[CauseFinding]:
    """Each rule that an end has broken; where the other end aborted for that, it explains the failure."""
    told: set[tuple[bool, str]] = set()
    blamed = blamed_breach(one)
    for broken in one.all(RuleBroken):
        if not _counts(one, broken) or (broken.by_client, broken.rule) in told:
            continue
        told.add((broken.by_client, broken.rule))
        values = names(one, sender=end_of(broken.by_client), problem=broken.observed)
        proof = [point(f"{broken.observed} ({broken.rule}, {broken.clause})", broken)]
        sure, weight = Sureness.CERTAIN, CauseWeight.HINT
        if broken is blamed:
            abort = one.first(AbortSeen)
            assert abort is not None
            proof.append(point("the upper layer of the other side aborts after it", abort))
            sure, weight = Sureness.LIKELY, CauseWeight.FAILURE
        yield CauseFinding("rule-broken", sure, tuple(proof), values, (one.number,), weight)


def blamed_breach(one: SeenConnection) -> RuleBroken | None:
    """The breach that the upper layer of the other end aborted for, as far as can be told: the last one before that.

    Nothing else was asked or answered in between.
    """
    abort = one.first(AbortSeen)
    if abort is None or abort.by_client is None or abort.source != AbortSource.SERVICE_PROVIDER:
        return None
    if abort.silence is not None and abort.silence >= _SOON:
        return None
    found = [
        broken
        for broken in one.all(RuleBroken)
        if broken.by_client is not abort.by_client and broken.place.number < abort.place.number and _counts(one, broken)
    ]
    last = max(found, key=lambda broken: broken.place.number, default=None)
    if last is None or any(last.place.number < each.place.number < abort.place.number for each in one.all(MessageSeen)):
        return None
    return last


def _counts(one: SeenConnection, broken: RuleBroken) -> bool:
    """Whether it can break a peer, and is no other protocol, and has no cause of its own."""
    is_dicom = one.first(ForeignBytes) is None
    return is_dicom and broken.severity <= _SEVERE and broken.rule not in _TOLD_APART
