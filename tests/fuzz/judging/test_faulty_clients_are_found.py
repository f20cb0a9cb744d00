"""Clients with a planted fault: how they end is a suspicion, a finding, and comes again from its file."""

from __future__ import annotations

import shlex

import pytest

from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.campaign.calibrating import calibrate
from dulcimer.fuzz.campaign.setup import TargetSetup
from dulcimer.fuzz.engine.conversation import EndKind
from dulcimer.fuzz.engine.settle import SettleTiming
from dulcimer.fuzz.findings.finding import FindingOracle
from dulcimer.fuzz.findings.reproducer import Reproducer
from dulcimer.fuzz.judging import confirming, replaying, session
from dulcimer.fuzz.judging.confirming import Confirmer
from dulcimer.fuzz.judging.replaying import replays
from dulcimer.fuzz.sequences.steps import FuzzSequence, RefuseConnection
from support.fuzz.targets.octets import AC, APPLICATION_CONTEXT, DATA, IMPLICIT, item, pdu, reject
from support.fuzz.targets.setups import UNHURRIED, setup_of, to_client

LONG = 1e6
ECHO_ONLY = ("--operations", "echo")


def acceptance(maximum: int = 16384) -> bytes:
    context = item(0x21, bytes((1, 0, 0, 0)) + item(0x40, IMPLICIT))
    user = item(0x50, item(0x51, maximum.to_bytes(4, "big")) + item(0x52, b"2.25.1"))
    return pdu(AC, b"\0\1\0\0" + bytes(64) + item(0x10, APPLICATION_CONTEXT) + context + user)


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough patience for a busy machine, and few replays."""
    for module in (confirming, replaying, session):
        monkeypatch.setattr(module, "PATIENT", UNHURRIED)
    monkeypatch.setattr(confirming, "_FINAL_TRIES", 3)


def test_client_that_dies_is_a_finding() -> None:
    setup = setup_of("client-unknown-reason", *ECHO_ONLY)
    sequence = to_client(reject(1, 1, 8))
    with setup.session() as found:
        found.timing = UNHURRIED
        (suspicion,) = found.play(sequence).suspicions
        assert (suspicion.oracle, suspicion.verdict) == (FindingOracle.EXIT, "The client died of SIGSEGV")
        made = Confirmer(found, setup.target, seconds=LONG).confirm(suspicion, sequence)
    assert made is not None
    assert (made.finding.times, made.finding.tries) == (3, 3)
    assert made.sequence.sent == reject(1, 1, 8)
    reproducer = Reproducer.from_text(made.to_text())
    with TargetSetup("requestor", command=tuple(shlex.split(reproducer.target.command))).session() as found:
        assert next(replays(reproducer, found, 1)).came_again


def test_client_that_hangs_is_suspected() -> None:
    with setup_of("client-tiny-maximum", *ECHO_ONLY, patience=0.2).session() as found:
        found.timing = SettleTiming(grace=5.0, close=0.2, connect=30.0)
        (suspicion,) = found.play(to_client(acceptance(maximum=7))).suspicions
    assert suspicion.oracle is FindingOracle.HANG
    assert "0.2 seconds" in suspicion.verdict


def test_correct_client_is_not_suspected() -> None:
    """Neither of what kills others nor of valid answers; its exit status is not judged."""
    with setup_of("stub-client", *ECHO_ONLY).session() as found:
        found.timing = UNHURRIED
        for sequence in (
            to_client(reject(1, 1, 8)),
            to_client(acceptance(), pdu(DATA, b"")),
            FuzzSequence("requestor", (RefuseConnection(),)),
        ):
            assert found.play(sequence).suspicions == ()


def test_client_whose_connection_is_refused_ends() -> None:
    with setup_of("stub-client", *ECHO_ONLY).session() as found:
        played = found.play(FuzzSequence("requestor", (RefuseConnection(),)))
    assert played.record.end is EndKind.REFUSED
    assert played.suspicions == ()


def test_calibration_learns_what_a_client_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dulcimer.fuzz.campaign.calibrating._RUNS", 2)
    with setup_of("stub-client", *ECHO_ONLY).session() as found:
        learned = calibrate(found, Titles())
    assert learned.request[:1] == b"\1"
    assert len(learned.asks) == 1
    assert (learned.result.played, learned.result.passed) == (2, 2)
    assert not learned.is_broken


def test_command_that_is_not_there_is_a_lost_target() -> None:
    with TargetSetup("requestor", command=("no/such/client",)).session() as found:
        with pytest.raises(session.TargetLostError, match="no/such/client: No such file"):
            found.play(to_client(acceptance()))
