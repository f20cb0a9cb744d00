"""A run of the upper tester: one adapter, one case after the other; an adapter that fails is restarted."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from dulcimer.conformance.catalogue.upper_tester import HeldCase, held_cases
from dulcimer.conformance.judge.judge import judge
from dulcimer.conformance.model.observation import Hindrance, Observation, Obstacle
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.target import Timing
from dulcimer.conformance.play.upper_tester import HeldPlay
from dulcimer.conformance.run.base import BaseRunner, StopError
from dulcimer.conformance.run.record import PeerIdentity, Progress, Run
from dulcimer.conformance.run.tries import second_of
from dulcimer.conformance.upper_tester.control import AdapterError, Control, RefusedError

_PATIENCE = 3.0
"""Times as long that a second try waits for a reaction."""


class HeldRunner(BaseRunner[HeldCase]):
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
        super().__init__(Run(PeerIdentity(where, 0), react=react), None, progress, clock, keep_going=keep_going)
        self._where = where
        self._timing = Timing(react=react, grace=min(0.1, react / 4))
        self._host = host
        self._control: Control | None = None

    async def _close(self) -> None:
        if self._control is not None:
            await self._control.stop()

    async def _all(self, cases: Sequence[HeldCase]) -> None:
        for case in cases:
            if self._run.died_after and not self._keep_going:
                raise StopError
            result = await self._once(case, self._timing)
            self._finish(await self._second_try(case, result) if result.retry else result)

    async def _is_sane(self) -> bool:
        """Does the adapter start, and is Sta6 reached in both roles?"""
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
            await control.reset()  # notices now that an adapter has died, so that the right case is named
            return result
        except RefusedError as error:
            hindrance = Hindrance(Obstacle.NO_RESET, "no reset", str(error))
        except OSError as error:
            hindrance = Hindrance(Obstacle.NO_CONNECTION, "no connection", error.strerror or str(error))
        except AdapterError as error:
            failed, self._control = self._control, None
            if failed is not None:
                await failed.stop()
            how = Obstacle.DIED if error.died else Obstacle.HANGS
            hindrance = Hindrance(how, "died" if error.died else "hangs", str(error))
            if error.died:
                self._run.died_after = (*self._run.died_after, case.id)
        return judge(case, Observation(hindrance))

    async def _second_try(self, case: HeldCase, first: Result) -> Result:
        timing = Timing(react=self._timing.react * _PATIENCE, grace=self._timing.grace)
        return second_of(first, await self._once(case, timing))
