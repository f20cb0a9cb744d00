"""A client under test: it is started for each case, so that every replay has a fresh one."""

from __future__ import annotations

import shutil
import ssl
from pathlib import Path
from time import monotonic

from dulcimer.conformance.processes.command import Command
from dulcimer.fuzz.engine.conversation import ConnectionRecord, Ended, EndKind
from dulcimer.fuzz.engine.link import TargetLink
from dulcimer.fuzz.engine.play import PlayReader, run
from dulcimer.fuzz.engine.settle import SettleTiming
from dulcimer.fuzz.findings.finding import FindingOracle
from dulcimer.fuzz.judging.meanwhile import BusyReader, Meanwhile
from dulcimer.fuzz.judging.session import Played, TargetLostError, TargetSession
from dulcimer.fuzz.judging.suspicion import Suspicion, of_deviations
from dulcimer.fuzz.oracle.review import Reviewer
from dulcimer.fuzz.sequences.steps import FuzzSequence, RefuseConnection
from dulcimer.fuzz.targets import sanitizer
from dulcimer.fuzz.targets.launched import ClientLauncher, ClientStartError, LaunchedClient
from dulcimer.fuzz.targets.process import TargetDeath

_START = 20.0
"""Seconds in which a client has to connect."""
_QUICK, _MARGIN = 0.5, 4.0
"""Seconds for a client to end in a replay of one that hangs, or so many times as long as any has taken so far."""


class RequestorSession(TargetSession):
    """Plays at a client. `patience`: seconds in which it has to end once its connection is closed."""

    role = "requestor"
    can_restart = True

    def __init__(
        self,
        command: Command,
        host: str,
        ae_title: str,
        reports: Path,
        patience: float,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__()
        self._tls = tls
        self._reports = reports
        self._patience = patience
        self._launcher = ClientLauncher(command, host, ae_title, reports)
        self._slowest_end = 0.0
        self._running: LaunchedClient | None = None
        self.death: TargetDeath | None = None
        """How the client of the last case has ended; None if it had not."""

    def play(
        self, sequence: FuzzSequence, *, timing: SettleTiming | None = None, meanwhile: Meanwhile | None = None
    ) -> Played:
        """See `TargetSession`."""
        refuses = any(isinstance(step, RefuseConnection) for step in sequence.steps)
        try:
            client = self._launcher.refused() if refuses else self._launcher.next()
        except ClientStartError as error:
            raise TargetLostError(str(error)) from error
        self._running = client
        try:
            reviewer = Reviewer(sequence.steps, self.judgement)
            reader = reviewer if meanwhile is None else BusyReader(reviewer, meanwhile)
            record = self._refused() if refuses else self._talk(client, sequence, timing or self.timing, reader)
            reviewer.follow(record.entries)
            reviewed = reviewer.review
            found = self._ended(client)
        finally:
            self._running = None
            client.stop()
        if record.end is EndKind.REFUSED:
            return Played(record, reviewed, tuple(found))
        return Played(record, reviewed, tuple(found) or tuple(of_deviations(reviewed, sequence.cell)))

    def probe(self, *, quick: bool = False) -> Suspicion | None:  # noqa: ARG002
        """Each run has a fresh client."""
        return None

    def fresh(self) -> None:
        """Each run has a fresh client."""

    def close(self) -> None:
        """See `TargetSession`. A client that runs is ended, which ends what is played with it in another thread."""
        if (running := self._running) is not None:
            running.kill()
        self._launcher.close()
        shutil.rmtree(self._reports, ignore_errors=True)

    # ------------------------------------------------------------------ inside

    def _talk(
        self, client: LaunchedClient, sequence: FuzzSequence, timing: SettleTiming, reader: PlayReader
    ) -> ConnectionRecord:
        sock = client.connection(_START)
        if sock is None:
            return self._refused()
        if self._tls is not None:
            sock.settimeout(_START)
            try:
                sock = self._tls.wrap_socket(sock, server_side=True)
            except OSError:
                sock.close()
                return self._refused()
        with TargetLink(sock, timing) as link:
            run(sequence, link, timing, reader)
            return link.conversation

    def _refused(self) -> ConnectionRecord:
        return ConnectionRecord((Ended(0.0, EndKind.REFUSED),))

    def _ended(self, client: LaunchedClient) -> list[Suspicion]:
        patience = self._patience
        if self.expects_hang:
            patience = min(patience, max(_QUICK, _MARGIN * self._slowest_end))
        began = monotonic()
        self.death = death = client.ended(patience)
        if death is not None:
            self._slowest_end = max(self._slowest_end, monotonic() - began)
        found = [
            Suspicion(FindingOracle.SANITIZER, report.what, frames=report.frames)
            for report in sanitizer.reports(self._reports)
        ]
        if found:
            return found
        if death is None:
            verdict = f"The client still runs {self._patience:g} seconds after its connection was closed"
            return [Suspicion(FindingOracle.HANG, verdict)]
        if death.status < 0:
            return [Suspicion(FindingOracle.EXIT, f"The client {death.how}")]
        return []
