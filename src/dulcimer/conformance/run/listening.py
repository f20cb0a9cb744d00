"""A run against a requestor that cannot be started: the tester waits for its associations.

Each association that comes plays one case: the one whose alias is the called AE title, else the next of those that
belong to the port. With one port all cases come in sequence; with n ports, port k has every n-th case from the k-th.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from dulcimer.conformance.judge.duplicates import compare_with_twins
from dulcimer.conformance.model.case import Result, Verdict
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.requestor_case import RequestorCase
from dulcimer.conformance.model.seen import Seen
from dulcimer.conformance.play.extended_requestor import play_of
from dulcimer.conformance.play.habit import Habit, lesser_sanity_cases, sanity_case
from dulcimer.conformance.play.requestor import RequestorPlay
from dulcimer.conformance.play.stage import Stage
from dulcimer.conformance.play.target import Timing
from dulcimer.conformance.run.races import pool_races
from dulcimer.conformance.run.record import Peer, Progress, Run
from dulcimer.conformance.run.requestor import RequestorSettings, describe
from dulcimer.conformance.run.stopping import Stopper
from dulcimer.conformance.sender_rules.requestor import requestor_log
from dulcimer.conformance.wire_peer.connection import Connection
from dulcimer.conformance.wire_peer.line import Line
from dulcimer.wire.model import AssociateRq

_MOST_STRANGERS = 100
"""So many calls may come that are no request for an association, such as probes of a port."""
_REACT = 2.0
"""Seconds for a reaction when nothing is known of the peer and of the way to it."""


class ListeningRunner:
    """Serves the ports until every case has been played, or nobody has called for `idle` seconds (None: for ever)."""

    def __init__(
        self,
        stage: Stage,
        ports: Sequence[int],
        settings: RequestorSettings,
        idle: float | None,
        progress: Progress | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        timing = Timing(
            react=settings.react or _REACT, artim=settings.artim, window=settings.window, close=settings.close
        )
        self._stage = replace(stage, timing=timing)
        self._lines = [Line(stage.host, port=port, tls=stage.tls) for port in ports]
        self._idle = idle
        self._progress = progress or Progress()
        self._clock = clock
        self._log = requestor_log()
        self._called_at = 0.0
        self._strangers = 0
        self._results: dict[str, Result] = {}
        self._run = Run(
            Peer(stage.host, self.ports[0]), artim=settings.artim, react=timing.react, tls=stage.tls is not None
        )

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports that are served."""
        return tuple(line.port for line in self._lines)

    async def run(
        self, cases: Sequence[RequestorCase], *, sender_rules: bool = True, stopper: Stopper | None = None
    ) -> Run:
        """Serve; the first association of all has to be one that works."""
        started = self._clock()
        for case in cases:
            if case.port != "open":
                why = "the connection can only be kept from a command that the tester starts itself"
                self._results[case.id] = Result(case, Verdict.UNIMPLEMENTED, "not tried", why)
        playable = [case for case in cases if case.port == "open"]
        stopper = stopper or Stopper()
        try:
            await stopper.run(self._sane_and_all(playable))
        finally:
            for line in self._lines:
                line.close()
        self._run.stopped = stopper.reason
        if self._run.healthy:
            self._run.results = [self._results[case.id] for case in cases if case.id in self._results]
            self._run.not_run = tuple(case.id for case in cases if case.id not in self._results)
            pool_races(self._run.results)
            compare_with_twins(self._run.results)
            if sender_rules:
                self._run.results += self._log.results()
        self._run.cells_seen = frozenset[Cell]().union(*(result.cells_seen for result in self._run.results))
        self._run.seconds = self._clock() - started
        return self._run

    async def _sane_and_all(self, cases: Sequence[RequestorCase]) -> None:
        if await self._sane():
            self._progress.met(self._run.peer)
            self._progress.begin(len(cases))
            await self._serve(cases)

    async def _sane(self) -> bool:
        for case, releases in ((sanity_case(), True), *lesser_sanity_cases()):
            called = await self._request(self._lines[0])
            if called is None:
                self._run.unhealthy_because = (
                    self._run.unhealthy_because or "nobody called, or without an A-ASSOCIATE-RQ"
                )
                return False
            play = RequestorPlay(case, self._stage, self._log)
            result = await play.run_on(*called)
            if result.verdict is Verdict.OK:
                self._stage = replace(self._stage, habit=Habit(releases=releases))
                break
            self._run.unhealthy_because = f"{result.observed} ({result.why})" if result.why else result.observed
        else:
            return False
        self._run.missing, self._run.unhealthy_because = self._stage.habit.in_words, ""
        self._run.healthy = True
        describe(self._run.peer, play)
        return True

    async def _serve(self, cases: Sequence[RequestorCase]) -> None:
        by_alias = {case.alias: case for case in cases}
        step = len(self._lines)
        async with asyncio.TaskGroup() as group:
            for number, line in enumerate(self._lines):
                group.create_task(self._serve_line(line, deque(cases[number::step]), by_alias))

    async def _serve_line(self, line: Line, waiting: deque[RequestorCase], by_alias: dict[str, RequestorCase]) -> None:
        while True:
            while waiting and waiting[0].id in self._results:
                waiting.popleft()
            if not waiting:
                return
            called = await self._request(line)
            if called is None:
                return
            connection, seen = called
            assert isinstance(seen.pdu, AssociateRq)
            case = by_alias.get(seen.pdu.called_ae_title.strip()) or waiting[0]
            result = await play_of(case, self._stage, self._log).run_on(connection, seen)
            self._results[case.id] = result
            self._progress.done(result)

    async def _request(self, line: Line) -> tuple[Connection, Seen] | None:
        """The next connection with its A-ASSOCIATE-RQ; None if nobody calls any more."""
        loop = asyncio.get_running_loop()
        self._called_at = max(self._called_at, loop.time())
        while True:
            left = None if self._idle is None else self._called_at + self._idle - loop.time()
            if left is not None and left <= 0:
                return None
            try:
                connection = await line.accept(left)
            except OSError:  # nobody in time, or somebody who agrees on no TLS
                continue
            self._called_at = loop.time()
            seen = await connection.next(self._stage.timing.connect)
            if isinstance(seen.pdu, AssociateRq):
                return connection, seen
            await connection.close()
            self._strangers += 1
            if self._strangers >= _MOST_STRANGERS:
                self._run.unhealthy_because = (
                    f"{self._strangers} calls without an A-ASSOCIATE-RQ; the last one began with {seen.label}"
                )
                return None
