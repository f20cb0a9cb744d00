"""Where the cases of a requestor are played."""

from __future__ import annotations

from dataclasses import dataclass, field

from dulcimer.conformance.requestor.command import Caller
from dulcimer.conformance.target import Timing


@dataclass(frozen=True, slots=True)
class Stage:
    """Where cases are played. Times in seconds: `start` for the command to call, `hang` for it to end afterwards."""

    caller: Caller
    host: str
    timing: Timing = field(default_factory=Timing)
    start: float = 20.0
    hang: float = 35.0
    called: str = "DULCIMER"
    knows_title: bool = False
