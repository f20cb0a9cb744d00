"""A run against a requestor: the sanity run first, cases side by side, second tries where time decides."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from dulcimer.conformance.catalogue.requestor_sanity import lesser_sanity_cases, sanity_case
from dulcimer.conformance.judge.races import is_left_by_the_peer
from dulcimer.conformance.model.habit import Habit
from dulcimer.conformance.model.requestor_case import RequestorCase
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.trace import Kind
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.extended_requestor import play_of
from dulcimer.conformance.play.requestor import RequestorPlay
from dulcimer.conformance.play.stage import Stage
from dulcimer.conformance.play.target import Timing
from dulcimer.conformance.run.base import BaseRunner, StopError
from dulcimer.conformance.run.races import race
from dulcimer.conformance.run.record import LONGEST_WAIT, PeerIdentity, Progress, Run
from dulcimer.conformance.run.tries import (
    is_about_silence,
    is_worth_a_second_start,
    second_of,
    share,
    silence_that_counts,
    worse,
)
from dulcimer.conformance.sender_rules.requestor import requestor_log
from dulcimer.wire.model import ImplementationClassUid, ImplementationVersionName

_FIRST_REACT = 10.0
_LEAST_REACT = 0.5
_REACT_FACTOR = 5.0
_START_FACTOR = 10.0
_LEAST_START = 10.0
_LATE_TOGETHER = 12
"""Commands that wait side by side with a connection that they may never close."""

_RETRY_FACTOR = 3.0
_RETRY_SPAN = 1.5


@dataclass(frozen=True, slots=True)
class RequestorSettings:
    """The settings of a run against a requestor. Times in seconds; None: measured (`react`) or not declared (`artim`).

    `close`: for a close that is due at once; `hang`: how long the command may still run after its association and
    its connection.
    """

    react: float | None = None
    artim: float | None = None
    window: float = 2.0
    close: float = 10.0
    hang: float = 35.0
    jobs: int = 6
    repeat: int = 1
    keep_going: bool = False


class RequestorRunner(BaseRunner[RequestorCase]):
    """Runs cases against a command that requests associations. Raises OSError if it cannot be started."""

    def __init__(
        self,
        stage: Stage,
        settings: RequestorSettings,
        progress: Progress | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        run = Run(PeerIdentity(str(stage.caller), 0), artim=settings.artim, tls=stage.tls is not None)
        self._log = requestor_log()
        super().__init__(run, self._log, progress, clock, keep_going=settings.keep_going)
        self._stage = stage
        self._settings = settings
        self._late: list[RequestorCase] = []

    # ------------------------------------------------------------------ sanity

    async def _is_sane(self) -> bool:
        """Does the command work, how fast is it, and which implementation is it?"""
        settings = self._settings
        timing = Timing(
            react=settings.react or _FIRST_REACT, artim=settings.artim, window=settings.window, close=settings.close
        )
        self._stage = replace(self._stage, timing=timing, hang=settings.hang)
        play = RequestorPlay(sanity_case(), self._stage, self._log)
        result = await play.run()
        if result.verdict is not Verdict.OK:
            self._run.unhealthy_because = "; ".join(filter(None, (result.observed, result.why, *result.notes)))
            output = [str(entry["pdu"]) for entry in result.trace if entry["kind"] == Kind.OUTPUT]
            self._run.unhealthy_because = "; ".join((self._run.unhealthy_because, *output))
            if play.request is None or result.endless or play.ending == "hangs":
                return False
            for case, releases in lesser_sanity_cases():
                play = RequestorPlay(case, self._stage, self._log)
                result = await play.run()
                if result.verdict is Verdict.OK:
                    ending = "" if play.ending in ("ended(0)", "unknown") else play.ending
                    self._stage = replace(self._stage, habit=Habit(ending, releases))
                    break
            else:
                return False
        self._run.missing, self._run.unhealthy_because = self._stage.habit.in_words, ""
        self._run.healthy = True
        describe(self._run.peer, play)
        react = settings.react or min(max(_LEAST_REACT, _REACT_FACTOR * _slowest(result)), _FIRST_REACT)
        self._run.react = react
        self._stage = replace(
            self._stage,
            timing=replace(timing, react=react, grace=min(0.1, react / 4), waits=False),
            start=max(_LEAST_START, _START_FACTOR * result.duration),
        )
        return True

    # ------------------------------------------------------------------ cases

    async def _all(self, cases: Sequence[RequestorCase]) -> None:
        await self._side_by_side(cases, self._settings.jobs)
        late, self._late = self._late, []
        timing = self._stage.timing
        longer = min(timing.react * _RETRY_FACTOR, timing.react + _RETRY_SPAN)
        self._stage = replace(self._stage, timing=replace(timing, react=longer, waits=True))
        await self._side_by_side(late, _LATE_TOGETHER if self._settings.jobs > 1 else 1)

    async def _side_by_side(self, cases: Sequence[RequestorCase], jobs: int) -> None:
        again: list[tuple[RequestorCase, Result]] = []

        async def first(case: RequestorCase) -> None:
            result = await self._once(case, self._stage)
            for _ in range(self._settings.repeat - 1):
                result = worse(result, await self._once(case, self._stage))
            if is_left_by_the_peer(case):
                result = await race(result, partial(self._once, case, self._stage))
            if result.late:
                self._late.append(case)
            elif is_worth_a_second_start(result):
                again.append((case, result))
            else:
                self._finish(result)

        await share(cases, first, max(1, jobs))
        for case, before in again:
            result = await self._second_try(case, before)
            if result.late:
                self._late.append(case)
            else:
                self._finish(result)

    async def _second_try(self, case: RequestorCase, first: Result) -> Result:
        """Play the case again, with nothing beside it and more time for the connection and for each reaction.

        Silence counts against the peer only if it is much longer than an answer of the peer takes at that time.
        """
        timing = self._stage.timing
        longer = min(timing.react * _RETRY_FACTOR, timing.react + _RETRY_SPAN)
        while True:
            patient = replace(
                self._stage, timing=replace(timing, react=longer), start=self._stage.start * _RETRY_FACTOR
            )
            result = await self._once(case, patient)
            if is_left_by_the_peer(case):
                result = await race(result, partial(self._once, case, patient))
            if not is_about_silence(result, longer):
                break
            sane = replace(self._stage, timing=replace(timing, react=LONGEST_WAIT))
            answer = _slowest(await RequestorPlay(sanity_case(), sane, self._log).run())
            needed = silence_that_counts(case.severity, answer)
            if needed <= longer:
                break
            longer = needed
        return second_of(first, result)

    async def _once(self, case: RequestorCase, stage: Stage) -> Result:
        result = await play_of(case, stage, self._log).run()
        if result.alternative == "died" and (not stage.habit.ending or stage.habit.ending not in result.observed):
            self._run.died_after = (*self._run.died_after, case.id)
            if not self._settings.keep_going:
                self._finish(result)
                raise StopError
        self._count_endless(result)
        return result


def describe(peer: PeerIdentity, play: RequestorPlay) -> None:
    """Note the implementation that the peer names."""
    request = play.request
    if request is None:
        return
    user = request.user_information
    uid, name = user.first(ImplementationClassUid), user.first(ImplementationVersionName)
    peer.implementation_class_uid = uid.implementation_class_uid if uid else ""
    peer.implementation_version_name = name.implementation_version_name if name else ""
    peer.maximum_length = request.maximum_length


def _slowest(result: Result) -> float:
    """The longest that the peer took to answer, in seconds."""
    slowest, sent = 0.0, None
    for entry in result.trace:
        if entry["kind"] == Kind.SENT:
            sent = entry["t"]
        elif sent is not None:
            slowest, sent = max(slowest, entry["t"] - sent), None
    return slowest
