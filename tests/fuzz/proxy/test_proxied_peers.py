"""The proxy between real peers: DCMTK's programs and our own, over sockets."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
import trustme
from pydicom import dcmread

from dulcimer.ae.core.storage_scp import Server
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.fuzz.proxy.events import LinkEnded, PduSeen, ServerNotReached
from dulcimer.fuzz.proxy.link import LinkSettings
from dulcimer.fuzz.proxy.serving import ProxySettings
from dulcimer.wire.codec import encode
from dulcimer.wire.model import PDataTf, PresentationDataValue
from support.dicom_files import TEST_FILES
from support.loopback_stub import LoopbackStub
from support.peers.processes import HOST, PeerProcess, client, free_port, storescp
from support.proxied import BYTES, settings_of
from support.proxied_sockets import RunningProxy, running_own, running_proxy

DATA = encode(PDataTf((PresentationDataValue(1, 0, bytes(0xFFF4)),)))
ASSOCIATION = ["A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "P-DATA-TF", "P-DATA-TF", "A-RELEASE-RQ", "A-RELEASE-RP"]


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("received")


@pytest.fixture(scope="module")
def server(received: Path) -> Iterator[PeerProcess]:
    with storescp(received) as peer:
        yield peer


def in_front_of(port: int, *rules: str, connections: int | None = 1, silence: float = 10.0) -> ProxySettings:
    return ProxySettings(HOST, port, connections=connections, link=settings_of(*rules, silence=silence))


def echo(proxy: RunningProxy, *, expect: int | None = 0) -> None:
    """A C-ECHO of DCMTK; one that is to fail does not wait long."""
    client(["echoscu", "-ta", "1" if expect else "60", "-to", "5", HOST, str(proxy.port)], expect=expect)


def names(proxy: RunningProxy) -> list[str]:
    return [one.name for one in proxy.told if isinstance(one, PduSeen)]


@pytest.mark.peer("DCMTK")
def test_an_echo_of_dcmtk_passes_and_nobody_is_sure_to_be_wrong(server: PeerProcess) -> None:
    with running_proxy(in_front_of(server.port)) as proxy:
        echo(proxy)
    assert names(proxy) == ASSOCIATION
    assert not proxy.totals.has_failed
    assert [one.message for one in proxy.told if isinstance(one, PduSeen)][2:4] == ["C-ECHO-RQ", "C-ECHO-RSP 0000H"]


@pytest.mark.peer("DCMTK")
def test_instances_arrive_byte_for_byte_side_by_side(server: PeerProcess, received: Path) -> None:
    files = [TEST_FILES / name for name in ("CT_small.dcm", "MR_small.dcm")]
    with running_proxy(in_front_of(server.port, connections=2)) as proxy:
        running = [
            subprocess.Popen(["storescu", "-R", HOST, str(proxy.port), str(file)], stderr=subprocess.PIPE)
            for file in files
        ]
        assert [process.communicate() and process.returncode for process in running] == [0, 0]
    assert proxy.totals.connections == 2
    assert not proxy.totals.has_failed, proxy.totals.deviations
    stored = {found.SOPInstanceUID: found.PixelData for found in map(dcmread, received.iterdir())}
    assert all(stored[sent.SOPInstanceUID] == sent.PixelData for sent in map(dcmread, files))


@pytest.mark.peer("DCMTK")
@pytest.mark.parametrize(
    ("rule", "status", "seen"),
    [
        ("any PDU: one byte at a time", 0, ASSOCIATION),
        ("any PDU: split 5", 0, ASSOCIATION),
        ("any PDU: delay 0.02", 0, ASSOCIATION),
        ("A-RELEASE-RQ: drip 0.005", 0, ASSOCIATION),
        ("P-DATA-TF from client: coalesce 0.05", 0, ASSOCIATION),
        ("A-RELEASE-RP: drop", 1, ASSOCIATION),
        ("A-ASSOCIATE-AC: reset", 1, ASSOCIATION[:2]),
        ("A-ASSOCIATE-RQ: close", 1, ASSOCIATION[:1]),
        ("A-ASSOCIATE-RQ from client: mutate pdu_type:type-unknown", 1, ASSOCIATION[:1]),
    ],
)
def test_a_fault_has_its_effect_on_real_peers_and_nobody_is_sure_to_be_wrong(
    server: PeerProcess, rule: str, status: int, seen: list[str]
) -> None:
    with running_proxy(in_front_of(server.port, rule)) as proxy:
        echo(proxy, expect=status)
    assert names(proxy)[: len(seen)] == seen
    assert proxy.totals.faults
    assert not proxy.totals.has_failed, proxy.totals.deviations


def test_a_server_that_breaks_the_rules_is_found() -> None:
    with LoopbackStub([BYTES["A-RELEASE-RP"]]) as stub, running_proxy(in_front_of(int(stub.address[1]))) as proxy:
        with socket.create_connection((HOST, proxy.port)) as sock:
            sock.sendall(BYTES["A-ASSOCIATE-RQ"])
            while sock.recv(4096):
                pass
    sure = [one for one in proxy.totals.deviations if one.sure]
    assert [one.end for one in sure] == [LinkEnd.SERVER]
    assert proxy.totals.has_failed


def test_a_client_that_breaks_the_rules_is_found() -> None:
    server = Server(ae_title="ANY-SCP", artim_timeout=1.0)
    with running_own(server) as port, running_proxy(in_front_of(port)) as proxy:
        with socket.create_connection((HOST, proxy.port)) as sock:
            sock.sendall(BYTES["A-ASSOCIATE-RQ"])
            assert sock.recv(4096)[0] == 2
            sock.sendall(BYTES["A-ASSOCIATE-RQ"])
            assert sock.recv(4096)[0] == 7
    assert {one.end for one in proxy.totals.deviations if one.sure} == {LinkEnd.CLIENT}


def test_a_server_that_is_not_there_is_told_and_the_client_is_not_kept_waiting() -> None:
    with running_proxy(in_front_of(free_port())) as proxy:
        with socket.create_connection((HOST, proxy.port)) as sock:
            assert sock.recv(10) == b""
    (told,) = proxy.told
    assert isinstance(told, ServerNotReached)
    assert isinstance(told.error, ConnectionRefusedError)


def test_a_server_that_does_not_read_slows_its_client_down() -> None:
    """What waits in the proxy is bounded: the client cannot send any more."""
    with socket.create_server((HOST, 0)) as deaf:
        settings = ProxySettings(HOST, deaf.getsockname()[1], connections=None, link=LinkSettings())
        with running_proxy(settings) as proxy, socket.create_connection((HOST, proxy.port)) as sock:
            taken, _ = deaf.accept()
            sock.settimeout(2)
            sent = 0
            with pytest.raises(TimeoutError):
                while sent < 1 << 27:
                    sent += sock.send(DATA)
            assert sent < 1 << 25
            taken.close()
    assert isinstance(proxy.told[-1], LinkEnded)


def test_the_proxy_can_be_stopped_in_the_middle_of_a_connection() -> None:
    with LoopbackStub([], holds=True) as stub:
        with running_proxy(in_front_of(int(stub.address[1]), connections=None)) as proxy:
            sock = socket.create_connection((HOST, proxy.port))
            sock.sendall(BYTES["A-ASSOCIATE-RQ"][:10])
        assert sock.recv(10) == b""
        sock.close()


@pytest.mark.peer("DCMTK")
@pytest.mark.peer("tshark")
@pytest.mark.parametrize("rules", [(), ("A-RELEASE-RP: mutate reserved_7_10:reserved-ones",)])
def test_wireshark_opens_the_capture(server: PeerProcess, tmp_path: Path, rules: tuple[str, ...]) -> None:
    with running_proxy(in_front_of(server.port, *rules)) as proxy:
        echo(proxy)
    file = tmp_path / "all.pcapng"
    file.write_bytes(proxy.capture.getvalue())
    fields = ("tcp.stream", "dicom.pdu.type", "frame.comment", "_ws.malformed")
    command = ["tshark", "-r", str(file), "-T", "fields", *(word for name in fields for word in ("-e", name))]
    rows = [line.split("\t") for line in client(command).stdout.splitlines()]
    kinds = [row[1] for row in rows if row[1]]
    legs = 2 if rules else 1
    assert Counter(kinds) == {f"0x{number:02x}": legs * (2 if number == 4 else 1) for number in (1, 2, 4, 5, 6)}
    assert len({row[0] for row in rows}) == legs
    assert any("connection 1: " in row[2] for row in rows)
    assert any("changed by the proxy: A-RELEASE-RP/reserved_7_10" in row[2] for row in rows) == bool(rules)
    assert not any(row[3] for row in rows)


def test_each_side_may_have_tls(tmp_path: Path) -> None:
    """A client without TLS, a proxy that speaks TLS with a second one, and a server without TLS behind that."""
    authority = trustme.CA()
    listening, connecting = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert(HOST).configure_cert(listening)
    authority.configure_trust(connecting)
    with LoopbackStub([BYTES["A-ASSOCIATE-AC"], BYTES["A-RELEASE-RP"]]) as stub:
        inner_settings = ProxySettings(HOST, int(stub.address[1]), connections=1, listen_tls=listening)
        with running_proxy(inner_settings) as inner:
            with running_proxy(ProxySettings(HOST, inner.port, connections=1, tls=connecting)) as outer:
                with socket.create_connection((HOST, outer.port)) as sock:
                    for pdu, kind in ((BYTES["A-ASSOCIATE-RQ"], 2), (BYTES["A-RELEASE-RQ"], 6)):
                        sock.sendall(pdu)
                        assert sock.recv(4096)[0] == kind
    assert names(inner) == names(outer) == ["A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "A-RELEASE-RQ", "A-RELEASE-RP"]
    assert not inner.totals.has_failed


def test_both_ends_may_write_much_at_once_behind_a_delay() -> None:
    """Neither direction waits for the other one to be read."""
    size = 8 << 20
    with socket.create_server((HOST, 0)) as server:
        settings = in_front_of(server.getsockname()[1], "any PDU: delay 0.01")
        with running_proxy(settings) as proxy, socket.create_connection((HOST, proxy.port)) as left:
            right, _ = server.accept()
            count = size // len(DATA)
            writers = [Thread(target=sock.sendall, args=(DATA * count,)) for sock in (left, right)]
            for writer in writers:
                writer.start()
            for sock in (left, right):
                sock.settimeout(30)
                got = 0
                while got < count * len(DATA):
                    got += len(sock.recv(1 << 20))
            for writer in writers:
                writer.join()
            right.close()
    assert proxy.totals.pdus == {LinkEnd.CLIENT: count, LinkEnd.SERVER: count}
