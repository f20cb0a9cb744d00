"""TLS between dulcimer and DCMTK, both ways: who is accepted, and the message to who is not."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from support.command_runs import invoke, words_of
from support.dicom_files import TEST_FILES, read_instance
from support.peers.processes import (
    DULCIMER,
    HOST,
    WITHOUT_NAGLE,
    PeerProcess,
    client,
    dulcimer_serve,
    free_port,
    server,
)

pytestmark = [pytest.mark.peer("DCMTK"), pytest.mark.clause("PS3.15 B.12")]
IMAGE = TEST_FILES / "CT_small.dcm"


@dataclass(frozen=True)
class Certificates:
    """PEM files: a certificate of this machine with its key, one of a client, and the authority of both."""

    authority: Path
    certificate: Path
    key: Path
    client_certificate: Path
    client_key: Path

    @property
    def ours(self) -> list[str]:
        """Options of dulcimer as a client."""
        return [
            "--tls-ca",
            str(self.authority),
            "--tls-cert",
            str(self.client_certificate),
            "--tls-key",
            str(self.client_key),
        ]

    def of_dcmtk(self, role: str) -> list[str]:
        """Options of a DCMTK tool as "server" or "client"."""
        key, certificate = (
            (self.key, self.certificate) if role == "server" else (self.client_key, self.client_certificate)
        )
        return ["+tls", str(key), str(certificate), "+cf", str(self.authority)]


def make(folder: Path) -> Certificates:
    """New certificates of a new authority."""
    folder.mkdir()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    for name in ("server", "client"):
        issued = authority.issue_cert(HOST, "localhost", key_type=trustme.KeyType.RSA)
        issued.private_key_pem.write_to_path(str(folder / f"{name}.key"))
        for number, pem in enumerate(issued.cert_chain_pems):
            pem.write_to_path(str(folder / f"{name}.pem"), append=number > 0)
    return Certificates(*(folder / name for name in ("ca.pem", "server.pem", "server.key", "client.pem", "client.key")))


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Certificates that both sides trust."""
    return make(tmp_path_factory.mktemp("certificates") / "known")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Certificates of an authority that the other side does not know."""
    return make(tmp_path_factory.mktemp("certificates") / "stranger")


@contextlib.contextmanager
def storescp(certificates: Certificates, folder: Path, *options: str) -> Iterator[PeerProcess]:
    port = free_port()
    folder.mkdir()
    command: list[str | Path] = ["storescp", "-v", *certificates.of_dcmtk("server"), *options, "-od", folder, str(port)]
    with server("storescp", command, port, environment=WITHOUT_NAGLE) as peer:
        yield peer


def test_dulcimer_stores_with_storescp_that_demands_a_certificate(known: Certificates, tmp_path: Path) -> None:
    with storescp(known, tmp_path / "received") as peer:
        address = (HOST, peer.port)
        assert invoke("echo", address, *known.ours).exit_code == 0
        result = invoke("store", address, *known.ours, str(IMAGE))
    assert result.exit_code == 0, result.output
    assert len(list((tmp_path / "received").iterdir())) == 1


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_oldest_version_of_tls_is_one_that_dcmtk_has(version: str, known: Certificates, tmp_path: Path) -> None:
    with storescp(known, tmp_path / "received") as peer:
        result = invoke("echo", (HOST, peer.port), *known.ours, "--tls-min", version)
    assert result.exit_code == 0, result.output


def test_certificate_of_storescp_that_is_not_trusted_is_refused_with_words(
    known: Certificates, stranger: Certificates, tmp_path: Path
) -> None:
    with storescp(stranger, tmp_path / "received", "-ic") as peer:
        result = invoke("echo", (HOST, peer.port), *known.ours)
        insecure = invoke("echo", (HOST, peer.port), "--tls-insecure")
    assert result.exit_code == 3
    assert "certificate of the peer was not accepted" in words_of(result.stderr)
    assert "--tls-ca" in result.stderr
    assert insecure.exit_code == 0, insecure.output


@pytest.mark.parametrize("shown", ["none", "of a stranger"])
def test_storescp_that_does_not_trust_us_is_reported_as_such(
    shown: str, known: Certificates, stranger: Certificates, tmp_path: Path
) -> None:
    options = ["--tls-ca", str(known.authority)]
    if shown != "none":
        options += ["--tls-cert", str(stranger.client_certificate), "--tls-key", str(stranger.client_key)]
    with storescp(known, tmp_path / "received") as peer:
        result = invoke("echo", (HOST, peer.port), *options)
    assert result.exit_code in (3, 4), result.output
    assert "TLS" in result.stderr


def test_peer_that_speaks_tls_and_one_that_does_not_miss_each_other(known: Certificates, tmp_path: Path) -> None:
    with storescp(known, tmp_path / "received") as peer:
        plain = invoke("echo", (HOST, peer.port), "-ta", "10")
    assert plain.exit_code in (1, 4)
    assert "--tls" in plain.stderr


# dulcimer as the server


@pytest.fixture
def dulcimer_with_tls(known: Certificates, tmp_path: Path) -> Iterator[PeerProcess]:
    options = ["--tls-cert", str(known.certificate), "--tls-key", str(known.key), "--tls-ca", str(known.authority)]
    with dulcimer_serve(tmp_path / "archive", *options) as peer:
        yield peer


def test_echoscu_and_storescu_are_served(dulcimer_with_tls: PeerProcess, known: Certificates, tmp_path: Path) -> None:
    options = known.of_dcmtk("client")
    client(["echoscu", *options, HOST, str(dulcimer_with_tls.port)])
    client(["storescu", *options, HOST, str(dulcimer_with_tls.port), IMAGE], environment=WITHOUT_NAGLE)
    stored = [path.name for path in (tmp_path / "archive").rglob("*.dcm")]
    assert stored == [f"{read_instance(IMAGE).sop_instance}.dcm"]


def test_client_without_a_certificate_that_we_trust_is_not_served(
    dulcimer_with_tls: PeerProcess, known: Certificates, stranger: Certificates
) -> None:
    port = str(dulcimer_with_tls.port)
    of_stranger = ["+tls", str(stranger.client_key), str(stranger.client_certificate), "+cf", str(known.authority)]
    for options in (of_stranger, ["+tla", "+cf", str(known.authority)], []):
        refused = client(["echoscu", "-ta", "10", *options, HOST, port], expect=None)
        assert refused.returncode != 0, options
    client(["echoscu", *known.of_dcmtk("client"), HOST, port])
    assert "Traceback" not in dulcimer_with_tls.log()


def test_user_without_the_files_sees_no_traceback(dulcimer_with_tls: PeerProcess) -> None:
    done = subprocess.run(
        [str(DULCIMER), "echo", HOST, str(dulcimer_with_tls.port), "--tls"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    assert "Traceback" not in done.stdout + done.stderr
    assert "certificate" in done.stderr
