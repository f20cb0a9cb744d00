"""Sequences from network captures: what one end of each association sent, and where it waited for the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dulcimer.captures.chunks import CaptureSource
from dulcimer.captures.collected import Direction
from dulcimer.captures.dicom_streams import CapturedAssociation, sorted_connections
from dulcimer.captures.following import CaptureReader
from dulcimer.conformance.model.seen import pdu_name
from dulcimer.counting import counted
from dulcimer.fuzz.corpus.imported import ImportedSequences
from dulcimer.fuzz.corpus.streams import pdus_of, sent
from dulcimer.fuzz.sequences.steps import AwaitReply, FuzzSequence, FuzzStep, TargetRole
from dulcimer.fuzz.tree.cutting import is_whole


@dataclass(frozen=True, slots=True)
class _CapturedPdu:
    """A PDU, with the frame of its first byte, and the one with which it could be read."""

    data: bytes
    first: int
    last: int


def from_capture(source: CaptureSource, role: TargetRole = "acceptor") -> ImportedSequences:
    """A sequence for each association of a pcap or pcapng file that has bytes for a target in this role.

    For a target that accepts associations it is what the client sent, else what the server sent. A damaged file gives
    what is before the damage. Raises OSError.
    """
    lost: list[str] = []
    reader = CaptureReader(source)
    found = sorted_connections(reader).associations
    if reader.damage:
        lost.append(f"The file cannot be read to its end: {reader.damage}.")
    lost += reader.remarks()
    if len(found) < reader.connections:
        lost.append(f"Left out: {counted(reader.connections - len(found), 'connection')} without DICOM.")
    sequences = []
    for association in found:
        steps = tuple(_steps(association, role, lost))
        if any(not isinstance(step, AwaitReply) for step in steps):
            sequences.append(FuzzSequence(role, steps))
        else:
            lost.append(f"Association {association.number}: there are no bytes to send.")
    return ImportedSequences(tuple(sequences), tuple(lost))


def _steps(association: CapturedAssociation, role: TargetRole, lost: list[str]) -> Iterator[FuzzStep]:
    ends = tuple(association.ends)
    (sender, begin, _), (other, other_begin, _) = ends if role == "acceptor" else ends[::-1]
    name = f"Association {association.number}"
    if sender.data and not sender.opened:
        lost.append(f"{name}: the capture begins after the connection was opened.")
    if begin:
        lost.append(
            f"{name}: {counted(begin, 'byte')} at its beginning are left out, as part of a PDU that began before."
        )
    replies = list(_pdus(other, other_begin))
    position = 0
    for pdu in _pdus(sender, begin):
        while position < len(replies) and replies[position].last < pdu.first:
            yield AwaitReply((pdu_name(replies[position].data),))
            position += 1
        yield sent(pdu.data)
        if not is_whole(pdu.data) and not sender.gaps:
            lost.append(f"{name}: its last PDU is incomplete; it is kept as it is.")
    if position < len(replies) and is_whole(replies[position].data):
        yield AwaitReply((pdu_name(replies[position].data),))
    if sender.not_kept:
        lost.append(f"{name}: its last {counted(sender.not_kept, 'byte')} are left out: there are too many.")
    if sender.gaps:
        place, missing = sender.gaps[0]
        whole = begin + sum(len(pdu.data) for pdu in _pdus(sender, begin))
        lost.append(
            f"{name}: {counted(missing, 'byte')} are missing after byte {place}; "
            f"{counted(len(sender.data) - whole, 'byte')} from the PDU with this gap on are left out."
        )


def _pdus(end: Direction, start: int) -> Iterator[_CapturedPdu]:
    """The PDUs up to the first gap; the one with the gap is left out."""
    limit = end.gaps[0][0] if end.gaps else len(end.data)
    for pdu in pdus_of(end.data[start:]):
        stop = start + len(pdu)
        if end.gaps and (stop > limit or not is_whole(pdu)):
            return
        yield _CapturedPdu(pdu, end.frame_of(start)[0], end.frames.readable(stop)[0])
        start = stop
