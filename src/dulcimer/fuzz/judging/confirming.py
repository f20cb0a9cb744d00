"""A suspicion is confirmed by replays on a fresh target, made small, and counted: then it is a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from time import monotonic
from typing import TypeAlias

from dulcimer.conformance.model.oracle import Cell
from dulcimer.fuzz.engine.settle import PATIENT, SettleTiming
from dulcimer.fuzz.findings.cooking import cook
from dulcimer.fuzz.findings.finding import FindingOracle, FuzzFinding, is_stable
from dulcimer.fuzz.findings.recipes import PduRecipe
from dulcimer.fuzz.findings.reproducer import FuzzTarget, Reproducer
from dulcimer.fuzz.findings.seen import SeenConversation
from dulcimer.fuzz.findings.shrinking import shrink, shrink_history
from dulcimer.fuzz.judging.session import Played, TargetSession
from dulcimer.fuzz.judging.suspicion import Suspicion
from dulcimer.fuzz.sequences.steps import FuzzSequence

_FIRST_TRIES = 3
_FINAL_TRIES = 10
_PATIENT_TRIES = 2
"""Replays that wait for a target that may hang as long as it takes to be sure."""
_SHRINKING = 300
"""Replays to make a sequence smaller, at most."""
_IN_A_ROW = (1, 3)
"""How often a smaller sequence has to show it in a row, at first, and once more if the smallest is not stable."""
_SHRINKING_HISTORY = 40
_HISTORIES = (16, 128, 1024)
"""How many connections are replayed, if the last one alone does not show it."""
_ROUNDS = (1, 2, 4, 8, 16, 32, 64)
"""How often in a row one connection is tried alone."""
_OF_STATE = frozenset(
    (
        FindingOracle.EXIT,
        FindingOracle.SANITIZER,
        FindingOracle.HANG,
        FindingOracle.REFUSAL,
        FindingOracle.CHILD,
        FindingOracle.FILE,
    )
)
"""What may depend on earlier connections."""

Recipes: TypeAlias = Sequence[PduRecipe | None]


@dataclass(frozen=True, slots=True)
class ShownAgain:
    """A replay that has shown it: the suspicion as it came, and its last connection."""

    suspicion: Suspicion
    played: Played


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sequence that may become the reproducer, what is played before it, and the replays that have shown it."""

    sequence: FuzzSequence
    recipes: Recipes
    before: tuple[FuzzSequence, ...]
    seen: tuple[ShownAgain, ...] = ()

    @property
    def is_stable(self) -> bool:
        return is_stable(len(self.seen), _FINAL_TRIES)


