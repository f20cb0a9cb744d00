"""The server that is diagnosed, and what is to work with it."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dulcimer.acse.negotiation import Context
from dulcimer.ae.core.client import ClientAssociation, Timeouts, connect
from dulcimer.ae.core.terms import Storage
from dulcimer.events.handlers import Handlers
from dulcimer.services.instance_file import InstanceFile
from dulcimer.wire.model import UserDataSubItem, UserIdentity


class LadderGoal(StrEnum):
    """What is to work."""

    ASSOCIATE = "associate"
    ECHO = "echo"
    STORE = "store"
    FIND = "find"
    GET = "get"
    MOVE = "move"
    COMMIT = "commit"


@dataclass(frozen=True, slots=True)
class DiagnosedTarget:
    """A server and how to reach it; times in seconds.

    `tls`: the context if TLS is to be spoken; the certificate must have `tls_name`, by default `host`.
    """

    host: str
    port: int
    called: str = "ANY-SCP"
    calling: str = "DULCIMER"
    connect_timeout: float = 10.0
    answer_timeout: float = 10.0
    tls: ssl.SSLContext | None = None
    tls_name: str | None = None
    has_certificate: bool = False
    identity: UserIdentity | None = None

    @property
    def where(self) -> str:
        """Host and port."""
        return f"{self.host} port {self.port}"

    @property
    def values(self) -> dict[str, str]:
        """What is filled into the texts of causes."""
        return {
            "host": self.host,
            "port": str(self.port),
            "where": self.where,
            "called": self.called,
            "calling": self.calling,
        }

    async def associate(
        self,
        contexts: Sequence[Context],
        items: Sequence[UserDataSubItem] = (),
        *,
        storage: Storage | None = None,
        patience: float = 30.0,
        handlers: Handlers | None = None,
    ) -> ClientAssociation:
        """Request an association; a response may take `patience` seconds, `handlers` answer what the server asks.

        Raises as `connect` does.
        """
        own = () if self.identity is None else (self.identity,)
        return await connect(
            self.host,
            self.port,
            contexts,
            calling_ae_title=self.calling,
            called_ae_title=self.called,
            timeouts=Timeouts(acse=self.answer_timeout, dimse=patience, network=None, connect=self.connect_timeout),
            tls=self.tls,
            server_hostname=self.tls_name,
            user_items=[*items, *own],
            storage=storage,
            handlers=handlers,
        )


@dataclass(frozen=True, slots=True)
class LadderPlan:
    """What to try.

    - `files` to store, or to ask commitment for; the report is waited for `report_wait` seconds long.
    - `study`: the Study Instance UID for queries and retrieval, "" for none.
    - `destination`: the AE title to move to; `listen_port`: where that, or we, are listened for, None to not watch.
    - `titles`: other called AE titles to try if the given one is not known. `idle`: seconds of silence to try.
    - `most_associations`: how many to try at the same time, 0 to not try. `aborts`: whether to abort one.
    """

    goal: LadderGoal = LadderGoal.ASSOCIATE
    files: tuple[InstanceFile, ...] = ()
    study: str = ""
    destination: str = ""
    listen_host: str = "0.0.0.0"  # noqa: S104 - the archive is another machine
    listen_port: int | None = None
    titles: tuple[str, ...] = ()
    idle: float | None = None
    most_associations: int = 0
    with_delays: bool = True
    patience: float = field(default=60.0)
    report_wait: float = 10.0
    aborts: bool = False
