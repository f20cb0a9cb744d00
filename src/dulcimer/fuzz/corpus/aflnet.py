"""The two file formats of AFLNet (github.com/aflnet/aflnet).

Seeds are the messages of a client, one after the other (`extract_requests_dicom` cuts them by the lengths of PDUs).
Files to replay have a length before each message, 4 bytes in little endian order (`aflnet-replay`).
"""

from __future__ import annotations

from collections.abc import Iterable
from struct import pack, unpack_from

from dulcimer._generated.codes import PduType
from dulcimer.counting import counted
from dulcimer.fuzz.corpus.imported import ExportedFile, ImportedSequences
from dulcimer.fuzz.corpus.streams import pdus_of, steps_of
from dulcimer.fuzz.sequences.steps import AwaitReply, Chunks, FuzzSequence, SendBytes, TargetRole
from dulcimer.fuzz.tree.cutting import is_whole

_LENGTH = 4
_TYPES = frozenset(map(int, PduType))


def raw_of(sequence: FuzzSequence) -> ExportedFile:
    """The file as a seed of AFLNet, which cuts it where the headers of PDUs say, not where the steps end."""
    lost = list(_lost(sequence))
    messages = _messages(sequence)
    pieces = list(pdus_of(b"".join(messages)))
    if pieces != messages:
        lost.append("Some steps do not end where PDUs end: AFLNet will cut the bytes elsewhere.")
    if len(pieces) > 1 and not is_whole(pieces[-1]):
        lost.append(f"AFLNet drops the incomplete PDU at the end: {counted(len(pieces[-1]), 'byte')}.")
    return ExportedFile(b"".join(messages), tuple(lost))


def replay_of(sequence: FuzzSequence) -> ExportedFile:
    """The file that `aflnet-replay` sends, one message for each step."""
    data = b"".join(pack("<I", len(message)) + message for message in _messages(sequence))
    return ExportedFile(data, tuple(_lost(sequence)))


def from_aflnet(data: bytes, role: TargetRole = "acceptor") -> ImportedSequences:
    """The sequence in a file of either format; none in an empty file.

    The formats have no mark: whole PDUs of known types are a seed. Of what is left, a file whose lengths fit it exactly
    is one to replay, and any other is a seed.
    """
    messages = None if _is_seed(data) else replay_messages(data)
    return from_raw(data, role) if messages is None else _imported(messages, role)


def from_raw(data: bytes, role: TargetRole = "acceptor") -> ImportedSequences:
    """The sequence in a seed, cut by the lengths of its PDUs."""
    return _imported(list(pdus_of(data)), role)


def replay_messages(data: bytes) -> list[bytes] | None:
    """The messages of a file to replay; None if its lengths do not fit it."""
    messages, at = [], 0
    while at < len(data):
        if len(data) - at < _LENGTH:
            return None
        (length,) = unpack_from("<I", data, at)
        at += _LENGTH
        if length > len(data) - at:
            return None
        messages.append(data[at : at + length])
        at += length
    return messages


def _is_seed(data: bytes) -> bool:
    """Whether the bytes are whole PDUs. A length of AFLNet before a PDU is no such header: its second byte is not 0."""
    return all(is_whole(pdu) and pdu[0] in _TYPES and not pdu[1] for pdu in pdus_of(data))


def _imported(messages: list[bytes], role: TargetRole) -> ImportedSequences:
    messages = [message for message in messages if message]
    if not messages:
        return ImportedSequences((), ("The file has no bytes to send.",))
    first = (AwaitReply(),) if role == "requestor" else ()
    cut = () if is_whole(messages[-1]) else ("The last PDU of the file is incomplete; it is kept as it is.",)
    return ImportedSequences((FuzzSequence(role, (*first, *steps_of(messages))),), cut)


def _messages(sequence: FuzzSequence) -> list[bytes]:
    return [step.data for step in sequence.steps if isinstance(step, SendBytes | Chunks) and step.data]


def _lost(sequence: FuzzSequence) -> Iterable[str]:
    if sequence.role == "requestor":
        yield "AFLNet connects to its target: it cannot test a client."
    pieces = sum(isinstance(step, Chunks) for step in sequence.steps)
    if pieces:
        yield f"AFLNet sends a message at once: the pieces of {counted(pieces, 'step')} are not kept."
    others = [step for step in sequence.steps if not isinstance(step, SendBytes | Chunks | AwaitReply)]
    if others:
        yield f"AFLNet only sends: {counted(len(others), 'step')} that pause or end the connection are left out."
