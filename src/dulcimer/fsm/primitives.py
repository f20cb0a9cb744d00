"""Service primitives of the upper layer (PS3.8 7), between the local user and the state machine.

Requests and responses go down with `UpperLayer.send`; indications and confirmations come up with
`UpperLayer.next_event`. A primitive that travels in a PDU carries that PDU. The `subject` is its name; of a request or
response, that in Table 9-10.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias, get_args

from dulcimer._generated.fsm import EVENT_OF_PRIMITIVE, Events
from dulcimer.wire.model import Abort, AssociateAc, AssociateRj, AssociateRq, Buffer

Pdv: TypeAlias = tuple[int, int, Buffer]
"""Presentation context ID, message control header, fragment (PS3.8 9.3.5.1, Annex E)."""


@dataclass(frozen=True, slots=True)
class AssociateRequest:
    """A-ASSOCIATE request (PS3.8 7.1)."""

    subject: ClassVar = "A-ASSOCIATE request"

    pdu: AssociateRq


@dataclass(frozen=True, slots=True)
class AssociateIndication:
    """A-ASSOCIATE indication (PS3.8 7.1)."""

    subject: ClassVar = "A-ASSOCIATE indication"

    pdu: AssociateRq


@dataclass(frozen=True, slots=True)
class AssociateAccept:
    """A-ASSOCIATE response that accepts (PS3.8 7.1)."""

    subject: ClassVar = "A-ASSOCIATE response (accept)"

    pdu: AssociateAc


@dataclass(frozen=True, slots=True)
class AssociateReject:
    """A-ASSOCIATE response that rejects (PS3.8 7.1); from the service-user, so the source is 1.

    `why` is for observers, because a PDU can carry only a few reasons.
    """

    subject: ClassVar = "A-ASSOCIATE response (reject)"

    pdu: AssociateRj
    why: str = ""


@dataclass(frozen=True, slots=True)
class AssociateConfirmation:
    """A-ASSOCIATE confirmation (PS3.8 7.1): accepted if the PDU is an A-ASSOCIATE-AC, rejected otherwise."""

    subject: ClassVar = "A-ASSOCIATE confirmation"

    pdu: AssociateAc | AssociateRj


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """A-RELEASE request (PS3.8 7.2)."""

    subject: ClassVar = "A-RELEASE request"


@dataclass(frozen=True, slots=True)
class ReleaseIndication:
    """A-RELEASE indication (PS3.8 7.2)."""

    subject: ClassVar = "A-RELEASE indication"


@dataclass(frozen=True, slots=True)
class ReleaseResponse:
    """A-RELEASE response (PS3.8 7.2); the result is always affirmative."""

    subject: ClassVar = "A-RELEASE response"


@dataclass(frozen=True, slots=True)
class ReleaseConfirmation:
    """A-RELEASE confirmation (PS3.8 7.2)."""

    subject: ClassVar = "A-RELEASE confirmation"


_BY_USER = Abort(0, 0)


@dataclass(frozen=True, slots=True)
class AbortRequest:
    """A-ABORT request (PS3.8 7.3).

    `pdu` is what is sent, by default the A-ABORT of the service-user. Code that acts as the service-provider sets
    another source and reason (PS3.8 Table 9-26); a service-user cannot.
    """

    subject: ClassVar = "A-ABORT request"

    pdu: Abort = _BY_USER


@dataclass(frozen=True, slots=True)
class AbortIndication:
    """A-ABORT indication (PS3.8 7.3): the peer's service-user aborted."""

    subject: ClassVar = "A-ABORT indication"

    pdu: Abort


@dataclass(frozen=True, slots=True)
class PAbortIndication:
    """A-P-ABORT indication (PS3.8 7.4): a service-provider aborted, or the connection was lost.

    `pdu` is the A-ABORT received from the peer's provider, or sent by ours; None when the transport
    connection closed without one. `problem` says what the peer did wrong, "" if nothing is known.
    """

    subject: ClassVar = "A-P-ABORT indication"

    pdu: Abort | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PDataRequest:
    """P-DATA request (PS3.8 7.6): presentation data values that go out in one P-DATA-TF PDU."""

    subject: ClassVar = "P-DATA request"

    values: Sequence[Pdv]


@dataclass(frozen=True, slots=True)
class PDataIndication:
    """P-DATA indication (PS3.8 7.6): the presentation data values of one P-DATA-TF PDU.

    Fragments are views of a receive buffer: copy them before the next call of `receive_data`.
    """

    subject: ClassVar = "P-DATA indication"

    values: Sequence[Pdv]


Request: TypeAlias = (
    AssociateRequest
    | AssociateAccept
    | AssociateReject
    | ReleaseRequest
    | ReleaseResponse
    | AbortRequest
    | PDataRequest
)
Indication: TypeAlias = (
    AssociateIndication
    | AssociateConfirmation
    | ReleaseIndication
    | ReleaseConfirmation
    | AbortIndication
    | PAbortIndication
    | PDataIndication
)

EVENT_OF_REQUEST: dict[type, Events] = {kind: EVENT_OF_PRIMITIVE[kind.subject] for kind in get_args(Request)}
"""The event of Table 9-10 that a request or response is, by its class."""
