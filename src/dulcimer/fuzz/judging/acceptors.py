"""A server under test, started here or by somebody else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.engine.conversation import EndKind
from dulcimer.fuzz.engine.play import Address, play
from dulcimer.fuzz.engine.settle import SettleTiming
from dulcimer.fuzz.findings.finding import FindingOracle
from dulcimer.fuzz.judging.early import closed_early
from dulcimer.fuzz.judging.files import FileWatch
from dulcimer.fuzz.judging.forks import ForkTime, crash_of, fork_time, of_child
from dulcimer.fuzz.judging.limits import above_maximum
from dulcimer.fuzz.judging.meanwhile import BusyReader, Meanwhile
from dulcimer.fuzz.judging.probe import Probe
from dulcimer.fuzz.judging.session import Played, TargetLostError, TargetSession
from dulcimer.fuzz.judging.suspicion import Suspicion, of_deviations
from dulcimer.fuzz.oracle.review import Review, Reviewer
from dulcimer.fuzz.oracle.verdicts import Oddity
from dulcimer.fuzz.sequences.steps import FuzzSequence
from dulcimer.fuzz.targets.process import SpawnedTarget, TargetDeath, TargetStartError
from dulcimer.fuzz.targets.vitals import Vitals

_BETWEEN_LOOKS = 64
"""Cases between two looks for what does not show on the connection."""
_ANSWER, _LONGER = 1.0, 4.0
"""Seconds in which a target that is in order answers a probe, and a second one."""
_QUICK = 0.7
"""Seconds for a probe in a replay of what was seen before."""
_NOTICE, _LATE_NOTICE = 0.03, 0.1
"""Seconds in which the system shows the end of a process whose connection is gone, mostly, and on a busy machine."""
_REPORT = 20.0
"""Seconds in which a sanitizer writes its report: it looks up each frame, which takes long on a busy machine."""
_RECOVERY, _BETWEEN_ASKING = 60.0, 0.5
_NO_TRACE = (EndKind.REFUSED, EndKind.OPEN, EndKind.FLOOD)


class AcceptorSession(TargetSession):
    """Plays at a server. `spawned`: the server, if it is started here; `close` ends it.

    `files`: where it writes. `scratch`: a directory that is removed at the end.
    """

    role = "acceptor"

    def __init__(
        self,
        target: Address,
        titles: Titles,
        spawned: SpawnedTarget | None = None,
        files: FileWatch | None = None,
        scratch: Path | None = None,
    ) -> None:
        super().__init__()
        self._scratch = scratch
        self._target = target
        self._spawned = spawned
        self.probing = Probe(titles)
        self.files = files
        self._since_look = 0
        self._is_fresh = False
        self.can_restart = spawned is not None
        self.forks = ForkTime.NEVER
        self._has_left = False  # the process of the last association has ended, and did not crash

    def play(
        self, sequence: FuzzSequence, *, timing: SettleTiming | None = None, meanwhile: Meanwhile | None = None
    ) -> Played:
        """See `TargetSession`."""
        self._is_fresh = False
        reviewer = Reviewer(sequence.steps, self.judgement)
        reader = reviewer if meanwhile is None else BusyReader(reviewer, meanwhile)
        record = play(sequence, self._target, timing or self.timing, reader)
        reviewer.follow(record.entries)
        reviewed = reviewer.review
        self._since_look += 1
        early = closed_early(record, reviewed)
        is_odd = bool(reviewed.deviations) or record.end in _NO_TRACE or early is not None
        suspicions: list[Suspicion] = []
        self._has_left = False
        if is_odd or timing is not None or self._since_look >= _BETWEEN_LOOKS or self._shows_something():
            notice = 0.0
            if self.expects_end:
                notice = _LATE_NOTICE
            elif record.end in _NO_TRACE or _ends_early(reviewed) or early is not None:
                notice = _NOTICE
            suspicions = self._looked(notice)
        elif self.forks is not ForkTime.NEVER:
            # Many servers forget a process that has ended when the next association comes.
            suspicions = list(self._crashes())
        if is_odd and not suspicions:
            suspicions = list(of_deviations(reviewed, sequence.cell)) or list(filter(None, [early]))
            ends_early = early is not None or _ends_early(reviewed)
            if ends_early and not self._has_left and self.forks.is_served_by_child(record):
                suspicions = list(map(of_child, suspicions))
            if record.end in _NO_TRACE and (found := self.probe(quick=timing is not None)) is not None:
                suspicions = [found]
        if not suspicions and (found := above_maximum(record)) is not None:
            suspicions = [found]
        return Played(record, reviewed, tuple(suspicions))

    def probe(self, *, quick: bool = False) -> Suspicion | None:
        """See `TargetSession`."""
        found, self._is_fresh = None, False
        for seconds in (self.hang_seconds(_QUICK),) if quick else (_ANSWER, _LONGER):
            found = self.probing.judged(self.probing.ask(self._target, seconds))
            if found is None:
                return None
            if looked := self._looked(_NOTICE):
                return looked[0]
        return found

    def fresh(self) -> None:
        """See `TargetSession`. A server that somebody else has started has a minute to answer again."""
        if self._spawned is not None:
            # One that has died was restarted already.
            if not self._is_fresh:
                self._restart()
            list(self._spawned.sanitizer_reports())
            return
        deadline = monotonic() + _RECOVERY
        while (found := self.probing.judged(self.probing.ask(self._target, _ANSWER))) is not None:
            if monotonic() > deadline:
                where = f"{self._target.host}:{self._target.port}"
                raise TargetLostError(f"the target at {where} has not recovered for {_RECOVERY:.0f} s: {found.verdict}")
            sleep(_BETWEEN_ASKING)

    def fork_time(self) -> ForkTime:
        """When the server begins a process for an association."""
        if self._spawned is None:
            return ForkTime.NEVER
        return fork_time(self.probing, self._target, lambda: self.vitals().processes)

    def vitals(self) -> Vitals:
        """See `TargetSession`."""
        return Vitals() if self._spawned is None else self._spawned.vitals()

    def close(self) -> None:
        """See `TargetSession`."""
        if self._spawned is not None:
            self._spawned.stop(politely=False)
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)

    # ------------------------------------------------------------------ inside

    def _shows_something(self) -> bool:
        """Whether it has ended, or made a file where it should not."""
        has_ended = self._spawned is not None and self._spawned.has_ended
        return has_ended or (self.files is not None and self.files.has_changed)

    def _looked(self, notice: float) -> list[Suspicion]:
        """What its process, its sanitizers and its files say; it is restarted if it ends within `notice` seconds."""
        self._since_look = 0
        found: list[Suspicion] = []
        if self._spawned is not None:
            if self._spawned.is_reporting:
                self._spawned.await_report(_REPORT)
                notice = _ANSWER
            death = self._spawned.death(notice)
            found += [
                Suspicion(FindingOracle.SANITIZER, report.what, frames=report.frames)
                for report in self._spawned.sanitizer_reports()
            ]
            if death is not None:
                found = found or [_of_death(death)]
                self._restart()
            else:
                crashes = list(self._crashes())
                found = found or crashes
        return found + list(self._strays())

    def _crashes(self) -> Iterator[Suspicion]:
        """A crash among the processes of associations that have ended since the last look."""
        children = self._spawned.ended_children() if self._spawned is not None else []
        if children:
            self._has_left = not children[-1].has_crashed
            yield from filter(None, [crash_of(children)])

    def _strays(self) -> Iterator[Suspicion]:
        return iter(()) if self.files is None else self.files.news()

    def _restart(self) -> None:
        assert self._spawned is not None
        self.restarts += 1
        if self.files is not None:
            self.files.clear()
        try:
            self._spawned.restart()
        except TargetStartError as error:
            raise TargetLostError(str(error)) from error
        self._is_fresh = True


def _ends_early(reviewed: Review) -> bool:
    return any(found.oddity is Oddity.CLOSE for _, found in reviewed.deviations)


def _of_death(death: TargetDeath) -> Suspicion:
    return Suspicion(FindingOracle.EXIT, f"The target {death.how}")
