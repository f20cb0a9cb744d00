"""`dulcimer check` over TLS, in both roles, and what can be seen of an end below and inside TLS."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from dulcimer.conformance.model.trace import Kind
from dulcimer.conformance.wire_peer.connection import Connection
from dulcimer.conformance.wire_peer.tls import TlsSettings
from dulcimer.wire.codec import encode
from dulcimer.wire.model import ReleaseRp, ReleaseRq
from support.conformance.checking import FAILED, NEVER_HEALTHY, OK, QUICK, USAGE, check, report_of, serving
from support.conformance.scripted_peer import ScriptedPeer
from support.peers.processes import DULCIMER

HOST = "127.0.0.1"


@dataclass
class Certificates:
    ca: Path
    server: Path
    authority: trustme.CA

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server)
        return context

    def client_settings(self) -> TlsSettings:
        context = ssl.create_default_context(cafile=self.ca)
        return TlsSettings(context, HOST)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    place = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(place / "ca.pem")
    authority.issue_cert(HOST, "localhost").private_key_and_cert_chain_pem.write_to_path(place / "server.pem")
    return Certificates(place / "ca.pem", place / "server.pem", authority)


# ---------------------------------------------------------------------- the command


def test_server_is_checked_over_tls_as_without_it(certificates: Certificates, tmp_path: Path) -> None:
    common = (*QUICK, "-k", "ul.fsm.acc.sta0[236].*", "-k", "enc.version", "-k", "dimse.echo")
    with serving(ScriptedPeer()) as port:
        plain = report_of(tmp_path / "plain.json", HOST, port, *common)
    with serving(ScriptedPeer(tls=certificates.server_context())) as port:
        secured = report_of(tmp_path / "secured.json", HOST, port, *common, "--tls-ca", certificates.ca)
    assert (plain["run"]["tls"], secured["run"]["tls"]) == (False, True)
    assert any("TLSv1" in entry["pdu"] for case in secured["cases"] for entry in case["trace"])
    left_early = {"UNOBSERVABLE", "OK"}  # which of two ends is quicker is not what TLS is asked about
    for before, after in zip(plain["cases"], secured["cases"], strict=True):
        found = {before["verdict"], after["verdict"]}
        assert len(found) == 1 or found == left_early, (before["id"], before["observed"], after["observed"])


def test_fault_is_found_over_tls(certificates: Certificates) -> None:
    with serving(ScriptedPeer("rejects-version-3", tls=certificates.server_context())) as port:
        result = check(HOST, port, *QUICK, "--case", "enc.version.0003", "--tls-ca", certificates.ca)
    assert result.exit_code == FAILED, result.output
    assert "A-ASSOCIATE-RJ(1,2,2)" in result.output


def test_server_without_tls_is_never_healthy_and_the_reason_is_said(certificates: Certificates) -> None:
    with serving(ScriptedPeer()) as port:
        result = check(HOST, port, *QUICK, "--case", "enc.version.0003", "--tls-ca", certificates.ca)
    assert result.exit_code == NEVER_HEALTHY, result.output


def test_certificate_of_somebody_else_is_refused_unless_that_is_asked_for(certificates: Certificates) -> None:
    with serving(ScriptedPeer(tls=certificates.server_context())) as port:
        common = (HOST, port, *QUICK, "--case", "enc.version.0003")
        refused = check(*common, "--tls")
        assert refused.exit_code == NEVER_HEALTHY
        assert "certificate" in refused.output.lower()
        assert check(*common, "--tls-insecure").exit_code == OK


def test_name_in_the_certificate_is_compared(certificates: Certificates) -> None:
    with serving(ScriptedPeer(tls=certificates.server_context())) as port:
        common = (HOST, port, *QUICK, "--case", "enc.version.0003", "--tls-ca", certificates.ca)
        assert check(*common, "--tls-name", "localhost").exit_code == OK
        assert check(*common, "--tls-name", "elsewhere.example").exit_code == NEVER_HEALTHY


def test_command_is_checked_over_tls(certificates: Certificates, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = (DULCIMER, "echo", "--tls-ca", certificates.ca, "-aec", "{aet}", "{host}", "{port}")
    chosen = ("--case", "enc.req.echo", "--case", "ul.fsm.req.sta07.evt12", "--case", "ul.fsm.req.sta05.evt04")
    result = check("--requestor", *chosen, "--tls-cert", certificates.server, "--json", report, "--", *command)
    assert result.exit_code == OK, result.output
    document = json.loads(report.read_text())
    assert document["run"]["tls"] is True
    assert {case["verdict"] for case in document["cases"]} == {"OK"}


def test_command_that_trusts_nobody_tests_nothing_and_the_reason_is_tls(certificates: Certificates) -> None:
    command = (DULCIMER, "echo", "--tls", "-aec", "{aet}", "{host}", "{port}")
    result = check("--requestor", "--case", "enc.req.echo", "--tls-cert", certificates.server, "--", *command)
    assert result.exit_code == NEVER_HEALTHY, result.output
    assert "TLS" in result.output


def test_tester_of_requestors_needs_a_certificate() -> None:
    result = check("--requestor", "--tls", "--case", "enc.req.echo", "--", DULCIMER, "{host}", "{port}")
    assert result.exit_code == USAGE
    assert "--tls-cert" in result.output


# ---------------------------------------------------------------------- the ends of a connection

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def connected(behaviour: Behaviour, certificates: Certificates) -> AsyncIterator[Connection]:
    """A connection over TLS to a server that behaves so."""
    server = await asyncio.start_server(behaviour, HOST, 0, ssl=certificates.server_context())
    try:
        port = server.sockets[0].getsockname()[1]
        async with await Connection.open(HOST, port, 5.0, certificates.client_settings()) as connection:
            yield connection
    finally:
        server.close()


async def closes_in_order(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


def below_tls(writer: asyncio.StreamWriter) -> socket.socket:
    """A second handle of the socket, of which TLS knows nothing."""
    return socket.socket(fileno=socket.dup(writer.get_extra_info("socket").fileno()))


async def closes_below_tls(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with below_tls(writer) as sock:
        sock.shutdown(socket.SHUT_WR)
    await asyncio.sleep(1)
    writer.transport.abort()


async def resets(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with below_tls(writer) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def breaks_tls(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with below_tls(writer) as sock:
        sock.send(b"\x17\x03\x03\x00\x10" + b"not encrypted..." * 1)
    await asyncio.sleep(1)
    writer.transport.abort()


@pytest.mark.parametrize(
    ("behaviour", "how", "kind"),
    [
        (closes_in_order, "close(close-notify)", Kind.PEER_FIN),
        (closes_below_tls, "close(fin)", Kind.PEER_FIN),
        (resets, "close(rst)", Kind.PEER_RST),
        (breaks_tls, "close(tls-alert)", Kind.PEER_FIN),
    ],
)
def test_ends_of_a_connection_are_distinguished(
    behaviour: Behaviour, how: str, kind: Kind, certificates: Certificates
) -> None:
    async def talk() -> None:
        async with connected(behaviour, certificates) as connection:
            seen = await connection.next(5.0)
            assert seen.label == how
            assert Kind(connection.trace.entries[-1]["kind"]) is kind

    asyncio.run(talk())


def test_bytes_cross_whatever_the_records_and_the_tester_closes_with_a_close_notify(
    certificates: Certificates,
) -> None:
    ends: list[bytes] = []
    heard = asyncio.Event()

    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while await reader.readexactly(10):
                for octet in encode(ReleaseRp()):
                    writer.write(bytes([octet]))
                    await writer.drain()
        ends.append(b"in order")  # a connection cut off without close_notify raises ssl.SSLError here
        heard.set()
        writer.close()

    async def talk() -> None:
        async with connected(answers, certificates) as connection:
            for _ in range(3):
                assert await connection.send(encode(ReleaseRq()) * 2, "two at once")
                for _ in range(2):
                    assert (await connection.next(5.0)).name == "A-RELEASE-RP"
            connection.shut_down()
            async with asyncio.timeout(5):
                await heard.wait()

    asyncio.run(talk())
    assert ends == [b"in order"]


def test_data_that_comes_right_behind_the_handshake_is_not_lost(certificates: Certificates) -> None:
    async def speaks_first(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(encode(ReleaseRp()))
        await writer.drain()

    async def talk() -> None:
        async with connected(speaks_first, certificates) as connection:
            assert (await connection.next(5.0)).name == "A-RELEASE-RP"

    asyncio.run(talk())


def test_handshake_that_never_ends_is_given_up(certificates: Certificates) -> None:
    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await writer.wait_closed()

    async def talk() -> None:
        server = await asyncio.start_server(say_nothing, HOST, 0)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(TimeoutError):
            await Connection.open(HOST, port, 0.2, certificates.client_settings())
        server.close()

    asyncio.run(talk())
