"""The self-test itself: which mutants does the suite see?"""

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
from dulcimer.conformance.case import RANK, Case, Result, Verdict
from dulcimer.conformance.oracle import Cell
from dulcimer.conformance.selftest import clock
from dulcimer.conformance.selftest.bench import Pace, Played, cases_of, play, play_all_right, waits_for_kernel
from dulcimer.conformance.selftest.endings import IMPOSSIBLE, EndCase, RequestorEndCase
from dulcimer.conformance.selftest.model import ROLES, Role
from dulcimer.conformance.selftest.mutants import TABLE_ROWS, Mutant, Row, machine_of, mutants
from dulcimer.conformance.selftest.replay import foreseen, replay
from dulcimer.conformance.selftest.visibility import Sight, sight_of

SANITY = "sanity"
_REAL_ARTIM = 1.5
"""Seconds of ARTIM for the few cases that are played in real time."""
_SAMPLE = 12
"""So many cases are played for a mutant that cannot be seen."""
_CHUNK = 60
_TOGETHER = 32
_ENDINGS = frozenset(row.name for rows in ENDINGS.values() for row in rows)
"""Names of what the command of a requestor does in the end."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a case from the right machine: verdict, and the rows that were carried out.

    `kind`: how it watches and ends; cases of a kind find much the same. `extra`: only the self-test has it.
    """

    case: str
    kind: tuple[str, ...]
    extra: bool
    verdict: Verdict
    passed: frozenset[tuple[Cell, Row]]

    @classmethod
    def of(cls, played: Played) -> Known:
        """Without the trace."""
        case = played.case
        extra = isinstance(case, EndCase | RequestorEndCase)
        way = case.then if isinstance(case, EndCase | RequestorEndCase) else ""
        return cls(case.id, (case.watch, case.settle, way), extra, played.result.verdict, played.passed)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a mutant in a role. `case` is the one that killed it, "" if none did; the rest is what it said.

    `extra`: only the self-test has that case; `mild` is then the alternative, and its reason, by which a case of the
    catalogue says NON-STRICT, if one does. `foreseen`: over loopback the mutant shows what the model says it does,
    in the steps that make it visible.
    """

    mutant: Mutant
    role: Role
    sight: Sight
    case: str = ""
    extra: bool = False
    verdict: str = ""
    alternative: str = ""
    observed: str = ""
    why: str = ""
    mild: tuple[str, str] = ("", "")
    foreseen: bool = True

    @property
    def killed(self) -> bool:
        """Whether a case has given a worse verdict than for the right machine."""
        return bool(self.case)

    @property
    def survived(self) -> bool:
        """Whether it could be seen and was not."""
        return self.sight.visible and not self.killed

    @property
    def by_command(self) -> bool:
        """Whether it was killed by how its command ended, not by what the network showed."""
        return self.alternative in _ENDINGS

    @property
    def misjudged(self) -> bool:
        """Whether the model is wrong about it: the network shows something else, something where nothing differs, or
        something that no state allows where nothing of that kind is to be seen.
        """
        if self.sight.visible or not self.killed or self.by_command:
            return not self.foreseen
        return not self.sight.differs or self.alternative == IMPOSSIBLE


@dataclass(frozen=True, slots=True)
class Selftest:
    """Everything that came of a run. `right`: the cases as they went with the right machine."""

    right: dict[Role, list[Played]]
    outcomes: list[Outcome]

    @property
    def false_alarms(self) -> list[tuple[Role, Played]]:
        """Cases that fail the right machine."""
        bad = (Verdict.FAILED, Verdict.ERROR)
        return [
            (role, played) for role, found in self.right.items() for played in found if played.result.verdict in bad
        ]

    @property
    def survivors(self) -> list[Outcome]:
        """Mutants that can be seen and were not."""
        return [outcome for outcome in self.outcomes if outcome.survived]

    @property
    def misjudged(self) -> list[Outcome]:
        """Mutants that the model is wrong about."""
        return [outcome for outcome in self.outcomes if outcome.misjudged]


Progress = Callable[[int, int, str], None]
"""Hears how many of how many are done, and of what."""


def chosen(only: str = "*") -> tuple[Mutant, ...]:
    """The mutants whose ID fits."""
    return tuple(mutant for mutant in mutants() if fnmatchcase(mutant.id, only))


def run(only: str = "*", jobs: int = 2, pace: Pace | None = None, progress: Progress = lambda *_: None) -> Selftest:
    """Play every case against the right machine, then the cases that matter for it against each mutant.

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
    """All cases against the right machine; no traces are kept."""
    logging.disable(logging.CRITICAL)
    cases = cases_of(role)
    skipping = [case for case in cases if not waits_for_kernel(case)]
    real = [case for case in cases if waits_for_kernel(case)]
    found = clock.run(play_all_right(skipping, pace, _TOGETHER))
    found += clock.run(play_all_right(real, replace(pace, artim=_REAL_ARTIM), _TOGETHER), skipping=False)
    for played in found:
        played.result.trace = []
    return found


