"""A run: the sanity probe first, between the cases and last; cases side by side; second tries where time decides.

What was under way when the peer went away is played again, alone, before anything is said about it: one case that makes
the peer crash spoils those beside it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from dulcimer.conformance.catalogue.ways import waits
from dulcimer.conformance.judge.causes import STOPS
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.trace import Kind, trace_line
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.extended_acceptor import play_of
from dulcimer.conformance.play.target import Target, Timing
from dulcimer.conformance.processes.server import Watch
from dulcimer.conformance.run.base import BaseRunner, StopError
from dulcimer.conformance.run.blame import ended_server, serves_no_more
from dulcimer.conformance.run.health import Health
from dulcimer.conformance.run.overlap import Overlap
from dulcimer.conformance.run.probing import TICK, Prober
from dulcimer.conformance.run.races import is_left_by_the_peer, race
from dulcimer.conformance.run.record import LONGEST_WAIT, SLOWER, Peer, Progress, Run, Settings
from dulcimer.conformance.run.sanity import adapted
from dulcimer.conformance.run.tries import is_about_silence, is_worth_a_second_try, second_of, share, worse
from dulcimer.conformance.sender_rules.log import SenderLog

_FIRST_REACT = 5.0
_LEAST_REACT = 0.5
_REACT_FACTOR = 5.0

_RETRY_FACTOR = 3.0
_RETRY_SPAN = 1.0
"""A second try waits for a reaction three times as long, but at most so many seconds longer."""

_UNPROVEN = 2
"""So many cases for each job may wait for a sign that the peer still serves."""

_BEARABLE = 2.5
"""Side by side the probes have to be so many times faster than the time for a reaction, or fewer cases run so."""

_LEAST_JOBS = 3
"""Even a peer that is slowed down by company is waited for in so many cases at a time."""

_WITH_OUTPUT = frozenset((Verdict.FAILED, Verdict.ERROR, Verdict.NON_STRICT, Verdict.INCONCLUSIVE))
_OUTPUT_SHOWN = 20
"""Verdicts with which the last lines that a server of ours wrote meanwhile are shown, and how many."""

_LATE_TOGETHER = 24
"""So many cases wait side by side for a close that may never come; they are no load for the peer either."""

_AGAIN_TOGETHER = 6
"""So many second tries run side by side: most of them wait for what does not come, which is no load for the peer."""

_IDLE_PATIENCE = 3.0
"""So many times longer is a peer waited for that does not listen while it serves: it may be busy."""

_LINGER = 30.0
"""Seconds in which a peer that serves no more may come back if the run is to go on."""

_AFTERMATH = 0.5
"""Seconds after a case in which a peer that it harms may show it."""

_LONG_AWAY, _OFTEN = 0.1, 10.0
"""Seconds, and times longer than usual, after which it is worth a note that a peer takes no connections."""


class Runner(BaseRunner[Case]):
    """Runs cases against a peer that accepts associations. `watch`: the server, if the check has started it."""

    def __init__(
        self,
        target: Target,
        settings: Settings,
        progress: Progress | None = None,
        clock: Callable[[], float] = time.monotonic,
        watch: Watch | None = None,
    ) -> None:
        run = Run(Peer(target.host, target.port), artim=settings.artim, tls=target.tls is not None)
        self._log = SenderLog()
        super().__init__(run, self._log, progress, clock, keep_going=settings.keep_going)
        self._settings = settings
        self._watch = watch or Watch()
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
        self._usual_wait = 0.0
        self._previous: Result | None = None
        self._absences: list[tuple[Result, str]] = []

    @property
    def _target(self) -> Target:
        return self._prober.target

    def _cut_short(self) -> None:
        if not self._run.stopped:
            self._run.died_after = self._health.suspects
            self._run.unhealthy_because = self._health.complaint

    # ------------------------------------------------------------------ sanity

    async def _is_sane(self) -> bool:
        """Is the peer healthy, how fast is it, who is it, and does it serve several associations at a time?"""
        settings, run = self._settings, self._run
        react = settings.react or _FIRST_REACT
        self._prober.set_timing(Timing(react=react, artim=settings.artim, window=settings.window))
        result = await self._prober.first(settings.patience)
        if result.verdict is not Verdict.OK:
            run.unhealthy_because = result.observed
            return False
        run.healthy, run.missing = True, self._prober.means.missing
        self._prober.describe(run.peer)
        # A peer that does not listen all the time is asked for its second connection as patiently as for the first.
        self._prober.wait_for_connections(settings.patience)
        slowest = max(self._prober.seconds_of(await self._prober.once()), result.duration)
        react = settings.react or min(max(_LEAST_REACT, _REACT_FACTOR * slowest), _FIRST_REACT)
        run.react = react
        timing = Timing(
            react=react,
            grace=min(0.1, react / 4),
            artim=settings.artim,
            window=settings.window,
            releases=settings.releases,
            close=settings.close,
            waits=False,
        )
        self._prober.set_timing(timing)
        several, run.listens = await self._prober.serves_two(settings.patience)
        run.serial = not several
        if several:
            self._jobs = await self._bearable(max(1, settings.jobs), react)
            return True
        if not run.listens:
            self._health.listens_when_idle = True
            self._prober.wait_for_connections(_IDLE_PATIENCE * settings.patience)
        await self._health.holds()
        self._usual_wait = self._prober.waited
        return True

    async def _bearable(self, jobs: int, react: float) -> int:
        """So many cases side by side that a peer which shares one processor among them still answers in time."""
        found = await asyncio.gather(*(self._prober.once() for _ in range(jobs)))
        slowest = max(TICK, *(result.duration for result in found))
        return max(min(jobs, _LEAST_JOBS), min(jobs, int(jobs * react / (_BEARABLE * slowest))))

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
        """The cases once more in which the peer has not closed at once: does it ever?"""
        late, self._late = self._late, []
        if not late:
            return
        self._overlap.spoiled()  # has been played again by now
        timing = self._target.timing
        longer = min(timing.react * _RETRY_FACTOR, timing.react + _RETRY_SPAN)
        self._prober.set_timing(replace(timing, react=longer, waits=True))
        await self._side_by_side(late, 1 if self._jobs == 1 else _LATE_TOGETHER)
        self._prober.set_timing(timing)

    async def _look_after(self, jobs: int) -> None:
        """Does the peer still serve? And what was spoiled since this was last asked?"""
        if jobs > 1 and not await self._health.holds():
            raise StopError
        absences = self._watch.absences()
        if jobs == 1 and self._watch.knows:  # who ended the server has been told
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
        """The case once more, with little else going on and more time for each reaction.

        Silence that counts against the peer has to be long beside what the peer takes at that time for a probe.
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
            needed = min(SLOWER * self._prober.seconds_of(probe), LONGEST_WAIT)
            if needed <= longer:
                break
            longer = needed
        return second_of(first, result)

    async def _once(self, case: Case, target: Target, *, alone: bool) -> Result:
        """Play a case and see that the peer still serves: at once if it runs alone, so that it can be blamed."""
        loop = asyncio.get_running_loop()
        await self._watch.ready()
        began = loop.time()
        play = play_of(case, target, self._log)
        result = await self._beside_the_server(await play.run(), began, alone=alone)
        if not self._run.listens:
            self._note_absence(play.waited)
        elif not target.timing.waits:  # else it has been played before, and was not spoiled
            self._overlap.note(result, began, loop.time())
        self._previous, previous = result, self._previous
        self._count_endless(result)
        served = self._health.note(result, began)
        # One that does not listen while it serves is waited for by the next case: a probe would only take its time.
        due = self._health.is_due or result.verdict is Verdict.ERROR or (alone and not served and self._run.listens)
        if due and not await self._health.holds():
            last = previous if alone and result.refused else result  # a case that was not let in did no harm
            if last is not None:
                last = self._results[last.case.id] if self._counts(last) else last
                self._finish(self._to_blame(last) if alone else last)
            raise StopError
        return result

    async def _beside_the_server(self, result: Result, began: float, *, alone: bool) -> Result:
        """Put what the server wrote beside the trace; if it has ended, a case that ran alone is to blame."""
        left = result.refused or any(row["kind"] in (Kind.PEER_FIN, Kind.PEER_RST) for row in result.trace)
        death = await self._watch.death_since(began, patient=alone and left)
        if death is not None and alone:
            result = ended_server(result, death.how)
        if result.verdict not in _WITH_OUTPUT:
            return result
        start = result.opened_at or began
        said = self._watch.said(began, asyncio.get_running_loop().time())[-_OUTPUT_SHOWN:]
        lines = [trace_line(max(at - start, 0.0), Kind.OUTPUT, f"the server wrote: {text}") for at, text in said]
        return replace(result, trace=tuple(sorted((*result.trace, *lines), key=lambda row: float(row["t"]))))

    def _note_absence(self, waited: float) -> None:
        """A peer that does not listen while it serves was away for so long before it let this case in."""
        if self._previous is not None and waited > max(_LONG_AWAY, _OFTEN * self._usual_wait):
            usual = f"{self._usual_wait:.2g} s are usual: it was busy, or was started anew"
            told = f"after it the peer took no connections for {waited:.1f} s, where {usual}"
            self._absences.append((self._previous, told))

    async def _close(self) -> None:
        for played, told in self._absences:
            if self._counts(played):
                name = played.case.id
                self._results[name] = self._results[name].with_note(told)

    def _counts(self, played: Result) -> bool:
        """Whether what counts for a case is from this play of it."""
        found = self._results.get(played.case.id)
        return found is not None and found.trace is played.trace

    # ------------------------------------------------------------------ one by one

    async def _one_by_one(self, cases: dict[str, Case]) -> None:
        """Play alone what was spoiled, and those cases after which the peer took no connections for a while."""
        suspects = set(self._health.returned)
        wanted = [case for name, case in cases.items() if name in suspects or name in self._spoiled]
        if wanted:
            told = "1 case is" if len(wanted) == 1 else f"{len(wanted)} cases are"
            why = "The peer went away meanwhile, or ended all its connections at one moment"
            self._progress.say(f"{why}: {told} played again, one by one.")
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
                    what = "after it the peer refuses connections for a while, as if it was started anew"
                    result = serves_no_more(result, what, self._health.complaint)
                else:
                    result = result.with_note(
                        "around it the peer took no connections for a while; the next time it did"
                    )
            self._finish(result)
        if not any(result.alternative == STOPS for result in self._results.values()):
            for name in self._beside_a_death & set(self._results):
                note = "beside it the server ended and was started anew; alone it does not"
                self._results[name] = self._results[name].with_note(note)

    async def _still_serves(self, result: Result) -> None:
        if not await self._health.holds():
            self._finish(self._to_blame(result))
            raise StopError

    def _to_blame(self, result: Result) -> Result:
        return serves_no_more(result, "after it the peer serves no more", self._health.complaint)
