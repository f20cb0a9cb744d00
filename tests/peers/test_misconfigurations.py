"""Mistakes of integrators, with real peers: the right cause is named first, with what to do next."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from dulcimer.archive.users import hashed
from dulcimer.sop_class import CTImageStorage, StudyRootQueryRetrieveInformationModelGet
from support.command_runs import invoke, words_of
from support.dicom_files import TEST_FILES
from support.entities import scp, scu, serving
from support.peers.catalogue import require_peer
from support.peers.processes import HOST, WITHOUT_NAGLE, PeerProcess, dulcimer_serve, free_port, server

CT, JPEG = TEST_FILES / "CT_small.dcm", TEST_FILES / "JPEG2000.dcm"
STUDY = "-k", "PatientID=1CT1"
DEAD = 9
"""A port of this machine on which nothing listens."""


@dataclass
class World:
    """The ports of the peers by name, and the files that options name."""

    folder: Path
    ports: dict[str, int]
    logs: dict[str, PeerProcess]

    def filled(self, words: str) -> list[str]:
        """Options with the paths in them."""
        return words.format(d=self.folder, ct=CT, jpeg=JPEG).split()


def certificates(folder: Path) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    then = datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)
    issued = {
        "server": authority.issue_cert(HOST, "localhost", key_type=trustme.KeyType.RSA),
        "named": authority.issue_cert("pacs.example.org", key_type=trustme.KeyType.RSA),
        "expired": authority.issue_cert(HOST, not_before=then[0], not_after=then[1], key_type=trustme.KeyType.RSA),
        "other": stranger.issue_cert(HOST, key_type=trustme.KeyType.RSA),
    }
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    stranger.cert_pem.write_to_path(str(folder / "ca2.pem"))
    for name, certificate in issued.items():
        certificate.private_key_pem.write_to_path(str(folder / f"{name}.key"))
        for number, pem in enumerate(certificate.cert_chain_pems):
            pem.write_to_path(str(folder / f"{name}.pem"), append=number > 0)


def storescp(folder: Path, *options: str) -> contextlib.AbstractContextManager[PeerProcess]:
    port = free_port()
    return server("storescp", ["storescp", "--ignore", *options, str(port)], port, environment=WITHOUT_NAGLE)


def with_tls(folder: Path, name: str, *options: str) -> contextlib.AbstractContextManager[PeerProcess]:
    tls = ("+tls", str(folder / f"{name}.key"), str(folder / f"{name}.pem"), "+cf", str(folder / "ca.pem"))
    return storescp(folder, *tls, *options)


def dcmqrscp(folder: Path) -> contextlib.AbstractContextManager[PeerProcess]:
    port = free_port()
    (folder / "qr").mkdir()
    (folder / "strict").mkdir()
    (folder / "qr.cfg").write_text(
        f"NetworkTCPPort = {port}\nMaxPDUSize = 16384\nMaxAssociations = 16\n"
        f"HostTable BEGIN\naway = (AWAY, {HOST}, {DEAD})\nfriend = (FRIEND, {HOST}, 104)\nHostTable END\n"
        f"VendorTable BEGIN\nVendorTable END\nAETable BEGIN\nQR {folder / 'qr'} RW (9, 9mb) ANY\n"
        f"STRICT {folder / 'strict'} RW (9, 9mb) friend\nAETable END\n"
    )
    return server("dcmqrscp", ["dcmqrscp", "-c", folder / "qr.cfg"], port, environment=WITHOUT_NAGLE)


def orthanc(folder: Path, web: int) -> contextlib.AbstractContextManager[PeerProcess]:
    port = free_port()
    settings = {
        "StorageDirectory": str(folder / "orthanc"),
        "IndexDirectory": str(folder / "orthanc"),
        "HttpPort": web,
        "AuthenticationEnabled": False,
        "DicomAet": "ORTHANC",
        "DicomPort": port,
        "DicomCheckCalledAet": True,
        "DicomAlwaysAllowEcho": False,
        "DicomAlwaysAllowMove": True,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowStore": True,
        "DicomModalities": {"away": ["AWAY", HOST, DEAD], "us": ["DULCIMER", HOST, DEAD]},
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    return server("Orthanc", ["Orthanc", folder / "orthanc.json"], port)


def listener(talk: Callable[[socket.socket], object], stack: contextlib.ExitStack) -> int:
    """A port that handles each connection with a function, and closes it."""
    listening = stack.enter_context(socket.create_server((HOST, 0)))

    def run() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listening.accept()
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(5.0)
                    talk(connection)

    threading.Thread(target=run, daemon=True).start()
    port: int = listening.getsockname()[1]
    return port


def says(greeting: bytes) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        connection.sendall(greeting)
        connection.recv(4096)

    return talk


def old_tls(folder: Path) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    def talk(connection: socket.socket) -> None:
        context.wrap_socket(connection, server_side=True).recv(1)

    return talk


def full(stack: contextlib.ExitStack) -> int:
    """A port whose backlog is full: the system drops connections, as a firewall does."""
    listening = stack.enter_context(socket.socket())
    listening.bind((HOST, 0))
    listening.listen(0)
    port: int = listening.getsockname()[1]
    for _ in range(3):
        waiting = stack.enter_context(socket.socket())
        waiting.setblocking(False)
        waiting.connect_ex((HOST, port))
    return port


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    for name in ("DCMTK", "Orthanc"):
        require_peer(name)
    folder = tmp_path_factory.mktemp("world")
    certificates(folder)
    (folder / "users").write_text(f"alice:{hashed('opensesame')}\n")
    (folder / "text.dcm").write_text("This is no DICOM file, whatever it is called.\n")
    (folder / "private.dcm").write_bytes(CT.read_bytes().replace(b"1.2.840.10008.1.2.1\0", b"1.2.3.4.5.6.7.8.9.1\0", 1))
    web = free_port()
    tls = ["--tls-cert", str(folder / "server.pem"), "--tls-key", str(folder / "server.key")]
    with contextlib.ExitStack() as stack:
        strict = ["-aet", "ARCHIVE", "--require-called-aet", "--accept-calling", "FRIEND"]
        running = {
            "storescp": storescp(folder),
            "storescp +tls": with_tls(folder, "server"),
            "named": with_tls(folder, "named", "-ic"),
            "expired": with_tls(folder, "expired", "-ic"),
            "dcmqrscp": dcmqrscp(folder),
            "Orthanc": orthanc(folder, web),
            "serve": dulcimer_serve(folder / "1", *strict),
            "serve --user-file": dulcimer_serve(folder / "2", "--user-file", str(folder / "users")),
            "serve --tls": dulcimer_serve(folder / "3", *tls, "--tls-ca", str(folder / "ca.pem")),
            "one at a time": dulcimer_serve(folder / "4", "--max-associations", "1"),
        }
        with ThreadPoolExecutor() as pool:
            peers = dict(zip(running, pool.map(stack.enter_context, running.values()), strict=True))
        ports = {name: peer.port for name, peer in peers.items()}
        ports |= {
            "nothing": DEAD,
            "Orthanc's pages": web,
            "SSH": listener(says(b"SSH-2.0-OpenSSH_9.2\r\n"), stack),
            "SMTP": listener(says(b"220 mail.example.org ESMTP\r\n"), stack),
            "FTP": listener(says(b"220 FTP server ready\r\n"), stack),
            "silent": listener(lambda connection: connection.recv(1 << 20) and connection.recv(1), stack),
            "closes": listener(lambda _: None, stack),
            "old TLS": listener(old_tls(folder), stack),
            "firewall": full(stack),
        }
        for port, options in (("dcmqrscp", ("-aec", "QR")), ("Orthanc", ("-aec", "ORTHANC"))):
            assert invoke("store", (HOST, ports[port]), *options, str(CT)).exit_code == 0
        yield World(folder, ports, peers)


OURS = "--tls-ca {d}/ca.pem"
MOVE = "-P -k PatientID=1CT1"
CASES = [
    # mistake, command, peer, options, exit status, first words, advice
    ("wrong called title", "echo", "serve", "-aet FRIEND", 1, "it is not called ANY-SCP (the default of -aec)", "-aec"),
    ("wrong called title", "echo", "Orthanc", "", 1, "it is not called ANY-SCP (the default of -aec)", "-aec"),
    ("wrong called title", "find", "dcmqrscp", "-aec NOBODY", 1, "it is not called NOBODY (-aec)", "-aec"),
    (
        "unknown calling title",
        "echo",
        "serve",
        "-aec ARCHIVE",
        1,
        "it does not know us as DULCIMER (the default",
        "-aet",
    ),
    ("unknown calling title", "find", "dcmqrscp", "-aec STRICT", 1, "or it does not know us as DULCIMER", "-aec"),
    (
        "unknown calling title",
        "echo",
        "Orthanc",
        "-aec ORTHANC -aet ME",
        1,
        "aborted the association that it had accepted",
        "when ME (-aet) is not allowed",
    ),
    ("too many associations", "echo", "one at a time", "", 1, "it is busy, or at its limit", "again later"),
    ("wrong password", "echo", "serve --user-file", "--user alice --password x", 1, "does not say why", "the password"),
    ("no user", "echo", "serve --user-file", "", 1, "rejected the association and does not say why", "a user (--user)"),
    ("class not taken", "find", "storescp", "", 1, "none of the presentation contexts we need", "which SOP classes"),
    (
        "no worklist there",
        "find",
        "dcmqrscp",
        "-aec QR -W",
        1,
        "none of the presentation contexts we need",
        "configured",
    ),
    (
        "destination unknown",
        "move",
        "dcmqrscp",
        f"-aec QR -aem NEW {MOVE}",
        1,
        "does not know the destination NEW",
        "-aem",
    ),
    (
        "destination unknown",
        "move",
        "Orthanc",
        f"-aec ORTHANC -aem NEW {MOVE}",
        1,
        "it may not know or reach NEW",
        "knows NEW",
    ),
    (
        "destination dead",
        "move",
        "dcmqrscp",
        f"-aec QR -aem AWAY {MOVE}",
        1,
        "could not send the instances to AWAY",
        "run",
    ),
    ("destination dead", "move", "Orthanc", f"-aec ORTHANC -aem AWAY {MOVE}", 1, "or reach AWAY", "that it is running"),
    ("TLS there, not here", "echo", "storescp +tls", "", 4, "speaks TLS, but we spoke plain DICOM", "--tls"),
    ("TLS there, not here", "store", "serve --tls", "{ct}", 4, "speaks TLS, but we spoke plain DICOM", "--tls"),
    (
        "TLS here, not there",
        "echo",
        "storescp",
        "--tls",
        3,
        "speaks plain DICOM, but we spoke TLS",
        "leave out the TLS options",
    ),
    (
        "TLS here, not there",
        "store",
        "serve",
        "--tls {ct}",
        3,
        "speaks plain DICOM, but we spoke TLS",
        "leave out the TLS",
    ),
    ("TLS, web server", "echo", "Orthanc's pages", "--tls", 3, "speaks HTTP, neither TLS nor DICOM", "another port"),
    (
        "untrusted certificate",
        "echo",
        "named",
        "--tls-ca {d}/ca2.pem",
        3,
        "not accept the peer's certificate: ",
        "--tls-ca",
    ),
    ("expired certificate", "echo", "expired", OURS, 3, "certificate has expired", "a new certificate"),
    ("wrong host name", "echo", "named", OURS, 3, f"it is for another name than {HOST}", "--tls-name"),
    (
        "no certificate of ours",
        "echo",
        "storescp +tls",
        OURS,
        3,
        "requires a certificate from us, and we sent none",
        "--tls-cert",
    ),
    (
        "no certificate of ours",
        "echo",
        "serve --tls",
        OURS,
        3,
        "requires a certificate from us, and we sent none",
        "--tls-cert",
    ),
    (
        "our certificate unknown",
        "echo",
        "storescp +tls",
        f"{OURS} --tls-cert {{d}}/other.pem --tls-key {{d}}/other.key",
        3,
        "does not accept our certificate",
        "--tls-cert",
    ),
    ("TLS too old", "echo", "old TLS", f"{OURS} --tls-min 1.3", 3, "no common version of TLS", "leave out --tls-min"),
    ("web server", "echo", "Orthanc's pages", "", 1, "is a web server: it answered in HTTP", "another port"),
    ("SSH server", "echo", "SSH", "", 1, "is an SSH server: it does not speak DICOM", "another port"),
    ("mail server", "find", "SMTP", "", 1, "speaks SMTP, not DICOM", "another port"),
    ("FTP server", "get", "FTP", "-P -k PatientID=1", 1, "speaks FTP, not DICOM", "another port"),
    (
        "nothing listens",
        "echo",
        "nothing",
        "",
        3,
        "refuses connections: nothing listens there",
        "check that the peer is running",
    ),
    (
        "firewall",
        "echo",
        "firewall",
        "-to 0.2",
        3,
        "does not answer: the TCP connection timed out",
        "for a firewall in between",
    ),
    (
        "silent server",
        "echo",
        "silent",
        "-ta 0.2",
        1,
        "accepted the connection, but did not answer",
        "-ta waits longer",
    ),
    ("server that closes", "echo", "closes", "", 4, "The peer closed the connection before it answered.", "crashed"),
    ("odd maximum length", "echo", "storescp", "-pdu 7", 2, "a maximum length is 0 (no limit) or 8 to", ""),
    (
        "title too long",
        "echo",
        "storescp",
        "-aec ABCDEFGHIJKLMNOPQ",
        2,
        "has 17 characters, an AE title at most 16",
        "",
    ),
    (
        "directory that cannot be",
        "get",
        "storescp",
        "-od /proc/none -P -k PatientID=1",
        2,
        "/proc/none cannot be used",
        "",
    ),
]


@pytest.mark.parametrize(
    ("wrong", "command", "peer", "options", "status", "first", "advice"),
    CASES,
    ids=[f"{case[0]}, {case[1]} {case[2]}" for case in CASES],
)
def test_right_cause_is_named_first(
    wrong: str, command: str, peer: str, options: str, status: int, first: str, advice: str, world: World
) -> None:
    port = world.ports[peer]
    with contextlib.ExitStack() as stack:
        if wrong == "too many associations":
            other = stack.enter_context(scu().associate(HOST, port))
            assert other.is_established
        result = invoke(command, (HOST, port), *world.filled(options))
    assert result.exit_code == status, result.output
    said = [line.strip("│ ") for line in result.stderr.splitlines() if not line.startswith(("No ", "waiting"))]
    headline = words_of(" ".join(said)).partition(" expected ")[0]
    assert first in headline, result.output
    if status != 2:
        assert f"peer {HOST} port {port}, called " in words_of(result.stderr)
        assert advice in words_of(result.stderr).partition(" advice ")[2], result.output


def test_host_that_nobody_knows_and_a_port_in_the_host() -> None:
    unknown = invoke("echo", ("pacs.invalid", 104))
    assert unknown.exit_code == 3
    assert unknown.stderr.startswith("pacs.invalid is not a known host name.")
    joined = invoke("echo", ("pacs:104", 11112))
    assert joined.exit_code == 2
    assert "write pacs 104" in words_of(joined.stderr)


FILES = [
    ("no common transfer syntax", "{jpeg}", r"not sent .*JPEG2000.dcm: the peer does not accept .* in JPEG 2000"),
    ("no DICOM file", "{d}/text.dcm", r"not sent .*text.dcm: .* it is not a DICOM file"),
    (
        "private transfer syntax",
        "{d}/private.dcm",
        r"not sent .*private.dcm: the peer does not accept CT .* in 1\.2\.3\.4\.5",
    ),
]


@pytest.mark.parametrize(("wrong", "path", "first"), FILES, ids=[case[0] for case in FILES])
def test_file_that_cannot_be_sent_has_its_reason_in_its_line(wrong: str, path: str, first: str, world: World) -> None:
    result = invoke("store", (HOST, world.ports["storescp"]), *world.filled(path))
    assert result.exit_code == 1
    assert re.match(first, result.stdout), (wrong, result.stdout)


def test_store_that_is_rejected_says_so_of_each_file(world: World) -> None:
    result = invoke("store", (HOST, world.ports["serve"]), str(CT))
    assert result.stdout.startswith(f"not sent  {CT}: not attempted: the association was rejected")


def test_peer_that_gives_no_role_for_what_is_fetched_is_reported_before_it_fails() -> None:
    with serving(scp(CTImageStorage, StudyRootQueryRetrieveInformationModelGet)) as address:
        result = invoke("get", address, "--ignore", "--level", "STUDY", "-k", "StudyInstanceUID=1.2")
    assert "did not agree to our role of SCP (PS3.7 D.3.3.4)" in words_of(result.stderr).partition("expected")[0]


LOGS = [
    # what a client does, to which server, and the line in the log of the server
    (
        "serve",
        b"GET / HTTP/1.1\r\n\r\n",
        r"connection from .*: aborted, it speaks HTTP, not DICOM: received an HTTP request",
    ),
    (
        "serve",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        r"it speaks TLS, not DICOM: received a ClientHello.*--tls to serve",
    ),
    ("serve --tls", b"GET / HTTP/1.1\r\n\r\n", r"connection from .* cannot be served: it speaks HTTP without TLS"),
    (
        "serve --tls",
        bytes.fromhex("0100000000d0") + bytes(208),
        r"it sent something that is not TLS; it may be",
    ),
]


@pytest.mark.parametrize(("peer", "sent", "line"), LOGS)
def test_log_of_a_server_names_what_came(peer: str, sent: bytes, line: str, world: World) -> None:
    def send_and_look() -> bool:
        with socket.create_connection((HOST, world.ports[peer]), 5.0) as connection:
            connection.sendall(sent)
            with contextlib.suppress(OSError):
                connection.recv(4096)
        return logged(world.logs[peer], line)

    # Warnings within a second of another one are only counted: then the second attempt is logged.
    assert send_and_look() or send_and_look()


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (
            ["-aet", "FRIEND"],
            r"FRIEND at \S+ port \d+ to ANY-SCP: .* We rejected it because it calls ANY-SCP, and we are",
        ),
        (["-aec", "ARCHIVE"], r"We rejected it because DULCIMER is not among the calling AE titles that are accepted"),
    ],
)
def test_log_of_a_server_says_why_it_rejected(options: list[str], line: str, world: World) -> None:
    assert invoke("echo", (HOST, world.ports["serve"]), *options).exit_code == 1
    assert logged(world.logs["serve"], line)


def test_log_of_a_server_tells_an_association_without_a_context(world: World) -> None:
    peer = world.logs["one at a time"]
    assert invoke("find", (HOST, peer.port), "-U").exit_code == 1
    line = r"accepted without a presentation context \(Unified Procedure Step .*abstract syntax not supported"
    assert logged(peer, line)


def logged(peer: PeerProcess, line: str) -> bool:
    """Whether the log has the line, now or a moment later."""
    for _ in range(100):
        if re.search(line, peer.log()):
            return True
        invoke("echo", (HOST, peer.port), "-ta", "1", "-q")
    return False
