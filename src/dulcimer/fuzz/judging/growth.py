"""What grows with the number of connections: memory, descriptors, threads, processes; and memory taken at once.

Every program takes more at first. So what counts is growth that goes on: over several looks in a campaign, and, when it
is confirmed, over twice the same number of rounds on a fresh target, the same each time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from time import monotonic, sleep

from dulcimer.fuzz.findings.cooking import cook
from dulcimer.fuzz.findings.finding import FindingOracle, FuzzFinding
from dulcimer.fuzz.findings.recipes import PduRecipe
from dulcimer.fuzz.findings.reproducer import FuzzTarget, Reproducer
from dulcimer.fuzz.findings.seen import SeenConversation
from dulcimer.fuzz.findings.shrinking import shrink
from dulcimer.fuzz.judging.session import TargetSession
from dulcimer.fuzz.judging.suspicion import Suspicion
from dulcimer.fuzz.sequences.steps import FuzzSequence
from dulcimer.fuzz.targets.vitals import Vitals

_LOOKS = 3
"""Looks whose lowest has to be above the highest of the first ones."""
_WARM = 2
"""Looks at the beginning that do not count: every program takes more at first."""
_ROUNDS = 24
"""Connections in which a leak has to show twice."""
_QUIET = 0.02
_PATIENCE = 1.0
"""Seconds in which what belongs to ended connections is given back."""
_FINAL_TRIES = 10


@dataclass(frozen=True, slots=True)
class GrowthKind:
    """One thing that may grow.

    `of`: its number in the vitals. `suspect`: by how much it has to grow in a campaign, `each`: by how much for each
    round of a confirmed leak. `unit`: in words.
    """

    name: str
    of: Callable[[Vitals], int]
    suspect: int
    each: float
    unit: str


KINDS = (
    GrowthKind("descriptors", lambda vitals: vitals.descriptors, 5, 0.5, "open descriptors"),
    GrowthKind("threads", lambda vitals: vitals.threads, 5, 0.5, "threads"),
    GrowthKind("processes", lambda vitals: vitals.processes, 5, 0.5, "processes"),
    GrowthKind("memory", lambda vitals: vitals.memory, 3 << 20, 8 << 10, "bytes of memory"),
)
_PEAK = "peak"
_AT_ONCE = 32 << 20
"""Bytes of memory that a target may take for one connection, more than it ever had."""


class GrowthWatch:
    """Looks at the vitals between slices of a campaign."""

    def __init__(self) -> None:
        self._looks: list[Vitals] = []

    def begin(self) -> None:
        """The target is a fresh one."""
        self._looks.clear()

    def look(self, vitals: Vitals) -> Suspicion | None:
        """What has grown again and again; None for nothing."""
        looks = self._looks
        looks.append(vitals)
        if len(looks) > 1 and vitals.peak - looks[-2].peak >= _AT_ONCE:
            return Suspicion(FindingOracle.GROWTH, "The target takes much memory at once", frames=(_PEAK,))
        if len(looks) < _WARM + 2 * _LOOKS:
            return None
        for kind in KINDS:
            values = [kind.of(each) for each in looks[_WARM:]]
            if min(values[-_LOOKS:]) - max(values[:_LOOKS]) >= kind.suspect:
                return Suspicion(
                    FindingOracle.GROWTH, f"The target takes more and more {kind.unit}", frames=(kind.name,)
                )
        return None


class GrowthConfirmer:
    """Finds the connection that makes a target grow, among many, and makes it small."""

    def __init__(
        self,
        session: TargetSession,
        target: FuzzTarget,
        *,
        seconds: float,
        doing: Callable[[str], None] = lambda _: None,
        seed: int | None = None,
        batch: int | None = None,
    ) -> None:
        self._session = session
        self._target = target
        self._deadline = monotonic() + seconds
        self._doing = doing
        self._seed, self._batch = seed, batch

    def confirm(
        self,
        suspicion: Suspicion,
        history: Sequence[FuzzSequence],
        recipes_of: Callable[[FuzzSequence], Sequence[PduRecipe | None]] = lambda _: (),
    ) -> Reproducer | None:
        """The finding; None if it cannot be shown. Raises TargetLostError."""
        (what,) = suspicion.frames
        self._doing(f"confirming: growth of {what}")
        at_once = what == _PEAK
        grown = self._peak if at_once else self._grown
        sequence = self._culprit(what, history, grown)
        if sequence is None:
            return None
        self._doing(f"shrinking: growth of {what}")
        deadline = monotonic() + max(self._deadline - monotonic(), 5.0)

        def still_grows(smaller: FuzzSequence) -> bool:
            return monotonic() < deadline and grown(what, smaller) > 0

        recipes = recipes_of(sequence)
        small = shrink(sequence, still_grows, recipes=recipes, cook=cook, most_tries=60)
        amounts = [grown(what, small.sequence) for _ in range(_FINAL_TRIES)]
        times = sum(amount > 0 for amount in amounts)
        if not small.shows or times <= _FINAL_TRIES // 2:
            return None
        return self._reproducer(what, small.sequence, small.recipes, max(amounts), times)

    def amount(self, reproducer: Reproducer) -> float:
        """How much the sequence of a finding makes the target grow, on a fresh one; 0 if it does not."""
        (what,) = reproducer.finding.frames
        return (self._peak if what == _PEAK else self._grown)(what, reproducer.sequence)

    # ------------------------------------------------------------------ measuring

    def _culprit(
        self, what: str, history: Sequence[FuzzSequence], grown: Callable[[str, FuzzSequence], float]
    ) -> FuzzSequence | None:
        """One sequence of the history that makes it grow: by halves, each on a fresh target."""
        suspects = list(dict.fromkeys(history))
        while len(suspects) > 4:
            if monotonic() > self._deadline:
                return None
            self._doing(f"looking for what grows: {what}, {len(suspects)} connections left")
            middle = len(suspects) // 2
            halves = (suspects[:middle], suspects[middle:])
            suspects = max(halves, key=lambda half: self._after(what, half))
        return next((each for each in reversed(suspects) if grown(what, each) > 0), None)

    def _after(self, what: str, sequences: Sequence[FuzzSequence]) -> float:
        """By how much it grows on a fresh target that plays these."""
        self._session.fresh()
        for _ in range(3):
            self._session.probe(quick=True)
        before = self._settled(what)
        for sequence in sequences:
            self._session.play(sequence)
        return self._settled(what) - before

    def _grown(self, what: str, sequence: FuzzSequence) -> float:
        """How much each round adds on a fresh target; 0 if that is less than a leak adds, or not the same again."""
        kind = _kind(what)
        self._session.fresh()
        levels: list[float] = []
        for rounds in (4, _ROUNDS, _ROUNDS):
            for _ in range(rounds):
                self._session.play(sequence)
            levels.append(self._settled(what, kind.each * _ROUNDS, levels[-1] if levels else None))
        steps = [(after - before) / _ROUNDS for before, after in pairwise(levels)]
        return min(steps) if min(steps) >= kind.each else 0.0

    def _peak(self, what: str, sequence: FuzzSequence) -> float:
        self._session.fresh()
        self._session.probe(quick=True)
        before = self._level(what)
        self._session.play(sequence)
        taken = self._level(what) - before
        return taken if taken >= _AT_ONCE else 0.0

    def _settled(self, what: str, allowed: float = 0.0, before: float | None = None) -> float:
        """The level, after what belongs to ended connections was given back."""
        deadline = monotonic() + (_PATIENCE if what in ("threads", "descriptors", "processes") else 0.1)
        level = self._level(what)
        while monotonic() < deadline and (before is None or level - before >= allowed):
            sleep(_QUIET)
            now = self._level(what)
            if now >= level and before is None:
                return now
            level = now
        return level

    def _level(self, what: str) -> float:
        vitals = self._session.vitals()
        return vitals.peak if what == _PEAK else _kind(what).of(vitals)

    def _reproducer(
        self, what: str, sequence: FuzzSequence, recipes: Sequence[PduRecipe | None], amount: float, times: int
    ) -> Reproducer:
        rounds = 1 if what == _PEAK else _ROUNDS
        verdict = (
            f"The target takes {amount / (1 << 20):.0f} MiB at once, for {len(sequence.sent)} bytes that were sent"
            if what == _PEAK
            else f"Each connection leaves {_amount(amount, _kind(what))} behind"
        )
        finding = FuzzFinding(
            FindingOracle.GROWTH, verdict, operators=sequence.operators, frames=(what,), times=times, tries=_FINAL_TRIES
        )
        played = self._session.play(sequence)
        seen = SeenConversation.of(played.record, True)
        recipes = tuple(recipes) if len(recipes) == len(sequence.steps) else ()
        found = Reproducer(finding, sequence, seen, rounds=rounds, recipes=recipes, target=self._target)
        return replace(found, seed=self._seed, batch=self._batch)


def _kind(what: str) -> GrowthKind:
    return next(kind for kind in KINDS if kind.name == what)


def _amount(amount: float, kind: GrowthKind) -> str:
    if kind.name == "memory":
        return f"about {amount / 1024:.0f} KiB of memory"
    return f"{amount:.1f} {kind.unit}"
