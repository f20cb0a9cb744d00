"""The self-test itself: which mutants does the suite notice?"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from dulcimer._generated.requestor import ENDINGS
from dulcimer.conformance.judge.following import IMPOSSIBLE
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import RANK, Verdict
from selftest import clock
from selftest.bench import Pace, Played, Tier, Trial, play, play_all_right, trials_of, waits_for_kernel
from selftest.model import ROLES, Role
from selftest.mutants import TABLE_ROWS, Mutant, Row, machine_of, mutants
from selftest.replay import foreseen, replay
from selftest.visibility import Sight, sight_of

SANITY = "sanity"
_REAL_ARTIM = 1.5
"""Seconds of ARTIM for the few cases that are played in real time."""
_SAMPLE = 12
"""The number of cases that are played for a mutant that is not visible."""
_CHUNK = 60
_TOGETHER = 32
_ENDINGS = frozenset(row.name for rows in ENDINGS.values() for row in rows)
"""Names of how the command of a requestor ends."""


@dataclass(frozen=True, slots=True)
class Known:
    """A case with the correct machine: the verdict, and the rows that were carried out.

    `kind`: how it watches and ends; cases of a kind find much the same.
    """

    trial: str
    kind: tuple[str, ...]
    tier: Tier
    verdict: Verdict
    passed: frozenset[tuple[Cell, Row]]

    @classmethod
    def of(cls, played: Played) -> Known:
        """Without the trace."""
        case, tier = played.trial.case, played.trial.tier
        kind = tuple(map(str, (case.expectation.watch, case.closing.settle, case.then, tier)))
        return cls(played.trial.id, kind, tier, played.result.verdict, played.passed)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a mutant in a role. `case` is the one that killed it, "" if none did; the rest is of its result.

    `tier`: who plays that case. `mild`: the alternative, and the reason, by which a case of a lower tier says
    NON-STRICT, and `mild_tier` that tier. `foreseen`: over loopback, the mutant shows what the model predicts in the
    steps that make it visible.
    """

    mutant: Mutant
    role: Role
    sight: Sight
    case: str = ""
    tier: Tier = Tier.CHECK
    verdict: str = ""
    alternative: str = ""
    observed: str = ""
    why: str = ""
    mild: tuple[str, str] = ("", "")
    mild_tier: Tier = Tier.CHECK
    foreseen: bool = True

    @property
    def killed(self) -> bool:
        """Whether a case has given a worse verdict than for the correct machine."""
        return bool(self.case)

    @property
    def survived(self) -> bool:
        """Whether it is visible and was not killed."""
        return self.sight.visible and not self.killed

    @property
    def by_command(self) -> bool:
        """Whether it was killed by how its command ended, not by what the network showed."""
        return self.alternative in _ENDINGS

    @property
    def misjudged(self) -> bool:
        """Whether the model is wrong about it: the network shows something else, something although nothing should
        differ, or something that no state allows although nothing of that kind should be visible.
        """
        if self.sight.visible or not self.killed or self.by_command:
            return not self.foreseen
        return not self.sight.differs or self.alternative == IMPOSSIBLE


@dataclass(frozen=True, slots=True)
class Selftest:
    """The results of a run. `right`: the cases as they were with the correct machine."""

    right: dict[Role, list[Played]]
    outcomes: list[Outcome]

    @property
    def false_alarms(self) -> list[tuple[Role, Played]]:
        """Cases that fail the correct machine."""
        bad = (Verdict.FAILED, Verdict.ERROR)
        return [
            (role, played) for role, found in self.right.items() for played in found if played.result.verdict in bad
        ]

    @property
    def survivors(self) -> list[Outcome]:
        """Visible mutants that were not killed."""
        return [outcome for outcome in self.outcomes if outcome.survived]

    @property
    def misjudged(self) -> list[Outcome]:
        """Mutants that the model is wrong about."""
        return [outcome for outcome in self.outcomes if outcome.misjudged]


Progress = Callable[[int, int, str], None]
"""Called with how many are done, of how many, and of what."""


def chosen(only: str = "*") -> tuple[Mutant, ...]:
    """The mutants whose ID fits."""
    return tuple(mutant for mutant in mutants() if fnmatchcase(mutant.id, only))


def run(only: str = "*", jobs: int = 2, pace: Pace | None = None, progress: Progress = lambda *_: None) -> Selftest:
    """Play every case against the correct machine, then against each mutant the cases that matter for it.

    `jobs` processes share the work.
    """
    pace = pace or Pace()
    wanted = chosen(only)
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        both = {role: pool.submit(play_right_cases, role, pace) for role in ROLES}
        right = {role: future.result() for role, future in both.items()}
        progress(0, len(wanted) * len(ROLES), "mutants")
        waiting: list[Future[list[Outcome]]] = []
        for role in ROLES:
            known = known_of(right[role])
            waiting += [pool.submit(_mutated, part, role, known, pace) for part in _chunks(wanted)]
        outcomes: list[Outcome] = []
        for future in as_completed(waiting):
            outcomes += future.result()
            progress(len(outcomes), len(wanted) * len(ROLES), "mutants")
    place = {mutant.id: number for number, mutant in enumerate(wanted)}
    outcomes.sort(key=lambda outcome: (place[outcome.mutant.id], outcome.role))
    return Selftest(right, outcomes)


