"""A failed command tells the likely cause in the sentence of `diagnose`, and the command to run next."""

from __future__ import annotations

import errno
import socket

import pytest

from dulcimer._generated.diagnosis import QUESTIONS
from dulcimer.cli.failures.diagnosis import failure_of
from dulcimer.cli.failures.exceptions import FinalResponseFailed
from dulcimer.cli.failures.names_in_use import Names
from dulcimer.errors import (
    AssociationAborted,
    AssociationRejected,
    AssociationTimeout,
    ContextNotAccepted,
    DulcimerError,
    EncodeError,
    TransportError,
)

CAUSES = {cause.id for question in QUESTIONS for cause in question.causes}
WHO = Names("pacs", 104, called="ARCHIVE", calling="US", destination="VIEWER")


def caused_by(error: DulcimerError, cause: Exception) -> DulcimerError:
    error.__cause__ = cause
    return error


CASES: dict[str, DulcimerError] = {
    "called-title-unknown": AssociationRejected("", result=1, source=1, reason=7),
    "calling-title-unknown": AssociationRejected("", result=1, source=1, reason=3),
    "limit-exceeded": AssociationRejected("", result=2, source=3, reason=2),
    "congestion": AssociationRejected("", result=2, source=3, reason=1),
    "rejected-without-reason": AssociationRejected("", result=1, source=1, reason=1),
    "other-protocol": AssociationAborted("", speaks="HTTP"),
    "plain-to-tls": AssociationAborted("", speaks="TLS"),
    "request-aborted": AssociationAborted("", source=0, reason=0, unanswered=True),
    "connection-lost": AssociationAborted(""),
    "aborted-by-user": AssociationAborted("", source=0, reason=0),
    "aborted-for-protocol": AssociationAborted("", source=2, reason=2),
    "aborted-without-reason": AssociationAborted("", source=2, reason=0),
    "silent-acceptor": AssociationTimeout("", seconds=30, waited_for="association"),
    "answer-too-late": AssociationTimeout("", seconds=30),
    "context-answer-invalid": ContextNotAccepted("", why="invalid answer"),
    "sop-class-refused": ContextNotAccepted("", why="refused"),
    "role-not-accepted": ContextNotAccepted("", why="role"),
    "connection-refused": caused_by(TransportError(""), ConnectionRefusedError()),
    "host-name-unknown": caused_by(TransportError(""), socket.gaierror()),
    "host-unreachable": caused_by(TransportError(""), OSError(errno.EHOSTUNREACH, "")),
    "syn-unanswered": caused_by(TransportError(""), TimeoutError()),
    "destination-not-configured": FinalResponseFailed("C-MOVE", 0xA801, "unknown"),
    "move-suboperations-failed": FinalResponseFailed("C-MOVE", 0xA702, "unable"),
    "destination-perhaps-unknown": FinalResponseFailed("C-MOVE", 0xC000, "unable"),
    "get-without-storage-context": FinalResponseFailed("C-GET", 0xA702, "unable"),
    "find-failed": FinalResponseFailed("C-FIND", 0xA900, "does not match"),
}


@pytest.mark.parametrize("cause", CASES)
def test_failure_tells_its_cause_and_the_next_command(cause: str) -> None:
    failure = failure_of(CASES[cause], WHO)
    assert failure is not None and failure.cause_id == cause
    assert cause in CAUSES
    assert "{" not in failure.cause
    assert failure.next_command.startswith("dulcimer diagnose pacs 104 ")
    text = failure.as_text(WHO)
    assert f"  next      {failure.next_command}" in text
    assert max(map(len, text.splitlines())) <= 98


def test_next_command_is_that_of_the_operation_with_the_names_in_use() -> None:
    moved = failure_of(CASES["destination-not-configured"], WHO)
    rejected = failure_of(CASES["limit-exceeded"], Names("pacs", 104, tls=True))
    assert moved and moved.next_command == "dulcimer diagnose pacs 104 move --to VIEWER -aec ARCHIVE -aet US"
    assert rejected and rejected.next_command == "dulcimer diagnose pacs 104, with the TLS options"


def test_cause_has_the_names_in_use_and_says_how_sure_it_is() -> None:
    failure = failure_of(CASES["calling-title-unknown"], WHO)
    assert failure
    assert failure.cause == "The acceptor does not know the calling AE title US, or not from this address (certain)"


def test_peer_that_hung_up_and_speaks_tls_is_told_so() -> None:
    failure = failure_of(AssociationAborted("", unanswered=True), WHO, lambda _: "TLS")
    assert failure and failure.cause_id == "plain-to-tls"


def test_failure_of_our_own_values_has_no_cause_in_the_network() -> None:
    failure = failure_of(EncodeError("too long", path="called_ae_title", clause="PS3.8 9.3.2"), WHO)
    assert failure and not failure.cause and not failure.next_command
