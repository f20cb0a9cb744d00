"""Cases per second of `dulcimer fuzz` and of boofuzz, against storescp: all replies are read, ours judged."""

from __future__ import annotations

import contextlib
import importlib.util
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from benchmarks.measures import Effort, Lane, Measure
from dulcimer.fuzz.campaign.calibrating import calibrate
from dulcimer.fuzz.campaign.making import make_case
from dulcimer.fuzz.campaign.setup import CampaignSetup, TargetSetup
from dulcimer.fuzz.choices import SeededChoices
from dulcimer.fuzz.corpus.seeds import acceptor_seeds
from dulcimer.fuzz.judging.session import TargetSession
from dulcimer.fuzz.sequences.planner import Planner
from dulcimer.fuzz.sequences.rendering import sequence_of
from dulcimer.fuzz.sequences.steps import AwaitReply, FuzzSequence
from support.peers.processes import storescp

ADVICE = "boofuzz is missing: pip install boofuzz"
_BOOFUZZ = Path(__file__).with_name("boofuzz_peer.py")
_CLIENT = ("echoscu", "-aec", "{aet}", "{host}", "{port}")
_LONGEST = 1000
"""Bytes of the seeds: the usual PDUs of an association."""


def fuzz_pdus(effort: Effort) -> Measure:
    """One changed A-ASSOCIATE-RQ in each case."""
    base = FuzzSequence("acceptor", (acceptor_seeds()["C-ECHO"].steps[0], AwaitReply()))
    lanes = [Lane("dulcimer", lambda: _rate((base,), effort.seconds))]
    if importlib.util.find_spec("boofuzz") is not None:
        lanes.append(Lane("boofuzz", lambda: _boofuzz_rate(effort.seconds)))
    note = "" if len(lanes) > 1 else ADVICE
    return Measure("fuzz-pdus", "one PDU, the reply judged; boofuzz only reads it", "cases/s", True, tuple(lanes), note)


def fuzz_sequences(effort: Effort) -> Measure:
    """Associations of 4 to 6 PDUs, with a change in each case."""
    names = ("C-ECHO", "C-ECHO in fragments", "C-STORE", "C-FIND", "C-ECHO three times")
    bases = tuple(acceptor_seeds()[name] for name in names)
    lane = Lane("dulcimer", lambda: _rate(bases, effort.seconds))
    return Measure("fuzz-sequences", "4 to 6 PDUs, each reply judged", "cases/s", True, (lane,))


def fuzz_requestors(effort: Effort) -> Measure:
    """A client of DCMTK, which is started for each case."""
    lane = Lane("dulcimer", lambda: _requestor_rate(effort.seconds))
    return Measure("fuzz-requestors", "echoscu, started for each case", "cases/s", True, (lane,))


def fuzz_restarts(effort: Effort) -> Measure:
    """A target that died is started again, until it listens."""
    lane = Lane("dulcimer", lambda: _restart(effort.rounds))
    return Measure("fuzz-restarts", "storescp, until it listens", "ms", False, (lane,))


def _rate(bases: tuple[FuzzSequence, ...], seconds: float) -> float:
    setup = TargetSetup(command=("storescp", "--ignore", "{port}"))
    with _calibrated(setup) as session:
        return _played(session, bases, seconds)


def _played(session: TargetSession, bases: tuple[FuzzSequence, ...], seconds: float) -> float:
    choices, ahead = SeededChoices(1), list[FuzzSequence]()

    def prepare() -> None:
        if not ahead:
            ahead.append(make_case(choices.pick(bases), choices, {}).sequence)

    began = time.perf_counter()
    for number in count(1):
        prepare()
        session.play(ahead.pop(), meanwhile=prepare)
        if (taken := time.perf_counter() - began) > seconds:
            return number / taken
    raise AssertionError


@contextlib.contextmanager
def _calibrated(setup: TargetSetup) -> Iterator[TargetSession]:
    with setup.session() as session:
        calibrate(session, setup.titles)
        yield session


def _requestor_rate(seconds: float) -> float:
    setup = TargetSetup(role="requestor", command=_CLIENT)
    with setup.session() as session:
        calibration = calibrate(session, setup.titles)
    worker = CampaignSetup(setup, calibration).open(0)
    try:
        bases = calibration.bases(setup.titles)
        scripts = Planner("requestor").scripts.values()
        sequences = tuple(sequence_of(script, bases) for script in scripts if script.cost < 100)
        return _played(worker.session, sequences, seconds)
    finally:
        worker.close()


def _restart(rounds: int) -> float:
    with TargetSetup(command=("storescp", "--ignore", "{port}")).session() as session:

        def restart() -> None:
            session.probe()  # one that was not used is not started again
            session.fresh()

        return _milliseconds(restart, 5 * rounds)


def _milliseconds(work: Callable[[], None], rounds: int) -> float:
    began = time.perf_counter()
    for _ in range(rounds):
        work()
    return (time.perf_counter() - began) / rounds * 1000


def _boofuzz_rate(seconds: float) -> float:
    with tempfile.TemporaryDirectory() as directory, storescp(Path(directory)) as peer:
        words = [sys.executable, str(_BOOFUZZ), str(peer.port), str(max(20, int(30 * seconds)))]
        done = subprocess.run(words, cwd=directory, capture_output=True, text=True, timeout=600, check=True)
    return float(done.stdout.split()[-1])
