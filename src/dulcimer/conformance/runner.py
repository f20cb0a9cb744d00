"""A run: the sanity probe first, between the cases and last; cases side by side; second tries where time decides."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from dulcimer._generated.conformance import EXPECTATIONS
from dulcimer._generated.fsm import Events
from dulcimer.conformance.case import RANK, Case, Result, Step, Verdict
from dulcimer.conformance.messages import Titles, associate_rq
from dulcimer.conformance.oracle import Cell
from dulcimer.conformance.peer import Connection
from dulcimer.conformance.play import Play
from dulcimer.conformance.sender import SenderLog
from dulcimer.conformance.target import Target, Timing
from dulcimer.wire.codec import encode
from dulcimer.wire.model import AssociateAc, ImplementationClassUid, ImplementationVersionName

_FIRST_REACT = 5.0
_LEAST_REACT = 0.5
_REACT_FACTOR = 5.0
_RETRY_FACTOR = 3.0
_RETRY_SPAN = 1.0
"""A second try waits for a reaction three times as long, but at most so many seconds longer."""
_BACKOFF = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Seconds between the tries of a probe that fails: a peer is declared dead only after all of them."""

_RACES = 5
"""So often a case is played that the peer left before it could be tested."""

_BLAMED = 3
"""So many of the last cases are named when the peer stops serving."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to run. Times in seconds; None: measured (`react`) or not declared (`artim`, `releases`: after which the
    peer releases an idle association).
    """

    react: float | None = None
    artim: float | None = None
    window: float = 2.0
    releases: float | None = None
    jobs: int = 6
    repeat: int = 1
    keep_going: bool = False


@dataclass(slots=True)
class Peer:
    """What the sanity probe has learnt of the peer."""

    host: str
    port: int
    implementation_class_uid: str = ""
    implementation_version_name: str = ""
    maximum_length: int | None = None


@dataclass(slots=True)
class Run:
    """What came of a run. `healthy`: the first probe passed; `died_after`: the cases before the peer died."""

    peer: Peer
    results: list[Result] = field(default_factory=list)
    healthy: bool = False
    unhealthy_because: str = ""
    died_after: tuple[str, ...] = ()
    not_run: tuple[str, ...] = ()
    react: float = 0.0
    artim: float | None = None
    serial: bool = False
    seconds: float = 0.0
    cells_seen: frozenset[Cell] = frozenset()


class Progress:
    """Hears of each result; the default says nothing."""

    def begin(self, total: int) -> None:
        """The peer is healthy and so many cases are about to run."""

    def done(self, result: Result) -> None:
        """A case has its result."""


class _StopError(Exception):
    """The peer died."""


def probe_case(titles: Titles) -> Case:
    """The sanity probe: association, C-ECHO, release."""
    request = encode(associate_rq(titles))
    return Case(
        id="sanity",
        rev="1",
        clause="PS3.8 9.2, PS3.7 9.1.5",
        requirement="An association is accepted, a C-ECHO-RQ answered with success, and the association released.",
        severity="S0",
        role="acceptor",
        drive=(Step("connect", "connect", events=(Events.EVT_5,)),),
        inject=(Step("send", "A-ASSOCIATE-RQ", request, (Events.EVT_6,)),),
        alternatives=EXPECTATIONS["accepted"],
        settle="echo",
    )


