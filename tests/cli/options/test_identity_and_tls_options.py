"""User identity, TLS and other options that every command for a peer has."""

from __future__ import annotations

import contextlib
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
import typer

from dulcimer import evt
from dulcimer.cli.options.identity import PASSWORD_VARIABLE, IdentityOptions
from dulcimer.cli.options.values import split_address
from dulcimer.escaping import escaped
from support.command_runs import invoke, lines_of, words_of
from support.entities import Seen, scp, serving
from support.peers.processes import DULCIMER

SECRET = "correct horse battery staple"


class Door:
    """A handler of EVT_USER_ID that keeps the identities."""

    def __init__(self, *, lets_in: bool = True, response: bytes | None = b"") -> None:
        self.seen: list[tuple[int, bytes, bytes | None]] = []
        self._answer = (lets_in, response)

    def __call__(self, event: Any) -> tuple[bool, bytes | None]:
        self.seen.append((event.user_id_type, event.primary_field, event.secondary_field))
        return self._answer


@contextlib.contextmanager
def guarded(door: Door, *more: Any) -> Iterator[tuple[str, int]]:
    with serving(scp(), [(evt.EVT_USER_ID, door), *more]) as address:
        yield address


@pytest.mark.clause("PS3.7 D.3.3.7.1")
@pytest.mark.parametrize(
    ("arguments", "seen"),
    [
        (["--user", "Märta"], (1, "Märta".encode(), None)),
        (["--user", "A", "--password", SECRET], (2, b"A", SECRET.encode())),
        (["--user", "A", "--password-file", "{file}"], (2, b"A", SECRET.encode())),
        (["--kerberos-file", "{file}"], (3, f"{SECRET}\r\nmore\n".encode(), None)),
        (["--saml-file", "{file}"], (4, f"{SECRET}\r\nmore\n".encode(), None)),
        (["--jwt-file", "{file}"], (5, f"{SECRET}\r\nmore".encode(), None)),
    ],
)
def test_peer_sees_the_identity(arguments: list[str], seen: tuple[int, bytes, bytes | None], tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(f"{SECRET}\r\nmore\n".encode())
    door = Door()
    with guarded(door) as address:
        result = invoke("echo", address, *(word.format(file=tmp_path / "file") for word in arguments))
    assert result.exit_code == 0, result.output
    assert door.seen == [seen]


def test_password_comes_from_the_environment_and_is_never_shown() -> None:
    door = Door()
    with guarded(door) as (host, port):
        done = subprocess.run(
            [str(DULCIMER), "echo", host, str(port), "--user", "A", "-d"],
            env={PASSWORD_VARIABLE: SECRET},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    assert door.seen == [(2, b"A", SECRET.encode())]
    assert SECRET not in done.stdout + done.stderr
    assert SECRET.encode().hex(" ") not in done.stderr
    assert SECRET not in repr(IdentityOptions("A", SECRET))
    assert SECRET not in invoke("echo", ("127.0.0.1", 104), "--help", env={PASSWORD_VARIABLE: SECRET}).output


def test_peer_that_lets_nobody_in_rejects() -> None:
    with guarded(Door(lets_in=False)) as address:
        result = invoke("echo", address, "--user", "A")
    assert result.exit_code == 1
    assert "rejected" in result.stderr


@pytest.mark.clause("PS3.7 D.3.3.7.2")
def test_identity_that_is_to_be_confirmed_and_is_not_is_a_failure() -> None:
    with guarded(Door(response=b"")) as address:
        assert invoke("echo", address, "--user", "A", "--expect-identity-response").exit_code == 0
    with serving(scp()) as address:  # without support for user identity
        assert invoke("echo", address, "--user", "A").exit_code == 0
        result = invoke("echo", address, "--user", "A", "--expect-identity-response")
        as_json = invoke("echo", address, "--user", "A", "--expect-identity-response", "--json")
    assert (result.exit_code, as_json.exit_code) == (1, 1)
    assert "did not confirm" in result.stderr
    assert lines_of(as_json)[-1]["error"]["clause"] == "PS3.7 D.3.3.7.2"


def test_identity_has_a_longest_length(tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(b"x" * 65536)
    (tmp_path / "empty").write_bytes(b"")
    for name in ("long", "empty"):
        with pytest.raises(typer.BadParameter):
            IdentityOptions(saml_file=tmp_path / name).item()


def test_echo_may_end_with_an_abort() -> None:
    seen = Seen()
    with serving(scp(), [(evt.EVT_ABORTED, seen), (evt.EVT_RELEASED, seen)]) as address:
        assert invoke("echo", address, "--abort").exit_code == 0
        seen.until("EVT_ABORTED")
        assert invoke("echo", address).exit_code == 0
        seen.until("EVT_RELEASED")
    assert seen.names == ["EVT_ABORTED", "EVT_RELEASED"]


def test_quiet_echo_prints_only_a_failure() -> None:
    with serving(scp()) as address:
        result = invoke("echo", address, "-q")
    assert (result.exit_code, result.output) == (0, "")
    with serving(scp(), [(evt.EVT_C_ECHO, lambda _: 0x0122)]) as address:
        failed = invoke("echo", address, "-q")
    assert failed.exit_code == 1
    assert "0122H" in failed.stderr


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("10.0.0.5", ("10.0.0.5", 0)),
        ("10.0.0.5:4000", ("10.0.0.5", 4000)),
        ("[::1]:4000", ("::1", 4000)),
        ("[::1]", ("::1", 0)),
        ("fe80::1", ("fe80::1", 0)),
        ("me.example.org:1", ("me.example.org", 1)),
    ],
)
def test_address_with_and_without_port(text: str, address: tuple[str, int]) -> None:
    assert split_address(text) == address


def test_text_of_a_peer_cannot_command_the_terminal() -> None:
    assert escaped("Müller^日本\\x") == "Müller^日本\\x"
    assert escaped("a\x1b[2J\x9b\u202e") == "a\\x1b[2J\\x9b\\u202e"


# TLS


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@contextlib.contextmanager
def tls_server(authority: trustme.CA, *names: str, newest: ssl.TLSVersion | None = None) -> Iterator[tuple[str, int]]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names).configure_cert(context)
    if newest is not None:
        context.maximum_version = newest
    with serving(scp(), ssl_context=context) as address:
        yield address


