"""Does the server live on when an association is aborted?"""

from __future__ import annotations

from dulcimer.acse.negotiation import Context
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.live.negotiating import PLAIN
from dulcimer.diagnosis.live.notes import LadderNotes
from dulcimer.diagnosis.live.outcomes import LadderCrossedError
from dulcimer.diagnosis.live.target import DiagnosedTarget
from dulcimer.errors import AssociationError, TransportError
from dulcimer.services.verification import VERIFICATION

_TIMES = 2
"""Once more shows whether the first one was an accident."""


class AbortingSteps:
    """Aborts associations; raises LadderCrossedError if the server answers no more."""

    def __init__(self, target: DiagnosedTarget, notes: LadderNotes) -> None:
        self._target = target
        self._notes = notes

    async def take(self) -> None:
        """Abort an association that was accepted; is the next one accepted, too?"""
        with self._notes.step("abort", "abort an association; is the next one accepted?", "PS3.8 7.3") as step:
            contexts = [Context(VERIFICATION, PLAIN)]
            for _ in range(_TIMES):
                association = await self._target.associate(contexts)
                await association.abort()
                try:
                    again = await self._target.associate(contexts)
                except (AssociationError, TransportError) as error:
                    step.came = f"not after an A-ABORT: {error}"
                    proof = f"an association was accepted, then aborted by us; the next one: {error}"
                    cause = self._notes.cause("stops-after-abort", Sureness.LIKELY, proof, sender="the acceptor")
                    raise LadderCrossedError(cause) from error
                await again.release()
            step.came = f"yes, {_TIMES} times"