class Runner:
    """Runs cases against one peer. `clock` is read for the length of the whole run."""

    def __init__(
        self,
        target: Target,
        settings: Settings,
        progress: Progress | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._target = target
        self._settings = settings
        self._progress = progress or Progress()
        self._clock = clock
        self._log = SenderLog()
        self._probe = probe_case(target.titles)
        self._probing = asyncio.Lock()
        self._served_at = -1.0
        self._recent: list[str] = []
        self._run = Run(Peer(target.host, target.port), artim=settings.artim)

    async def run(self, cases: Sequence[Case], *, sender_rules: bool = True) -> Run:
        """Probe, run all cases, probe. Never raises for anything that the peer does."""
        started = self._clock()
        if await self._first_probe():
            self._progress.begin(len(cases))
            try:
                await self._all(cases)
            except* _StopError:
                self._run.died_after = tuple(self._recent[-_BLAMED:])
            done = {result.case.id for result in self._run.results}
            self._run.not_run = tuple(case.id for case in cases if case.id not in done)
            _compare_with_twins(self._run.results)
            if sender_rules:
                self._run.results += self._log.results()
        order = {case.id: number for number, case in enumerate(cases)}
        self._run.results.sort(key=lambda result: order.get(result.case.id, len(order)))
        self._run.cells_seen = frozenset[Cell]().union(*(result.cells_seen for result in self._run.results))
        self._run.seconds = self._clock() - started
        return self._run

    # ------------------------------------------------------------------ sanity

    async def _first_probe(self) -> bool:
        """Is the peer healthy, how fast is it, who is it, and does it serve several associations at a time?"""
        react = self._settings.react or _FIRST_REACT
        self._set_timing(Timing(react=react, artim=self._settings.artim, window=self._settings.window))
        result = await self._probe_once()
        if result.verdict is not Verdict.OK:
            self._run.unhealthy_because = result.observed + (f" ({result.why})" if result.why else "")
            return False
        self._run.healthy = True
        await self._identify()
        slowest = max((await self._probe_once()).duration, result.duration)
        react = self._settings.react or min(max(_LEAST_REACT, _REACT_FACTOR * slowest), _FIRST_REACT)
        self._run.react = react
        timing = Timing(
            react=react,
            grace=min(0.1, react / 4),
            artim=self._settings.artim,
            window=self._settings.window,
            releases=self._settings.releases,
        )
        self._set_timing(timing)
        self._run.serial = not await self._serves_two()
        return True

    def _set_timing(self, timing: Timing) -> None:
        self._target = replace(self._target, timing=timing)

    async def _identify(self) -> None:
        """Read who the peer is from its A-ASSOCIATE-AC."""
        async with await Connection.open(self._target.host, self._target.port, self._target.timing.connect) as peer:
            await peer.send(encode(associate_rq(self._target.titles)), "A-ASSOCIATE-RQ")
            seen = await peer.next(self._target.timing.react)
            if isinstance(seen.pdu, AssociateAc):
                user = seen.pdu.user_information
                uid, name = user.first(ImplementationClassUid), user.first(ImplementationVersionName)
                self._run.peer.implementation_class_uid = uid.implementation_class_uid if uid else ""
                self._run.peer.implementation_version_name = name.implementation_version_name if name else ""
                self._run.peer.maximum_length = seen.pdu.maximum_length

    async def _serves_two(self) -> bool:
        """Whether the peer answers while another connection is open and silent."""
        async with await Connection.open(self._target.host, self._target.port, self._target.timing.connect):
            result = await self._probe_once()
        if result.verdict is not Verdict.OK:
            await self._healthy()
            return False
        return True

    async def _probe_once(self) -> Result:
        return await Play(self._probe, self._target, self._log).run()

    async def _healthy(self) -> bool:
        """Probe, and again with growing pauses, until the peer serves or is declared dead."""
        asked = asyncio.get_running_loop().time()
        async with self._probing:
            if self._served_at >= asked:  # somebody else's probe, begun after this case, has answered
                return True
            for pause in (*_BACKOFF, None):
                began = asyncio.get_running_loop().time()
                if (await self._probe_once()).verdict is Verdict.OK:
                    self._served_at = began
                    return True
                if pause is not None:
                    await asyncio.sleep(pause)
            return False

    # ------------------------------------------------------------------ cases

    async def _all(self, cases: Sequence[Case]) -> None:
        jobs = 1 if self._run.serial else max(1, self._settings.jobs)
        waiting = [case for case in cases if case.watch == "artim" or "sut-releases" in case.needs]
        alone = [case for case in cases if case.exclusive and case not in waiting]
        quick = [case for case in cases if not case.exclusive and case not in waiting]
        await self._side_by_side(quick, jobs)
        await self._side_by_side(waiting, jobs)
        await self._side_by_side(alone, 1)

    async def _side_by_side(self, cases: Sequence[Case], jobs: int) -> None:
        pending = list(reversed(cases))
        again: list[Result] = []

        async def work() -> None:
            while pending:
                case = pending.pop()
                result = await self._once(case, self._target, alone=jobs == 1)
                for _ in range(self._settings.repeat - 1):
                    result = _worse(result, await self._once(case, self._target, alone=jobs == 1))
                if _is_worth_a_second_try(result):
                    again.append(result)
                else:
                    self._finish(result)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(jobs, len(pending))):
                group.create_task(work())
        for first in again:
            self._finish(await self._second_try(first))

    async def _second_try(self, first: Result) -> Result:
        """The case once more, with nothing else going on and more time for each reaction."""
        if first.busy:
            await asyncio.sleep(self._target.timing.react)
        timing = self._target.timing
        longer = min(timing.react * _RETRY_FACTOR, timing.react + _RETRY_SPAN)
        patient = replace(self._target, timing=replace(timing, react=longer))
        result = await self._once(first.case, patient, alone=True)
        if first.verdict is Verdict.UNOBSERVABLE:
            return await self._race(result, patient)
        if result.verdict is not first.verdict and not first.busy:
            result.flaky = True
            result.notes.append(f"flaky: the first try was {first.verdict} ({first.observed})")
        return result

    async def _race(self, result: Result, target: Target) -> Result:
        """A peer that leaves on its own may be slower than the tester at another time."""
        for _ in range(_RACES - 2):
            if result.verdict is not Verdict.UNOBSERVABLE or not result.lost_race:
                break
            result = await self._once(result.case, target, alone=True)
        return result

    async def _once(self, case: Case, target: Target, *, alone: bool) -> Result:
        """Play a case and see that the peer still serves."""
        result = await Play(case, target, self._log).run()
        self._recent.append(case.id)
        if not _shows_health(result) and not await self._healthy():
            if alone:
                result.verdict, result.severity, result.alternative = Verdict.FAILED, "S0", "stops-serving"
                result.observed = f"{result.observed}; after it the peer serves no more"
                result.why = "the sanity probe after the case fails"
            if not self._settings.keep_going:
                self._finish(result)
                raise _StopError
        return result

    def _finish(self, result: Result) -> None:
        self._run.results.append(result)
        self._progress.done(result)