def known_of(right: Sequence[Played]) -> list[Known]:
    """What is known of the cases that are played against mutants: those for which no time passes."""
    return [Known.of(played) for played in right if not waits_for_kernel(played.case)]


def _mutated(part: Sequence[Mutant], role: Role, known: Sequence[Known], pace: Pace) -> list[Outcome]:
    logging.disable(logging.CRITICAL)
    return clock.run(kill_all(part, role, known, pace))


async def kill_all(part: Sequence[Mutant], role: Role, known: Sequence[Known], pace: Pace) -> list[Outcome]:
    """What comes of these mutants; several are played at a time."""
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)  # a wrong machine may raise
    catalogue = {case.id: case for case in cases_of(role)}
    sights = [sight_of(mutant, role) for mutant in part]
    slots = asyncio.Semaphore(_TOGETHER)

    async def one(mutant: Mutant, sight: Sight) -> Outcome:
        async with slots:
            cases = [(catalogue[right.case], right) for right in cases_for(mutant, known)]
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

    Those of the catalogue come before those that only the self-test has.
    """
    wrong = {(mutant.cell, row) for row in mutant.wrong or TABLE_ROWS[mutant.cell]}
    own = f".sta{mutant.cell[1] + 1:02}.evt{mutant.cell[0] + 1:02}"
    before: Counter[tuple[str, ...]] = Counter()
    found: list[tuple[tuple[int, int], Known]] = []
    for right in known:
        if wrong & right.passed:
            if right.case == SANITY:
                place = (0, 0)
            elif own in right.case:
                place = (1, right.extra)
            else:
                place = (2, before[right.kind])
                before[right.kind] += 1
            found.append((place, right))
    return [right for _, right in sorted(found, key=lambda each: each[0])]


async def kill(mutant: Mutant, role: Role, sight: Sight, cases: Sequence[tuple[Case, Known]], pace: Pace) -> Outcome:
    """Play cases until one of the catalogue fails the mutant; what a case of the self-test or a milder verdict says
    counts if none does.
    """
    machine = machine_of(mutant.table())
    best: tuple[tuple[bool, bool], Result] | None = None
    mild = ("", "")
    for case, right in cases:
        if best is not None and best[0][0] and right.extra:
            continue
        result = await play(case, machine, pace)
        if result.verdict is Verdict.FAILED:
            result = await play(case, machine, pace)  # once is no evidence
        if result.verdict not in (Verdict.FAILED, Verdict.NON_STRICT) or RANK[result.verdict] <= RANK[right.verdict]:
            continue
        if result.verdict is Verdict.NON_STRICT and not right.extra and not any(mild):
            mild = (result.alternative, result.why)
        grade = (result.verdict is Verdict.FAILED, not right.extra)
        if best is None or grade > best[0]:
            best = (grade, result)
        if all(grade):
            mild = ("", "")
            break
    if best is None:
        return Outcome(mutant, role, sight)
    (_, catalogued), result = best
    return Outcome(
        mutant,
        role,
        sight,
        result.case.id,
        not catalogued,
        str(result.verdict),
        result.alternative,
        result.observed,
        result.why,
        mild,
    )
