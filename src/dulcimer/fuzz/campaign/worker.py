"""One worker: it plays the cases of a batch at its own target, and makes findings of what looks wrong."""

from __future__ import annotations

import os
import socket
from collections import Counter, deque
from collections.abc import Callable
from time import perf_counter

from dulcimer.conformance.model.oracle import Cell
from dulcimer.fuzz.campaign.batch import BatchOrder, BatchResult
from dulcimer.fuzz.campaign.causes import CauseTally, add_causes, tally_of
from dulcimer.fuzz.campaign.drawing import CaseDrawer
from dulcimer.fuzz.campaign.making import MadeCase, as_it_is
from dulcimer.fuzz.campaign.triples import triples_of
from dulcimer.fuzz.campaign.upcoming import BatchCases
from dulcimer.fuzz.campaign.visiting import CellVisits
from dulcimer.fuzz.campaign.waiting import WaitingLane
from dulcimer.fuzz.findings.finding import FindingCause, FindingKey
from dulcimer.fuzz.findings.found import FindingSet
from dulcimer.fuzz.findings.recipes import PduRecipe
from dulcimer.fuzz.findings.reproducer import FuzzTarget, Reproducer
from dulcimer.fuzz.judging.confirming import Confirmer
from dulcimer.fuzz.judging.growth import GrowthConfirmer, GrowthWatch
from dulcimer.fuzz.judging.session import Played, TargetSession
from dulcimer.fuzz.judging.suspicion import Suspicion
from dulcimer.fuzz.operators.catalogue import Pair
from dulcimer.fuzz.sequences.rendering import BasePdus
from dulcimer.fuzz.sequences.steps import Chunks, FuzzSequence, SendBytes

_HISTORY = 2048
"""Sequences that are kept for what depends on several of them."""
_SOON_AGAIN = 5.0
"""Seconds of what waited for timers, up to which it is worth to be confirmed."""
_BETWEEN_PROBES = 64
_BETWEEN_LOOKS = 256
_ADDITIONS = 5
"""Sequences that one batch adds to the corpus, at most."""
_LONGEST_ADDITION = 1 << 14
"""Bytes that such a sequence sends, at most."""

Heard = Callable[[str, int], None]
"""Is told what is done, and how many cases of the batch were played."""


class SessionWorker:
    """Plays batches on one session.

    `seconds`: for making one finding small, about. `waiting`: what is played beside the batches.
    `served`: see `CaseDrawer`.
    """

    def __init__(
        self,
        session: TargetSession,
        target: FuzzTarget,
        bases: BasePdus,
        *,
        seconds: float = 12.0,
        waiting: WaitingLane | None = None,
        served: frozenset[str] = frozenset(),
    ) -> None:
        self.session = session
        self._target = target
        self._seconds = seconds
        self._drawer = CaseDrawer(session.role, bases, served)
        self._visits = CellVisits(session.role, bases)
        self._waiting = waiting
        if waiting is not None:
            waiting.start()
        self._history: deque[tuple[FuzzSequence, tuple[PduRecipe | None, ...]]] = deque(maxlen=_HISTORY)
        self._growth = GrowthWatch()
        self._triples: set[str] = set()
        self._name = f"{socket.gethostname()}:{os.getpid()}"

    def play(self, order: BatchOrder, heard: Heard = lambda *_: None) -> BatchResult:
        """Play a batch. Raises TargetLostError."""
        counts = _BatchCounts()
        began, restarts = perf_counter(), self.session.restarts
        cases = BatchCases(order, self._drawer, self._visits)
        for number, (case, is_visit) in enumerate(cases):
            starts = self.session.restarts
            # In a visit, the next step is worth nothing if it comes before the answer.
            timing = self.session.brisk if is_visit else None
            played = self.session.play(case.sequence, timing=timing, meanwhile=cases.prepare)
            if is_visit:
                counts.visited(case.sequence, played)
            counts.take(case, played)
            self._keep(counts, case, played)
            suspicions = played.suspicions
            heard("playing", number + 1)
            if not suspicions and number % _BETWEEN_PROBES == _BETWEEN_PROBES - 1:
                suspicions = tuple(filter(None, [self.session.probe()]))
            if suspicions:
                self._suspect(suspicions, case, order, counts, _at(heard, number + 1))
            if self.session.restarts == starts:
                self._history.append((case.sequence, case.recipes))
            else:
                self._begin()
            if number % _BETWEEN_LOOKS == _BETWEEN_LOOKS - 1:
                self._look(order, counts, _at(heard, number + 1))
        for waited in self._waiting.taken() if self._waiting is not None else ():
            case, played = as_it_is(waited.sequence), waited.played
            counts.take(case, played)
            counts.visited(waited.sequence, played)
            if waited.found is not None:
                counts.found.add(waited.found)
            elif played.suspicions and played.record.entries[-1].at < _SOON_AGAIN:
                self._suspect(played.suspicions, case, order, counts, _at(heard, order.cases))
        seconds = perf_counter() - began - counts.confirming
        return counts.result(order, seconds, self.session, self.session.restarts - restarts, self._name)

    def close(self) -> None:
        """End the target."""
        if self._waiting is not None:
            self._waiting.close()
        self.session.close()

    # ------------------------------------------------------------------ inside

    def _keep(self, counts: _BatchCounts, case: MadeCase, played: Played) -> None:
        """A sequence that has shown something new is for the corpus."""
        fresh = triples_of(played.record, case.sequence.steps) - self._triples
        if fresh:
            self._triples |= fresh
            counts.triples |= fresh
            if len(counts.additions) < _ADDITIONS and len(case.sequence.sent) <= _LONGEST_ADDITION:
                counts.additions.append(case.sequence)

    def _begin(self) -> None:
        """The target is a fresh one."""
        self._history.clear()
        self._growth.begin()

    def _look(self, order: BatchOrder, counts: _BatchCounts, doing: Callable[[str], None]) -> None:
        """See whether the target grows."""
        if not self.session.can_restart:
            return
        suspicion = self._growth.look(self.session.vitals())
        if suspicion is None:
            return
        if counts.is_counted(suspicion, order):
            self._growth.begin()
            return
        began = perf_counter()
        confirmer = GrowthConfirmer(
            self.session, self._target, seconds=3 * self._seconds, doing=doing, seed=order.seed, batch=order.number
        )
        recipes = dict(self._history)
        found = confirmer.confirm(suspicion, tuple(recipes), lambda sequence: recipes.get(sequence, ()))
        counts.confirming += perf_counter() - began
        self.session.fresh()
        self._begin()
        counts.tried(suspicion, found)

    def _suspect(
        self,
        suspicions: tuple[Suspicion, ...],
        case: MadeCase,
        order: BatchOrder,
        counts: _BatchCounts,
        doing: Callable[[str], None],
    ) -> None:
        """Confirm the first suspicion whose cause is not known well enough; count the others."""
        for suspicion in suspicions:
            if counts.is_counted(suspicion, order):
                if suspicion.oracle.is_seen_by_probe:
                    self.session.fresh()
                    self._begin()
                    return
                continue
            began = perf_counter()
            confirmer = Confirmer(
                self.session, self._target, seconds=self._seconds, doing=doing, seed=order.seed, batch=order.number
            )
            found = confirmer.confirm(suspicion, case.sequence, case.recipes, tuple(self._history))
            counts.confirming += perf_counter() - began
            if suspicion.oracle.is_seen_by_probe:
                self.session.fresh()
            self._begin()
            counts.tried(suspicion, found)
            return


