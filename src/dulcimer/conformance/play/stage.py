"""Where the cases of a requestor are played."""

from __future__ import annotations

from dataclasses import dataclass, field

from dulcimer.conformance.model.habit import Habit
from dulcimer.conformance.play.target import Timing
from dulcimer.conformance.processes.command import RequestorStarter
from dulcimer.conformance.wire_peer.tls import TlsSettings


@dataclass(frozen=True, slots=True)
class Stage:
    """Where cases are played, and how the peer is started. Times in seconds: `start` for the command to connect, `hang`
    for it to end afterwards.

    `tls`: how connections are secured, None if they are not. `habit`: what the peer does when nothing is wrong.
    """

    caller: RequestorStarter
    host: str
    timing: Timing = field(default_factory=Timing)
    start: float = 20.0
    hang: float = 35.0
    called: str = "DULCIMER"
    knows_title: bool = False
    tls: TlsSettings | None = None
    habit: Habit = field(default_factory=Habit)
