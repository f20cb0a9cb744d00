"""A run as data: its settings, its results, and who is informed meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.run.health import HealthCommand

SLOWER, LONGEST_WAIT = 20.0, 10.0
"""Silence counts against a peer after this many times the duration of an answer, or after this many seconds."""
MOST_ENDLESS = 10
"""Cases in which the peer does not stop sending; then the run ends."""

CASE = "{case}"
"""The placeholder for the id in the command that runs a case again."""


@dataclass(frozen=True, slots=True)
class AcceptorSettings:
    """The settings of a run against an acceptor. Times in seconds; None: measured (`react`) or not declared (`artim`,
    `releases`: after which the peer releases an idle association). `patience`: to wait for a peer that is not there yet
    at the start, and three times as long for one that listens only while it serves nobody. `close`: for a close that is
    due at once. `health`: runs with each sanity probe.
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
class PeerIdentity:
    """The address of the peer, and how it describes itself."""

    host: str
    port: int
    implementation_class_uid: str = ""
    implementation_version_name: str = ""
    maximum_length: int | None = None


@dataclass(slots=True)
class Run:
    """The results of a run.

    `healthy`: the first probe passed; `died_after`: the cases before the peer died. `seed`: of the order of the cases,
    None for that of the catalogue; `policy`: the regraded verdicts. `tls`: whether TLS was used. `again`: the command
    that runs the case `CASE` again. `stopped`: why the run was stopped early, "" if it was not; `listens`: the peer
    listens while it serves somebody; `missing`: which parts of the sanity probe do not work.
    """

    peer: PeerIdentity
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
    """Is informed of each result; this one ignores everything."""

    def met(self, peer: PeerIdentity) -> None:
        """The peer is healthy, and has described itself."""

    def begin(self, total: int) -> None:
        """So many cases are about to run."""

    def done(self, result: Result) -> None:
        """A case has its result; a later result of the same case replaces it."""

    def say(self, text: str) -> None:
        """A message for the user."""
