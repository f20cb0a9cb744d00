"""What is told about clients while they are watched: values, without any content of a data set and without secrets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from dulcimer.fuzz.proxy.events import PeerDeviation


@dataclass(frozen=True, slots=True)
class ClientContext:
    """A presentation context that a client proposes; `roles` as proposed (SCU, SCP), None for none.

    - `answer`: the transfer syntax that we accept, "" if we refuse.
    - `like`: what the server of a survey would answer, in words; "" if nothing is known of one. `is_refused_there`:
      whether it would refuse.
    """

    context_id: int
    sop_class: str
    transfer_syntaxes: tuple[str, ...]
    roles: tuple[bool, bool] | None = None
    answer: str = ""
    like: str = ""
    is_refused_there: bool = False


@dataclass(frozen=True, slots=True)
class ClientProposal:
    """What an A-ASSOCIATE-RQ says. `maximum_length` in bytes, 0 for no limit, None if it is not said.

    - `window`: operations that the client wants to invoke and perform side by side, None if it does not say.
    - `extended`: the field of each SOP Class Extended Negotiation; `common`: SOP classes with a common one.
    - `identity`: kind and name of the user; a secret is only counted.
    """

    calling: str
    called: str
    implementation_class_uid: str
    implementation_version_name: str
    maximum_length: int | None
    contexts: tuple[ClientContext, ...]
    window: tuple[int, int] | None = None
    extended: tuple[tuple[str, bytes], ...] = ()
    common: tuple[str, ...] = ()
    identity: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class ListenEvent:
    """Something on connection `connection`, counted from 1, `at` seconds after listening began."""

    connection: int
    at: float


@dataclass(frozen=True, slots=True)
class ClientConnected(ListenEvent):
    """A client has connected."""

    client: str


@dataclass(frozen=True, slots=True)
class ClientProposed(ListenEvent):
    """It requests an association; `rejected`: why we reject it, "" if we accept it."""

    proposal: ClientProposal
    rejected: str = ""


@dataclass(frozen=True, slots=True)
class ClientSent(ListenEvent):
    """A whole message of the client: `name` such as C-STORE-RQ, bytes of its command set and data set, and its PDUs."""

    name: str
    context_id: int
    sop_class: str
    command_bytes: int
    data_bytes: int
    pdus: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ClientAnswered(ListenEvent):
    """Our response to a message: its status."""

    name: str
    status: int


@dataclass(frozen=True, slots=True)
class ClientDeviates(ListenEvent):
    """The client does something against the standard."""

    deviations: Sequence[PeerDeviation]


@dataclass(frozen=True, slots=True)
class ClientEnded(ListenEvent):
    """The connection is over: `how` it ended; the messages, PDUs and bytes that came, `seconds` after it was opened.

    `is_in_order`: by a release.
    """

    how: str
    is_in_order: bool
    seconds: float
    messages: int = 0
    pdus: int = 0
    octets: int = 0


ListenTold: TypeAlias = ClientConnected | ClientProposed | ClientSent | ClientAnswered | ClientDeviates | ClientEnded
"""Everything that is told."""


@dataclass
class ListenTotals:
    """The sums of a run. `deviations`: how often each came."""

    connections: int = 0
    associations: int = 0
    messages: int = 0
    octets: int = 0
    refused_there: int = 0
    deviations: dict[PeerDeviation, int] = field(default_factory=dict)

    @property
    def is_wrong(self) -> bool:
        """Whether a client has deviated without doubt."""
        return any(one.sure for one in self.deviations)

    def add(self, told: ListenTold) -> None:
        """Count one event."""
        match told:
            case ClientConnected():
                self.connections += 1
            case ClientProposed(rejected=why, proposal=proposal):
                self.associations += not why
                self.refused_there += sum(one.is_refused_there for one in proposal.contexts)
            case ClientEnded():
                self.messages += told.messages
                self.octets += told.octets
            case ClientDeviates(deviations=found):
                for one in found:
                    if one in self.deviations or len(self.deviations) < _MOST_DEVIATIONS:
                        self.deviations[one] = self.deviations.get(one, 0) + 1
            case _:
                pass


_MOST_DEVIATIONS = 1000
"""Different deviations that are kept."""
