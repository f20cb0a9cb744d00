"""Plays cases against dulcimer's own peers with any machine, in this process."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

from transitions import Machine

from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.catalogue.extended import thorough_cases
from dulcimer.conformance.catalogue.requestor import requestor_cases
from dulcimer.conformance.catalogue.requestor_sanity import sanity_case
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.requestor_case import RequestorCase
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play import extended_acceptor as thorough_acceptor
from dulcimer.conformance.play import extended_requestor as thorough_requestor
from dulcimer.conformance.play.stage import Stage
from dulcimer.conformance.play.target import Target, Timing
from dulcimer.conformance.run.sanity import probe_case
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.conformance.sender_rules.requestor import requestor_log
from dulcimer.conformance.stimuli.requests import Titles
from selftest.letter import LetterPlay, LetterRequestorPlay, letter_cases
from selftest.model import Role
from selftest.mutants import TABLE_ROWS, Row, machine_of
from selftest.peers import CALLED, HOST, Requestor, acceptor

_TITLES = Titles(called=CALLED)
_RELEASES = "sut-releases"
_WELL = frozenset(Verdict) - {Verdict.FAILED, Verdict.ERROR, Verdict.INCONCLUSIVE}


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: for a reaction, for an early close, of ARTIM, until an idle association is released,
    until a requestor counts as hanging. On a loop that skips waits they cost nothing.
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


class Tier(IntEnum):
    """Who plays a case: `dulcimer check`, `dulcimer check --thorough`, or the self-test by the letter of the table."""

    CHECK = 0
    THOROUGH = 1
    LETTER = 2

    @property
    def mark(self) -> str:
        """Marks the case after its id."""
        return ("", "+", "!")[self]


@dataclass(frozen=True, slots=True)
class Trial:
    """A case, and how it is played."""

    case: Case
    tier: Tier

    @property
    def id(self) -> str:
        """The id of the case with the mark of its tier."""
        return f"{self.case.id}{self.tier.mark}"


@dataclass(frozen=True, slots=True)
class Played:
    """A case played against the correct machine: the result, and the rows that were carried out.

    `again`: it did not succeed at first, and was played a second time, alone.
    """

    trial: Trial
    result: Result
    passed: frozenset[tuple[Cell, Row]] = field(repr=False)
    again: bool = False


def trials_of(role: Role) -> tuple[Trial, ...]:
    """The sanity run, every case of the catalogue, those of --thorough, and those by the letter."""
    return _acceptor_trials() if role == "acceptor" else _requestor_trials()


@functools.cache
def _acceptor_trials() -> tuple[Trial, ...]:
    cases = acceptor_cases(_TITLES)
    return tuple(_trials((probe_case(_TITLES), *cases), thorough_cases(cases), letter_cases(cases)))


@functools.cache
def _requestor_trials() -> tuple[Trial, ...]:
    cases = requestor_cases()
    return tuple(_trials((sanity_case(), *cases), thorough_cases(cases), letter_cases(cases)))


def _trials(*tiers: Iterable[Case]) -> Iterator[Trial]:
    for tier, cases in zip(Tier, tiers, strict=True):
        for case in cases:
            yield Trial(case, tier)


def waits_for_kernel(case: Case) -> bool:
    """Whether the case waits for a timer of the kernel, which retries a connection to a full queue."""
    return isinstance(case, RequestorCase) and case.port == "full"


async def play(trial: Trial, machine: Machine, pace: Pace) -> Result:
    """One run of a case against a peer with this machine."""
    case, by_the_letter = trial.case, trial.tier is Tier.LETTER
    if isinstance(case, RequestorCase):
        stage = Stage(
            Requestor(machine, pace.artim), HOST, pace.timing, start=pace.react * 4, hang=pace.hang, called=CALLED
        )
        called = LetterRequestorPlay if by_the_letter else thorough_requestor.play_of
        return await called(case, stage, requestor_log()).run()
    idle = pace.idle if _RELEASES in case.opening.needs else None
    async with acceptor(machine, artim=pace.artim, idle=idle) as port:
        player = LetterPlay if by_the_letter else thorough_acceptor.play_of
        return await player(case, Target(HOST, port, _TITLES, pace.timing), SenderLog()).run()


async def play_right(trial: Trial, pace: Pace) -> Played:
    """A case against the correct machine."""
    passed: set[tuple[Cell, Row]] = set()
    machine = machine_of(TABLE_ROWS, lambda cell, row: passed.add((cell, row)))
    result = await play(trial, machine, pace)
    return Played(trial, result, frozenset(passed))


async def play_all_right(trials: Sequence[Trial], pace: Pace, together: int) -> list[Played]:
    """All cases against the correct machine, `together` at a time; those that do not succeed again, alone."""
    slots = asyncio.Semaphore(together)

    async def one(trial: Trial) -> Played:
        async with slots:
            return await play_right(trial, pace)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(trial)) for trial in trials]
    played = [task.result() for task in tasks]
    return [
        found if found.result.verdict in _WELL else replace(await play_right(found.trial, pace), again=True)
        for found in played
    ]
