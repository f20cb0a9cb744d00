"""A run: the sanity probe first, between the cases and last; cases side by side; second tries where time decides."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from dulcimer._generated.conformance import EXPECTATIONS
from dulcimer._generated.fsm import Events
from dulcimer.conformance.case import RANK, Case, Result, Step, Verdict
from dulcimer.conformance.health import Health
from dulcimer.conformance.messages import Titles, associate_rq
from dulcimer.conformance.oracle import Cell
from dulcimer.conformance.play import Play
from dulcimer.conformance.races import is_left_by_the_peer, pool_races, race
from dulcimer.conformance.run import Peer, Progress, Run, Settings
from dulcimer.conformance.sender import SenderLog
from dulcimer.conformance.target import Target, Timing
from dulcimer.conformance.thorough.acceptor import play_of
from dulcimer.conformance.thorough.ways import waits
from dulcimer.conformance.twins import compare_with_twins
from dulcimer.wire.codec import encode
from dulcimer.wire.model import AssociateAc, ImplementationClassUid, ImplementationVersionName

_Work = TypeVar("_Work")

_FIRST_REACT = 5.0
_LEAST_REACT = 0.5
_REACT_FACTOR = 5.0
_PATIENCE = 10.0
"""Seconds that a peer has for a reaction before it is declared dead."""

_RETRY_FACTOR = 3.0
_RETRY_SPAN = 1.0
"""A second try waits for a reaction three times as long, but at most so many seconds longer."""
_UNPROVEN = 2
"""So many cases for each job may wait for a sign that the peer still serves."""

_LEFT_OPEN = frozenset((Verdict.INFORMATIONAL, Verdict.INCONCLUSIVE))

_BEARABLE = 2.5
"""Side by side the probes have to be so many times faster than the time for a reaction, or fewer cases run so."""

_LEAST_JOBS = 3
"""Even a peer that is slowed down by company is waited for in so many cases at a time."""

_TICK = 0.001
"""Seconds: a coarse clock may show that nothing took any time."""

_AGAIN_TOGETHER = 6
"""So many second tries run side by side: most of them wait for what does not come, which is no load for the peer."""


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
        self._jobs = 1
        by_probe_only = settings.health is not None
        self._health = Health(self._probe_once, _UNPROVEN * settings.jobs, by_probe_only=by_probe_only)
        self._run = Run(Peer(target.host, target.port), artim=settings.artim, tls=target.tls is not None)

    async def run(self, cases: Sequence[Case], *, sender_rules: bool = True) -> Run:
        """Probe, run all cases, probe. Never raises for anything that the peer does."""
        started = self._clock()
        if await self._first_probe():
            self._progress.begin(len(cases))
            try:
                await self._all(cases)
            except* _StopError:
                self._run.died_after = self._health.suspects
                self._run.unhealthy_because = self._health.complaint
            done = {result.case.id for result in self._run.results}
            self._run.not_run = tuple(case.id for case in cases if case.id not in done)
            pool_races(self._run.results)
            compare_with_twins(self._run.results)
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
            self._run.unhealthy_because = result.observed
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
        if not self._run.serial:
            self._jobs = await self._bearable(max(1, self._settings.jobs), react)
        return True

    async def _bearable(self, jobs: int, react: float) -> int:
        """So many cases side by side that a peer which shares one processor among them still answers in time."""
        found = await asyncio.gather(*(self._probe_once() for _ in range(jobs)))
        slowest = max(_TICK, *(result.duration for result in found))
        return max(min(jobs, _LEAST_JOBS), min(jobs, int(jobs * react / (_BEARABLE * slowest))))

    def _set_timing(self, timing: Timing) -> None:
        self._target = replace(self._target, timing=timing)

    async def _identify(self) -> None:
        """Read who the peer is from its A-ASSOCIATE-AC."""
        async with await self._target.connect() as peer:
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
        async with await self._target.connect():
            result = await self._probe_once()
        if result.verdict is not Verdict.OK:
            await self._health.holds()
            return False
        return True

    async def _probe_once(self, patient: bool = False) -> Result:
        timing = self._target.timing
        longer = max(timing.react, _PATIENCE) if patient else timing.react
        target = replace(self._target, timing=replace(timing, react=longer))
        result = await Play(self._probe, target, self._log).run()
        if result.verdict is Verdict.OK and self._settings.health is not None:
            complaint = await self._settings.health.complaint()
            if complaint:
                result.verdict, result.observed, result.alternative = Verdict.FAILED, complaint, "unhealthy"
        return result

    # ------------------------------------------------------------------ cases

    async def _all(self, cases: Sequence[Case]) -> None:
        jobs = self._jobs
        waiting = [case for case in cases if waits(case)]
        alone = [case for case in cases if case.exclusive and case not in waiting]
        quick = [case for case in cases if not case.exclusive and case not in waiting]
        await self._side_by_side(quick, jobs)
        await self._side_by_side(waiting, jobs)
        await self._side_by_side(alone, 1)
        await self._find_guilty({case.id: case for case in cases})

    async def _side_by_side(self, cases: Sequence[Case], jobs: int) -> None:
        again: list[Result] = []

        async def first(case: Case) -> None:
            result = await self._once(case, self._target, alone=jobs == 1)
            for _ in range(self._settings.repeat - 1):
                result = _worse(result, await self._once(case, self._target, alone=jobs == 1))
            if is_left_by_the_peer(case):
                result = await race(result, partial(self._once, case, self._target, alone=jobs == 1))
            if _is_worth_a_second_try(result, had_company=jobs > 1):
                again.append(result)
            else:
                self._finish(result)

        async def second(before: Result) -> None:
            self._finish(await self._second_try(before, alone=jobs == 1))

        await _share(cases, first, jobs)
        await self._look_after(jobs)
        await _share(again, second, 1 if jobs == 1 else _AGAIN_TOGETHER)
        await self._look_after(jobs)

    async def _look_after(self, jobs: int) -> None:
        if jobs > 1 and not await self._health.holds() and not self._settings.keep_going:
            raise _StopError

    async def _second_try(self, first: Result, *, alone: bool) -> Result:
        """The case once more, with little else going on and more time for each reaction."""
        if first.busy:
            await asyncio.sleep(self._target.timing.react)
        timing = self._target.timing
        longer = min(timing.react * _RETRY_FACTOR, timing.react + _RETRY_SPAN)
        patient = replace(self._target, timing=replace(timing, react=longer))
        result = await self._once(first.case, patient, alone=alone)
        if is_left_by_the_peer(first.case):
            result = await race(result, partial(self._once, first.case, patient, alone=alone))
        if result.verdict is not first.verdict and not first.busy:
            result.flaky = True
            result.notes.append(f"flaky: the first try was {first.verdict} ({first.observed})")
        return result

    async def _once(self, case: Case, target: Target, *, alone: bool) -> Result:
        """Play a case and see that the peer still serves: at once if it runs alone, so that it can be blamed."""
        began = asyncio.get_running_loop().time()
        result = await play_of(case, target, self._log).run()
        served = self._health.note(result, began)
        due = self._health.is_due or result.verdict is Verdict.ERROR or (alone and not served)
        if due and not await self._health.holds():
            if alone:
                _blame(result, "after it the peer serves no more", self._health.complaint)
            if not self._settings.keep_going:
                self._finish(result)
                raise _StopError
        return result

    async def _find_guilty(self, cases: dict[str, Case]) -> None:
        """Play those cases alone, one by one, after which the peer took no connections for a while."""
        for name in filter(cases.__contains__, dict.fromkeys(self._health.returned)):
            self._health.returned.clear()
            result = await self._once(cases[name], self._target, alone=True)
            if self._health.returned:
                what = "after it the peer takes no connections for a while, as if it was started anew"
                _blame(result, what, self._health.complaint)
                self._run.results = [row for row in self._run.results if row.case.id != name]
                self._finish(result)

    def _finish(self, result: Result) -> None:
        self._run.results.append(result)
        self._progress.done(result)


async def _share(work: Sequence[_Work], do: Callable[[_Work], Awaitable[None]], workers: int) -> None:
    pending = list(reversed(work))

    async def worker() -> None:
        while pending:
            await do(pending.pop())

    async with asyncio.TaskGroup() as group:
        for _ in range(min(workers, len(pending))):
            group.create_task(worker())


def _blame(result: Result, what: str, complaint: str) -> None:
    result.verdict, result.severity, result.alternative = Verdict.FAILED, "S0", "stops-serving"
    result.observed = f"{result.observed}; {what}"
    result.why = f"the sanity probe after the case fails: {complaint}"


def _is_worth_a_second_try(result: Result, *, had_company: bool) -> bool:
    """Company may have kept the peer from answering in time; without it, only what counts against it is repeated."""
    if result.busy or result.verdict is Verdict.ERROR:
        return True
    return result.retry and (had_company or result.verdict not in _LEFT_OPEN)


def _worse(one: Result, other: Result) -> Result:
    """The worse of two results of one case; flaky if they differ."""
    worse = max(one, other, key=lambda result: RANK[result.verdict])
    if one.verdict is not other.verdict:
        worse.flaky = True
        worse.notes.append(f"flaky: {one.verdict} and {other.verdict} in repeated runs")
    return worse
