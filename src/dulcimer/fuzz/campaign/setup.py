"""The way to a target as a value: it goes to each worker, which opens a session of its own with it."""

from __future__ import annotations

import re
import shlex
import shutil
import socket
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from dulcimer.ae.simple.tls_config import TLSConfig
from dulcimer.conformance.processes.command import Command
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.campaign.calibrating import Calibration
from dulcimer.fuzz.campaign.waiting import WaitingLane
from dulcimer.fuzz.campaign.worker import SessionWorker
from dulcimer.fuzz.engine.play import Address
from dulcimer.fuzz.findings.reproducer import FuzzTarget
from dulcimer.fuzz.judging.acceptors import AcceptorSession
from dulcimer.fuzz.judging.files import FileWatch
from dulcimer.fuzz.judging.requestors import RequestorSession
from dulcimer.fuzz.judging.session import TargetLostError, TargetSession
from dulcimer.fuzz.sequences.steps import TargetRole
from dulcimer.fuzz.targets.process import SpawnedTarget, TargetStartError

_DIRECTORY = "{dir}"
_PREFIX = "dulcimer-fuzz-"
_PLAIN = re.compile(r"[\w@%+=:,./{}-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class TargetSetup:
    """A target.

    - `command`: the words that start it, with `{host}`, `{port}`, `{dir}` for a server, `{aet}` for a client in them;
      none for a server that somebody else has started.
    - `host`, `port`: where it listens; port 0: each session takes a free one for the server that it starts.
    - `titles`: ours, and the one that it is called by; a client calls us by `called`.
    - `tls`, `tls_name`: TLS, and the name in the certificate of a server, by default `host`.
    - `version`: as the target says, for reports. `patience`: seconds in which a client ends after its connection.
    """

    role: TargetRole = "acceptor"
    host: str = "127.0.0.1"
    port: int = 0
    command: tuple[str, ...] = ()
    titles: Titles = field(default_factory=Titles)
    version: str = ""
    patience: float = 10.0
    tls: TLSConfig | None = None
    tls_name: str = ""

    @property
    def target(self) -> FuzzTarget:
        """For reproducers."""
        return FuzzTarget(" ".join(map(_quoted, self.command)), self.version, self.tls is not None, self.titles)

    @property
    def watches_files(self) -> bool:
        """Whether the server writes into a directory that is made for it."""
        return any(_DIRECTORY in word for word in self.command)

    def session(self) -> TargetSession:
        """A session of its own, with a target of its own if there is a command. Raises TargetLostError."""
        if self.role == "acceptor" and not self.command:
            return AcceptorSession(self._address(self.port), self.titles)
        directory = Path(tempfile.mkdtemp(prefix=_PREFIX))
        reports = directory / "reports"
        reports.mkdir()
        if self.role == "requestor":
            context = None if self.tls is None else self.tls.server_context()
            command = Command(self.command)
            return RequestorSession(command, self.host, self.titles.called, directory, self.patience, context)
        files = FileWatch(directory / "files") if self.watches_files else None
        words = tuple(word.replace(_DIRECTORY, str(files.given)) if files else word for word in self.command)
        port = self.port or free_port(self.host)
        spawned = SpawnedTarget(Command(words), self.host, port, reports)
        try:
            spawned.start()
        except TargetStartError as error:
            shutil.rmtree(directory, ignore_errors=True)
            raise TargetLostError(str(error)) from error
        return AcceptorSession(self._address(port), self.titles, spawned, files, directory)

    def _address(self, port: int) -> Address:
        if self.tls is None:
            return Address(self.host, port)
        return Address(self.host, port, self.tls.client_context(), self.tls_name or self.host)


@dataclass(frozen=True, slots=True)
class CampaignSetup:
    """What a worker is opened with: a target, and what calibration has found out. `seconds`: see `SessionWorker`."""

    target: TargetSetup
    calibration: Calibration
    seconds: float = 12.0

    def open(self, number: int) -> SessionWorker:
        """A worker with a session of its own. Raises TargetLostError.

        Worker 0 also has the lane of what waits for timers, if it can start a second target.
        """
        session = self.session()
        waiting = None
        bases = self.calibration.bases(self.target.titles)
        if number == 0 and self.target.command and not self.target.port:
            waiting = WaitingLane(self.session, bases, self.target.target)
        served = self.calibration.served
        return SessionWorker(session, self.target.target, bases, seconds=self.seconds, waiting=waiting, served=served)

    def session(self) -> TargetSession:
        """A session that is set by calibration. Raises TargetLostError."""
        session = self.target.session()
        self.calibration.apply(session)
        return session


def _quoted(word: str) -> str:
    """A word for a shell; {port} and its like need no quotes to be read."""
    return word if _PLAIN.fullmatch(word) else shlex.quote(word)


def free_port(host: str) -> int:
    """A port that nobody listens on now."""
    with socket.create_server((host, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
