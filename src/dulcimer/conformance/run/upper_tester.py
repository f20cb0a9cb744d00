"""A run of the upper tester: one adapter, one case after the other; an adapter that fails is started anew."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from dulcimer.conformance.catalogue.upper_tester import HeldCase, held_cases
from dulcimer.conformance.model.case import Result, Verdict
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.play.target import Timing
from dulcimer.conformance.play.upper_tester import HeldPlay
from dulcimer.conformance.run.record import Peer, Progress, Run
from dulcimer.conformance.run.stopping import Stopper
from dulcimer.conformance.upper_tester.control import AdapterError, Control, RefusedError

_PATIENCE = 3.0
"""A second try has so many times as long for a reaction."""


class HeldRunner:
    """Runs cases against the adapter that `where` starts, a command or `HOST:PORT`."""

    def __init__(
        self,
        where: str,
        *,
        react: float = 0.5,
        host: str = "127.0.0.1",
        keep_going: bool = False,
        progress: Progress | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._where = where
        self._timing = Timing(react=react, grace=min(0.1, react / 4))
        self._host = host
        self._keep_going = keep_going
        self._progress = progress or Progress()
        self._clock = clock
        self._run = Run(Peer(where, 0), react=react)
        self._control: Control | None = None

    async def run(self, cases: Sequence[HeldCase], *, stopper: Stopper | None = None) -> Run:
        """Play all cases, unless the adapter cannot be started or dies. Raises nothing that the adapter does."""
        started = self._clock()
        stopper = stopper or Stopper()
        try:
            await stopper.run(self._sane_and_all(cases))
        finally:
            if self._control is not None:
                await self._control.stop()
        self._run.stopped = stopper.reason
        done = {result.case.id for result in self._run.results}
        self._run.not_run = tuple(case.id for case in cases if case.id not in done)
        self._run.cells_seen = frozenset[Cell]().union(*(result.cells_seen for result in self._run.results))
        self._run.seconds = self._clock() - started
        return self._run

    async def _sane_and_all(self, cases: Sequence[HeldCase]) -> None:
        if not await self._sane():
            return
        self._progress.met(self._run.peer)
        self._progress.begin(len(cases))
        for case in cases:
            if self._run.died_after and not self._keep_going:
                break
            result = await self._once(case, self._timing)
            if result.retry:
                result = await self._second_try(result)
            self._run.results.append(result)
            self._progress.done(result)

    async def _sane(self) -> bool:
        """Does the adapter start, and is the state reached in which data may flow, in both roles?"""
        try:
            control = await self._adapter()
            self._run.peer.implementation_version_name = control.name
            self._run.peer.host, self._run.peer.port = control.host, control.port
            for case in held_cases():
                if case.id.endswith(".sta06.evt15.held"):
                    result = await HeldPlay(case, control, self._timing, self._host).run()
                    if result.verdict in (Verdict.UNOBSERVABLE, Verdict.UNIMPLEMENTED):
                        self._run.unhealthy_because = f"{result.observed} ({result.why})"
                        return False
        except (AdapterError, RefusedError, OSError) as error:
            self._run.unhealthy_because = str(error)
            return False
        self._run.healthy = True
        return True

    async def _adapter(self) -> Control:
        if self._control is None:
            self._control = await Control.start(self._where)
        return self._control

    async def _once(self, case: HeldCase, timing: Timing) -> Result:
        try:
            control = await self._adapter()
            result = await HeldPlay(case, control, timing, self._host).run()
            await control.reset()  # an adapter that has died is noticed now, and the right case named
            return result
        except RefusedError as error:
            return Result(case, Verdict.ERROR, "no reset", str(error))
        except OSError as error:
            return Result(case, Verdict.ERROR, "no connection", error.strerror or str(error), retry=True)
        except AdapterError as error:
            failed, self._control = self._control, None
            if failed is not None:
                await failed.stop()
            result = Result(case, Verdict.FAILED, "died" if error.died else "hangs", str(error), "S0")
            result.alternative = result.observed
            if error.died:
                self._run.died_after = (*self._run.died_after, case.id)
            return result

    async def _second_try(self, first: Result) -> Result:
        case = first.case
        assert isinstance(case, HeldCase)
        timing = Timing(react=self._timing.react * _PATIENCE, grace=self._timing.grace)
        result = await self._once(case, timing)
        if result.verdict is not first.verdict:
            result.flaky = True
            result.notes.append(f"flaky: the first try was {first.verdict} ({first.observed})")
        return result
