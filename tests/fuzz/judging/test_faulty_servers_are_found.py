"""Servers with a planted fault: the least that triggers it is a suspicion, a finding, and comes again from its file."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.campaign.calibrating import Calibration, calibrate
from dulcimer.fuzz.campaign.setup import TargetSetup
from dulcimer.fuzz.corpus.seeds import acceptor_seeds
from dulcimer.fuzz.corpus.service_seeds import service_seeds
from dulcimer.fuzz.corpus.wide_seeds import wide_seeds
from dulcimer.fuzz.engine.settle import SettleTiming
from dulcimer.fuzz.findings.finding import FindingOracle
from dulcimer.fuzz.findings.reproducer import Reproducer
from dulcimer.fuzz.judging import acceptors, confirming, growth, replaying, session
from dulcimer.fuzz.judging.acceptors import AcceptorSession
from dulcimer.fuzz.judging.confirming import Confirmer
from dulcimer.fuzz.judging.forks import ForkTime
from dulcimer.fuzz.judging.growth import GrowthConfirmer
from dulcimer.fuzz.judging.replaying import replays
from dulcimer.fuzz.judging.suspicion import Suspicion
from dulcimer.fuzz.sequences.steps import FuzzSequence, SendBytes
from support.fuzz.targets.octets import RELEASE_RP, RELEASE_RQ, VERIFICATION, abort, item, p_data, pdu
from support.fuzz.targets.running import (
    STORE_CONTEXT,
    context,
    echo,
    instance_data,
    request,
    store_command,
)
from support.fuzz.targets.setups import UNHURRIED, setup_of, to_server
from support.peers.catalogue import require_peer

LONG = 1e6
"""Seconds to make a finding small; the tests do not depend on time."""
BAD_REQUEST = to_server(request(contexts=context(2, VERIFICATION)))
STORE = (request(), store_command(b"../2.25.7"), p_data(STORE_CONTEXT, 2, instance_data()))


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough patience for a busy machine, and few replays."""
    for module in (confirming, replaying, session):
        monkeypatch.setattr(module, "PATIENT", UNHURRIED)
    monkeypatch.setattr(acceptors, "_NOTICE", 1.0)
    monkeypatch.setattr(growth, "_PATIENCE", 0.05)
    for module in (confirming, growth):
        monkeypatch.setattr(module, "_FINAL_TRIES", 3)


@contextmanager
def at(setup: TargetSetup) -> Iterator[AcceptorSession]:
    with setup.session() as found:
        assert isinstance(found, AcceptorSession)
        found.timing = UNHURRIED
        assert found.probe() is None
        yield found


def suspected(found: AcceptorSession, sequence: FuzzSequence) -> Suspicion:
    suspicions = found.play(sequence, timing=UNHURRIED).suspicions
    suspicion = suspicions[0] if suspicions else found.probe()
    assert suspicion is not None
    return suspicion


def confirmed(found: AcceptorSession, setup: TargetSetup, sequence: FuzzSequence, *history: FuzzSequence) -> Reproducer:
    """The finding of a sequence, read from its file."""
    for each in history:
        found.play(each)
    suspicion = suspected(found, sequence)
    made = Confirmer(found, setup.target, seconds=LONG).confirm(
        suspicion, sequence, history=[(each, ()) for each in history]
    )
    assert made is not None
    assert (made.finding.oracle, made.finding.times, made.finding.tries) == (suspicion.oracle, 3, 3)
    return made


def comes_again(text: str, learned: Calibration | None = None) -> bool:
    """Whether a finding comes again, from the text of its file alone."""
    reproducer = Reproducer.from_text(text)
    with at(TargetSetup(command=tuple(shlex.split(reproducer.target.command)))) as found:
        if learned is not None:
            learned.apply(found)
        return next(replays(reproducer, found, 1)).came_again


def sent_by(reproducer: Reproducer) -> list[int]:
    """The types of the PDUs that are left."""
    return [step.data[0] for step in reproducer.sequence.steps if isinstance(step, SendBytes)]


def test_crash_after_three_pdus_is_made_small() -> None:
    setup = setup_of("dies-after-three")
    part = p_data(STORE_CONTEXT, 0, instance_data()[:20])
    with at(setup) as found:
        made = confirmed(
            found, setup, to_server(request(), echo(), store_command(), part, pdu(RELEASE_RQ, bytes(4)), echo())
        )
    assert made.finding.oracle is FindingOracle.EXIT
    assert made.finding.verdict == "The target died of SIGSEGV"
    assert sent_by(made) == [1, 4, 4, 5]
    assert comes_again(made.to_text())


@pytest.mark.long
def test_refusal_needs_the_connections_that_took_all_places() -> None:
    setup = setup_of("slot-after-bad-request")
    valid = to_server(request())
    with at(setup) as found:
        made = confirmed(found, setup, valid, valid, *[BAD_REQUEST] * 8)
    assert made.finding.oracle is FindingOracle.REFUSAL
    assert len(made.sequences) * made.rounds == 8
    assert comes_again(made.to_text())


