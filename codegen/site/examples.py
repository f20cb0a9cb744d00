"""One PDU of each type and one item of each type, as bytes: those that the tester of `dulcimer check` would send."""

from __future__ import annotations

from functools import cache

from dulcimer._generated.codes import (
    AbortReason,
    AbortSource,
    ItemType,
    PduType,
    RejectReasonUser,
    RejectResult,
    RejectSource,
)
from dulcimer._generated.commands import CEchoRq
from dulcimer.conformance.stimuli.requests import CONTEXT_ID, VERIFICATION, Titles
from dulcimer.fuzz.corpus.associations import (
    SUB_ITEMS_OF_ACCEPTANCE,
    SUB_ITEMS_OF_REQUEST,
    acceptance_of_tester,
    request_of_tester,
)
from dulcimer.fuzz.corpus.messages import message_pdu
from dulcimer.wire.codec import encode
from dulcimer.wire.fieldmap import Field, field_map
from dulcimer.wire.model import Abort, AssociateRj, ReleaseRp, ReleaseRq


@cache
def example_of_pdu(kind: PduType, abort_source: int | None = None) -> tuple[Field, ...]:
    """The fields of a PDU of this type; `abort_source` is the Source of an A-ABORT, by default the service-provider."""
    return field_map(_bytes(kind, abort_source))


def _bytes(kind: PduType, abort_source: int | None) -> bytes:
    match kind:
        case PduType.A_ASSOCIATE_RQ:
            return request_of_tester(Titles())
        case PduType.A_ASSOCIATE_AC:
            return acceptance_of_tester(Titles())
        case PduType.A_ASSOCIATE_RJ:
            rejected = RejectResult.REJECTED_PERMANENT, RejectSource.UL_SERVICE_USER
            return encode(AssociateRj(*rejected, RejectReasonUser.CALLED_AE_TITLE_NOT_RECOGNIZED))
        case PduType.P_DATA_TF:
            return message_pdu(CONTEXT_ID, CEchoRq(affected_sop_class_uid=VERIFICATION, message_id=1))
        case PduType.A_RELEASE_RQ:
            return encode(ReleaseRq())
        case PduType.A_RELEASE_RP:
            return encode(ReleaseRp())
        case PduType.A_ABORT:
            source = AbortSource.SERVICE_PROVIDER if abort_source is None else abort_source
            from_user = source == AbortSource.SERVICE_USER
            return encode(Abort(source, 0 if from_user else AbortReason.UNEXPECTED_PDU))


@cache
def example_of_item(kind: ItemType | None) -> tuple[Field, ...]:
    """The fields of an item of this type as it stands in a PDU; of a presentation data value if None."""
    if kind is None:
        return _within(example_of_pdu(PduType.P_DATA_TF), "item_length")
    titles = Titles()
    for pdu in (
        request_of_tester(titles, *SUB_ITEMS_OF_REQUEST),
        acceptance_of_tester(titles, *SUB_ITEMS_OF_ACCEPTANCE),
    ):
        found = _within(field_map(pdu), "item_type", kind)
        if found:
            return found
    raise LookupError(f"no example has an item {kind:02X}H")


def _within(fields: tuple[Field, ...], first: str, value: int | None = None) -> tuple[Field, ...]:
    """The fields of the first item that begins with a field of this name, and this value unless it is None."""
    start = next((one for one in fields if one.name == first and value in (None, one.value)), None)
    if start is None:
        return ()
    inside = start.path.removesuffix(first)
    return tuple(one for one in fields if one.path.startswith(inside))
