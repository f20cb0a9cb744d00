"""PDUs that the tester sends: by their names, and for the stimuli of the cells."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from dulcimer._generated.codes import PduType
from dulcimer._generated.conformance import Echo, Stimulus
from dulcimer.conformance.model.seen import pdu_name
from dulcimer.conformance.stimuli.dimse import echo_command, echo_pdus
from dulcimer.conformance.stimuli.requests import (
    CONTEXT_ID,
    IMPLICIT_VR_LITTLE_ENDIAN,
    MAXIMUM_LENGTH,
    VERIFICATION,
    Titles,
    associate_rq,
    request_bytes,
)
from dulcimer.wire.codec import encode
from dulcimer.wire.model import (
    Abort,
    AssociateAc,
    AssociateRj,
    PDataTf,
    Pdu,
    PresentationContextAc,
    PresentationDataValue,
    ReleaseRp,
    ReleaseRq,
)

__all__ = [
    "CONTEXT_ID",
    "IMPLICIT_VR_LITTLE_ENDIAN",
    "MAXIMUM_LENGTH",
    "VERIFICATION",
    "Titles",
    "associate_rq",
    "echo_command",
    "echo_pdus",
    "plain_pdu",
    "request_bytes",
    "stimulus_bytes",
    "stimulus_label",
    "with_body",
]

_COMMAND, _LAST = 1, 2


def plain_pdu(name: str, titles: Titles, fields: Mapping[str, int] | None = None) -> Pdu:
    """A well-formed PDU by its name; `fields` are values of an A-ABORT or A-ASSOCIATE-RJ."""
    fields = fields or {}
    match name:
        case PduType.A_ASSOCIATE_RQ.label:
            return associate_rq(titles)
        case PduType.A_ASSOCIATE_AC.label:
            request = associate_rq(titles)
            answer = PresentationContextAc.of(CONTEXT_ID, 0, IMPLICIT_VR_LITTLE_ENDIAN)
            kept = (request.variable_items[0], answer, request.variable_items[-1])
            return AssociateAc(request.called_ae_title, request.calling_ae_title, kept)
        case PduType.A_ASSOCIATE_RJ.label:
            return AssociateRj(fields.get("result", 1), fields.get("source", 1), fields.get("reason", 1))
        case PduType.P_DATA_TF.label:
            value = PresentationDataValue(CONTEXT_ID, _COMMAND | _LAST, echo_command(Echo()))
            return PDataTf((value,))
        case PduType.A_RELEASE_RQ.label:
            return ReleaseRq()
        case PduType.A_RELEASE_RP.label:
            return ReleaseRp()
        case PduType.A_ABORT.label:
            return Abort(fields.get("source", 0), fields.get("reason", 0))
        case _:
            raise ValueError(f"{name!r} is not the name of a PDU")


def stimulus_bytes(stimulus: Stimulus, titles: Titles) -> bytes:
    """The bytes of a stimulus that is a PDU."""
    data = encode(plain_pdu(stimulus.pdu, titles, stimulus.fields), stimulus.overwrite or {})
    return with_body(data, stimulus.body)


def stimulus_label(stimulus: Stimulus) -> str:
    """The label of a stimulus that is a PDU, by its type on the wire."""
    name = pdu_name(stimulus_bytes(stimulus, Titles()))
    return f"{name} ({stimulus.variant})" if stimulus.variant else name


def with_body(data: bytes, body: Sequence[int] | None) -> bytes:
    """A PDU with other bytes after its header and the length to match; unchanged if `body` is None."""
    return data if body is None else data[:2] + struct.pack(">I", len(body)) + bytes(body)
