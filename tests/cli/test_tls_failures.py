"""Why TLS failed is taken from the values of OpenSSL, not from the words of a message."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import Any

import pytest
import trustme

from dulcimer.cli.failures.diagnosis import failure_of
from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.failures.names_in_use import Names
from dulcimer.errors import TransportError

PAST = datetime(2001, 1, 1, tzinfo=UTC)
FUTURE = datetime(2199, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def refusal(
    authority: trustme.CA, host: str, identity: str, *, trusted: bool = True, **validity: Any
) -> ssl.SSLCertVerificationError:
    """The error of a client that connects to `host` and gets a certificate for `identity`."""
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert(identity, **validity).configure_cert(server)
    if trusted:
        authority.configure_trust(client)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(to_client, to_server, server_hostname=host)
    there = server.wrap_bio(to_server, to_client, server_side=True)
    for end in (here, there):
        with pytest.raises(ssl.SSLWantReadError):
            end.do_handshake()
    with pytest.raises(ssl.SSLCertVerificationError) as found:
        here.do_handshake()
    return found.value


@pytest.mark.parametrize(
    ("host", "identity", "more", "advice"),
    [
        ("localhost", "localhost", {"not_before": PAST, "not_after": PAST}, "give the peer a new certificate"),
        ("localhost", "localhost", {"not_before": FUTURE, "not_after": FUTURE}, "check the clocks of both machines"),
        ("localhost", "elsewhere.example", {}, "use --tls-name"),
        ("127.0.0.1", "127.0.0.2", {}, "use --tls-name"),
        ("localhost", "localhost", {"trusted": False}, "use --tls-ca"),
    ],
    ids=["expired", "not valid yet", "another name", "another address", "untrusted"],
)
def test_certificate_is_refused_for_the_reason_in_its_code(
    authority: trustme.CA, host: str, identity: str, more: dict[str, Any], advice: str
) -> None:
    cause = refusal(authority, host, identity, **more)
    cause.verify_message = "in other words"
    error = TransportError("it failed", in_handshake=True)
    error.__cause__ = cause
    failure = failure_of(error, Names(host, 104, tls=True))
    assert failure is not None
    assert failure.status == ExitStatus.UNREACHABLE
    assert advice in failure.advice


@pytest.mark.parametrize("in_handshake", [False, True])
def test_handshake_that_failed_is_known_without_its_words(in_handshake: bool) -> None:
    failure = failure_of(TransportError("TLS handshake" * (not in_handshake), in_handshake=in_handshake))
    assert failure is not None
    assert failure.clause == ("PS3.15 B.12" if in_handshake else "PS3.8 9.1")
