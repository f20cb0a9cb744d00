"""The likely cause of a failure in one sentence, and the command to run next, from the data of `dulcimer diagnose`."""

from __future__ import annotations

import errno
import shlex
import socket
from typing import TYPE_CHECKING, Final

from dulcimer._generated import statuses
from dulcimer._generated.codes import AbortSource, RejectReasonPresentation, RejectReasonUser, RejectSource
from dulcimer.cli.failures.exceptions import FinalResponseFailed
from dulcimer.cli.failures.names_in_use import Names
from dulcimer.errors import (
    AssociationAborted,
    AssociationRejected,
    AssociationTimeout,
    ContextNotAccepted,
    TransportError,
)

if TYPE_CHECKING:
    from dulcimer._generated.diagnosis import PossibleCause

CERTAIN, LIKELY, POSSIBLE = "certain", "likely", "possible"
_UNREACHABLE: Final = frozenset((errno.EHOSTUNREACH, errno.ENETUNREACH))
_CONTEXTS = {
    "invalid answer": ("context-answer-invalid", CERTAIN),
    "role": ("role-not-accepted", LIKELY),
    "refused": ("sop-class-refused", POSSIBLE),
}
_OPERATIONS = {"C-FIND": "find", "C-GET": "get", "C-STORE": "store FILE"}


def likely_cause(error: Exception) -> tuple[str, str] | None:
    """The id of the cause, and how sure it is; None if there is no likely one."""
    match error:
        case AssociationRejected():
            return _of_rejection(error)
        case AssociationAborted():
            return _of_abort(error)
        case AssociationTimeout(waited_for="association"):
            return "silent-acceptor", LIKELY
        case AssociationTimeout(waited_for=""):
            return "answer-too-late", CERTAIN
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


def cause_in_words(identifier: str, sure: str, who: Names, **more: str) -> str:
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


def _of_rejection(error: AssociationRejected) -> tuple[str, str]:
    if error.source == RejectSource.UL_SERVICE_USER:
        if error.reason == RejectReasonUser.CALLED_AE_TITLE_NOT_RECOGNIZED:
            return "called-title-unknown", LIKELY
        if error.reason == RejectReasonUser.CALLING_AE_TITLE_NOT_RECOGNIZED:
            return "calling-title-unknown", CERTAIN
    if error.source == RejectSource.SERVICE_PROVIDER_PRESENTATION:
        if error.reason == RejectReasonPresentation.LOCAL_LIMIT_EXCEEDED:
            return "limit-exceeded", CERTAIN
        if error.reason == RejectReasonPresentation.TEMPORARY_CONGESTION:
            return "congestion", CERTAIN
    return "rejected-without-reason", LIKELY


def _of_abort(error: AssociationAborted) -> tuple[str, str] | None:
    if error.speaks:
        return ("plain-to-tls" if error.speaks == "TLS" else "other-protocol"), CERTAIN
    if error.by_this_end:
        return None
    if error.unanswered:
        return "request-aborted", LIKELY
    if error.source is None:
        return "connection-lost", LIKELY
    if error.source == AbortSource.SERVICE_PROVIDER:
        return ("aborted-for-protocol" if error.reason else "aborted-without-reason"), CERTAIN
    return "aborted-by-user", LIKELY


def _of_connection(cause: BaseException | None) -> tuple[str, str] | None:
    if isinstance(cause, ConnectionRefusedError):
        return "connection-refused", CERTAIN
    if isinstance(cause, socket.gaierror):
        return "host-name-unknown", CERTAIN
    if isinstance(cause, TimeoutError):
        return "syn-unanswered", LIKELY
    if isinstance(cause, OSError) and cause.errno in _UNREACHABLE:
        return "host-unreachable", CERTAIN
    return None


def _of_status(error: FinalResponseFailed) -> tuple[str, str] | None:
    match error.service, error.status:
        case "C-MOVE", statuses.MOVE_DESTINATION_UNKNOWN:
            return "destination-not-configured", LIKELY
        case "C-MOVE", statuses.UNABLE_TO_SUB_OPERATE:
            return "move-suboperations-failed", LIKELY
        case "C-MOVE", status if 0xC000 <= status <= 0xCFFF:
            return "destination-perhaps-unknown", LIKELY
        case "C-GET", statuses.UNABLE_TO_SUB_OPERATE:
            return "get-without-storage-context", LIKELY
        case "C-FIND", _:
            return "find-failed", CERTAIN
        case _:
            return None
