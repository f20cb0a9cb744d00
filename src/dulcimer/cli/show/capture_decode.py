"""The PDUs of a capture for `dulcimer decode`, with their association, sender and frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dulcimer.captures.chunks import CaptureSource
from dulcimer.captures.collected import Direction
from dulcimer.captures.dicom_streams import CapturedAssociation, sorted_connections
from dulcimer.captures.following import CaptureReader
from dulcimer.captures.segments import Address
from dulcimer.cli.show.pdu_stream import DecodedPdu, PduStream
from dulcimer.counting import counted


@dataclass(frozen=True, slots=True)
class CapturedPdu:
    """A PDU with both addresses, and the number and time of the frame with which it could be read."""

    pdu: DecodedPdu
    sent_by_client: bool
    source: Address
    destination: Address
    frame: int
    t: float


@dataclass(frozen=True, slots=True)
class Capture:
    """What a capture contains: the number of frames and TCP connections, those with DICOM, and any damage.

    `others`: how many connections are without DICOM, by what they seem to be; `remarks`: what else could not be read or
    followed, in sentences.
    """

    frames: int
    connections: int
    associations: tuple[CapturedAssociation, ...]
    others: Mapping[str, int]
    damage: str = ""
    remarks: tuple[str, ...] = ()


def read_capture(source: CaptureSource) -> Capture:
    """Read a capture; if it is damaged, everything before the damage is read. Raises OSError."""
    reader = CaptureReader(source)
    found = sorted_connections(reader)
    remarks = tuple(reader.remarks())
    return Capture(reader.frames, reader.connections, found.associations, found.others, reader.damage, remarks)


def pdus_of(association: CapturedAssociation) -> Iterator[CapturedPdu]:
    """The PDUs of both ends in the order in which they could be read."""
    found = [one for end, begin, by_client in association.ends for one in _sent_by(end, begin, by_client)]
    return iter(sorted(found, key=lambda one: one.frame))


def _sent_by(end: Direction, begin: int, by_client: bool) -> Iterator[CapturedPdu]:
    for pdu in PduStream(bytes(end.data[begin:])):
        frame, t = end.frames.readable(begin + pdu.offset + len(pdu.data))
        yield CapturedPdu(pdu, by_client, end.source, end.destination, frame, t)


def gaps_in_words(association: CapturedAssociation) -> Iterator[str]:
    """The missing parts of an association, in words."""
    for end, begin, by_client in association.ends:
        name = "client" if by_client else "server"
        if end.data and not end.opened:
            yield f"the capture began after the connection was opened: what the {name} sent before is missing"
        if begin:
            yield (
                f"{counted(begin, 'byte')} from the {name} skipped, up to the first bytes that look like PDUs; "
                "this is a guess"
            )
        for place, size in end.gaps:
            yield f"{counted(size, 'byte')} from the {name} missing after captured byte {place}; PDUs there are cut"
        if end.not_kept:
            yield f"{counted(end.not_kept, 'byte')} from the {name} left out: the capture has too many to be shown"
