"""A target in memory: what is wrong with it follows from what was played since its start."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from dulcimer.fuzz.engine.conversation import ConnectionRecord, Ended, EndKind, Sent
from dulcimer.fuzz.engine.settle import SettleTiming
from dulcimer.fuzz.judging.meanwhile import Meanwhile
from dulcimer.fuzz.judging.session import Played, TargetSession
from dulcimer.fuzz.judging.suspicion import Suspicion
from dulcimer.fuzz.oracle.review import Review
from dulcimer.fuzz.sequences.steps import Chunks, FuzzSequence, SendBytes
from dulcimer.fuzz.targets.vitals import Vitals

Since = Sequence[FuzzSequence]
"""What was played since the start."""


def _nothing(_: Since) -> Iterable[Suspicion]:
    return ()


def _no_vitals(_: Since) -> Vitals:
    return Vitals()


class MemorySession(TargetSession):
    """`says`: what looks wrong after a connection; `probed`: after a probe; it ends the target if `ends` says so."""

    role = "acceptor"

    def __init__(
        self,
        says: Callable[[Since], Iterable[Suspicion]] = _nothing,
        *,
        probed: Callable[[Since], Iterable[Suspicion]] = _nothing,
        ends: Callable[[Since], bool] = lambda _: False,
        vitals: Callable[[Since], Vitals] = _no_vitals,
        can_restart: bool = True,
        has_time: bool = True,
    ) -> None:
        super().__init__()
        self.can_restart = can_restart
        self.all: list[FuzzSequence] = []
        self.timings: list[SettleTiming | None] = []
        self.since: list[FuzzSequence] = []
        self.is_closed = False
        self._has_time = has_time
        self._says, self._probed, self._ends, self._vitals = says, probed, ends, vitals

    def play(
        self, sequence: FuzzSequence, *, timing: SettleTiming | None = None, meanwhile: Meanwhile | None = None
    ) -> Played:
        self.all.append(sequence)
        if meanwhile is not None and self._has_time:
            meanwhile()
        self.since.append(sequence)
        self.timings.append(timing)
        sent = tuple(
            Sent(0.0, number, step.data)
            for number, step in enumerate(sequence.steps)
            if isinstance(step, SendBytes | Chunks)
        )
        record = ConnectionRecord((*sent, Ended(0.1, EndKind.FIN)))
        played = Played(record, Review((), frozenset(), frozenset()), tuple(self._says(self.since)))
        if self._ends(self.since):
            self._start()
        return played

    def probe(self, *, quick: bool = False) -> Suspicion | None:
        return next(iter(self._probed(self.since)), None)

    def fresh(self) -> None:
        if self.can_restart:
            self._start()

    def vitals(self) -> Vitals:
        return self._vitals(self.since)

    def close(self) -> None:
        self.is_closed = True

    def _start(self) -> None:
        self.restarts += 1
        self.since.clear()