def test_certificate_of_another_authority_or_name_is_refused_with_advice(authority: trustme.CA, tmp_path: Path) -> None:
    for name, one in (("ca", authority), ("stranger", trustme.CA())):
        one.cert_pem.write_to_path(str(tmp_path / name))
    with tls_server(authority, "pacs.example.org") as address:
        stranger = invoke("echo", address, "--tls-ca", str(tmp_path / "stranger"))
        other_name = invoke("echo", address, "--tls-ca", str(tmp_path / "ca"))
        named = invoke("echo", address, "--tls-ca", str(tmp_path / "ca"), "--tls-name", "pacs.example.org")
        plain = invoke("echo", address, "-ta", "5")
    assert (stranger.exit_code, other_name.exit_code, named.exit_code) == (3, 3, 0)
    assert "We do not accept the peer's certificate: unable to get local issuer certificate." in stranger.stderr
    assert "use --tls-ca" in words_of(stranger.stderr)
    assert "We do not accept the peer's certificate: it is for another name than 127.0.0.1." in other_name.stderr
    assert "use --tls-name" in words_of(other_name.stderr)
    assert plain.exit_code in (1, 4)
    assert f"127.0.0.1 port {address[1]} speaks TLS, but we spoke plain DICOM" in plain.stderr


def test_peer_without_tls_is_no_tls_connection() -> None:
    with serving(scp()) as address:
        result = invoke("echo", address, "--tls")
    assert result.exit_code == 3
    assert result.stderr.startswith(f"127.0.0.1 port {address[1]} speaks plain DICOM, but we spoke TLS.")


def test_oldest_version_of_tls_can_be_set(authority: trustme.CA, tmp_path: Path) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca"))
    with tls_server(authority, "127.0.0.1", newest=ssl.TLSVersion.TLSv1_2) as address:
        options = ["--tls-ca", str(tmp_path / "ca")]
        assert invoke("echo", address, *options, "--tls-min", "1.2").exit_code == 0
        refused = invoke("echo", address, *options, "--tls-min", "1.3")
    assert refused.exit_code == 3
    assert "The peer and we support no common version of TLS" in words_of(refused.stderr)
    assert invoke("echo", address, "--tls-min", "1.1").exit_code == 2
