"""What the tester learns of a peer before the first case, and the probe between the cases."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.seen import SILENCE
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.acceptor import Play
from dulcimer.conformance.play.target import Target, Timing
from dulcimer.conformance.run.blame import unhealthy
from dulcimer.conformance.run.health import HealthCommand
from dulcimer.conformance.run.record import Peer
from dulcimer.conformance.run.sanity import ALL, LESS, probe_case
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.conformance.stimuli.requests import TESTER_CLASS_UID, TESTER_VERSION_NAME
from dulcimer.wire.model import AssociateAc, ImplementationClassUid, ImplementationVersionName

_PATIENCE = 10.0
"""Seconds that a peer has for a reaction before it is declared dead."""
TICK = 0.001
"""Seconds: a coarse clock may show that nothing took any time."""
_PAUSE = 0.25
"""Seconds between two looks at a peer that is waited for."""
_LOOKS = 3
"""So often a second connection is tried: the first of them may come just when the peer stops to listen."""
_RESET = "close(rst"


class Prober:
    """Makes the sanity probe. `say` tells the user what is waited for.

    `target` is the peer with the times that hold now; `means` is what the probe asks of it. `waited`: seconds until the
    connection of the last probe was let in.
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
        """These times hold from now on."""
        self.target = replace(self.target, timing=timing)

    async def once(self, patient: bool = False) -> Result:
        """One probe; the health command has a say."""
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
        """Seconds that the last probe took from its connection on."""
        return max(probe.duration - self.waited, TICK)

    async def first(self, patience: float) -> Result:
        """The first probe of all: a peer that is not there yet, or is busy, is waited for so many seconds.

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
        deadline, told = loop.time() + patience, False
        while True:
            result = await self.once()
            if result.verdict is Verdict.OK or not _may_pass(result) or loop.time() >= deadline:
                return result
            if not told:
                told = True
                self._say(
                    f"{self.target.host}:{self.target.port}: {result.observed}. Waiting up to {patience:g} s, in case "
                    "it is still starting, or ending another association."
                )
            await asyncio.sleep(_PAUSE)

    def describe(self, peer: Peer) -> None:
        """Note who the peer says that it is."""
        if self._acceptance is None:
            return
        user = self._acceptance.user_information
        uid, name = user.first(ImplementationClassUid), user.first(ImplementationVersionName)
        peer.implementation_class_uid = _own(uid.implementation_class_uid if uid else "")
        peer.implementation_version_name = _own(name.implementation_version_name if name else "")
        peer.maximum_length = self._acceptance.maximum_length

    async def serves_two(self, patience: float) -> tuple[bool, bool]:
        """Whether the peer answers while another connection is open and silent, and whether it listens meanwhile.

        It does not listen if a second connection is refused, the first one stays, and another is let in after it.
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
        """From now on a connection that is refused is asked for again, for so many seconds."""
        self.target = self._patient(patience)


def _own(name: str) -> str:
    """What a peer says of itself; nothing if it only gives back what the tester has said."""
    return "" if name in (TESTER_CLASS_UID, TESTER_VERSION_NAME) else name


def _may_pass(result: Result) -> bool:
    """Whether this may be so because the peer is not ready yet, or still busy with somebody else."""
    return result.refused or result.busy or result.observed == SILENCE or result.observed.startswith(_RESET)