class Confirmer:
    """Replays on one session. `seconds`: for making one finding small, about; `doing` is told what it does."""

    def __init__(
        self,
        session: TargetSession,
        target: FuzzTarget,
        *,
        seconds: float = 12.0,
        doing: Callable[[str], None] = lambda _: None,
        seed: int | None = None,
        batch: int | None = None,
    ) -> None:
        self._session = session
        self._target = target
        self._seconds = seconds
        self._doing = doing
        self._seed, self._batch = seed, batch
        self._is_spoiled = self._may_hang = False

    def confirm(
        self,
        suspicion: Suspicion,
        sequence: FuzzSequence,
        recipes: Recipes = (),
        history: Sequence[tuple[FuzzSequence, Recipes]] = (),
    ) -> Reproducer | None:
        """The finding with its smallest reproducer; None if it does not come again. Raises TargetLostError.

        `history`: the sequences that were played before on the same target with their recipes, the oldest first.
        """
        self._may_hang = suspicion.oracle is FindingOracle.HANG
        self._session.expects_end = suspicion.oracle.ends_a_process
        try:
            return self._confirmed(suspicion, sequence, recipes, history)
        finally:
            self._session.expects_end = self._session.expects_hang = False

    # ------------------------------------------------------------------ inside

    def _confirmed(
        self,
        suspicion: Suspicion,
        sequence: FuzzSequence,
        recipes: Recipes,
        history: Sequence[tuple[FuzzSequence, Recipes]],
    ) -> Reproducer | None:
        self._doing(f"confirming: {suspicion.oracle}")
        timings = (PATIENT, self._session.timing)
        timing = next((each for each in timings if self._holds(suspicion, sequence, each)), None)
        self._session.expects_hang = self._may_hang
        before: tuple[FuzzSequence, ...] = ()
        if timing is None:
            together = self._with_history(suspicion, (*history, (sequence, recipes)))
            if together is None:
                return None
            before, sequence, recipes = together
        # A target that only falls over when it is hurried is hurried until the steps that wait are left out.
        hurried = timing if timing is self._session.timing else self._session.brisk
        found: list[_Candidate] = []
        for candidate in self._candidates(suspicion, before, sequence, tuple(recipes), hurried):
            found.append(self._counted(suspicion, candidate))
            if found[-1].is_stable:
                break
        best = max(found, key=lambda each: len(each.seen))
        return self._reproducer(suspicion, best) if len(best.seen) > _FINAL_TRIES // 2 else None

    def _candidates(
        self,
        suspicion: Suspicion,
        before: tuple[FuzzSequence, ...],
        sequence: FuzzSequence,
        recipes: Recipes,
        timing: SettleTiming,
    ) -> Iterator[_Candidate]:
        """What may show it each time, the smallest first.

        One replay for each try may be luck where much depends on time; several in a row are not. So a sequence that is
        too small to come again is made once more, with more replays for each try. The last one is as it was played.
        """
        tries = _SHRINKING if not before else _SHRINKING // 5
        for in_a_row in _IN_A_ROW:
            self._doing(f"shrinking: {suspicion.oracle}")
            deadline = monotonic() + self._seconds

            def still_shows(smaller: FuzzSequence, until: float = deadline, rows: int = in_a_row) -> bool:
                whole = (*_again(before, sequence, smaller), smaller)
                return monotonic() < until and all(
                    self._shows(suspicion, whole, fresh=bool(before), timing=timing) for _ in range(rows)
                )

            small = shrink(sequence, still_shows, recipes=recipes, cook=cook, most_tries=tries)
            yield _Candidate(small.sequence, small.recipes, _again(before, sequence, small.sequence))
        yield _Candidate(sequence, recipes, before)

    def _counted(self, suspicion: Suspicion, candidate: _Candidate) -> _Candidate:
        """The candidate with what its replays have shown.

        Until one has shown that the target hangs, it has as much time as before the first hostile byte; if two of those
        do not, it was only slow, as on a busy machine.
        """
        seen: list[ShownAgain] = []
        for number in range(1, _FINAL_TRIES + 1):
            self._session.expects_hang = self._may_hang and bool(seen)
            if self._may_hang and not seen and number > _PATIENT_TRIES:
                break
            whole = (*candidate.before, candidate.sequence)
            shown = self._shows(suspicion, whole, patient=self._may_hang and not seen)
            seen += [] if shown is None else [shown]
            if number - len(seen) >= _FINAL_TRIES // 2:
                break
        self._session.expects_hang = self._may_hang
        return replace(candidate, seen=tuple(seen))

    def _holds(self, wanted: Suspicion, sequence: FuzzSequence, timing: SettleTiming) -> bool:
        """Whether it comes again in most of a few tries."""
        return sum(self._shows(wanted, (sequence,), timing=timing) is not None for _ in range(_FIRST_TRIES)) >= 2

    def _shows(
        self,
        wanted: Suspicion,
        sequences: Sequence[FuzzSequence],
        *,
        fresh: bool = True,
        timing: SettleTiming | None = None,
        patient: bool = False,
    ) -> ShownAgain | None:
        if fresh or self._is_spoiled:
            self._session.fresh()
            self._is_spoiled = False
        for sequence in sequences[:-1]:
            self._session.play(sequence)
        played = self._session.play(sequences[-1], timing=timing or PATIENT)
        found = [each for each in played.suspicions if each.is_same(wanted)]
        if not found and wanted.oracle.is_seen_by_probe:
            probed = self._session.probe(quick=not patient)
            found = [probed] if probed is not None and probed.oracle.is_seen_by_probe else []
        self._is_spoiled = bool(found) and wanted.oracle.is_seen_by_probe
        return ShownAgain(found[0], played) if found else None

    def _with_history(
        self, wanted: Suspicion, history: Sequence[tuple[FuzzSequence, Recipes]]
    ) -> tuple[tuple[FuzzSequence, ...], FuzzSequence, Recipes] | None:
        """The sequences before the last one, that, and its recipes, which show it together; None if they do not.

        The shortest part of the history up to its end begins with the one that matters. That alone may be enough, or
        often enough in a row; else what is not needed between it and the end is left out.
        """
        if wanted.oracle not in _OF_STATE or not self._session.can_restart:
            return None
        known = dict(history)
        found = next((part for part in _parts(history) if self._shows(wanted, part, timing=self._session.timing)), None)
        if found is None:
            return None
        self._doing(f"looking for what brings it about: {wanted.oracle}")
        short, long = 0, len(found)
        while long - short > 1:
            middle = (short + long) // 2
            if self._shows(wanted, found[-middle:], timing=self._session.timing):
                long = middle
            else:
                short = middle
        first = found[-long]
        for rounds in _ROUNDS:
            if self._shows(wanted, (first,) * rounds):
                return (first,) * (rounds - 1), first, known[first]
        deadline = monotonic() + self._seconds
        rest = shrink_history(
            found[-long:],
            lambda part: bool(part) and monotonic() < deadline and self._shows(wanted, part) is not None,
            most_tries=_SHRINKING_HISTORY,
        )
        return rest[:-1], rest[-1], known[rest[-1]]

    def _reproducer(self, suspicion: Suspicion, best: _Candidate) -> Reproducer:
        sequence, recipes, last = best.sequence, best.recipes, best.seen[-1]
        finding = FuzzFinding(
            suspicion.oracle,
            last.suspicion.verdict,
            suspicion.confidence,
            suspicion.clause,
            _cell(suspicion, last),
            sequence.operators,
            suspicion.frames,
            len(best.seen),
            _FINAL_TRIES,
        )
        serves = not self._session.can_restart or not suspicion.oracle.is_seen_by_probe
        return _with_rounds(
            Reproducer(
                finding,
                sequence,
                SeenConversation.of(last.played.record, serves and suspicion.oracle is not FindingOracle.EXIT),
                suspicion.expected,
                best.before,
                1,
                tuple(recipes) if len(recipes) == len(sequence.steps) else (),
                self._target,
                self._seed,
                self._batch,
            )
        )


