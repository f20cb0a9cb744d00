"""The likely cause of a failure in one sentence, and the command to run next, from the data of `dulcimer diagnose`."""

from __future__ import annotations

import errno
import shlex
import socket
from typing import TYPE_CHECKING, Final, TypeAlias

from dulcimer._generated import statuses
from dulcimer._generated.codes import AbortSource, RejectReasonPresentation, RejectReasonUser, RejectSource
from dulcimer.cli.failures.exceptions import FinalResponseFailed
from dulcimer.cli.failures.names_in_use import Names
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.errors import (
    AssociationAborted,
    AssociationRejected,
    AssociationTimeout,
    ContextNotAccepted,
    TransportError,
)

if TYPE_CHECKING:
    from dulcimer._generated.diagnosis import PossibleCause

LikelyCause: TypeAlias = tuple[str, Sureness]
"""The id of a cause, and how sure it is."""
_UNREACHABLE: Final = frozenset((errno.EHOSTUNREACH, errno.ENETUNREACH))
_CONTEXTS = {
    "invalid answer": ("context-answer-invalid", Sureness.CERTAIN),
    "role": ("role-not-accepted", Sureness.LIKELY),
    "refused": ("sop-class-refused", Sureness.POSSIBLE),
}
_OPERATIONS = {"C-FIND": "find", "C-GET": "get", "C-STORE": "store FILE"}


def likely_cause(error: Exception) -> LikelyCause | None:
    """The cause; None if there is no likely one."""
    match error:
        case AssociationRejected():
            return _of_rejection(error)
        case AssociationAborted():
            return _of_abort(error)
        case AssociationTimeout(waited_for="association"):
            return "silent-acceptor", Sureness.LIKELY
        case AssociationTimeout(waited_for=""):
            return "answer-too-late", Sureness.CERTAIN
        case ContextNotAccepted():
            return _CONTEXTS.get(error.why)
        case TransportError(in_handshake=False):
            return _of_connection(error.__cause__)
        case FinalResponseFailed():
            return _of_status(error)
        case _:
            return None


def cause_row(identifier: str) -> PossibleCause:
    """The row of a cause: its sentence, and what to change at each end."""
    from dulcimer._generated.diagnosis import QUESTIONS  # only loaded when something has failed

    return next(cause for question in QUESTIONS for cause in question.causes if cause.id == identifier)


def cause_in_words(identifier: str, sure: Sureness, who: Names, **more: str) -> str:
    """The sentence of the cause, with the names in use, and how sure it is."""
    from dulcimer.diagnosis.causes.wording import sentence

    row = cause_row(identifier)
    values = {
        "called": who.called,
        "calling": who.calling,
        "destination": who.destination,
        "where": who.where,
        "sender": "the acceptor",
        **more,
    }
    return f"{sentence(row.cause, values).removesuffix('.')} ({sure})"


def next_command(error: Exception, who: Names) -> str:
    """The command that finds out more: `dulcimer diagnose`, with the operation that failed."""
    if not isinstance(error, FinalResponseFailed):
        return who.next_command
    if error.service == "C-MOVE":
        return who.next_command_for(f"move --to {shlex.quote(who.destination or 'DESTINATION')}")
    return who.next_command_for(_OPERATIONS.get(error.service, ""))


def _of_rejection(error: AssociationRejected) -> LikelyCause:
    if error.source == RejectSource.UL_SERVICE_USER:
        if error.reason == RejectReasonUser.CALLED_AE_TITLE_NOT_RECOGNIZED:
            return "called-title-unknown", Sureness.LIKELY
        if error.reason == RejectReasonUser.CALLING_AE_TITLE_NOT_RECOGNIZED:
            return "calling-title-unknown", Sureness.CERTAIN
    if error.source == RejectSource.SERVICE_PROVIDER_PRESENTATION:
        if error.reason == RejectReasonPresentation.LOCAL_LIMIT_EXCEEDED:
            return "limit-exceeded", Sureness.CERTAIN
        if error.reason == RejectReasonPresentation.TEMPORARY_CONGESTION:
            return "congestion", Sureness.CERTAIN
    return "rejected-without-reason", Sureness.LIKELY


def _of_abort(error: AssociationAborted) -> LikelyCause | None:
    if error.speaks:
        return ("plain-to-tls" if error.speaks == "TLS" else "other-protocol"), Sureness.CERTAIN
    if error.by_this_end:
        return None
    if error.unanswered:
        return "request-aborted", Sureness.LIKELY
    if error.source is None:
        return "connection-lost", Sureness.LIKELY
    if error.source == AbortSource.SERVICE_PROVIDER:
        return ("aborted-for-protocol" if error.reason else "aborted-without-reason"), Sureness.CERTAIN
    return "aborted-by-user", Sureness.LIKELY


def _of_connection(cause: BaseException | None) -> LikelyCause | None:
    if isinstance(cause, ConnectionRefusedError):
        return "connection-refused", Sureness.CERTAIN
    if isinstance(cause, socket.gaierror):
        return "host-name-unknown", Sureness.CERTAIN
    if isinstance(cause, TimeoutError):
        return "syn-unanswered", Sureness.LIKELY
    if isinstance(cause, OSError) and cause.errno in _UNREACHABLE:
        return "host-unreachable", Sureness.CERTAIN
    return None


def _of_status(error: FinalResponseFailed) -> LikelyCause | None:
    match error.service, error.status:
        case "C-MOVE", statuses.MOVE_DESTINATION_UNKNOWN:
            return "destination-not-configured", Sureness.LIKELY
        case "C-MOVE", statuses.UNABLE_TO_SUB_OPERATE:
            return "move-suboperations-failed", Sureness.LIKELY
        case "C-MOVE", status if 0xC000 <= status <= 0xCFFF:
            return "destination-perhaps-unknown", Sureness.LIKELY
        case "C-GET", statuses.UNABLE_TO_SUB_OPERATE:
            return "get-without-storage-context", Sureness.LIKELY
        case "C-FIND", _:
            return "find-failed", Sureness.CERTAIN
        case _:
            return None
