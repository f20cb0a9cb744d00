"""A failed TLS handshake is logged in one line with the reason, and the peer gets the alert for it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable

import pytest
import trustme

from dulcimer.transport.driver import Driver
from dulcimer.transport.listening import listen
from dulcimer.transport.tls_failures import why_not
from dulcimer.wire.codec import encode
from support.associations import RQ

HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(authority: trustme.CA, *, demands: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    authority.issue_cert(HOST).configure_cert(context)
    if demands:
        context.verify_mode = ssl.CERT_REQUIRED
        authority.configure_trust(context)
    return context


def client_context(authority: trustme.CA | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if authority is not None:
        authority.configure_trust(context)
    return context


def in_plain(data: bytes) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        connection.sendall(data)
        connection.recv(1000)

    return talk


def in_tls(context: ssl.SSLContext) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_hostname=HOST) as secured:
            secured.recv(1000)

    return talk


def conversation(tls: ssl.SSLContext, talk: Callable[[socket.socket], None]) -> OSError | None:
    """What happens to a client that connects to a listener with TLS."""

    def never() -> Driver[object]:
        raise AssertionError("the handshake was done")

    def client(port: int) -> OSError | None:
        with socket.create_connection((HOST, port), timeout=10.0) as connection:
            try:
                talk(connection)
            except OSError as error:
                return error
        return None

    async def body() -> OSError | None:
        listener = await listen(never, HOST, 0, tls=tls)
        try:
            error = await asyncio.to_thread(client, listener.sockets[0].getsockname()[1])
            await asyncio.gather(*listener._joining)
            return error
        finally:
            await listener.give_up()

    return asyncio.run(body())


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (encode(RQ), "it sent something that is not TLS; it may be a DICOM peer without TLS"),
        (b"GET / HTTP/1.1\r\n\r\n", "it speaks HTTP without TLS"),
    ],
    ids=["DICOM", "HTTP"],
)
def test_peer_without_tls_is_reported(
    data: bytes, told: str, authority: trustme.CA, caplog: pytest.LogCaptureFixture
) -> None:
    conversation(server_context(authority), in_plain(data))
    (record,) = caplog.records
    assert record.getMessage().startswith("the connection from 127.0.0.1 port ")
    assert told in record.getMessage()


def test_peer_hears_that_it_lacks_a_certificate(authority: trustme.CA, caplog: pytest.LogCaptureFixture) -> None:
    error = conversation(server_context(authority, demands=True), in_tls(client_context(authority)))
    assert isinstance(error, ssl.SSLError)
    assert error.reason == "TLSV13_ALERT_CERTIFICATE_REQUIRED"
    assert "it sent no certificate, and we require one" in caplog.text


def test_peer_hears_that_its_certificate_is_not_accepted(
    authority: trustme.CA, caplog: pytest.LogCaptureFixture
) -> None:
    context = client_context(authority)
    trustme.CA().issue_cert(HOST).configure_cert(context)
    error = conversation(server_context(authority, demands=True), in_tls(context))
    assert isinstance(error, ssl.SSLError)
    assert error.reason == "TLSV1_ALERT_UNKNOWN_CA"
    assert "we do not accept its certificate: " in caplog.text


def test_peer_hears_that_its_version_is_too_old(authority: trustme.CA, caplog: pytest.LogCaptureFixture) -> None:
    context = client_context(authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    error = conversation(server_context(authority), in_tls(context))
    assert isinstance(error, ssl.SSLError)
    assert error.reason == "TLSV1_ALERT_PROTOCOL_VERSION"
    assert "it has no version of TLS in common with us" in caplog.text


def test_peer_that_does_not_accept_our_certificate_is_reported(
    authority: trustme.CA, caplog: pytest.LogCaptureFixture
) -> None:
    assert conversation(server_context(authority), in_tls(client_context(None))) is not None
    assert "it does not accept our certificate (tlsv1 alert unknown ca)" in caplog.text


def test_what_is_not_of_tls_is_left_to_others() -> None:
    assert why_not(ConnectionResetError()) == ""
    assert why_not(ssl.SSLEOFError(8, "something else")) == "the TLS handshake failed: something else"
