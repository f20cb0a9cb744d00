"""Why TLS failed: whose certificate, which version, or no TLS at the other end at all (PS3.15 B.12)."""

from __future__ import annotations

from collections.abc import Callable

from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.failures.failure import FailureInWords
from dulcimer.cli.failures.names_in_use import Names
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.errors import DulcimerError

# A part of OpenSSL's names of reasons each: before it come TLSV1_ALERT_, SSLV3_ALERT_ and so on, by its version.
_NO_TLS_THERE = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "UNEXPECTED_EOF_WHILE_READING", "HTTP_REQUEST")
_OURS_UNTRUSTED = ("UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_UNKNOWN", "CERTIFICATE_EXPIRED", "UNSUPPORTED_CERT")
_VERSIONS = ("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "NO_PROTOCOLS_AVAILABLE")

# Results of OpenSSL's verification of a certificate, X509_V_ERR_...
_OUT_OF_DATE = (9, 10)
"""It is not valid yet, or has expired."""
_OF_ANOTHER = (62, 64)
"""It is for another host name, or another IP address."""


def tls_words(cause: BaseException | None) -> str:
    """The reason from OpenSSL, such as ``TLSV1_ALERT_UNKNOWN_CA``; "" if it is not a TLS error."""
    by_ssl = any(kind.__module__ == "ssl" for kind in type(cause).__mro__)  # without importing ssl
    return (str(getattr(cause, "reason", None) or "") or str(cause)) if by_ssl else ""


def tls_failure(error: DulcimerError, who: Names, probe: Callable[[Names], str]) -> FailureInWords:
    """The failure of a TLS handshake, or of TLS after it, in words."""
    cause = error.__cause__
    untrusted, alerted = _of_certificate(cause, who), _of_alert(tls_words(cause), who)
    headline, advice = untrusted or alerted or _of_peer(cause, who, probe)
    trust = untrusted or any(word in tls_words(cause) for word in _OURS_UNTRUSTED)
    cause_id = "certificate-not-trusted" if trust else "tls-not-agreed" if alerted else _cause_of_peer(headline)
    return FailureInWords(
        ExitStatus.UNREACHABLE,
        headline,
        expected="a TLS handshake in which each side accepts the other's certificate",
        came=str(error),
        clause="PS3.15 B.12",
        advice=advice,
        cause_id=cause_id,
        sure=Sureness.CERTAIN if untrusted else Sureness.LIKELY,
    )


def _cause_of_peer(headline: str) -> str:
    """The cause where TLS itself says nothing."""
    plain = "speaks plain DICOM" in headline or "did not answer the TLS handshake" in headline
    return "tls-to-plain" if plain else "other-protocol" if "neither TLS nor DICOM" in headline else "tls-not-agreed"


def _of_certificate(cause: BaseException | None, who: Names) -> tuple[str, str] | None:
    problem = str(getattr(cause, "verify_message", "") or "")
    if not problem:
        return None
    code = getattr(cause, "verify_code", None)
    if code in _OUT_OF_DATE:
        return (
            f"We do not accept the peer's certificate: {problem}.",
            "give the peer a new certificate; or, if it should be valid, check the clocks of both machines",
        )
    if code in _OF_ANOTHER:
        return (
            f"We do not accept the peer's certificate: it is for another name than {who.host}.",
            "use --tls-name with the name in the certificate, or that name as HOST",
        )
    return (
        f"We do not accept the peer's certificate: {problem}.",
        "use --tls-ca with the certificate of the authority that signed the peer's, or with the peer's own if it is "
        "self-signed",
    )


def _of_alert(reason: str, who: Names) -> tuple[str, str] | None:
    if "CERTIFICATE_REQUIRED" in reason or ("HANDSHAKE_FAILURE" in reason and not who.certificate):
        sure = "CERTIFICATE_REQUIRED" in reason
        return (
            "The peer requires a certificate from us, and we sent none."
            if sure
            else "The peer ended the TLS handshake: it may require a certificate, or support none of our ciphers.",
            "use --tls-cert and --tls-key with a certificate that the peer accepts"
            + ("" if sure else "; or see the log of the peer"),
        )
    if any(word in reason for word in _OURS_UNTRUSTED):
        which = "our certificate" if who.certificate else "a certificate"
        return (
            f"The peer does not accept {which} (TLS alert: {_plain(reason)}).",
            "use --tls-cert with a certificate of an authority that the peer trusts; or add ours to the peer",
        )
    if any(word in reason for word in _VERSIONS):
        return (
            f"The peer and we support no common version of TLS ({_plain(reason)}).",
            "leave out --tls-min; TLS 1.2 is the oldest that we speak (RFC 8996), so the peer may need an update",
        )
    return None


def _of_peer(cause: BaseException | None, who: Names, probe: Callable[[Names], str]) -> tuple[str, str]:
    """The failure if the answer was not TLS, or a reset, or missing."""
    there = probe(who)
    if there == "DICOM":
        return (
            f"{who.where} speaks plain DICOM, but we spoke TLS.",
            "leave out the TLS options; or use the port on which the peer speaks TLS",
        )
    if there == "TLS":
        return (
            f"{who.where} speaks TLS, but ended our handshake without a reason: there may be no common version of "
            "TLS, or no common cipher.",
            "leave out --tls-min; use --tls-cert if the peer requires a certificate; or see the log of the peer",
        )
    if there:
        return f"{who.where} speaks {there}, neither TLS nor DICOM.", "use another port: this is not the DICOM port"
    reason = tls_words(cause)
    if any(word in reason for word in _NO_TLS_THERE) or isinstance(cause, ConnectionError | TimeoutError):
        return (
            f"{who.where} accepted the TCP connection, but did not answer the TLS handshake with TLS.",
            "check whether the peer speaks TLS on this port, and which version; if not, leave out the TLS options",
        )
    return (
        f"The TLS handshake with {who.where} failed{f': {_plain(reason)}' if reason else ''}.",
        "see the log of the peer; check --tls-min, --tls-ca, --tls-cert, and that the peer speaks TLS here",
    )


def _plain(reason: str) -> str:
    return reason.replace("_", " ").lower()
