"""`TLSConfig`: the contexts for files and settings, and what it refuses."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from dulcimer import TLSConfig
from dulcimer.ae.simple.tls_config import BCP_195_CIPHERS


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pem")
    authority = trustme.CA()
    issued = authority.issue_cert("pacs.example")
    files = {name: folder / f"{name}.pem" for name in ("ca", "both", "cert", "key", "locked")}
    authority.cert_pem.write_to_path(str(files["ca"]))
    issued.private_key_and_cert_chain_pem.write_to_path(str(files["both"]))
    issued.cert_chain_pems[0].write_to_path(str(files["cert"]))
    issued.private_key_pem.write_to_path(str(files["key"]))
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    files["locked"].write_bytes(locked)
    return files


def test_client_trusts_the_authority_and_wants_the_name(pem: dict[str, Path]) -> None:
    context = TLSConfig(ca=pem["ca"]).client_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert len(context.get_ca_certs()) == 1
    assert not TLSConfig(check_name=False).client_context().check_hostname
    unchecked = TLSConfig(verify=False).client_context()
    assert (unchecked.verify_mode, unchecked.check_hostname) == (ssl.CERT_NONE, False)


@pytest.mark.parametrize(
    ("settings", "mode"),
    [
        ({}, ssl.CERT_NONE),
        ({"ca": "ca"}, ssl.CERT_REQUIRED),
        ({"ca": "ca", "client_certificates": "optional"}, ssl.CERT_OPTIONAL),
        ({"ca": "ca", "client_certificates": "ignored"}, ssl.CERT_NONE),
        ({"client_certificates": "required"}, ssl.CERT_REQUIRED),
        ({"ca": "ca", "verify": False}, ssl.CERT_NONE),
    ],
    ids=str,
)
def test_server_asks_clients_for_certificates_as_configured(
    pem: dict[str, Path], settings: dict[str, Any], mode: ssl.VerifyMode
) -> None:
    given = {name: pem.get(value, value) for name, value in settings.items()}
    assert TLSConfig(certificate=pem["both"], **given).server_context().verify_mode is mode


def test_only_the_suites_of_bcp_195_are_offered(pem: dict[str, Path]) -> None:
    names = {cipher["name"] for cipher in TLSConfig(certificate=pem["both"]).server_context().get_ciphers()}
    assert {name for name in names if not name.startswith("TLS_")} == set(BCP_195_CIPHERS.split(":"))
    one = BCP_195_CIPHERS.split(":")[0]
    names = {cipher["name"] for cipher in TLSConfig(ciphers=one).client_context().get_ciphers()}
    assert {name for name in names if not name.startswith("TLS_")} == {one}


def test_key_may_be_in_another_file_and_locked(pem: dict[str, Path]) -> None:
    TLSConfig(certificate=str(pem["cert"]), key=pem["key"]).server_context()
    TLSConfig(certificate=pem["cert"], key=pem["locked"], password="secret").client_context()
    assert "secret" not in repr(TLSConfig(password="secret"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"certificate": "missing"}, "file cannot be used: .*missing.*No such file"),
        ({"certificate": "cert"}, "cannot be used: .*cert"),
        ({"certificate": "cert", "key": "locked"}, "cannot be used: .*cert.pem with .*locked"),
        ({"certificate": "cert", "key": "locked", "password": "wrong"}, "cannot be used: .*cert.pem with .*locked"),
        ({"certificate": "both", "ca": "missing"}, "file cannot be used: .*missing.*No such file"),
        ({"certificate": "both", "ca": "key"}, "cannot be used: .*key"),
        ({"certificate": "both", "ciphers": "NONSENSE"}, "ciphers cannot be used: NONSENSE"),
    ],
    ids=str,
)
@pytest.mark.parametrize("side", ["client_context", "server_context"])
def test_files_and_ciphers_that_cannot_be_used_are_named(
    pem: dict[str, Path], tmp_path: Path, side: str, settings: dict[str, str], words: str
) -> None:
    files = {**pem, "missing": tmp_path / "missing"}
    given: dict[str, Any] = {
        name: files[value] if name in ("certificate", "key", "ca") else value for name, value in settings.items()
    }
    with pytest.raises(ValueError, match=words):
        getattr(TLSConfig(**given), side)()


def test_server_without_a_certificate_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a certificate"):
        TLSConfig().server_context()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"minimum_version": ssl.TLSVersion.TLSv1_1}, "RFC 8996"),
        ({"maximum_version": ssl.TLSVersion.TLSv1}, "RFC 8996"),
        (
            {"minimum_version": ssl.TLSVersion.TLSv1_3, "maximum_version": ssl.TLSVersion.TLSv1_2},
            "maximum_version is before",
        ),
        ({"client_certificates": "perhaps"}, "'required' or 'optional' or 'ignored'"),
        ({"key": "key.pem"}, "a key needs a certificate"),
    ],
    ids=str,
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        TLSConfig(**settings)
