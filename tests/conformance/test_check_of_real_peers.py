"""Peers of other makers, and our own, fail where their baselines say, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dulcimer.conformance.judge import baseline
from dulcimer.conformance.model.verdict import Verdict
from support.conformance.check_peers import ACCEPTORS, BASELINES, REQUESTORS
from support.conformance.checking import OK, check
from support.conformance.dissected import complaints
from support.peers.catalogue import PEERS, require_peer
from support.peers.processes import HOST

EMPTY = ("dulcimer_serve", "dulcimer_echo")
"""Of these nothing fails."""


@pytest.mark.long
@pytest.mark.parametrize("name", ACCEPTORS)
def test_servers_fail_as_expected_and_nowhere_else(name: str, tmp_path: Path) -> None:
    peer = ACCEPTORS[name]
    if peer.needs:
        require_peer(peer.needs)
    with peer.start(tmp_path) as process:
        arguments = ("--fail-on", "S4", "--expect", BASELINES / f"{name}.toml", *peer.arguments)
        arguments = (*arguments, *(word for glob in peer.quick for word in ("-k", glob)))
        report = tmp_path / "report.json"
        result = check(HOST, process.port, *arguments, "--json", report)
    assert result.exit_code == OK, result.output
    assert "baseline:" not in result.output
    if name == "dcmtk_storescp" and not PEERS["tshark"].missing:
        assert list(complaints(json.loads(report.read_text()), tmp_path)) == []


@pytest.mark.long
@pytest.mark.parametrize("name", REQUESTORS)
def test_commands_fail_as_expected_and_nowhere_else(name: str) -> None:
    peer = REQUESTORS[name]
    if peer.needs:
        require_peer(peer.needs)
    arguments = ("-k", peer.quick, "--fail-on", "S4", "--expect", BASELINES / f"{name}.toml")
    result = check("--requestor", *arguments, "--", *peer.command)
    assert result.exit_code == OK, result.output
    assert "baseline:" not in result.output


@pytest.mark.parametrize("name", [*ACCEPTORS, *REQUESTORS])
def test_every_expected_failure_has_a_reason_and_its_clause(name: str) -> None:
    entries = baseline.load(BASELINES / f"{name}.toml")
    assert bool(entries) != (name in EMPTY)
    for entry in entries:
        assert entry.verdict == Verdict.FAILED or (entry.sometimes and entry.verdict == Verdict.INFORMATIONAL)
        assert "not explained" not in entry.reason
        assert "PS3." in entry.reason or "Table 9-10" in entry.reason


def test_every_baseline_is_that_of_a_peer() -> None:
    assert {path.stem for path in BASELINES.glob("*.toml")} == {*ACCEPTORS, *REQUESTORS}


def test_every_peer_can_be_got() -> None:
    needed = {peer.needs for peer in ACCEPTORS.values()} | {peer.needs for peer in REQUESTORS.values()}
    assert needed <= {*PEERS, ""}
