"""A run against a requestor that cannot be started: the tester waits for its associations.

Each association plays one case: the one whose alias is the called AE title, else the next one of the port. With one
port all cases come in sequence; with n ports, port k has every n-th case from the k-th.
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
from dulcimer.conformance.run.record import PeerIdentity, Progress, Run
from dulcimer.conformance.run.requestor import RequestorSettings, describe
from dulcimer.conformance.sender_rules.requestor import requestor_log
from dulcimer.conformance.wire_peer.connection import Connection
from dulcimer.conformance.wire_peer.listener import TesterListener
from dulcimer.counting import counted
from dulcimer.wire.model import AssociateRq

_MOST_STRANGERS = 100
"""Connections without an association request, such as port scans, that the run accepts."""
_REACT = 2.0
"""Seconds for a reaction, as nothing is known of the peer and the network."""


class ListeningRunner(BaseRunner[RequestorCase]):
    """Serves the ports until every case has been played, or nobody has connected for `idle` seconds (None: forever).

    The first association has to succeed.
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
        self._listeners = [TesterListener(stage.host, port=port, tls=stage.tls) for port in ports]
        self._idle = idle
        self._log = requestor_log()
        self._called_at = 0.0
        self._strangers = 0
        peer = PeerIdentity(stage.host, self.ports[0])
        run = Run(peer, artim=settings.artim, react=timing.react, tls=stage.tls is not None)
        super().__init__(run, self._log, progress, clock)

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports that are served."""
        return tuple(listener.port for listener in self._listeners)

    async def _close(self) -> None:
        for listener in self._listeners:
            listener.close()

    def _playable(self, cases: Sequence[RequestorCase]) -> Sequence[RequestorCase]:
        why = "only a command that the tester starts itself can be kept from connecting"
        hindrance = Hindrance(Obstacle.NOT_OFFERED, "not tried", why)
        for case in cases:
            if case.port is not Port.OPEN:
                self._results[case.id] = judge(case, Observation(hindrance))
        return [case for case in cases if case.port is Port.OPEN]

    async def _is_sane(self) -> bool:
        for case, releases in ((sanity_case(), True), *lesser_sanity_cases()):
            called = await self._request(self._listeners[0])
            if called is None:
                self._run.unhealthy_because = self._run.unhealthy_because or "no connection with an A-ASSOCIATE-RQ came"
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
        step = len(self._listeners)
        async with asyncio.TaskGroup() as group:
            for number, listener in enumerate(self._listeners):
                group.create_task(self._serve_listener(listener, deque(cases[number::step]), by_alias))

    async def _serve_listener(
        self, listener: TesterListener, waiting: deque[RequestorCase], by_alias: dict[str, RequestorCase]
    ) -> None:
        while True:
            while waiting and waiting[0].id in self._results:
                waiting.popleft()
            if not waiting:
                return
            called = await self._request(listener)
            if called is None:
                return
            connection, seen = called
            assert isinstance(seen.pdu, AssociateRq)
            case = by_alias.get(seen.pdu.called_ae_title.strip()) or waiting[0]
            result = await play_of(case, self._stage, self._log).run_on(connection, seen)
            self._finish(result)

    async def _request(self, listener: TesterListener) -> tuple[Connection, Seen] | None:
        """The next connection with its A-ASSOCIATE-RQ; None if nobody connects any more."""
        loop = asyncio.get_running_loop()
        self._called_at = max(self._called_at, loop.time())
        while True:
            left = None if self._idle is None else self._called_at + self._idle - loop.time()
            if left is not None and left <= 0:
                return None
            try:
                connection = await listener.accept(left)
            except OSError:  # nobody in time, or the TLS handshake failed
                continue
            self._called_at = loop.time()
            seen = await connection.next(self._stage.timing.connect)
            if isinstance(seen.pdu, AssociateRq):
                return connection, seen
            await connection.close()
            self._strangers += 1
            if self._strangers >= _MOST_STRANGERS:
                strangers = f"{counted(self._strangers, 'connection')} without an A-ASSOCIATE-RQ"
                self._run.unhealthy_because = f"{strangers}; the last one began with {seen.label}"
                return None
