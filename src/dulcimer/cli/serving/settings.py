"""The settings of `dulcimer serve`, and how they are passed to its worker processes."""

from __future__ import annotations

import base64
import pickle
from dataclasses import dataclass
from pathlib import Path

from dulcimer.archive.scp.remotes import Remote
from dulcimer.cli.options.output import OutputOptions
from dulcimer.cli.options.tls import TlsOptions
from dulcimer.limits import Limits
from dulcimer.services.syncing import SyncMode


@dataclass(frozen=True, slots=True)
class TraceSettings:
    """A folder for traces, what stays in them, and the most bytes of all of them together."""

    folder: Path
    raw: bool
    pseudonymise: bool
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """The settings of `dulcimer serve`; lengths in bytes, times in seconds."""

    host: str
    port: int
    ae_title: str
    directory: Path | None
    database: str | None
    reindex: bool
    sync: SyncMode
    worklist: Path | None
    ignore: bool
    remotes: tuple[Remote, ...]
    require_called_ae_title: bool
    accept_calling: tuple[str, ...]
    user_file: Path | None
    maximum_associations: int
    workers: int
    metrics_port: int | None
    grace: float
    artim_timeout: float
    acse_timeout: float
    dimse_timeout: float
    network_timeout: float
    maximum_length: int
    limits: Limits
    trace: TraceSettings | None
    tls: TlsOptions
    output: OutputOptions

    @property
    def described(self) -> str:
        """What is done with instances, and what else is offered, in words."""
        if self.directory is not None:
            what = f"instances are kept in {self.directory.resolve()}"
        elif self.ignore:
            what = "instances are accepted but not kept"
        elif self.worklist is not None:
            what = "no instances"
        else:
            what = "C-ECHO only; use --dir DIRECTORY to accept instances"
        return what + (f"; worklist of {self.worklist.resolve()}" if self.worklist is not None else "")

    def to_line(self) -> bytes:
        """The settings in one line, for a worker process."""
        return base64.b64encode(pickle.dumps(self))

    @classmethod
    def from_line(cls, line: bytes) -> ServeSettings:
        """The settings in a line from `to_line`."""
        settings = pickle.loads(base64.b64decode(line))  # noqa: S301 - through a pipe that only our parent has
        assert isinstance(settings, cls)
        return settings
