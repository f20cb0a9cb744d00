"""What the users of both ends ask for, and PDUs that are sent by mistake: all of one C-ECHO, with made-up names."""

from __future__ import annotations

from typing import TypeVar

from dulcimer._generated.codes import PduType
from dulcimer._generated.commands import CEchoRq, CEchoRsp
from dulcimer._generated.fsm import Events
from dulcimer.conformance.stimuli.messages import CONTEXT_ID, VERIFICATION, Titles, plain_pdu
from dulcimer.dimse import command_set
from dulcimer.fsm.primitives import (
    AbortRequest,
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    PDataRequest,
    ReleaseRequest,
    ReleaseResponse,
    Request,
)
from dulcimer.learn.play.moves import JUNK
from dulcimer.trace.records import REQUESTOR
from dulcimer.wire.codec import encode
from dulcimer.wire.model import AssociateAc, AssociateRj, AssociateRq, PDataTf, PresentationDataValue

_Pdu = TypeVar("_Pdu")
TITLES = Titles("SCANNER", "ARCHIVE")
_WHOLE_COMMAND = 3
_JUNK = bytes((0xFF, 0, 0, 0, 0, 4)) + bytes(4)


def primitive_of(event: Events, end: str) -> Request:
    """The request or response that the user of this end issues."""
    match event:
        case Events.EVT_1:
            return AssociateRequest(_pdu(PduType.A_ASSOCIATE_RQ, AssociateRq))
        case Events.EVT_7:
            return AssociateAccept(_pdu(PduType.A_ASSOCIATE_AC, AssociateAc))
        case Events.EVT_8:
            return AssociateReject(_pdu(PduType.A_ASSOCIATE_RJ, AssociateRj))
        case Events.EVT_9:
            return PDataRequest(((CONTEXT_ID, _WHOLE_COMMAND, _message(end)),))
        case Events.EVT_11:
            return ReleaseRequest()
        case Events.EVT_14:
            return ReleaseResponse()
        case _:
            return AbortRequest()


def planted_bytes(name: str, end: str) -> bytes:
    """The bytes of a PDU that this end sends by mistake."""
    if name == JUNK:
        return _JUNK
    if name == PduType.P_DATA_TF.label:
        return encode(PDataTf((PresentationDataValue(CONTEXT_ID, _WHOLE_COMMAND, _message(end)),)))
    return encode(plain_pdu(name, TITLES))


def _message(end: str) -> bytes:
    """A C-ECHO-RQ of the requestor, a C-ECHO-RSP of the acceptor."""
    if end == REQUESTOR:
        return command_set.encode(CEchoRq(affected_sop_class_uid=VERIFICATION, message_id=1), has_data_set=False)
    answer = CEchoRsp(affected_sop_class_uid=VERIFICATION, message_id_being_responded_to=1, status=0)
    return command_set.encode(answer, has_data_set=False)


def _pdu(kind: PduType, wanted: type[_Pdu]) -> _Pdu:
    found = plain_pdu(kind.label, TITLES)
    assert isinstance(found, wanted)
    return found
