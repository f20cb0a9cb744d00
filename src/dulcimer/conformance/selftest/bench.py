"""Plays cases against dulcimer's own peers with a machine of one's choice, at a pace for one process."""

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
_WELL = (Verdict.OK, Verdict.UNIMPLEMENTED, Verdict.INFORMATIONAL, Verdict.NON_STRICT)


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: of a reaction, of the wait for an early close, of ARTIM, until an idle association is released,
    until a requestor is said to hang.
    """

    react: float = 0.3
    grace: float = 0.05
    artim: float = 0.9
    idle: float = 0.1
    hang: float = 2.5

    def slower(self, factor: float) -> Pace:
        """The same with more time for everything that is a limit."""
        return replace(self, react=self.react * factor, artim=self.artim * factor, hang=self.hang * factor)

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
    """A case as it went with the right machine: the verdict, how long it took, the rows that were carried out."""

    case: Case
    result: Result
    passed: frozenset[tuple[Cell, Row]] = field(repr=False)


def cases_of(role: Role) -> tuple[Case, ...]:
    """The sanity run, every case of the catalogue, and the cases of `endings.py`."""
    found = acceptor_cases(_TITLES) if role == "acceptor" else requestor_cases()
    sanity = probe_case(_TITLES) if role == "acceptor" else sanity_case()
    return (sanity, *found, *ending_cases(found))


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
    """All cases against the right machine, so many at a time; those that do not go well again, alone and slower."""
    slots = asyncio.Semaphore(together)

    async def one(case: Case) -> Played:
        async with slots:
            return await play_right(case, pace)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(case)) for case in cases]
    return [
        task.result() if task.result().result.verdict in _WELL else await play_right(task.result().case, pace.slower(3))
        for task in tasks
    ]