def _chunks(wanted: Sequence[Mutant]) -> Iterator[Sequence[Mutant]]:
    # Neighbours in the table take equally long; a chunk of every n-th keeps the processes equally busy.
    count = -(-len(wanted) // _CHUNK)
    for number in range(count):
        yield wanted[number::count]


def play_right_cases(role: Role, pace: Pace) -> list[Played]:
    """All cases against the correct machine; no traces are kept."""
    logging.disable(logging.CRITICAL)
    trials = trials_of(role)
    skipping = [trial for trial in trials if not waits_for_kernel(trial.case)]
    real = [trial for trial in trials if waits_for_kernel(trial.case)]
    found = clock.run(play_all_right(skipping, pace, _TOGETHER))
    found += clock.run(play_all_right(real, replace(pace, artim=_REAL_ARTIM), _TOGETHER), skipping=False)
    return [replace(played, result=replace(played.result, trace=())) for played in found]


def known_of(right: Sequence[Played]) -> list[Known]:
    """The cases that are played against mutants: those that can skip waits."""
    return [Known.of(played) for played in right if not waits_for_kernel(played.trial.case)]


def _mutated(part: Sequence[Mutant], role: Role, known: Sequence[Known], pace: Pace) -> list[Outcome]:
    logging.disable(logging.CRITICAL)
    return clock.run(kill_all(part, role, known, pace))


async def kill_all(part: Sequence[Mutant], role: Role, known: Sequence[Known], pace: Pace) -> list[Outcome]:
    """The outcomes of these mutants; several are played at a time."""
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)  # a wrong machine may raise
    trials = {trial.id: trial for trial in trials_of(role)}
    sights = [sight_of(mutant, role) for mutant in part]
    slots = asyncio.Semaphore(_TOGETHER)

    async def one(mutant: Mutant, sight: Sight) -> Outcome:
        async with slots:
            cases = [(trials[right.trial], right) for right in cases_for(mutant, known)]
            outcome = await kill(mutant, role, sight, cases if sight.visible else cases[:_SAMPLE], pace)
            if not sight.visible:
                return outcome
            shown = await replay(machine_of(mutant.table()), role, sight.steps)
            return replace(outcome, foreseen=shown == foreseen(mutant.table(), role, sight.steps))

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(mutant, sight)) for mutant, sight in zip(part, sights, strict=True)]
    return [task.result() for task in tasks]


def cases_for(mutant: Mutant, known: Sequence[Known]) -> list[Known]:
    """The cases that a wrong row can matter to: the sanity run, those of its cell, then others, one of each kind first.

    Those of the catalogue come before those of --thorough, and these before those by the letter.
    """
    wrong = {(mutant.cell, row) for row in mutant.wrong or TABLE_ROWS[mutant.cell]}
    own = f".sta{mutant.cell[1] + 1:02}.evt{mutant.cell[0] + 1:02}"
    before: Counter[tuple[str, ...]] = Counter()
    found: list[tuple[tuple[int, int], Known]] = []
    for right in known:
        if wrong & right.passed:
            if right.trial == SANITY:
                place = (0, 0)
            elif own in right.trial:
                place = (1, right.tier)
            else:
                place = (2, before[right.kind])
                before[right.kind] += 1
            found.append((place, right))
    return [right for _, right in sorted(found, key=lambda each: each[0])]


async def kill(mutant: Mutant, role: Role, sight: Sight, cases: Sequence[tuple[Trial, Known]], pace: Pace) -> Outcome:
    """Play cases until one of the catalogue fails the mutant; other cases, or a milder verdict, count if none does."""
    machine = machine_of(mutant.table())
    best: tuple[tuple[bool, int], Known, Result] | None = None
    mild: tuple[Tier, Result] | None = None
    for trial, right in cases:
        if best is not None and best[0][0] and right.tier >= best[1].tier:
            continue
        result = await play(trial, machine, pace)
        if result.verdict is Verdict.FAILED:
            result = await play(trial, machine, pace)  # once is not enough
        if result.verdict not in (Verdict.FAILED, Verdict.NON_STRICT) or RANK[result.verdict] <= RANK[right.verdict]:
            continue
        if result.verdict is Verdict.NON_STRICT and (mild is None or right.tier < mild[0]):
            mild = (right.tier, result)
        grade = (result.verdict is Verdict.FAILED, -right.tier)
        if best is None or grade > best[0]:
            best = (grade, right, result)
        if grade == (True, -Tier.CHECK):
            break
    if best is None:
        return Outcome(mutant, role, sight)
    _, right, result = best
    outcome = Outcome(
        mutant,
        role,
        sight,
        right.trial,
        right.tier,
        str(result.verdict),
        result.alternative,
        result.observed,
        result.why,
    )
    if mild is None or mild[0] >= right.tier:
        return outcome
    return replace(outcome, mild=(mild[1].alternative, mild[1].why), mild_tier=mild[0])