def _shows_health(result: Result) -> bool:
    """Whether the end of the case was what a sanity probe is: association, C-ECHO and release went well."""
    return result.verdict is Verdict.OK and result.case.settle == "echo"


def _is_worth_a_second_try(result: Result) -> bool:
    if result.verdict is Verdict.UNOBSERVABLE:
        return not result.case.needs  # a peer that is waited for leaves the state as it did
    return result.retry or result.busy or result.verdict is Verdict.ERROR


def _compare_with_twins(results: Sequence[Result]) -> None:
    """A case that is another one cut into other segments asks whether the peer does the same, and no more."""
    by_id = {result.case.id: result for result in results}
    for result in results:
        twin = by_id.get(result.case.twin)
        if twin is None or result.verdict not in (Verdict.NON_STRICT, Verdict.INFORMATIONAL, Verdict.FAILED):
            continue
        if (result.verdict, result.observed) == (twin.verdict, twin.observed):
            result.why = f"the same as in {twin.case.id}, which is {twin.verdict}: {twin.why}"
            result.verdict, result.alternative = Verdict.OK, "same"


def _worse(one: Result, other: Result) -> Result:
    """The worse of two results of one case; flaky if they differ."""
    worse = max(one, other, key=lambda result: RANK[result.verdict])
    if one.verdict is not other.verdict:
        worse.flaky = True
        worse.notes.append(f"flaky: {one.verdict} and {other.verdict} in repeated runs")
    return worse
