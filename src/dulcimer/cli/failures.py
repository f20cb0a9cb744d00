"""What a command says and which exit status it has when something failed.

A message says what was expected, what came instead, where the standard speaks of it, and what to do next.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import textwrap
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from dulcimer import __version__
from dulcimer.errors import (
    AssociationAborted,
    AssociationRejected,
    AssociationTimeout,
    ContextNotAccepted,
    DecodeError,
    DIMSEProcessingError,
    DulcimerError,
    TransportError,
)


class ExitStatus(IntEnum):
    """How a command ended."""

    meaning: str

    DONE = 0, "done as asked"
    PEER_FAILED = 1, "the peer failed or answered otherwise"
    USAGE = 2, "usage"
    UNREACHABLE = 3, "peer not reachable"
    PEER_DIED = 4, "the peer died"
    OWN_FAULT = 5, "a fault of dulcimer"
    INTERRUPTED = 130, "interrupted"

    def __new__(cls, value: int, meaning: str) -> ExitStatus:
        """A member with this status and its meaning."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member


class IdentityNotConfirmed(DulcimerError):
    """The peer accepted the association without a word about the user identity."""


class OperationFailed(DulcimerError):
    """The final response to an operation says that it failed.

    Attributes: `service` such as "C-FIND", `status`, `words` for it, `comment` of the peer ("" if it makes none).
    """

    def __init__(self, service: str, status: int, words: str, comment: str = "") -> None:
        self.service = service
        self.status = status
        self.words = words
        self.comment = comment
        super().__init__(f"{service}: {words}" + (f" ({comment})" if comment else ""))


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure in words, each of which may be empty."""

    status: ExitStatus
    headline: str
    expected: str = ""
    came: str = ""
    clause: str = ""
    advice: str = ""

    def as_text(self) -> str:
        """The headline, and under it one line for each part that is known."""
        parts = {"expected": self.expected, "came": self.came, "clause": self.clause, "try": self.advice}
        lines = textwrap.wrap(self.headline, 98)
        for label, text in parts.items():
            if text:
                indent = " " * 12
                lines += textwrap.wrap(text, 98, initial_indent=f"  {label:<10}", subsequent_indent=indent)
        return "\n".join(lines)

    def as_json(self) -> dict[str, object]:
        """The parts that are known, for `--json`."""
        parts = {
            "headline": self.headline,
            "expected": self.expected,
            "came": self.came,
            "clause": self.clause,
            "advice": self.advice,
        }
        return {"status": int(self.status), **{name: text for name, text in parts.items() if text}}


def failure_of(error: Exception) -> Failure | None:
    """`error` in words if the peer or the network brought it about; None for a fault of our own."""
    match error:
        case AssociationRejected():
            return _rejected(error)
        case AssociationAborted():
            return _aborted(error)
        case AssociationTimeout():
            return Failure(
                ExitStatus.PEER_FAILED,
                "The peer did not answer in time.",
                expected=f"an answer within {error.seconds:g} s",
                came=str(error),
                advice="a longer timeout (-ta for association and release, -td for a response); or the peer is not "
                "a DICOM server, or waits for TLS (--tls)",
            )
        case ContextNotAccepted():
            return Failure(
                ExitStatus.PEER_FAILED,
                "The peer accepted the association, but not what we need of it.",
                expected="an accepted presentation context",
                came=str(error),
                clause="PS3.8 9.3.3.2",
                advice="the configuration of the peer: which SOP classes and transfer syntaxes does it take?",
            )
        case TransportError() if _is_tls(error):
            return Failure(
                ExitStatus.UNREACHABLE,
                "No TLS connection to the peer came about.",
                expected="a TLS handshake in which both sides take the certificate of the other",
                came=str(error),
                clause="PS3.15 B.12",
                advice=_tls_advice(error),
            )
        case TransportError():
            return Failure(
                ExitStatus.UNREACHABLE,
                "The peer cannot be reached.",
                expected="a TCP connection",
                came=str(error),
                clause="PS3.8 9.1",
                advice="host and port, and whether a firewall stands between",
            )
        case OperationFailed():
            return Failure(
                ExitStatus.PEER_FAILED,
                f"The peer did not do what {error.service} asks for.",
                expected="0000H Success",
                came=error.words + (f"; it says: {error.comment}" if error.comment else ""),
                clause=_SERVICE_CLAUSES.get(error.service, ""),
                advice=_operation_advice(error),
            )
        case IdentityNotConfirmed():
            return Failure(
                ExitStatus.PEER_FAILED,
                "The peer did not confirm the user identity.",
                expected="a User Identity sub-item in the A-ASSOCIATE-AC PDU",
                came="an A-ASSOCIATE-AC PDU without it: the peer may know nothing of user identities",
                clause="PS3.7 D.3.3.7.2",
                advice="the configuration of the peer; or without --expect-identity-response, if that is good enough",
            )
        case DIMSEProcessingError() | DecodeError():
            return Failure(
                ExitStatus.PEER_FAILED,
                "The peer sent what is no DICOM message.",
                expected="a message as PS3.7 has it",
                came=str(error),
                clause=error.clause,
                advice="-d, which shows the bytes, and dulcimer decode",
            )
        case OSError() if error.filename is not None and error.errno not in _NO_ROOM:
            return Failure(
                ExitStatus.USAGE,
                f"{_place(error)} cannot be used.",
                expected="a file or directory that can be read and written",
                came=error.strerror or str(error),
                advice="another name, or other permissions",
            )
        case _:
            return None


_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_SERVICE_CLAUSES = {"C-FIND": "PS3.4 C.4.1.1.4", "C-GET": "PS3.4 C.4.3.1.4", "C-MOVE": "PS3.4 C.4.2.1.5"}


def _operation_advice(error: OperationFailed) -> str:
    match error.status:
        case 0xA801:
            return "-aem with an AE title that the peer is configured to send to; it needs a host and a port for it"
        case 0xA702 if error.service == "C-GET":
            return "--sop-class with the SOP classes of the instances, -xa if they are compressed; or dulcimer move"
        case 0xA702:
            return "whether the peer can reach the destination, and whether that runs and takes these instances"
        case 0x0122:
            return "another information model: -P, -S, -O"
        case 0xA900:
            return "other keys: the peer finds that they do not fit the level or the information model"
        case status if 0xC000 <= status <= 0xCFFF:
            return "the log of the peer; a missing or wrong unique key of a level above is a usual reason"
        case _:
            return "the log of the peer; it may say more"


def _tls_advice(error: TransportError) -> str:
    if "does the peer speak TLS" in str(error):
        return "without TLS options, if the peer speaks none; or the port on which it does"
    return (
        "--tls-ca with the certificate of the authority that signed the peer's; --tls-name if it is made out to "
        "another name than HOST; --tls-cert with ours if the peer wants one"
    )


def _is_tls(error: TransportError) -> bool:
    cause = error.__cause__
    by_ssl = any(kind.__module__ == "ssl" for kind in type(cause).__mro__)  # without loading ssl to ask
    return by_ssl or "TLS handshake" in str(error)


def _rejected(error: AssociationRejected) -> Failure:
    from dulcimer._generated import codes

    return Failure(
        ExitStatus.PEER_FAILED,
        "The peer rejected the association.",
        expected="an A-ASSOCIATE-AC PDU",
        came="an A-ASSOCIATE-RJ PDU: " + codes.describe_rejection(error.result, error.source, error.reason),
        clause="PS3.8 9.3.4",
        advice=_rejection_advice(error),
    )


def _rejection_advice(error: AssociationRejected) -> str:
    from dulcimer._generated.codes import RejectReasonUser, RejectResult, RejectSource

    if error.source == RejectSource.UL_SERVICE_USER:
        if error.reason == RejectReasonUser.CALLED_AE_TITLE_NOT_RECOGNIZED:
            return "-aec with the AE title that the peer is configured to have"
        if error.reason == RejectReasonUser.CALLING_AE_TITLE_NOT_RECOGNIZED:
            return "-aet with an AE title that the peer knows, or make ours known to it"
    if error.source == RejectSource.SERVICE_PROVIDER_PRESENTATION and error.result == RejectResult.REJECTED_TRANSIENT:
        return "again later: the peer is busy"
    return (
        "again later, or the log of the peer; a user that it does not know (--user) is often turned down so"
        if error.result == RejectResult.REJECTED_TRANSIENT
        else "the log of the peer; it may say more"
    )


def _aborted(error: AssociationAborted) -> Failure:
    from dulcimer._generated import codes

    if error.source is None:
        return Failure(
            ExitStatus.PEER_DIED,
            "The connection was lost in the middle.",
            expected="an answer of the peer",
            came=str(error),
            clause="PS3.8 9.2.3, event Evt17",
            advice="the log of the peer: did it crash? Some peers close the connection on hosts they do not know, or "
            "when TLS is wanted and not used, or the other way round (--tls)",
        )
    if error.by_this_end:
        return Failure(
            ExitStatus.PEER_FAILED,
            "We aborted the association.",
            expected="PDUs and messages as the standard has them",
            came=str(error).removeprefix("aborted: "),
            clause="PS3.8 Table 9-10" if error.reason else "",
            advice="host and port: is it a DICOM server, and without TLS (--tls)? -d shows the bytes that came, "
            "dulcimer decode says what they mean",
        )
    return Failure(
        ExitStatus.PEER_FAILED,
        "The peer aborted the association.",
        expected="an answer of the peer",
        came="an A-ABORT PDU: " + codes.describe_abort(error.source, error.reason or 0),
        clause="PS3.8 9.3.8",
        advice="the log of the peer; -d shows what we sent before",
    )


def report(error: Exception, options: Mapping[str, Any]) -> ExitStatus:
    """Print `error` in words (as JSON where the options of the command ask for it) and say the exit status."""
    failure = failure_of(error)
    status = ExitStatus.OWN_FAULT if failure is None else failure.status
    with contextlib.suppress(OSError):  # where standard error cannot be written, the status still tells
        if options.get("debug"):
            traceback.print_exception(error)
        if failure is None:
            print(_own_fault(error), file=sys.stderr)
        elif options.get("json_output") is True:
            import json

            print(json.dumps({"error": failure.as_json()}))
        else:
            print(failure.as_text(), file=sys.stderr)
        sys.stderr.flush()
    return status


def _place(error: OSError) -> str:
    name = error.filename
    return os.fsdecode(name) if isinstance(name, str | bytes) else "The output"


def _own_fault(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return f"{_place(error)} cannot be written: {error.strerror}. Make room, and try again."
    text = (
        f"This is a fault of dulcimer {__version__} and not of the peer: {type(error).__name__}: {error}. Please "
        "report it where the README says, with the command line and what it prints with -d."
    )
    return textwrap.fill(text, 98)
