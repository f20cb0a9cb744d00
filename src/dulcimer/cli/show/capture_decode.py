"""The PDUs of a capture for `dulcimer decode`, with their association, sender and frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dulcimer.captures.dicom_streams import CapturedAssociation, associations
from dulcimer.captures.files import CaptureError, frames
from dulcimer.captures.reassembly import Direction, connections
from dulcimer.captures.segments import Address, Segment, segment_of
from dulcimer.cli.show.pdu_stream import DecodedPdu, PduStream
from dulcimer.counting import counted


@dataclass(frozen=True, slots=True)
class CapturedPdu:
    """A PDU with both addresses, and the number and time of the frame with its last byte."""

    pdu: DecodedPdu
    sent_by_client: bool
    source: Address
    destination: Address
    frame: int
    t: float


@dataclass(frozen=True, slots=True)
class Capture:
    """What a capture contains: the number of frames and TCP connections, those with DICOM, and any damage."""

    frames: int
    connections: int
    associations: tuple[CapturedAssociation, ...]
    damage: str = ""


def read_capture(data: bytes) -> Capture:
    """Read a capture; if it is damaged, everything before the damage is read."""
    segments, count, damage = list[Segment](), 0, ""
    try:
        for frame in frames(data):
            count = frame.number
            if (segment := segment_of(frame)) is not None:
                segments.append(segment)
    except CaptureError as error:
        damage = str(error)
    found = connections(segments)
    return Capture(count, len(found), tuple(associations(found)), damage)


def pdus_of(association: CapturedAssociation) -> Iterator[CapturedPdu]:
    """The PDUs of both ends in the order in which they were completed."""
    ends = (association.connection.client, association.connection.server)
    found = [one for end, by_client in zip(ends, (True, False), strict=True) for one in _sent_by(end, by_client)]
    return iter(sorted(found, key=lambda one: one.frame))


def _sent_by(end: Direction, by_client: bool) -> Iterator[CapturedPdu]:
    for pdu in PduStream(bytes(end.data)):
        frame, t = end.frame_of(pdu.offset + len(pdu.data) - 1)
        yield CapturedPdu(pdu, by_client, end.source, end.destination, frame, t)


def gaps_in_words(association: CapturedAssociation) -> Iterator[str]:
    """The missing parts of an association, in words."""
    for end, name in ((association.connection.client, "client"), (association.connection.server, "server")):
        if end.data and not end.opened:
            yield f"the capture began after the connection was opened: what the {name} sent before is missing"
        for place, size in end.gaps:
            yield f"{counted(size, 'byte')} from the {name} missing after captured byte {place}; PDUs there are cut"