def _parts(history: Sequence[tuple[FuzzSequence, Recipes]]) -> Iterator[tuple[FuzzSequence, ...]]:
    """The last few, then more."""
    sequences = tuple(sequence for sequence, _ in history)
    longer = [length for shorter, length in pairwise((0, *_HISTORIES)) if shorter < len(sequences)]
    return (sequences[-length:] for length in longer)


def _again(before: tuple[FuzzSequence, ...], sequence: FuzzSequence, smaller: FuzzSequence) -> tuple[FuzzSequence, ...]:
    """What is played before a smaller sequence: where that was played several times, so is the smaller one."""
    return tuple(smaller if each == sequence else each for each in before)


def _cell(suspicion: Suspicion, last: ShownAgain) -> Cell | None:
    """Where it happened: for a fact, the only cell in which the target can have taken what was sent last."""
    if suspicion.oracle in (FindingOracle.PEER_BYTES, FindingOracle.GROWTH):
        return None
    due = last.played.review.due
    return last.suspicion.cell or suspicion.cell or (next(iter(due)) if len(due) == 1 else None)


def _with_rounds(reproducer: Reproducer) -> Reproducer:
    """The same sequence again and again is written once, with the number of rounds."""
    sequences = {each.digest for each in (*reproducer.before, reproducer.sequence)}
    if not reproducer.before or len(sequences) > 1:
        return reproducer
    return replace(reproducer, before=(), rounds=1 + len(reproducer.before))
