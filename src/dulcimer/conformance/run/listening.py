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

from dulcimer.conformance.catalogue.requestor_sanity import lesser_sanity_cases, sanity_case
from dulcimer.conformance.judge.judge import judge
from dulcimer.conformance.model.habit import Habit
from dulcimer.conformance.model.observation import Hindrance, Observation, Obstacle
from dulcimer.conformance.model.requestor_case import Port, RequestorCase
from dulcimer.conformance.model.seen import Seen
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.extended_requestor import play_of
from dulcimer.conformance.play.requestor import RequestorPlay
from dulcimer.conformance.play.stage import Stage
from dulcimer.conformance.play.target import Timing
from dulcimer.conformance.run.base import BaseRunner
from dulcimer.conformance.run.record import Peer, Progress, Run
from dulcimer.conformance.run.requestor import RequestorSettings, describe
from dulcimer.conformance.sender_rules.requestor import requestor_log
from dulcimer.conformance.wire_peer.connection import Connection
from dulcimer.conformance.wire_peer.line import Line
from dulcimer.wire.model import AssociateRq

_MOST_STRANGERS = 100
"""So many calls may come that are no request for an association, such as probes of a port."""
_REACT = 2.0
"""Seconds for a reaction when nothing is known of the peer and of the way to it."""


class ListeningRunner(BaseRunner[RequestorCase]):
    """Serves the ports until every case has been played, or nobody has called for `idle` seconds (None: for ever).

    The first association of all has to be one that works.
    """

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
        self._log = requestor_log()
        self._called_at = 0.0
        self._strangers = 0
        peer = Peer(stage.host, self.ports[0])
        run = Run(peer, artim=settings.artim, react=timing.react, tls=stage.tls is not None)
        super().__init__(run, self._log, progress, clock)

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports that are served."""
        return tuple(line.port for line in self._lines)

    async def _close(self) -> None:
        for line in self._lines:
            line.close()

    def _playable(self, cases: Sequence[RequestorCase]) -> Sequence[RequestorCase]:
        why = "the connection can only be kept from a command that the tester starts itself"
        hindrance = Hindrance(Obstacle.NOT_OFFERED, "not tried", why)
        for case in cases:
            if case.port is not Port.OPEN:
                self._results[case.id] = judge(case, Observation(hindrance))
        return [case for case in cases if case.port is Port.OPEN]

    async def _is_sane(self) -> bool:
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

    async def _all(self, cases: Sequence[RequestorCase]) -> None:
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
            self._finish(result)

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