def test_hang_on_half_a_pdu() -> None:
    setup = setup_of("hang-on-half-pdu")
    with at(setup) as found:
        found.timing = SettleTiming(grace=0.2, close=0.2, connect=5.0)
        found.play(to_server(request()[:100]))
        suspicion = found.probe(quick=True)
        assert suspicion is not None
        assert suspicion.oracle is FindingOracle.HANG
        found.fresh()
        assert found.probe() is None


def test_file_outside_its_place() -> None:
    setup = setup_of("path-from-uid", "--dir", "{dir}")
    with at(setup) as found:
        learned = calibrate(found, Titles())
        assert learned.home == "incoming"
        found.timing = UNHURRIED
        made = confirmed(found, setup, to_server(*STORE))
    assert made.finding.oracle is FindingOracle.FILE
    assert "'../2.25.7'" in made.finding.verdict
    assert comes_again(made.to_text(), learned)


@pytest.mark.long
def test_deviation_from_the_table() -> None:
    setup = setup_of("ignores-release-rp")
    with at(setup) as found:
        made = confirmed(found, setup, to_server(request(), echo(), pdu(RELEASE_RP, bytes(4)), echo()))
    assert made.finding.oracle is FindingOracle.DEVIATION
    assert "Evt13/Sta6" in made.finding.clause
    assert 6 in sent_by(made)
    assert "A-ABORT(2)" in made.expected
    assert comes_again(made.to_text())


def test_pdu_above_the_maximum_that_is_answered() -> None:
    with at(setup_of("accepts-above-maximum")) as found:
        data = p_data(STORE_CONTEXT, 2, instance_data() + bytes(20000))
        suspicion = suspected(found, to_server(request(), store_command(), data))
    assert (suspicion.oracle, suspicion.clause) == (FindingOracle.DEVIATION, "PS3.8 D.1.1")


def test_process_of_one_association_that_ends() -> None:
    with at(setup_of("crash-in-child")) as found:
        assert found.fork_time() is ForkTime.CONNECTION
        found.forks = ForkTime.CONNECTION
        suspicion = suspected(found, to_server(request(user=item(0x55, b"SEVENTEEN LETTERS"))))
        assert suspicion.oracle is FindingOracle.CHILD
        assert found.probe() is None


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "what", "sequence"),
    [
        ("descriptor-after-abort", "descriptors", to_server(request(), abort(2, 0))),
        ("allocates-declared-length", "peak", to_server(request(), b"\4\0\x10\0\0\0")),
    ],
)
def test_what_grows_is_confirmed(name: str, what: str, sequence: FuzzSequence, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "_ROUNDS", 4)
    setup = setup_of(name)
    with at(setup) as found:
        wanted = Suspicion(FindingOracle.GROWTH, "It grows", frames=(what,))
        made = GrowthConfirmer(found, setup.target, seconds=LONG).confirm(wanted, [to_server(request()), sequence])
    assert made is not None
    assert (made.finding.oracle, made.finding.frames) == (FindingOracle.GROWTH, (what,))
    assert made.finding.times >= 2
    assert comes_again(made.to_text())


@pytest.mark.peer("gcc")
def test_report_of_a_sanitizer_is_a_suspicion_with_its_frames(tmp_path_factory: pytest.TempPathFactory) -> None:
    require_peer("gcc")
    cache = tmp_path_factory.getbasetemp() / "targets"
    with at(setup_of("c-pdv-below-two", cache=cache)) as found:
        suspicion = suspected(found, to_server(request(), pdu(4, bytes((0, 0, 0, 1, 1)))))
        assert suspicion.oracle is FindingOracle.SANITIZER
        assert suspicion.frames
        assert found.restarts == 1
        assert found.probe() is None


def test_valid_sequences_raise_no_suspicion_of_a_correct_server() -> None:
    setup = setup_of("stub-server", "--dir", "{dir}")
    titles = Titles()
    seeds = {
        **acceptor_seeds(titles), **wide_seeds("acceptor", titles), **service_seeds("acceptor", titles),
    }  # fmt: skip
    with at(setup) as found:
        learned = calibrate(found, titles)
        assert learned.result.failures == ()
        served = {name for name, sequence in seeds.items() if sequence.digest in learned.served}
        assert {"C-ECHO", "C-FIND", "C-STORE", "every element in Explicit VR"} <= served
        assert not {"C-MOVE", "N-ACTION of storage commitment", "A-ABORT in an association"} & served
        found.timing = UNHURRIED
        suspicions = {name: found.play(sequence).suspicions for name, sequence in seeds.items()}
        assert {name: each for name, each in suspicions.items() if each} == {}
        assert found.probe() is None
        assert found.restarts == 0


def test_server_that_was_restarted_is_not_restarted_for_the_next_replay() -> None:
    with at(setup_of("stub-server")) as found:
        found.fresh()
        found.fresh()
        assert found.restarts == 1
        found.play(to_server(request()))
        found.fresh()
        assert found.restarts == 2


def test_nothing_is_left_of_a_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with at(setup_of("stub-server", "--dir", "{dir}")):
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


def test_nothing_is_left_of_a_server_that_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(session.TargetLostError):
        TargetSetup(command=("false", "{port}")).session()
    assert not list(tmp_path.iterdir())