def _at(heard: Heard, cases: int) -> Callable[[str], None]:
    """Says what is done after so many cases."""
    return lambda text: heard(text, cases)


class _BatchCounts:
    """What a batch has come to so far."""

    def __init__(self) -> None:
        self.cases = self.pdus = 0
        self.confirming = 0.0
        self.certain: Counter[Cell] = Counter()
        self.possible: Counter[Cell] = Counter()
        self.visits: Counter[Cell] = Counter()
        self.missed: Counter[Cell] = Counter()
        self.pairs: Counter[Pair] = Counter()
        self.triples: set[str] = set()
        self.found = FindingSet()
        self.repeats: Counter[FindingKey] = Counter()
        self.unconfirmed: Counter[str] = Counter()
        self.causes: dict[FindingCause, CauseTally] = {}
        self.additions: list[FuzzSequence] = []

    def take(self, case: MadeCase, played: Played) -> None:
        """Count a case."""
        self.cases += 1
        self.pdus += sum(isinstance(step, SendBytes | Chunks) for step in case.sequence.steps)
        self.certain.update(played.review.certain)
        self.possible.update(played.review.possible)
        self.pairs.update(case.pairs)

    def visited(self, sequence: FuzzSequence, played: Played) -> None:
        """Count a case that was to visit its cell."""
        cell, reviewed = sequence.cell, played.review
        if cell is None:
            return
        self.visits[cell] += 1
        if reviewed.possible and cell not in reviewed.possible and not reviewed.deviations:
            self.missed[cell] += 1

    def is_counted(self, suspicion: Suspicion, order: BatchOrder) -> bool:
        """Whether its cause is known well enough, or cannot be confirmed; then it is counted, and that is all."""
        tally = tally_of(suspicion.cause, order.causes, self.causes)
        if not tally.is_enough:
            return False
        if tally.key is not None:
            self.repeats[tally.key] += 1
        else:
            self.unconfirmed[suspicion.verdict] += 1
        return True

    def tried(self, suspicion: Suspicion, found: Reproducer | None) -> None:
        """Take what came of a try to confirm it."""
        if found is None:
            self.unconfirmed[suspicion.verdict] += 1
            tally = CauseTally(failed=1)
        else:
            self.found.add(found)
            tally = CauseTally(confirmed=1, key=found.finding.key)
        add_causes(self.causes, {suspicion.cause: tally})

    def result(
        self, order: BatchOrder, seconds: float, session: TargetSession, restarts: int, name: str
    ) -> BatchResult:
        """As a value."""
        return BatchResult(
            order.number,
            self.cases,
            self.pdus,
            seconds,
            self.confirming,
            dict(self.certain),
            dict(self.possible),
            dict(self.pairs),
            frozenset(self.triples),
            tuple(self.found),
            dict(self.repeats),
            dict(self.unconfirmed),
            dict(self.causes),
            tuple(self.additions),
            restarts,
            session.vitals(),
            name,
            dict(self.visits),
            dict(self.missed),
        )
