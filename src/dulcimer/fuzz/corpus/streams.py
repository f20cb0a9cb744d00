"""Bytes of one end of an association as steps: cut into PDUs, with waits where a peer answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dulcimer._generated.codes import PduType
from dulcimer._generated.commands import CommandField
from dulcimer._generated.headers import PDU_HEADER, PDV_HEADER
from dulcimer.conformance.model.seen import pdu_name
from dulcimer.dimse import command_set
from dulcimer.errors import DIMSEProcessingError
from dulcimer.fuzz.sequences.steps import AwaitReply, FuzzStep, SendBytes
from dulcimer.fuzz.tree.cutting import is_whole, whole_pdus

_COMMAND, _LAST = 0x01, 0x02
_MOST_COMMAND = 1 << 16
"""Bytes of a command set that are kept while its fragments come."""

_SEVERAL = frozenset((CommandField.C_FIND_RQ, CommandField.C_GET_RQ, CommandField.C_MOVE_RQ))
"""Requests to which several responses may come."""

_ANSWERS = {
    int(kind): tuple(answer.label for answer in (*answers, PduType.A_ABORT))
    for kind, answers in {
        PduType.A_ASSOCIATE_RQ: (PduType.A_ASSOCIATE_AC, PduType.A_ASSOCIATE_RJ),
        PduType.P_DATA_TF: (PduType.P_DATA_TF,),
        PduType.A_RELEASE_RQ: (PduType.A_RELEASE_RP,),
    }.items()
}
"""What a peer answers to a PDU of this type."""


def pdus_of(data: bytes | bytearray) -> Iterator[bytes]:
    """The PDUs in these bytes, cut by the lengths in their headers; the last one may be incomplete."""
    whole, end = whole_pdus(data)
    yield from whole
    if end < len(data):
        yield bytes(data[end:])


def sent(data: bytes) -> SendBytes:
    """The step that sends these PDUs as they are, at once."""
    pdus = list(pdus_of(data))
    names = [pdu_name(pdu) if is_whole(pdu) else f"{pdu_name(pdu)} (incomplete)" for pdu in pdus]
    return SendBytes(data, ", ".join(names))


def steps_of(segments: Iterable[bytes]) -> Iterator[FuzzStep]:
    """The steps that send these segments of a PDU or more, and wait where a peer that follows the standard answers."""
    answers = AnswersOfPeer()
    for data in segments:
        yield sent(data)
        if expected := answers.after(data):
            yield AwaitReply(expected)


class AnswersOfPeer:
    """Says to which PDU of a stream a peer answers: to requests, and to messages when they are complete.

    `several`: there was a message to which several responses may come, at any time.
    """

    def __init__(self) -> None:
        self._command = bytearray()
        self.several = False

    def after(self, data: bytes) -> tuple[str, ...]:
        """The names of the PDUs that may come from the peer when it has these; none if it waits for more."""
        found: tuple[str, ...] = ()
        for pdu in pdus_of(data):
            is_answered = is_whole(pdu) and (pdu[0] != PduType.P_DATA_TF or self._completes(pdu))
            found = _ANSWERS.get(pdu[0], ()) if is_answered else ()
        return found

    def _completes(self, pdu: bytes) -> bool:
        """Whether a message ends in this P-DATA-TF."""
        at, complete = PDU_HEADER.size, False
        while at + PDV_HEADER.size <= len(pdu):
            length, _, header = PDV_HEADER.unpack_from(pdu, at)
            fragment = pdu[at + PDV_HEADER.size : at + 4 + length]
            at += 4 + length
            if header & _COMMAND and len(self._command) + len(fragment) <= _MOST_COMMAND:
                self._command += fragment
            if header & _LAST:
                complete = self._ends(is_command=bool(header & _COMMAND))
        return complete

    def _ends(self, *, is_command: bool) -> bool:
        """Whether the message ends with the command set, or the data set, that ends here."""
        if not is_command:
            return True
        command, self._command = self._command, bytearray()
        try:
            found = command_set.decode(command)
        except DIMSEProcessingError:
            return True
        self.several |= found.command_field in _SEVERAL
        return not found.has_data_set
