"""What a trace says: its header, and one record for each event. The one source of the format.

The JSON Schema, the reader, the writer and the reference page are made from these classes: a field has its name in the
file, its words and, if only certain values are allowed, these values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, TypeAlias

from dulcimer._generated.fsm import ACTIONS, EVENTS, STATES

VERSION: Final = 1
"""Version of the format. Readers skip names that they do not know; anything else that changes gives a new version."""
FILE_SCHEMA: Final = "urn:dulcimer:trace:"
MOST_FILLED: Final = 16 << 20
"""A range of more bytes that are left out is not filled with zeros."""
EVENT_SCHEMA: Final = f"urn:dulcimer:trace:events:{VERSION}"

REQUESTOR, ACCEPTOR, NETWORK = "requestor", "acceptor", "network"
ENDS: Final = (REQUESTOR, ACCEPTOR)
VANTAGE_TYPES: Final = {REQUESTOR: "client", ACCEPTOR: "server", NETWORK: "network", "": "unknown"}
"""The vantage points, and their names in qlog."""
_STATES: Final = tuple(state.label for state in STATES)
_EVENTS: Final = tuple(event.label for event in EVENTS)


@dataclass(frozen=True, slots=True)
class About:
    """What a field is; its `name` in the file, if not that in Python; the `values` it may have, or their `pattern`."""

    words: str
    name: str = ""
    values: tuple[str, ...] = ()
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class MaskedRange:
    """So many bytes from a place on are left out of the data."""

    at: Annotated[int, About("place of the first one, counted from 0 over all bytes")]
    size: Annotated[int, About("how many")]
    what: Annotated[str, About("what they are: data set, secret, AE title, not recorded")]


@dataclass(frozen=True, slots=True)
class RawBytes:
    """Bytes as they were sent, but for those that are left out, whose places and number are known."""

    length: Annotated[int, About("how many bytes there were")]
    data: Annotated[
        bytes, About("those that are kept, in their order, as hexadecimal digits", pattern="^([0-9a-f]{2})*$")
    ]
    masked: Annotated[tuple[MaskedRange, ...], About("which are left out, in their order")] = ()

    @classmethod
    def whole(cls, data: bytes) -> RawBytes:
        """All bytes are kept."""
        return cls(len(data), data)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return not self.masked

    def pieces(self) -> Iterator[bytes | MaskedRange]:
        """What is kept and what is left out, in order."""
        at = taken = 0
        for one in self.masked:
            kept = one.at - at
            if kept:
                yield self.data[taken : taken + kept]
            yield one
            taken, at = taken + kept, one.at + one.size
        if taken < len(self.data):
            yield self.data[taken:]

    def filled(self) -> bytes:
        """As many bytes as there were, with zeros for those that are left out.

        It ends before a range of more than `MOST_FILLED` bytes, since a file may claim any number.
        """
        found: list[bytes] = []
        for piece in self.pieces():
            if isinstance(piece, bytes):
                found.append(piece)
            elif piece.size <= MOST_FILLED:
                found.append(bytes(piece.size))
            else:
                break
        return b"".join(found)


@dataclass(frozen=True, slots=True)
class HostAndPort:
    """One end of a TCP connection."""

    host: Annotated[str, About("IP address or name")]
    port: Annotated[int, About("TCP port")]


@dataclass(frozen=True, slots=True)
class TransportOpened:
    """The transport connection is open."""

    event_name: ClassVar = "transport:opened"

    role: Annotated[
        str, About("who recorded this: an end of the association, or one between them", values=tuple(VANTAGE_TYPES))
    ]
    requestor: Annotated[HostAndPort | None, About("the end that opened the connection, if known")] = None
    acceptor: Annotated[HostAndPort | None, About("the other end, if known")] = None


@dataclass(frozen=True, slots=True)
class TransportFailed:
    """No transport connection came about."""

    event_name: ClassVar = "transport:failed"

    why: Annotated[str, About("why, in words")] = ""


@dataclass(frozen=True, slots=True)
class TransportClosed:
    """An end has closed the transport connection, or its direction of it."""

    event_name: ClassVar = "transport:closed"

    sender: Annotated[str, About("the end that closed", values=ENDS)]


@dataclass(frozen=True, slots=True)
class TransportReset:
    """The transport connection was reset, or lost."""

    event_name: ClassVar = "transport:reset"

    sender: Annotated[str, About("the end that reset it, as far as the other one can tell", values=ENDS)]
    why: Annotated[str, About("what the operating system says, in words")] = ""


@dataclass(frozen=True, slots=True)
class BytesPassed:
    """Bytes that are not a whole PDU."""

    event_name: ClassVar = "transport:bytes"

    sender: Annotated[str, About("the end that sent them", values=ENDS)]
    raw: Annotated[RawBytes, About("the bytes")]


@dataclass(frozen=True, slots=True)
class PduSent:
    """The end that recorded this has sent a PDU."""

    event_name: ClassVar = "dul:pdu_sent"

    sender: Annotated[str, About("the end that sent it", values=ENDS)]
    raw: Annotated[RawBytes, About("the PDU, from the first byte of its header")]


@dataclass(frozen=True, slots=True)
class PduReceived:
    """The end that recorded this has received a PDU."""

    event_name: ClassVar = "dul:pdu_received"

    sender: Annotated[str, About("the end that sent it", values=ENDS)]
    raw: Annotated[RawBytes, About("the PDU, from the first byte of its header")]


@dataclass(frozen=True, slots=True)
class PduPassed:
    """One between the ends has seen a PDU."""

    event_name: ClassVar = "dul:pdu_passed"

    sender: Annotated[str, About("the end that sent it", values=ENDS)]
    raw: Annotated[RawBytes, About("the PDU, from the first byte of its header")]
    first_frame: Annotated[int | None, About("of a capture, the number of the frame with its first byte")] = None
    frame: Annotated[int | None, About("of a capture, the number of the frame with which it was whole")] = None


@dataclass(frozen=True, slots=True)
class MachineStep:
    """A state machine of PS3.8 9.2 took an event."""

    event_name: ClassVar = "dul:transition"

    fsm: Annotated[str, About("whose machine", values=ENDS)]
    state: Annotated[str, About("the state before", name="from", values=_STATES)]
    event: Annotated[str, About("the event of Table 9-10", values=_EVENTS)]
    action: Annotated[str, About("the action, empty where the cell of the table is blank", values=("", *ACTIONS))]
    next_state: Annotated[str, About("the state after", name="to", values=_STATES)]


@dataclass(frozen=True, slots=True)
class PrimitivePassed:
    """A service primitive (PS3.8 7) passed between the user and the provider; those of P-DATA are left out."""

    event_name: ClassVar = "dul:primitive"

    fsm: Annotated[str, About("at which end", values=ENDS)]
    primitive: Annotated[str, About("its name")]
    why: Annotated[str, About("why, as far as the provider or the user says it, in words")] = ""


@dataclass(frozen=True, slots=True)
class ArtimChanged:
    """The ARTIM timer (PS3.8 9.1.5) was started, restarted or stopped; its expiry is Evt18."""

    event_name: ClassVar = "dul:timer"

    fsm: Annotated[str, About("at which end", values=ENDS)]
    timer: Annotated[str, About("which timer", values=("ARTIM",))]
    change: Annotated[str, About("what was done", values=("started", "stopped"))]
    seconds: Annotated[float | None, About("after how many seconds it expires")] = None


@dataclass(frozen=True, slots=True)
class ViolationSeen:
    """Something that an end sent, or did, was found not to follow the standard."""

    event_name: ClassVar = "dul:violation"

    sender: Annotated[str, About("the end whose fault it is", values=ENDS)]
    problem: Annotated[str, About("what is wrong, in words")]
    clause: Annotated[str, About("the clause of the standard")] = ""
    rule: Annotated[str, About("the rule that is broken")] = ""


@dataclass(frozen=True, slots=True)
class BytesMissing:
    """Bytes of an end are not known."""

    event_name: ClassVar = "dul:gap"

    sender: Annotated[str, About("the end that sent them", values=ENDS)]
    size: Annotated[int | None, About("how many, if known")] = None
    why: Annotated[str, About("why, in words")] = ""


@dataclass(frozen=True, slots=True)
class BytesChanged:
    """A tester has changed what an end is given."""

    event_name: ClassVar = "fuzz:mutation"

    sender: Annotated[str, About("the end whose bytes were changed", values=ENDS)]
    operator: Annotated[str, About("how, in words")]


@dataclass(frozen=True, slots=True)
class RecordingCut:
    """Nothing more of this association is in the file."""

    event_name: ClassVar = "trace:cut"

    why: Annotated[str, About("why, in words")]


@dataclass(frozen=True, slots=True)
class UnknownRecord:
    """An event of a name that this version does not know, with its data as they are."""

    event_name: str
    data: Any


RECORDS: Final = (
    TransportOpened,
    TransportFailed,
    TransportClosed,
    TransportReset,
    BytesPassed,
    PduSent,
    PduReceived,
    PduPassed,
    MachineStep,
    PrimitivePassed,
    ArtimChanged,
    ViolationSeen,
    BytesMissing,
    BytesChanged,
    RecordingCut,
)
"""The classes of all records, in the order of the reference page."""

PduRecord: TypeAlias = PduSent | PduReceived | PduPassed
TraceRecord: TypeAlias = (
    PduRecord
    | TransportOpened
    | TransportFailed
    | TransportClosed
    | TransportReset
    | BytesPassed
    | MachineStep
    | PrimitivePassed
    | ArtimChanged
    | ViolationSeen
    | BytesMissing
    | BytesChanged
    | RecordingCut
    | UnknownRecord
)


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One event: the number of its `line` in the file, its time in seconds after the beginning, its association."""

    line: int
    t: float
    group: str
    record: TraceRecord


@dataclass(frozen=True, slots=True)
class TraceHeader:
    """The first line of a file.

    `begun`: the time of the system at the beginning, in seconds since 1970, None if it is not known. `vantage`: who
    recorded it, "" if not always the same end. What is left out of the bytes: `masks_data_sets`, `masks_secrets`;
    `pseudonyms`: AE titles and addresses are not the real ones.
    """

    producer: str
    title: str = ""
    vantage: str = ""
    begun: float | None = None
    masks_data_sets: bool = True
    masks_secrets: bool = True
    pseudonyms: bool = False
