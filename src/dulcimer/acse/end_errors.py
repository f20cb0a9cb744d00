"""Errors for associations that were rejected, aborted or lost; pure."""

from __future__ import annotations

from dulcimer._generated.codes import describe_abort, describe_rejection
from dulcimer.errors import AssociationAborted, AssociationRejected
from dulcimer.wire.model import Abort, AssociateRj
from dulcimer.wire.other_protocols import OtherProtocol


def rejected(pdu: AssociateRj) -> AssociationRejected:
    """The peer has rejected it."""
    words = describe_rejection(pdu.result, pdu.source, pdu.reason)
    return AssociationRejected(words, result=pdu.result, source=pdu.source, reason=pdu.reason)


def aborted_by_peer(pdu: Abort, *, unanswered: bool) -> AssociationAborted:
    """The peer has aborted it, `unanswered` if this end was waiting for the answer to its request."""
    message = f"the peer aborted: {describe_abort(pdu.source, pdu.reason)}"
    return AssociationAborted(message, source=pdu.source, reason=pdu.reason, unanswered=unanswered)


def aborted_by_this_end(why: str = "") -> AssociationAborted:
    """An abort by this end; `why` in words, "" if there is nothing to add."""
    text = "the association was aborted by this end"
    return AssociationAborted(f"{why}: {text}" if why else text, source=0, reason=0, by_this_end=True)


def lost(cause: Exception | None, *, unanswered: bool) -> AssociationAborted:
    """The connection was lost; `cause` is the error, None if the peer closed it."""
    detail = f": {cause}" if cause else " by the peer"
    before = "before the association request was answered" if unanswered else "without release or abort"
    error = AssociationAborted(f"the connection was closed{detail}, {before}", unanswered=unanswered)
    error.__cause__ = cause
    return error


def aborted_by_provider(
    pdu: Abort, problem: str, other: OtherProtocol | None, *, unanswered: bool
) -> AssociationAborted:
    """A service-provider has aborted it: ours if there was a `problem` with the peer, else the peer's."""
    if not problem:
        text = f"the peer's upper layer aborted: {describe_abort(pdu.source, pdu.reason)}"
        return AssociationAborted(text, source=pdu.source, reason=pdu.reason, unanswered=unanswered)
    what = "the peer broke the protocol" if other is None else f"the peer speaks {other.name} and not DICOM"
    speaks = "" if other is None else other.name
    text = f"aborted: {what}: {problem}"
    return AssociationAborted(text, source=pdu.source, reason=pdu.reason, by_this_end=True, speaks=speaks)
