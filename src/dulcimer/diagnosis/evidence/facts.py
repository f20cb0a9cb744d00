"""What can be seen of an association, as values; each fact says where it was seen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PlaceKind(StrEnum):
    """What the number of a place counts."""

    FRAME = "frame"
    LINE = "line"
    STEP = "step"


@dataclass(frozen=True, slots=True)
class SeenPlace:
    """Where something was seen. `number` counts frames, lines or steps from 1.

    `t`: seconds since any time, None if unknown; `shown`: the decisive bytes in hexadecimal, or the line of the log.
    """

    kind: PlaceKind
    number: int
    t: float | None = None
    shown: str = ""

    def __str__(self) -> str:
        """Such as `frame 12`."""
        return f"{self.kind} {self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFact:
    """Something that was seen."""

    place: SeenPlace


class ConnectFailureKind(StrEnum):
    """Why there is no TCP connection."""

    SILENT = "no answer"
    REFUSED = "refused"
    UNREACHABLE = "no route"
    NAME = "unknown host name"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectFailure(SeenFact):
    """No TCP connection; `tries`: how often the SYN was sent, within `seconds`; 0 if that is not known."""

    how: ConnectFailureKind
    tries: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignBytes(SeenFact):
    """An end began with bytes that are not DICOM: `name` of the protocol ("" if unknown), `what` it was."""

    by_client: bool
    name: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsAlertSeen(SeenFact):
    """A TLS alert, by its number (RFC 8446 6), or "" and its words in a log."""

    by_client: bool | None
    words: str


@dataclass(frozen=True, slots=True)
class SeenContext:
    """A presentation context, proposed with `syntaxes`; without an answer `result` is None, and `accepted` is ""."""

    number: int
    abstract: str
    syntaxes: tuple[str, ...] = ()
    result: int | None = None
    accepted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSeen(SeenFact):
    """An A-ASSOCIATE-RQ. The titles are bytes as on the wire, 16 of each, or text of a log.

    `roles`: SOP class, SCU role, SCP role; `maximum_length`: None without the item, 0: no limit.
    """

    called: bytes
    calling: bytes
    contexts: tuple[SeenContext, ...] = ()
    roles: tuple[tuple[str, bool, bool], ...] = ()
    maximum_length: int | None = None
    has_window: bool = False
    implementation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceSeen(SeenFact):
    """An A-ASSOCIATE-AC; its contexts have the abstract syntaxes of the request, "" where that is not known."""

    contexts: tuple[SeenContext, ...] = ()
    roles: tuple[tuple[str, bool, bool], ...] = ()
    maximum_length: int | None = None
    has_window: bool = False
    implementation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectionSeen(SeenFact):
    """An A-ASSOCIATE-RJ (PS3.8 9.3.4)."""

    result: int
    source: int
    reason: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AbortSeen(SeenFact):
    """An A-ABORT (PS3.8 9.3.8). `by_client` is None if it is not known who sent it, `source` too; `silence`: seconds
    since the last PDU before it.
    """

    by_client: bool | None
    source: int | None
    reason: int | None
    silence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSeen(SeenFact):
    """An A-RELEASE-RQ, or an A-RELEASE-RP if `is_answer`."""

    by_client: bool | None
    is_answer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionClosed(SeenFact):
    """FIN or RST of an end, the first one; `silence`: seconds since the last bytes before it."""

    by_client: bool | None
    by_reset: bool
    silence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSeen(SeenFact):
    """A DIMSE message, by its command set; `status` is None for a request.

    `counters`: remaining, completed, failed and warning sub-operations, None where absent.
    """

    by_client: bool | None
    command_field: int
    message_id: int
    sop_class: str = ""
    status: int | None = None
    counters: tuple[int | None, int | None, int | None, int | None] = (None, None, None, None)
    destination: str = ""
    originator: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysSeen(SeenFact):
    """The identifier of a query or retrieval: its `level`, and its `tags`; of the values only what does not say who.

    `valued`: tags with a value; `is_plain`: all values are in ASCII; `charset`: of (0008,0005); `has_question_marks`.
    """

    message_id: int
    level: str | None
    tags: frozenset[int]
    valued: frozenset[int]
    charset: str | None
    is_plain: bool
    has_question_marks: bool = False


class PduFormKind(StrEnum):
    """Forms that are legal and break peers, and one that is not legal."""

    TOGETHER = "command and data set in one PDU"
    MANY = "three PDVs or more in one PDU"
    ODD = "a fragment of odd length"
    TOO_LONG = "longer than the receiver allows"


@dataclass(frozen=True, slots=True, kw_only=True)
class PduForm(SeenFact):
    """The first PDU of an end in such a form."""

    by_client: bool
    kind: PduFormKind


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferTiming(SeenFact):
    """What the C-STOREs of an association cost, in seconds; `stalls`: gaps that delayed acknowledgement may have made.

    `sending`: from the first to the last byte of each request; `waiting`: from there to its response; `stalled`: in
    those gaps; `longest_pdu` in bytes of PDU-length; `round_trip`: from SYN to SYN-ACK, None if unknown.
    """

    stores: int
    pdus: int
    size: int
    longest_pdu: int
    sending: float
    waiting: float
    stalls: int
    stalled: float
    by_client: bool = True
    round_trip: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BadPduSeen(SeenFact):
    """A PDU that cannot be read: its type, and why."""

    by_client: bool
    pdu_type: int
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBroken(SeenFact):
    """A rule of the standard that an end has broken, as `dulcimer trace check` finds it; `severity`: S1 to S3."""

    by_client: bool
    rule: str
    severity: str
    observed: str
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRemark(SeenFact):
    """A line of a log, by the id of its pattern, with what the pattern names."""

    line: str
    values: tuple[tuple[str, str], ...] = ()

    def value(self, name: str) -> str:
        """What the pattern found under this name, "" if nothing."""
        return dict(self.values).get(name, "")
