"""What the tester learns of a peer before the first case, and the probe between the cases."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from dulcimer.conformance.judge.health import unhealthy
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.seen import SILENCE
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.acceptor import Play
from dulcimer.conformance.play.target import Target, Timing
from dulcimer.conformance.run.health import HealthCommand
from dulcimer.conformance.run.record import PeerIdentity
from dulcimer.conformance.run.sanity import ALL, LESS, probe_case
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.conformance.stimuli.requests import TESTER_CLASS_UID, TESTER_VERSION_NAME
from dulcimer.wire.model import AssociateAc, ImplementationClassUid, ImplementationVersionName

_PATIENCE = 10.0
"""Seconds for a reaction before a peer counts as dead."""
TICK = 0.001
"""Seconds at least, as a coarse clock may show no time at all."""
_PAUSE = 0.25
"""Seconds between two probes of a peer that is not ready yet."""
_LOOKS = 3
"""Attempts at a second connection: the first may come just when the peer stops listening."""
_RESET = "close(rst"


class Prober:
    """Makes the sanity probe. `say` informs the user of a wait.

    `target` is the peer with the current times; `means` is what the probe demands. `waited`: seconds until the
    connection of the last probe was accepted.
    """

    def __init__(
        self, target: Target, log: SenderLog, health: HealthCommand | None, say: Callable[[str], None]
    ) -> None:
        self.target = target
        self.means = ALL
        self.waited = 0.0
        self._log = log
        self._health = health
        self._say = say
        self._acceptance: AssociateAc | None = None
        self._lingers = True

    def set_timing(self, timing: Timing) -> None:
        """Use these times from now on."""
        self.target = replace(self.target, timing=timing)

    async def once(self, patient: bool = False) -> Result:
        """One probe, and then the health command."""
        timing = self.target.timing
        longer = max(timing.react, _PATIENCE) if patient else timing.react
        target = replace(self.target, timing=replace(timing, react=longer))
        case = probe_case(target.titles, self.means)
        case = replace(case, closing=replace(case.closing, linger=self._lingers))
        play = Play(case, target, self._log)
        result = await play.run()
        self._acceptance, self.waited = play.acceptance or self._acceptance, play.waited
        if result.verdict is Verdict.OK and self._health is not None:
            complaint = await self._health.complaint()
            if complaint:
                return unhealthy(result, complaint)
        return result

    def seconds_of(self, probe: Result) -> float:
        """Seconds that the last probe took, from its connection on."""
        return max(probe.duration - self.waited, TICK)

    async def first(self, patience: float) -> Result:
        """The very first probe. It waits `patience` seconds for a peer that is not there yet, or is busy.

        Sets `means` to what the peer can do.
        """
        result = await self._as_soon_as_possible(patience)
        self._lingers = False
        if result.verdict is Verdict.OK or self._acceptance is None or result.endless:
            return result
        for means in (ALL, *LESS):
            self.means = means
            less = await self.once()
            if less.verdict is Verdict.OK:
                return less
        self.means = ALL
        return result

    async def _as_soon_as_possible(self, patience: float) -> Result:
        loop = asyncio.get_running_loop()
        deadline, informed = loop.time() + patience, False
        while True:
            result = await self.once()
            if result.verdict is Verdict.OK or not _may_pass(result) or loop.time() >= deadline:
                return result
            if not informed:
                informed = True
                self._say(
                    f"{self.target.host}:{self.target.port}: {result.observed}. Waiting up to {patience:g} s, in case "
                    "it is still starting, or ending another association."
                )
            await asyncio.sleep(_PAUSE)

    def describe(self, peer: PeerIdentity) -> None:
        """Note the implementation that the peer names."""
        if self._acceptance is None:
            return
        user = self._acceptance.user_information
        uid, name = user.first(ImplementationClassUid), user.first(ImplementationVersionName)
        peer.implementation_class_uid = _own(uid.implementation_class_uid if uid else "")
        peer.implementation_version_name = _own(name.implementation_version_name if name else "")
        peer.maximum_length = self._acceptance.maximum_length

    async def serves_two(self, patience: float) -> tuple[bool, bool]:
        """Whether the peer answers while another connection is open and silent, and whether it listens meanwhile.

        It does not listen if a second connection is refused while the first one stays open.
        """
        try:
            connection = await self._patient(patience).connect()
        except OSError:
            return False, True
        async with connection:
            for _ in range(_LOOKS):
                result = await self.once()
                if not result.observed.startswith(_RESET):
                    break
            refused = result.refused and not connection.ended
        return result.verdict is Verdict.OK, not refused

    def _patient(self, patience: float) -> Target:
        return replace(self.target, timing=replace(self.target.timing, patience=patience))

    def wait_for_connections(self, patience: float) -> None:
        """From now on, retry a refused connection for `patience` seconds."""
        self.target = self._patient(patience)


def _own(name: str) -> str:
    """The name or UID of a peer; "" if it only repeats that of the tester."""
    return "" if name in (TESTER_CLASS_UID, TESTER_VERSION_NAME) else name


def _may_pass(result: Result) -> bool:
    """Whether the peer may only not be ready yet, or still be busy with somebody else."""
    return result.refused or result.busy or result.observed == SILENCE or result.observed.startswith(_RESET)
