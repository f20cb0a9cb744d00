"""The self-test itself: which mutants does the suite see?"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from fnmatch import fnmatchcase

from dulcimer.conformance.case import RANK, Case, Result, Verdict
from dulcimer.conformance.oracle import Cell
from dulcimer.conformance.selftest.bench import Pace, Played, cases_of, play, play_all_right
from dulcimer.conformance.selftest.endings import EndCase, RequestorEndCase
from dulcimer.conformance.selftest.model import ROLES, Role
from dulcimer.conformance.selftest.mutants import TABLE_ROWS, Mutant, Row, machine_of, mutants
from dulcimer.conformance.selftest.visibility import Sight, sight_of

SANITY = "sanity"
_PATIENCE = 2.0
_AFTER_A_MILD_ONE = 12
"""So many more cases are played for a FAILED when a case has said NON-STRICT."""
_ALIKE = 6
"""So many cases of other cells that go through the wrong one are played of each kind: the quickest."""
_SAMPLE = 2
"""So many cases are played for a mutant that cannot be seen."""
_CHUNK = 80
_TOGETHER = 32
"""Nearly all of the time is waiting."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a case from the right machine: verdict, duration, the rows that were carried out.

    `kind`: how it watches and ends; cases of a kind find much the same.
    """

    case: str
    kind: tuple[str, ...]
    verdict: Verdict
    seconds: float
    passed: frozenset[tuple[Cell, Row]]

    @classmethod
    def of(cls, played: Played) -> Known:
        """Without the traces."""
        case = played.case
        ways = case.ways if isinstance(case, EndCase | RequestorEndCase) else ()
        return cls(
            case.id, (case.watch, case.settle, *ways), played.result.verdict, played.result.duration, played.passed
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a mutant in a role. `case` is the one that killed it, "" if none did; the rest is what it said."""

    mutant: Mutant
    role: Role
    sight: Sight
    case: str = ""
    verdict: str = ""
    alternative: str = ""
    observed: str = ""
    why: str = ""
    played: int = 0

    @property
    def killed(self) -> bool:
        """Whether a case has given a worse verdict than for the right machine."""
        return bool(self.case)

    @property
    def survived(self) -> bool:
        """Whether it could be seen and was not."""
        return self.sight.visible and not self.killed


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
        both = {role: pool.submit(_right, role, pace) for role in ROLES}
        right = {role: future.result() for role, future in both.items()}
        progress(0, len(wanted) * len(ROLES), "mutants")
        waiting: list[Future[list[Outcome]]] = []
        for role in ROLES:
            known = [Known.of(played) for played in right[role]]
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


def _right(role: Role, pace: Pace) -> list[Played]:
    logging.disable(logging.CRITICAL)
    found = asyncio.run(play_all_right(cases_of(role), pace, _TOGETHER))
    for played in found:
        played.result.trace = []
    return found


def _mutated(part: Sequence[Mutant], role: Role, known: Sequence[Known], pace: Pace) -> list[Outcome]:
    logging.disable(logging.CRITICAL)
    return asyncio.run(kill_all(part, role, known, pace))


async def kill_all(part: Sequence[Mutant], role: Role, known: Sequence[Known], pace: Pace) -> list[Outcome]:
    """What comes of these mutants; several are played at a time."""
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)  # a wrong machine may raise
    catalogue = {case.id: case for case in cases_of(role)}
    sights = [sight_of(mutant, role) for mutant in part]  # before anything is played that the time counts for
    slots = asyncio.Semaphore(_TOGETHER)

    async def one(mutant: Mutant, sight: Sight) -> Outcome:
        async with slots:
            cases = [(catalogue[right.case], right.verdict) for right in cases_for(mutant, known)]
            return await kill(mutant, role, sight, cases if sight.visible else cases[:_SAMPLE], pace)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(mutant, sight)) for mutant, sight in zip(part, sights, strict=True)]
    return [task.result() for task in tasks]


def cases_for(mutant: Mutant, known: Sequence[Known]) -> list[Known]:
    """The cases that a wrong row can matter to: the sanity run first, those of its cell, the quickest of others."""
    wrong = {(mutant.cell, row) for row in mutant.wrong or TABLE_ROWS[mutant.cell]}
    own = f".sta{mutant.cell[1] + 1:02}.evt{mutant.cell[0] + 1:02}"
    found = sorted((right for right in known if wrong & right.passed), key=lambda right: right.seconds)
    sanity = [right for right in found if right.case == SANITY]
    first = [right for right in found if own in right.case]
    others: list[Known] = []
    for right in found:
        alike = sum(right.kind == other.kind for other in others)
        if own not in right.case and right.case != SANITY and alike < _ALIKE:
            others.append(right)
    return [*sanity, *first, *others]


async def kill(mutant: Mutant, role: Role, sight: Sight, cases: Sequence[tuple[Case, Verdict]], pace: Pace) -> Outcome:
    """Play cases, given with their verdicts on the right machine, until one fails; a milder one counts if none does."""
    machine = machine_of(mutant.table())
    mild: Result | None = None
    left = len(cases)
    played = 0
    for case, right in cases:
        if not left:
            break
        left -= 1
        played += 1
        result = await play(case, machine, pace)
        if result.verdict is Verdict.FAILED and right is not Verdict.FAILED:
            result = await play(case, machine, pace.slower(_PATIENCE))  # a busy machine may have been the reason
            if result.verdict is Verdict.FAILED:
                return _outcome(mutant, role, sight, result, played)
        if case.id == SANITY and result.verdict is not right:  # the suite goes no further
            result = await play(case, machine, pace.slower(_PATIENCE))
            if result.verdict is not right:
                return _outcome(mutant, role, sight, result, played)
        if mild is None and result.verdict is Verdict.NON_STRICT and RANK[right] < RANK[result.verdict]:
            mild, left = result, min(left, _AFTER_A_MILD_ONE)
    return _outcome(mutant, role, sight, mild, played)


def _outcome(mutant: Mutant, role: Role, sight: Sight, result: Result | None, played: int) -> Outcome:
    if result is None:
        return Outcome(mutant, role, sight, played=played)
    return Outcome(
        mutant,
        role,
        sight,
        result.case.id,
        str(result.verdict),
        result.alternative,
        result.observed,
        result.why,
        played,
    )
