"""C-ECHO between dulcimer and its peers, both ways."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from support.peers.processes import (
    DULCIMER,
    HOST,
    PYNETDICOM_PEER,
    WITHOUT_NAGLE,
    client,
    dulcimer_serve,
    free_port,
    pynetdicom_scp,
    storescp,
)

NOT_REACHABLE = 3


@pytest.mark.peer("DCMTK")
def test_echoscu_gets_its_answers_from_dulcimer(tmp_path: Path) -> None:
    with dulcimer_serve(tmp_path) as peer:
        command = ["echoscu", "-v", "--repeat", "3", HOST, str(peer.port)]
        done = client(command, environment=WITHOUT_NAGLE)
    assert (done.stdout + done.stderr).count("Received Echo Response (Success)") == 3


@pytest.mark.peer("DCMTK")
def test_dulcimer_answers_on_after_echoscu_has_aborted(tmp_path: Path) -> None:
    with dulcimer_serve(tmp_path) as peer:
        client(["echoscu", "--abort", HOST, str(peer.port)])
        client(["echoscu", HOST, str(peer.port)])


@pytest.mark.peer("DCMTK")
def test_echoscu_may_propose_128_contexts_with_all_its_transfer_syntaxes(tmp_path: Path) -> None:
    with dulcimer_serve(tmp_path) as peer:
        client(["echoscu", "-ppc", "128", "-pts", "38", HOST, str(peer.port)])


@pytest.mark.peer("pynetdicom")
def test_pynetdicom_gets_its_answers_from_dulcimer(tmp_path: Path) -> None:
    with dulcimer_serve(tmp_path) as peer:
        client([sys.executable, PYNETDICOM_PEER, "echo", str(peer.port), "--count", "3", "--steady"])


@pytest.mark.peer("DCMTK")
def test_dulcimer_verifies_storescp(tmp_path: Path) -> None:
    with storescp(tmp_path) as peer:
        client([DULCIMER, "echo", HOST, str(peer.port)])
        assert "Received Echo Request" in peer.log()


@pytest.mark.peer("pynetdicom")
def test_dulcimer_verifies_pynetdicom() -> None:
    with pynetdicom_scp(None) as peer:
        client([DULCIMER, "echo", HOST, str(peer.port)])


@pytest.mark.peer("DCMTK")
def test_dulcimer_says_that_storescp_refuses_the_association(tmp_path: Path) -> None:
    with storescp(tmp_path, "--refuse") as peer:
        done = client([DULCIMER, "echo", HOST, str(peer.port)], expect=1)
    assert "reject" in (done.stdout + done.stderr).lower()


def test_dulcimer_says_that_nobody_listens() -> None:
    done = client([DULCIMER, "echo", HOST, str(free_port())], expect=NOT_REACHABLE)
    assert done.stderr
    assert "Traceback" not in done.stderr
