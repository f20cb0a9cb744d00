"""A missing peer is a visible skip, and a failure in continuous integration."""

from __future__ import annotations

import pytest

from support.peers import catalogue
from support.peers.catalogue import PEERS, PeerInfo, main, require_peer

ABSENT = PeerInfo("Absent", programs=("no-such-program",), package="absent-tools")


@pytest.fixture(autouse=True)
def only_an_absent_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "PEERS", {"Absent": ABSENT})


def test_missing_peer_skips_and_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"Absent is missing \(no-such-program\): apt-get install absent"):
        require_peer("Absent")


def test_missing_peer_fails_where_ci_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="Absent is missing"):
        require_peer("Absent")


def test_present_peer_neither_skips_nor_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "PEERS", {"pytest": PeerInfo("pytest", module="pytest")})
    require_peer("pytest")


def test_list_of_peers_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 1
    assert "missing    Absent: no no-such-program; apt-get install absent-tools" in capsys.readouterr().out


def test_each_peer_names_a_way_to_get_it() -> None:
    assert all(peer.advice for peer in PEERS.values())
