"""Why something failed, from the exception and the names in use: the cause first, then what to do next.

Each text follows from the bytes received. If several causes give the same bytes, it names all of them.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace

from dulcimer._generated import codes
from dulcimer._generated.codes import RejectReasonUser, RejectResult, RejectSource
from dulcimer.cli.failures.exceptions import FinalResponseFailed, IdentityNotConfirmed
from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.failures.failure import NO_ROOM, FailureInWords, place_of
from dulcimer.cli.failures.likely_cause import cause_in_words, likely_cause, next_command
from dulcimer.cli.failures.names_in_use import Names
from dulcimer.cli.failures.operations import SERVICE_CLAUSES, operation_advice, operation_headline
from dulcimer.cli.failures.tls import tls_failure, tls_words
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.errors import (
    AssociationAborted,
    AssociationRejected,
    AssociationTimeout,
    ContextNotAccepted,
    DecodeError,
    DIMSEProcessingError,
    EncodeError,
    TransportError,
)

Probe = Callable[[Names], str]
"""Finds what answers at an address with the opposite TLS setting: ``TLS``, ``DICOM``, or ""."""

_WEB_PORT_OF_ORTHANC = 8042
_UNKNOWN_PEER = Names("the peer", 0)


def failure_of(error: Exception, names: Names | None = None, probe: Probe = lambda _: "") -> FailureInWords | None:
    """`error` in words if the peer or the network caused it; None for a fault of our own."""
    failure = _in_words(error, names or _UNKNOWN_PEER, probe)
    return failure if failure is None or names is None else _with_cause(failure, error, names)


def _with_cause(failure: FailureInWords, error: Exception, who: Names) -> FailureInWords:
    """With the likely cause, and the command to run next."""
    found = (failure.cause_id, failure.sure) if failure.cause_id and failure.sure else likely_cause(error)
    if found is None:
        return failure
    more = {}
    if isinstance(error, AssociationAborted) and error.speaks:
        more["protocol"] = error.speaks
    if isinstance(error, AssociationTimeout):
        more = {"seconds": f"{error.seconds:g} s", "sender": "the requestor"}
    if isinstance(error, FinalResponseFailed):
        more["status"] = f"{error.status:04X}H"
    identifier, sure = found
    return replace(
        failure,
        cause_id=identifier,
        sure=sure,
        cause=cause_in_words(identifier, sure, who, **more),
        next_command=next_command(error, who),
    )


def _in_words(error: Exception, who: Names, probe: Probe) -> FailureInWords | None:
    match error:
        case AssociationRejected():
            return _rejected(error, who)
        case AssociationAborted() if error.speaks:
            return _other_protocol(error, who)
        case AssociationAborted():
            return _aborted(error, who, probe)
        case AssociationTimeout():
            return _late(error, who, probe)
        case ContextNotAccepted():
            return _no_context(error)
        case TransportError(in_handshake=True):
            return tls_failure(error, who, probe)
        case TransportError():
            return _unreachable(error, who)
        case FinalResponseFailed():
            return FailureInWords(
                ExitStatus.PEER_FAILED,
                operation_headline(error, who),
                expected="0000H Success",
                came=error.words + (f"; its comment: {error.comment}" if error.comment else ""),
                clause=SERVICE_CLAUSES.get(error.service, "PS3.7 Annex C"),
                advice=operation_advice(error, who),
            )
        case IdentityNotConfirmed():
            return FailureInWords(
                ExitStatus.PEER_FAILED,
                "The peer did not confirm the user identity.",
                expected="a User Identity sub-item in the A-ASSOCIATE-AC PDU",
                came="an A-ASSOCIATE-AC PDU without one: the peer may not support user identity at all",
                clause="PS3.7 D.3.3.7.2",
                advice="check the configuration of the peer; or leave out --expect-identity-response if an unconfirmed "
                "identity is good enough",
            )
        case EncodeError():
            return FailureInWords(
                ExitStatus.USAGE,
                "The values given cannot be sent.",
                expected="values that the standard can encode",
                came=str(error),
                clause=error.clause,
                advice="use another value; -d shows where it came from",
            )
        case DIMSEProcessingError() | DecodeError():
            return FailureInWords(
                ExitStatus.PEER_FAILED,
                "The peer sent something that is not a DICOM message.",
                expected="a message as PS3.7 defines it",
                came=str(error),
                clause=error.clause,
                advice="run it again with -d, which shows the bytes; dulcimer decode explains them",
            )
        case OSError() if error.filename is not None and error.errno not in NO_ROOM:
            return FailureInWords(
                ExitStatus.USAGE,
                f"{place_of(error)} cannot be used: {error.strerror or error}.",
                expected="a file or directory that can be read and written",
                came=error.strerror or str(error),
                advice="use another name, or change the permissions",
            )
        case _:
            return None


# No association


def _rejected(error: AssociationRejected, who: Names) -> FailureInWords:
    headline, advice = _rejection(error, who)
    return FailureInWords(
        ExitStatus.PEER_FAILED,
        headline,
        expected="an A-ASSOCIATE-AC PDU",
        came="an A-ASSOCIATE-RJ PDU: " + codes.describe_rejection(error.result, error.source, error.reason),
        clause="PS3.8 9.3.4",
        advice=advice,
    )


def _rejection(error: AssociationRejected, who: Names) -> tuple[str, str]:
    if error.source == RejectSource.UL_SERVICE_USER:
        if error.reason == RejectReasonUser.CALLED_AE_TITLE_NOT_RECOGNIZED:
            return (
                f"The peer rejected the association: it is not called {who.them}, or it does not know us as {who.us}.",
                "use -aec with the AE title configured in the peer. If it is that one already, use -aet with an "
                f"AE title that the peer knows, or add {who.calling} there: some peers, such as dcmqrscp, give this "
                "reason also when they do not know the calling AE title",
            )
        if error.reason == RejectReasonUser.CALLING_AE_TITLE_NOT_RECOGNIZED:
            return (
                f"The peer rejected the association: it does not know us as {who.us}.",
                f"use -aet with an AE title that the peer knows; or add {who.calling}, and the address of this "
                "machine, to the configuration of the peer",
            )
        if error.reason == RejectReasonUser.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED:
            return (
                "The peer rejected the association: it does not support the application context of DICOM.",
                "use another port, as this server is not for DICOM; or see its log",
            )
    busy = error.source == RejectSource.SERVICE_PROVIDER_PRESENTATION
    if busy and error.result == RejectResult.REJECTED_TRANSIENT:
        return (
            "The peer rejected the association for now: it is busy, or at its limit of associations.",
            "try again later; or close other associations with it, or raise the limit in its configuration",
        )
    user = (
        "check that the peer knows the user and the password (--user); it may also refuse any user. "
        if who.identity
        else "check whether the peer requires a user (--user), TLS (--tls) or certain AE titles (-aec, -aet). "
    )
    if error.result == RejectResult.REJECTED_TRANSIENT:
        return "The peer rejected the association for now.", f"try again later; {user}Its log may say more"
    return "The peer rejected the association and does not say why.", f"{user}Its log may say more"


def _unreachable(error: TransportError, who: Names) -> FailureInWords:
    cause = error.__cause__
    headline, advice = f"Could not connect to {who.where}.", "check host and port, and for a firewall in between"
    if isinstance(cause, ConnectionRefusedError):
        headline = f"{who.where} refuses connections: nothing listens there."
        advice = "check that the peer is running, and on which port; usual are 104 and 11112, for Orthanc 4242"
    elif isinstance(cause, socket.gaierror):
        headline = f"{who.host} is not a known host name."
        advice = "check the name, or use the IP address"
    elif isinstance(cause, TimeoutError):
        headline = f"{who.where} does not answer: the TCP connection timed out."
        advice = "check the address, that the machine is on, and for a firewall in between; -to waits longer"
    return FailureInWords(
        ExitStatus.UNREACHABLE,
        headline,
        expected="a TCP connection",
        came=str(error),
        clause="PS3.8 9.1",
        advice=advice,
    )


def _no_context(error: ContextNotAccepted) -> FailureInWords:
    text = str(error)
    if error.why == "invalid answer":
        headline = "The peer's answer to our presentation contexts breaks the standard, so they cannot be used."
        advice = "tell the maker of the peer: dulcimer check shows the fault with its bytes. -v shows the negotiation"
    elif error.why == "not proposed":
        headline = "We did not propose the presentation context that is needed."
        advice = "see the options that propose SOP classes and transfer syntaxes; -v shows what was proposed"
    elif error.why == "role":
        headline = "The peer accepted the SOP class, but not in the role that we need."
        advice = "check the configuration of the peer; -v shows the roles"
    else:
        headline = "The peer accepted the association, but none of the presentation contexts we need."
        advice = "check which SOP classes and transfer syntaxes the peer is configured to accept; -v shows the "
        advice += "whole negotiation"
    return FailureInWords(
        ExitStatus.PEER_FAILED,
        headline,
        expected="an accepted presentation context",
        came=text,
        clause="PS3.8 9.3.3.2",
        advice=advice,
    )


def _other_protocol(error: AssociationAborted, who: Names) -> FailureInWords:
    what = {
        "HTTP": f"{who.where} is a web server: it answered in HTTP, not in DICOM.",
        "TLS": f"{who.where} speaks TLS, but we spoke plain DICOM.",
        "SSH": f"{who.where} is an SSH server: it does not speak DICOM.",
    }
    advice = "use another port: this is not the DICOM port of the machine; 104 and 11112 are usual"
    if error.speaks == "TLS":
        advice = "use --tls, with --tls-ca for the certificate of the authority that signed the peer's"
    elif error.speaks == "HTTP" and who.port == _WEB_PORT_OF_ORTHANC:
        advice = "use another port: 8042 is the web interface of Orthanc, its DICOM port is 4242 by default"
    elif error.speaks == "HTTP":
        advice += ". dulcimer does not speak DICOMweb"
    return FailureInWords(
        ExitStatus.PEER_FAILED,
        what.get(error.speaks, f"{who.where} speaks {error.speaks}, not DICOM."),
        expected="DICOM PDUs, which begin with 01H to 07H",
        came=str(error).removeprefix("aborted: "),
        clause="PS3.8 9.3.1",
        advice=advice,
    )


# An association that ended early


def _aborted(error: AssociationAborted, who: Names, probe: Probe) -> FailureInWords:
    if error.source is None:
        return _lost(error, who, probe)
    if error.by_this_end:
        return FailureInWords(
            ExitStatus.PEER_FAILED,
            "We aborted the association: the peer broke the protocol."
            if error.reason is not None and "broke the protocol" in str(error)
            else "We aborted the association.",
            expected="PDUs and messages as the standard defines them",
            came=str(error).removeprefix("aborted: "),
            clause="PS3.8 Table 9-10" if error.reason else "",
            advice="run it again with -d, which shows the bytes; dulcimer decode explains them. Is it a DICOM server, "
            "and is the port right?",
        )
    advice = "see the log of the peer; -v shows what was negotiated, -d the bytes that we sent before"
    if not error.unanswered:
        advice += f". Some peers, such as Orthanc, abort when {who.us} is not allowed to make the request"
    return FailureInWords(
        ExitStatus.PEER_FAILED,
        "The peer aborted instead of answering the association request."
        if error.unanswered
        else "The peer aborted the association that it had accepted.",
        expected="an answer from the peer",
        came="an A-ABORT PDU: " + codes.describe_abort(error.source, error.reason or 0),
        clause="PS3.8 9.3.8",
        advice=advice,
    )


def _lost(error: AssociationAborted, who: Names, probe: Probe) -> FailureInWords:
    cause = error.__cause__
    if who.tls and tls_words(cause):
        return tls_failure(error, who, probe)
    failure = FailureInWords(
        ExitStatus.PEER_DIED,
        "The peer closed the connection in the middle of the association.",
        expected="an answer from the peer",
        came=str(error),
        clause="PS3.8 9.2.3, event Evt17",
        advice="see the log of the peer: did it crash?",
    )
    if not error.unanswered:
        return failure
    cause_id = "tls-not-agreed" if who.tls else ""
    if who.tls and not who.certificate:
        headline = "The peer closed the connection right after the TLS handshake: it may require a certificate from us."
        advice = "use --tls-cert and --tls-key with a certificate that the peer accepts; or see the log of the peer"
    elif who.tls:
        headline = "The peer closed the connection right after the TLS handshake: it may not accept our certificate."
        advice = "see the log of the peer; use --tls-cert with a certificate of an authority that the peer trusts"
    elif probe(who) == "TLS":
        cause_id = "plain-to-tls"
        headline = f"{who.where} speaks TLS, but we spoke plain DICOM: it closed the connection."
        advice = "use --tls, with --tls-ca for the certificate of the authority that signed the peer's"
    else:
        headline = "The peer closed the connection before it answered."
        advice = (
            "see the log of the peer. Some peers close the connection on hosts or AE titles they do not know "
            f"({who.called}, {who.calling}); others have crashed, or are not DICOM servers"
        )
    return FailureInWords(
        failure.status,
        headline,
        expected=failure.expected,
        came=str(error),
        clause=failure.clause,
        advice=advice,
        cause_id=cause_id,
        sure=Sureness.LIKELY,
    )


def _late(error: AssociationTimeout, who: Names, probe: Probe) -> FailureInWords:
    text = str(error)
    headline = f"The peer did not answer in time: {text}."
    advice, cause_id = "use a longer timeout (-td), or see the log of the peer", ""
    if error.waited_for == "association":
        if not who.tls and probe(who) == "TLS":
            cause_id = "plain-to-tls"
            headline = f"{who.where} speaks TLS, but we spoke plain DICOM: it does not answer."
            advice = "use --tls, with --tls-ca for the certificate of the authority that signed the peer's"
        else:
            headline = f"{who.where} accepted the connection, but did not answer the association request in time."
            advice = "check that this is a DICOM port, and that the peer does not hang; -ta waits longer" + (
                "" if who.tls else ". The peer may also expect TLS (--tls)"
            )
    elif error.waited_for in ("release", "close"):
        advice = "see the log of the peer. The operations before this were completed; -ta waits longer"
    elif error.waited_for == "cancel":
        advice = "see the log of the peer; the association was aborted"
    return FailureInWords(
        ExitStatus.PEER_FAILED,
        headline,
        expected=f"an answer within {error.seconds:g} s",
        came=text,
        clause="PS3.8 9.1.4",
        advice=advice,
        cause_id=cause_id,
        sure=Sureness.CERTAIN,
    )
