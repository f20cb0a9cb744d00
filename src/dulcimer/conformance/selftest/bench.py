"""Plays cases against dulcimer's own peers with a machine of one's choice, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from transitions import Machine

from dulcimer.conformance.case import Case, Result, Verdict
from dulcimer.conformance.catalogue import acceptor_cases
from dulcimer.conformance.oracle import Cell
from dulcimer.conformance.play import Play
from dulcimer.conformance.requestor.case import RequestorCase
from dulcimer.conformance.requestor.catalogue import requestor_cases
from dulcimer.conformance.requestor.play import RequestorPlay
from dulcimer.conformance.requestor.runner import sanity_case
from dulcimer.conformance.requestor.sender import requestor_log
from dulcimer.conformance.requestor.stage import Stage
from dulcimer.conformance.requests import Titles
from dulcimer.conformance.runner import probe_case
from dulcimer.conformance.selftest.endings import EndCase, EndPlay, RequestorEndCase, RequestorEndPlay, ending_cases
from dulcimer.conformance.selftest.model import Role
from dulcimer.conformance.selftest.mutants import TABLE_ROWS, Row, machine_of
from dulcimer.conformance.selftest.peers import CALLED, HOST, Requestor, acceptor
from dulcimer.conformance.sender import SenderLog
from dulcimer.conformance.target import Target, Timing

_TITLES = Titles(called=CALLED)
_RELEASES = "sut-releases"
_WELL = frozenset(Verdict) - {Verdict.FAILED, Verdict.ERROR, Verdict.INCONCLUSIVE}


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: of a reaction, of the wait for an early close, of ARTIM, until an idle association is released,
    until a requestor is said to hang. On a loop that skips waits they cost nothing.
    """

    react: float = 1.0
    grace: float = 0.2
    artim: float = 4.0
    idle: float = 0.5
    hang: float = 20.0

    @property
    def timing(self) -> Timing:
        """For the tester."""
        return Timing(
            react=self.react,
            grace=self.grace,
            artim=self.artim,
            window=self.artim,
            connect=self.react * 2,
            releases=self.idle,
        )


@dataclass(frozen=True, slots=True)
class Played:
    """A case as it went with the right machine: the result, and the rows that were carried out.

    `again`: it did not go well at first, and was played a second time, alone.
    """

    case: Case
    result: Result
    passed: frozenset[tuple[Cell, Row]] = field(repr=False)
    again: bool = False


def cases_of(role: Role) -> tuple[Case, ...]:
    """The sanity run, every case of the catalogue, and the cases of `endings.py`."""
    found = acceptor_cases(_TITLES) if role == "acceptor" else requestor_cases()
    sanity = probe_case(_TITLES) if role == "acceptor" else sanity_case()
    return (sanity, *found, *ending_cases(found))


def waits_for_kernel(case: Case) -> bool:
    """Whether the kernel moves on by a clock of its own: a connection to a full queue is tried again by its timer."""
    return isinstance(case, RequestorCase) and case.port == "full"


async def play(case: Case, machine: Machine, pace: Pace) -> Result:
    """One run of a case against a peer with this machine."""
    if isinstance(case, RequestorCase):
        stage = Stage(
            Requestor(machine, pace.artim), HOST, pace.timing, start=pace.react * 4, hang=pace.hang, called=CALLED
        )
        kind = RequestorEndPlay if isinstance(case, RequestorEndCase) else RequestorPlay
        return await kind(case, stage, requestor_log()).run()
    idle = pace.idle if _RELEASES in case.needs else None
    async with acceptor(machine, artim=pace.artim, idle=idle) as port:
        player = EndPlay if isinstance(case, EndCase) else Play
        return await player(case, Target(HOST, port, _TITLES, pace.timing), SenderLog()).run()


async def play_right(case: Case, pace: Pace) -> Played:
    """A case against the right machine."""
    passed: set[tuple[Cell, Row]] = set()
    machine = machine_of(TABLE_ROWS, lambda cell, row: passed.add((cell, row)))
    result = await play(case, machine, pace)
    return Played(case, result, frozenset(passed))


async def play_all_right(cases: Sequence[Case], pace: Pace, together: int) -> list[Played]:
    """All cases against the right machine, so many at a time; those that do not go well again, alone."""
    slots = asyncio.Semaphore(together)

    async def one(case: Case) -> Played:
        async with slots:
            return await play_right(case, pace)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(case)) for case in cases]
    played = [task.result() for task in tasks]
    return [
        found if found.result.verdict in _WELL else replace(await play_right(found.case, pace), again=True)
        for found in played
    ]
