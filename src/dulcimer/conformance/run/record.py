"""A run as data: how it is to go, what came of it, and who hears of it meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.run.health import HealthCommand

SLOWER, LONGEST_WAIT = 20.0, 10.0
"""Silence counts against a peer if it lasts so many times as long as an answer takes then, or so many seconds."""
MOST_ENDLESS = 10
"""After so many cases in which the peer does not stop sending, all is said."""

CASE = "{case}"
"""What stands for the id of a case in the command that runs one again."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to run. Times in seconds; None: measured (`react`) or not declared (`artim`, `releases`: after which the
    peer releases an idle association). `patience`: with a peer that is not there yet at the start; with one that
    listens only while it serves nobody, three times as long. `close`: for a close that is due at once. `health`: what
    has a say with each sanity probe.
    """

    react: float | None = None
    artim: float | None = None
    window: float = 2.0
    close: float = 10.0
    releases: float | None = None
    jobs: int = 6
    repeat: int = 1
    keep_going: bool = False
    patience: float = 10.0
    health: HealthCommand | None = None


@dataclass(slots=True)
class Peer:
    """What the sanity probe has learnt of the peer."""

    host: str
    port: int
    implementation_class_uid: str = ""
    implementation_version_name: str = ""
    maximum_length: int | None = None


@dataclass(slots=True)
class Run:
    """What came of a run.

    `healthy`: the first probe passed; `died_after`: the cases before the peer died. `seed`: of the order of the cases,
    None if it was that of the catalogue; `policy`: the verdicts that were regraded. `tls`: whether TLS was used.
    `again`: the command that runs the case `CASE` of it.
    `stopped`: why the run was ended before its end, "" if it was not; `listens`: the peer listens while it serves
    somebody; `missing`: what of the sanity probe does not work.
    """

    peer: Peer
    results: list[Result] = field(default_factory=list)
    healthy: bool = False
    unhealthy_because: str = ""
    died_after: tuple[str, ...] = ()
    not_run: tuple[str, ...] = ()
    react: float = 0.0
    artim: float | None = None
    serial: bool = False
    listens: bool = True
    missing: str = ""
    stopped: str = ""
    seconds: float = 0.0
    cells_seen: frozenset[Cell] = frozenset()
    seed: int | None = None
    policy: Mapping[str, str] = field(default_factory=dict)
    tls: bool = False
    again: str = ""


class Progress:
    """Hears of each result; the default says nothing."""

    def met(self, peer: Peer) -> None:
        """The peer is healthy, and has said who it is."""

    def begin(self, total: int) -> None:
        """So many cases are about to run."""

    def done(self, result: Result) -> None:
        """A case has its result; a later one of the same case takes its place."""

    def say(self, text: str) -> None:
        """A word to the user about what is going on."""
