"""Causes of rejections, and of associations that end before the time."""

from __future__ import annotations

from typing import Protocol

from dulcimer._generated.codes import (
    RejectReasonPresentation,
    RejectReasonUser,
    RejectSource,
    describe_abort,
    describe_rejection,
)
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.live.outcomes import LiveCause
from dulcimer.errors import AssociationAborted, AssociationRejected, AssociationTimeout, DulcimerError


class CauseMaker(Protocol):
    """Makes causes with the names of the target filled in."""

    def cause(self, cause_id: str, sure: Sureness, *proof: str, **values: str) -> LiveCause:
        """A cause with its proof."""


def rejections(notes: CauseMaker, source: int, reason: int, proof: str) -> list[LiveCause]:
    """What a rejection means, by its source and reason (PS3.8 Table 9-21)."""
    if source == RejectSource.UL_SERVICE_USER:
        if reason == RejectReasonUser.CALLED_AE_TITLE_NOT_RECOGNIZED:
            also = "some acceptors, such as dcmqrscp, give this reason for the calling title, too"
            return [
                notes.cause("called-title-unknown", Sureness.LIKELY, proof),
                notes.cause("calling-title-called-unknown", Sureness.POSSIBLE, also),
            ]
        if reason == RejectReasonUser.CALLING_AE_TITLE_NOT_RECOGNIZED:
            return [notes.cause("calling-title-unknown", Sureness.CERTAIN, proof)]
    if source == RejectSource.SERVICE_PROVIDER_PRESENTATION:
        if reason == RejectReasonPresentation.LOCAL_LIMIT_EXCEEDED:
            return [notes.cause("limit-exceeded", Sureness.CERTAIN, proof)]
        if reason == RejectReasonPresentation.TEMPORARY_CONGESTION:
            return [notes.cause("congestion", Sureness.CERTAIN, proof)]
    return [notes.cause("rejected-without-reason", Sureness.POSSIBLE, proof)]


def error_causes(notes: CauseMaker, error: DulcimerError) -> list[LiveCause]:
    """What an error of an association means that was not expected here; none if nothing is known."""
    words = str(error)
    match error:
        case AssociationRejected():
            proof = f"A-ASSOCIATE-RJ: {describe_rejection(error.result, error.source, error.reason)}"
            return rejections(notes, error.source, error.reason, proof)
        case AssociationTimeout():
            values = {"sender": "the requestor", "seconds": f"{error.seconds:g} s"}
            return [notes.cause("answer-too-late", Sureness.CERTAIN, words, **values)]
        case AssociationAborted(by_this_end=True):
            return [notes.cause("aborted-for-protocol", Sureness.LIKELY, words, sender="the requestor")]
        case AssociationAborted(unanswered=True):
            return [notes.cause("request-aborted", Sureness.LIKELY, words)]
        case AssociationAborted(source=None):
            return [notes.cause("connection-lost", Sureness.CERTAIN, words, sender="the acceptor")]
        case AssociationAborted():
            proof = f"A-ABORT: {describe_abort(error.source or 0, error.reason or 0)}"
            cause = "aborted-by-user" if error.source == 0 else "aborted-without-reason"
            return [notes.cause(cause, Sureness.LIKELY, proof, sender="the acceptor")]
        case _:
            return []
