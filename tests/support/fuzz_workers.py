"""Workers without a target: what they give follows from the seed, the number and the cases of the order."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path

from dulcimer._generated.fsm import TABLE
from dulcimer.fuzz.campaign.batch import BatchOrder, BatchResult
from dulcimer.fuzz.campaign.causes import CauseTally
from dulcimer.fuzz.campaign.plan import CampaignSubject
from dulcimer.fuzz.campaign.result import CalibrationResult
from dulcimer.fuzz.campaign.working import Heard
from dulcimer.fuzz.choices import SeededChoices
from dulcimer.fuzz.findings.finding import FindingOracle, FuzzFinding
from dulcimer.fuzz.findings.found import FoundOnce
from dulcimer.fuzz.findings.reproducer import FuzzTarget, Reproducer
from dulcimer.fuzz.judging.session import TargetLostError
from dulcimer.fuzz.judging.suspicion import Suspicion
from dulcimer.fuzz.sequences.steps import FuzzSequence, SendBytes
from dulcimer.fuzz.targets.vitals import Vitals

CELLS = tuple(sorted(TABLE))
RATE = 1000.0
"""Cases in a second, as the fakes say; they take no time."""
SUBJECT = CampaignSubject(
    "127.0.0.1",
    104,
    FuzzTarget("fake"),
    CalibrationResult(20, 20),
    frozenset(CELLS[:60]),
    {CELLS[60]: "nobody can"},
    frozenset({("A-ABORT", "zero"), ("A-ABORT", "one")}),
    ("Its exit status.",),
    ("Its memory: it was not started here.",),
    ("TLS.",),
)


def fake_result(seed: int, number: int, cases: int) -> BatchResult:
    """What a batch gives; about one of two has a finding, of few different ones, and adds to the corpus."""
    choices = SeededChoices(b"%d %d %d" % (seed, number, cases))
    cells = {choices.pick(CELLS): choices.integer(1, 5) for _ in range(choices.integer(0, 6))}
    sequence = FuzzSequence("acceptor", (SendBytes(choices.octets(choices.integer(1, 4)), "bytes"),))
    finding = FuzzFinding(FindingOracle.EXIT, "It ended.", cell=choices.pick(CELLS[:5]), times=1, tries=1)
    found = (FoundOnce.of(Reproducer(finding, sequence, seed=seed, batch=number, tool="fake")),)
    return BatchResult(
        number,
        cases,
        cases * 3,
        cases / RATE,
        certain=cells,
        possible={choices.pick(CELLS): 1},
        pairs={("A-ABORT", choices.pick(["zero", "one", "two"])): cases},
        triples=frozenset({f">{choices.integer(0, 9)}", f">{choices.integer(0, 9)}"}),
        found=found if choices.chance(1, 2) else (),
        repeats={finding.key: 1},
        causes={Suspicion.of(finding).cause: CauseTally(confirmed=1, key=finding.key)},
        unconfirmed={"It was slow.": choices.integer(1, 3)},
        additions=(sequence,) if choices.chance(1, 2) else (),
        restarts=1,
        vitals=Vitals(1000 + number, 5, 1, 1),
    )


@dataclass(frozen=True)
class FakeSetup:
    """How a fake worker behaves.

    - `seconds` for each batch, in which it says how it goes.
    - `fails`: batches that raise an error. `dies`: batches in which the process ends; `hangs`: in which nothing more
      is heard. Those two do so once, if `once` is a directory, where they leave a file.
    - `lost`: batches in which the target is lost. `child`: it starts a process, and writes its pid into this directory.
    """

    seconds: float = 0.0
    fails: tuple[int, ...] = ()
    dies: tuple[int, ...] = ()
    hangs: tuple[int, ...] = ()
    lost: tuple[int, ...] = ()
    once: Path | None = None
    child: Path | None = None

    def open(self, number: int) -> FakeWorker:
        return FakeWorker(self, number)


class FakeWorker:
    """Gives `fake_result`."""

    def __init__(self, setup: FakeSetup, number: int) -> None:
        self.setup = setup
        self.name = f"worker {number}"
        self.child: subprocess.Popen[bytes] | None = None
        if setup.child is not None:
            # A target is in a session of its own, too.
            self.child = subprocess.Popen(["sleep", "600"], start_new_session=True)
            (setup.child / str(self.child.pid)).touch()

    def play(self, order: BatchOrder, heard: Heard) -> BatchResult:
        heard(f"batch {order.number}", 0)
        if order.number in self.setup.lost:
            raise TargetLostError("it does not start")
        if order.number in self.setup.fails:
            raise RuntimeError(f"a fault in batch {order.number}")
        if order.number in self.setup.dies and self._first("dies", order):
            os._exit(9)
        while order.number in self.setup.hangs and self._first("hangs", order):
            time.sleep(600)
        until = time.monotonic() + self.setup.seconds
        while time.monotonic() < until:
            heard(f"batch {order.number}", order.cases // 2)
            time.sleep(0.002)
        return replace(fake_result(order.seed, order.number, order.cases), worker=self.name)

    def close(self) -> None:
        if self.child is not None:
            self.child.kill()
            self.child.wait()

    def _first(self, what: str, order: BatchOrder) -> bool:
        if self.setup.once is None:
            return True
        trace = self.setup.once / f"{what}-{order.number}"
        try:
            trace.touch(exist_ok=False)
        except FileExistsError:
            return False
        return True
