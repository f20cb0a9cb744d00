"""A target under test: it plays sequences, and says what looks wrong after each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

from dulcimer.errors import DulcimerError
from dulcimer.fuzz.engine.conversation import ConnectionRecord
from dulcimer.fuzz.engine.settle import PATIENT, SettleTiming
from dulcimer.fuzz.judging.meanwhile import Meanwhile
from dulcimer.fuzz.judging.suspicion import Suspicion
from dulcimer.fuzz.oracle.referee import Judgement
from dulcimer.fuzz.oracle.review import Review
from dulcimer.fuzz.sequences.steps import FuzzSequence, TargetRole
from dulcimer.fuzz.targets.vitals import Vitals

_BRISK = 3.0
_QUICKEST, _SLOW = 0.15, 20.0
"""Seconds for a target that is expected to hang, or so many times the time after which it counts as silent."""
_MOST_INPUTS = 48
"""PDUs that a target has shown nothing for, after which a case is not worth the time to follow it."""


@dataclass(frozen=True, slots=True)
class Played:
    """One connection, and what looks wrong about it."""

    record: ConnectionRecord
    review: Review
    suspicions: tuple[Suspicion, ...] = ()


class TargetLostError(DulcimerError):
    """The target cannot be reached, or started, any more; the message says what was tried. It ends the campaign."""


class TargetSession(ABC):
    """The way to one target, with its own port; not for several threads. Use it as a context manager."""

    role: TargetRole
    can_restart = False
    """Whether each replay can have a fresh target."""

    def __init__(self) -> None:
        self.judgement = Judgement(self.role, most_inputs=_MOST_INPUTS)
        self.timing = SettleTiming()
        self.restarts = 0
        self.expects_end = False
        """Whether a replay may end the target: its end is waited for a little after each connection."""
        self.expects_hang = False
        """Whether a replay may hang the target: that it hangs is taken as seen after less time."""

    def __enter__(self) -> TargetSession:
        """The session itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the target, if it was started here."""
        self.close()

    @abstractmethod
    def play(
        self, sequence: FuzzSequence, *, timing: SettleTiming | None = None, meanwhile: Meanwhile | None = None
    ) -> Played:
        """Play a sequence on a connection of its own. Raises TargetLostError.

        `timing`: another one than usual, as for a replay; then each case is followed by a look at everything.
        `meanwhile`: is done while the target works, if there is such a time.
        """

    @property
    def brisk(self) -> SettleTiming:
        """For many replays: more patient than in a campaign, but not as patient as for the last ones."""
        close = self.hang_seconds(self.timing.close)
        return replace(PATIENT, grace=min(PATIENT.grace, _BRISK * self.timing.grace), close=close)

    def hang_seconds(self, seconds: float) -> float:
        """How long to wait for a target before it counts as hanging, `seconds` at most; less if that is expected."""
        return min(seconds, max(_QUICKEST, _SLOW * self.timing.grace)) if self.expects_hang else seconds

    @abstractmethod
    def probe(self, *, quick: bool = False) -> Suspicion | None:
        """Ask for what the target could do before any hostile byte; what is wrong if it cannot. None: it can.

        `quick`: it need not be patient, since the same was seen before.
        """

    @abstractmethod
    def fresh(self) -> None:
        """Restart the target, if that is possible and it is not fresh yet. Raises TargetLostError."""

    def vitals(self) -> Vitals:
        """What the target takes of the machine; all 0 if nobody can see."""
        return Vitals()

    @abstractmethod
    def close(self) -> None:
        """End what was started."""
