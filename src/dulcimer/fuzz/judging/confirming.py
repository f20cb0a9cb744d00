"""A suspicion is confirmed by replays on a fresh target, made small, and counted: then it is a finding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import monotonic

from dulcimer.conformance.model.oracle import Cell
from dulcimer.fuzz.engine.settle import PATIENT, SettleTiming
from dulcimer.fuzz.findings.cooking import cook
from dulcimer.fuzz.findings.finding import FindingOracle, FuzzFinding
from dulcimer.fuzz.findings.recipes import PduRecipe
from dulcimer.fuzz.findings.reproducer import FuzzTarget, Reproducer
from dulcimer.fuzz.findings.seen import SeenConversation
from dulcimer.fuzz.findings.shrinking import shrink, shrink_history
from dulcimer.fuzz.judging.session import Played, TargetSession
from dulcimer.fuzz.judging.suspicion import Suspicion
from dulcimer.fuzz.sequences.steps import Chunks, FuzzSequence, SendBytes

_FIRST_TRIES = 3
_FINAL_TRIES = 10
_SHRINKING = 300
"""Replays to make a sequence smaller, at most."""
_HISTORIES = (8, 64, 512)
"""How many connections before the last one are replayed, if that alone does not show it."""
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


@dataclass(frozen=True, slots=True)
class ShownAgain:
    """A replay that has shown it: the suspicion as it came, and its last connection."""

    suspicion: Suspicion
    played: Played


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
        self._is_spoiled = False

    def confirm(
        self,
        suspicion: Suspicion,
        sequence: FuzzSequence,
        recipes: Sequence[PduRecipe | None] = (),
        history: Sequence[FuzzSequence] = (),
    ) -> Reproducer | None:
        """The finding with its smallest reproducer; None if it does not come again. Raises TargetLostError.

        `history`: the sequences that were played before on the same target, the oldest first.
        """
        self._doing(f"confirming: {suspicion.oracle}")
        deadline = monotonic() + self._seconds
        before: tuple[FuzzSequence, ...] = ()
        timing = next(
            (each for each in (PATIENT, self._session.timing) if self._holds(suspicion, sequence, each)), None
        )
        if timing is None:
            together = self._with_history(suspicion, sequence, history, deadline)
            if together is None:
                return None
            before, sequence = together[:-1], together[-1]
            recipes = recipes if len(recipes) == len(sequence.steps) else ()
        self._doing(f"shrinking: {suspicion.oracle}")
        # A target that only falls over when it is hurried is hurried until the steps that wait are left out.
        hurried = timing if timing is self._session.timing else self._session.brisk

        def still_shows(smaller: FuzzSequence) -> bool:
            return (
                monotonic() < deadline
                and self._shows(suspicion, (*before, smaller), fresh=bool(before), timing=hurried) is not None
            )

        small = shrink(
            sequence, still_shows, recipes=recipes, cook=cook, most_tries=_SHRINKING if not before else _SHRINKING // 5
        )
        for candidate, its_recipes in ((small.sequence, small.recipes), (sequence, tuple(recipes))):
            replays = [self._shows(suspicion, (*before, candidate)) for _ in range(_FINAL_TRIES)]
            seen = [each for each in replays if each is not None]
            if len(seen) > _FINAL_TRIES // 2:
                return self._reproducer(suspicion, candidate, its_recipes, before, seen)
        return None

    # ------------------------------------------------------------------ inside

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
    ) -> ShownAgain | None:
        if fresh or self._is_spoiled:
            self._session.fresh()
            self._is_spoiled = False
        for sequence in sequences[:-1]:
            self._session.play(sequence)
        played = self._session.play(sequences[-1], timing=timing or PATIENT)
        found = [each for each in played.suspicions if each.is_same(wanted)]
        if not found and wanted.oracle.is_seen_by_probe:
            probed = self._session.probe(quick=True)
            found = [probed] if probed is not None and probed.oracle.is_seen_by_probe else []
        self._is_spoiled = bool(found) and wanted.oracle.is_seen_by_probe
        return ShownAgain(found[0], played) if found else None

    def _with_history(
        self, wanted: Suspicion, last: FuzzSequence, history: Sequence[FuzzSequence], deadline: float
    ) -> tuple[FuzzSequence, ...] | None:
        """The sequences that show it together, the last one last; None if they do not."""
        if wanted.oracle not in _OF_STATE or not self._session.can_restart:
            return None
        for length in _HISTORIES:
            whole = (*history[-length:], last)
            if length > _HISTORIES[0] and len(history) <= length // 8:
                return None
            if self._shows(wanted, whole) and self._shows(wanted, whole):
                return shrink_history(
                    whole,
                    lambda rest: bool(rest) and monotonic() < deadline and self._shows(wanted, rest) is not None,
                    most_tries=80,
                )
        return None

    def _reproducer(
        self,
        suspicion: Suspicion,
        sequence: FuzzSequence,
        recipes: Sequence[PduRecipe | None],
        before: tuple[FuzzSequence, ...],
        seen: Sequence[ShownAgain],
    ) -> Reproducer:
        last = seen[-1]
        operators = tuple(
            text for step in sequence.steps if isinstance(step, SendBytes | Chunks) for text in step.operators
        )
        finding = FuzzFinding(
            suspicion.oracle,
            last.suspicion.verdict,
            suspicion.confidence,
            suspicion.clause,
            _cell(suspicion, last),
            operators,
            suspicion.frames,
            len(seen),
            _FINAL_TRIES,
        )
        serves = not self._session.can_restart or not suspicion.oracle.is_seen_by_probe
        return _with_rounds(
            Reproducer(
                finding,
                sequence,
                SeenConversation.of(last.played.record, serves and suspicion.oracle is not FindingOracle.EXIT),
                suspicion.expected,
                before,
                1,
                tuple(recipes) if len(recipes) == len(sequence.steps) else (),
                self._target,
                self._seed,
                self._batch,
            )
        )


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
