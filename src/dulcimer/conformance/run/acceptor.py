"""A run: the sanity probe first, between the cases and last; cases side by side; second tries where time decides.

A case that makes the peer crash spoils those that run beside it. So all that were under way when the peer went away are
played again, alone, before any of them counts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from dulcimer.conformance.catalogue.ways import waits
from dulcimer.conformance.judge.health import stops_serving
from dulcimer.conformance.judge.outage import STOPS, Outage
from dulcimer.conformance.judge.races import is_left_by_the_peer
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.extended_acceptor import play_of
from dulcimer.conformance.play.target import Target
from dulcimer.conformance.processes.server import ServerWatch
from dulcimer.conformance.run.absences import Absences
from dulcimer.conformance.run.base import BaseRunner, StopError
from dulcimer.conformance.run.calibration import calibrate, jobs_in_time
from dulcimer.conformance.run.health import Health
from dulcimer.conformance.run.overlap import Overlap
from dulcimer.conformance.run.probing import Prober
from dulcimer.conformance.run.races import race
from dulcimer.conformance.run.record import AcceptorSettings, PeerIdentity, Progress, Run
from dulcimer.conformance.run.sanity import adapted
from dulcimer.conformance.run.server_output import with_server
from dulcimer.conformance.run.tries import (
    is_about_silence,
    is_worth_a_second_try,
    second_of,
    share,
    silence_that_counts,
    worse,
)
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.counting import counted

_RETRY_FACTOR = 3.0
_RETRY_SPAN = 1.0
"""How many times as long a second try waits for a reaction, and how many seconds longer at most."""

_UNPROVEN = 2
"""Cases for each job that may wait for a sign that the peer still serves."""

_LATE_TOGETHER = 24
"""Cases that wait side by side for a close that may never come; waiting is no load for the peer."""

_AGAIN_TOGETHER = 6
"""Second tries that run side by side; most of them only wait, which is no load for the peer."""

_IDLE_PATIENCE = 3.0
"""Times as long as usual that the run waits for a peer that does not listen while it serves: it may be busy."""

_LINGER = 30.0
"""Seconds in which a peer that has stopped responding may come back, with --keep-going."""

_AFTERMATH = 0.5
"""Seconds after a case in which damage to the peer may show."""


class Runner(BaseRunner[Case]):
    """Runs cases against a peer that accepts associations. `watch`: the server, if the check has started it."""

    def __init__(
        self,
        target: Target,
        settings: AcceptorSettings,
        progress: Progress | None = None,
        clock: Callable[[], float] = time.monotonic,
        watch: ServerWatch | None = None,
    ) -> None:
        run = Run(PeerIdentity(target.host, target.port), artim=settings.artim, tls=target.tls is not None)
        self._log = SenderLog()
        super().__init__(run, self._log, progress, clock, keep_going=settings.keep_going)
        self._settings = settings
        self._watch = watch or ServerWatch()
        self._prober = Prober(target, self._log, settings.health, self._progress.say)
        self._jobs = 1
        self._health = Health(
            self._probe,
            _UNPROVEN * settings.jobs,
            by_probe_only=settings.health is not None,
            linger=_LINGER if settings.keep_going else 0.0,
            say=self._progress.say,
        )
        self._overlap = Overlap()
        self._late: list[Case] = []
        self._spoiled: dict[str, None] = {}
        self._beside_a_death: set[str] = set()
        self._previous: Result | None = None
        self._absences = Absences()

    @property
    def _target(self) -> Target:
        return self._prober.target

    def _cut_short(self) -> None:
        if not self._run.stopped:
            self._run.died_after = self._health.suspects
            self._run.unhealthy_because = self._health.complaint

    # ------------------------------------------------------------------ sanity

    async def _is_sane(self) -> bool:
        """Is the peer healthy, and how many cases can run at once?"""
        settings = self._settings
        if not await calibrate(self._prober, settings, self._run):
            return False
        if not self._run.serial:
            self._jobs = await jobs_in_time(self._prober, max(1, settings.jobs), self._run.react)
            return True
        if not self._run.listens:
            self._health.listens_when_idle = True
            self._prober.wait_for_connections(_IDLE_PATIENCE * settings.patience)
        await self._health.holds()
        self._absences.usual = self._prober.waited
        return True

    async def _probe(self, patient: bool) -> Result:
        """A probe between the cases."""
        loop = asyncio.get_running_loop()
        await self._watch.ready()
        began = loop.time()
        result = await self._prober.once(patient)
        if self._run.listens:
            self._overlap.note(result, began, loop.time())
        return result

    # ------------------------------------------------------------------ cases

    async def _all(self, cases: Sequence[Case]) -> None:
        playable: list[Case] = []
        for case in cases:
            found = adapted(case, self._prober.means)
            if isinstance(found, Result):
                self._finish(found)
            else:
                playable.append(found)
        waiting = [case for case in playable if waits(case)]
        alone = [case for case in playable if case.injection.exclusive and case not in waiting]
        quick = [case for case in playable if not case.injection.exclusive and case not in waiting]
        await self._side_by_side(quick, self._jobs)
        await self._side_by_side(waiting, self._jobs)
        await self._side_by_side(alone, 1)
        await self._one_by_one({case.id: case for case in playable})
        await self._wait_for_closes()

    async def _side_by_side(self, cases: Sequence[Case], jobs: int) -> None:
        again: list[Result] = []

        async def first(case: Case) -> None:
            result = await self._first_try(case, alone=jobs == 1)
            if result.late:
                self._late.append(case)
            elif is_worth_a_second_try(result, had_company=jobs > 1):
                again.append(result)
            else:
                self._finish(result)

        async def second(before: Result) -> None:
            result = await self._second_try(before, alone=jobs == 1)
            if result.late:
                self._late.append(result.case)
            else:
                self._finish(result)

        await share(cases, first, jobs)
        await self._look_after(jobs)
        again = [result for result in again if result.case.id not in self._spoiled]
        await share(again, second, 1 if jobs == 1 else _AGAIN_TOGETHER)
        await self._look_after(jobs)

    async def _wait_for_closes(self) -> None:
        """Play again the cases in which the peer did not close at once: does it ever?"""
        late, self._late = self._late, []
        if not late:
            return
        self._overlap.spoiled()  # those cases have been played again by now
        timing = self._target.timing
        longer = min(timing.react * _RETRY_FACTOR, timing.react + _RETRY_SPAN)
        self._prober.set_timing(replace(timing, react=longer, waits=True))
        await self._side_by_side(late, 1 if self._jobs == 1 else _LATE_TOGETHER)
        self._prober.set_timing(timing)

    async def _look_after(self, jobs: int) -> None:
        """Does the peer still serve? And which cases were spoiled since the last call?"""
        if jobs > 1 and not await self._health.holds():
            raise StopError
        absences = self._watch.absences()
        if jobs == 1 and self._watch.knows:  # the case that ended the server is known
            self._overlap.spoiled()
            return
        for start, end in absences:
            self._overlap.away(start, end)
        spoiled = self._overlap.spoiled()
        if absences:
            self._beside_a_death |= spoiled
        for name in spoiled:
            self._spoiled[name] = None
            self._results.pop(name, None)

    async def _first_try(self, case: Case, *, alone: bool) -> Result:
        result = await self._once(case, self._target, alone=alone)
        for _ in range(self._settings.repeat - 1):
            result = worse(result, await self._once(case, self._target, alone=alone))
        if is_left_by_the_peer(case):
            result = await race(result, partial(self._once, case, self._target, alone=alone))
        return result

    async def _second_try(self, first: Result, *, alone: bool) -> Result:
        """Play the case again, with few others beside it and more time for each reaction.

        Silence counts against the peer only if it is much longer than a probe of the peer takes at that time.
        """
        react = self._target.timing.react
        if first.busy:
            await asyncio.sleep(react)
        longer = min(react * _RETRY_FACTOR, react + _RETRY_SPAN)
        while True:
            patient = replace(self._target, timing=replace(self._target.timing, react=longer))
            result = await self._once(first.case, patient, alone=alone)
            if is_left_by_the_peer(first.case):
                result = await race(result, partial(self._once, first.case, patient, alone=alone))
            if not is_about_silence(result, longer):
                break
            probe = await self._prober.once(patient=True)
            needed = silence_that_counts(first.case.severity, self._prober.seconds_of(probe))
            if needed <= longer:
                break
            longer = needed
        return second_of(first, result)

    async def _once(self, case: Case, target: Target, *, alone: bool) -> Result:
        """Play a case and check that the peer still serves: at once if it runs alone, so that it can be blamed."""
        loop = asyncio.get_running_loop()
        await self._watch.ready()
        began = loop.time()
        play = play_of(case, target, self._log)
        result = await with_server(self._watch, await play.run(), began, alone=alone)
        if not self._run.listens:
            self._absences.note(self._previous, play.waited)
        elif not target.timing.waits:  # otherwise it was played before, and not spoiled
            self._overlap.note(result, began, loop.time())
        self._previous, previous = result, self._previous
        self._count_endless(result)
        served = self._health.note(result, began)
        # If the peer does not listen while it serves, the next case waits for it; a probe would only cost time.
        due = self._health.is_due or result.verdict is Verdict.ERROR or (alone and not served and self._run.listens)
        if due and not await self._health.holds():
            last = previous if alone and result.refused else result  # a case that got no connection did no harm
            if last is not None:
                last = self._results[last.case.id] if self._counts(last) else last
                self._finish(self._to_blame(last) if alone else last)
            raise StopError
        return result

    async def _close(self) -> None:
        for played, note in self._absences.notes():
            if self._counts(played):
                name = played.case.id
                self._results[name] = self._results[name].with_note(note)

    def _counts(self, played: Result) -> bool:
        """Whether the result of a case comes from this play of it."""
        found = self._results.get(played.case.id)
        return found is not None and found.trace is played.trace

    # ------------------------------------------------------------------ one by one

    async def _one_by_one(self, cases: dict[str, Case]) -> None:
        """Play alone the spoiled cases, and those after which the peer took no connections for a while."""
        suspects = set(self._health.returned)
        wanted = [case for name, case in cases.items() if name in suspects or name in self._spoiled]
        if wanted:
            why = "The peer went away for a while, or ended all its connections at the same moment"
            self._progress.say(f"{why}. Playing {counted(len(wanted), 'case')} again, one by one.")
        for case in wanted:
            self._health.returned.clear()
            result = await self._first_try(case, alone=True)
            if result.late:
                self._late.append(case)
                continue
            if is_worth_a_second_try(result, had_company=True):
                result = await self._second_try(result, alone=True)
            if case.id in suspects and not self._health.returned:
                await asyncio.sleep(_AFTERMATH)
            await self._still_serves(result)
            if self._health.returned and result.alternative != STOPS:
                self._health.returned.clear()
                await self._still_serves(await self._once(case, self._target, alone=True))
                if self._health.returned:
                    result = stops_serving(result, Outage.RESTARTED, self._health.complaint)
                else:
                    result = result.with_note(
                        "around it the peer took no connections for a while, but not when it was played again"
                    )
            self._finish(result)
        if not any(result.alternative == STOPS for result in self._results.values()):
            for name in self._beside_a_death & set(self._results):
                note = "beside it the server ended and was restarted; alone it does not end"
                self._results[name] = self._results[name].with_note(note)

    async def _still_serves(self, result: Result) -> None:
        if not await self._health.holds():
            self._finish(self._to_blame(result))
            raise StopError

    def _to_blame(self, result: Result) -> Result:
        return stops_serving(result, Outage.NOT_RESPONDING, self._health.complaint)
