"""What the tester sends: PDUs as the standard wants them, and as the cases distort them."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace

from dulcimer._generated.codes import APPLICATION_CONTEXT_NAME, PduType
from dulcimer._generated.commands import ELEMENTS, NO_DATA_SET, CommandField
from dulcimer._generated.conformance import Echo, Request, Stimulus
from dulcimer.acse.negotiation import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from dulcimer.wire.codec import encode
from dulcimer.wire.fieldmap import field_map
from dulcimer.wire.model import (
    Abort,
    AbstractSyntax,
    ApplicationContext,
    AssociateAc,
    AssociateRj,
    AssociateRq,
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    PDataTf,
    Pdu,
    PresentationContextAc,
    PresentationContextRq,
    PresentationDataValue,
    ReleaseRp,
    ReleaseRq,
    SyntaxSubItem,
    TransferSyntax,
    UnknownItem,
    UserDataSubItem,
    UserInformation,
    VariableItem,
)

VERIFICATION = "1.2.840.10008.1.1"
IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2"
MAXIMUM_LENGTH = 16384
CONTEXT_ID = 1

_UNKNOWN_TOP, _UNKNOWN_IN_CONTEXT, _UNKNOWN_IN_USER = 0x60, 0x45, 0x5F
_COMMAND, _LAST = 1, 2
_AE_TITLE_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Titles:
    """AE titles of the tester's requests."""

    calling: str = "DULCIMER"
    called: str = "ANY-SCP"


def associate_rq(titles: Titles, request: Request | None = None, maximum_length: int = MAXIMUM_LENGTH) -> AssociateRq:
    """The usual A-ASSOCIATE-RQ for Verification, with the peculiarities of `request` that are values."""
    request = request or Request()
    names = (APPLICATION_CONTEXT_NAME,) if request.application_context is None else request.application_context
    user: dict[str, UserDataSubItem] = {
        "maximum-length": MaximumLength(maximum_length),
        "class-uid": ImplementationClassUid(IMPLEMENTATION_CLASS_UID),
        "version-name": ImplementationVersionName(IMPLEMENTATION_VERSION_NAME),
    }
    user_data = [user[name] for name in request.user or user]
    if "user" in request.unknown:
        user_data.append(UnknownItem(_UNKNOWN_IN_USER, b"dulcimer"))
    items: list[VariableItem] = [
        *map(ApplicationContext, names),
        *_contexts(request),
        UserInformation(tuple(user_data)),
    ]
    if "top" in request.unknown:
        items.append(UnknownItem(_UNKNOWN_TOP, b"dulcimer"))
    return AssociateRq(
        called_ae_title=_title(titles.called, request.pad_ae_titles),
        calling_ae_title="" if request.blank_ae_title else _title(titles.calling, request.pad_ae_titles),
        variable_items=tuple(items),
        protocol_version=request.protocol_version,
        reserved_43_74=bytes.fromhex(request.reserved_43_74) or bytes(32),
    )


def _title(title: str, pad: bool) -> str:
    """The title, moved to the end of its 16 bytes if `pad` and if it leaves room for a space."""
    return title.rjust(_AE_TITLE_LENGTH) if pad else title


def _contexts(request: Request) -> list[PresentationContextRq]:
    extra = (UnknownItem(_UNKNOWN_IN_CONTEXT, b"dulcimer"),) if "context" in request.unknown else ()
    if request.context_count:
        return [
            PresentationContextRq.of(2 * number + 1, VERIFICATION, IMPLICIT_VR_LITTLE_ENDIAN)
            for number in range(request.context_count)
        ]
    if request.contexts is None:
        usual = PresentationContextRq.of(CONTEXT_ID, VERIFICATION, IMPLICIT_VR_LITTLE_ENDIAN)
        return [PresentationContextRq(CONTEXT_ID, (*usual.sub_items, *extra))]
    found = []
    for context in request.contexts:
        syntaxes: tuple[SyntaxSubItem, ...] = (
            *map(AbstractSyntax, context.abstract),
            *map(TransferSyntax, context.transfer),
            *extra,
        )
        found.append(PresentationContextRq(context.id, syntaxes))
    return found


def request_bytes(titles: Titles, request: Request, maximum_length: int = MAXIMUM_LENGTH) -> bytes:
    """The bytes of an A-ASSOCIATE-RQ with all its peculiarities."""
    pdu = associate_rq(titles, request, maximum_length)
    overrides = dict(request.overwrite or {})
    if request.shift:
        usual = {field.path: field.value for field in field_map(encode(pdu))}
        for path, by in request.shift.items():
            value = usual[path]
            assert isinstance(value, int), path
            overrides[path] = value + by
    data = encode(pdu, overrides) + bytes(request.append)
    return data[: request.keep or None]


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
    if stimulus.body is not None:
        data = data[:2] + struct.pack(">I", len(stimulus.body)) + bytes(stimulus.body)
    return data


def echo_command(echo: Echo) -> bytes:
    """The command set of a C-ECHO-RQ with the peculiarities of `echo`."""
    elements: dict[int, int | str] = {
        0x0002: VERIFICATION,
        0x0100: int(CommandField.C_ECHO_RQ),
        0x0110: echo.message_id,
        0x0800: NO_DATA_SET,
    }
    for values in (echo.command, echo.uids):
        elements.update({int(tag, 16): value for tag, value in (values or {}).items()})
    omitted = {int(tag, 16) for tag in echo.omit}
    body = b"".join(_element(tag, elements[tag]) for tag in sorted(elements) if tag not in omitted)
    return (b"" if 0 in omitted else _element(0, len(body) + echo.group_length)) + body


def _element(number: int, value: int | str) -> bytes:
    if isinstance(value, str):
        raw = value.encode("ascii")
        raw += b"\0" * (len(raw) % 2)
    else:
        raw = struct.pack("<I" if ELEMENTS[number].vr == "UL" else "<H", value)
    return struct.pack("<HHI", 0, number, len(raw)) + raw


def echo_pdus(echo: Echo, context_id: int) -> list[bytes]:
    """The P-DATA-TF PDUs of `echo.count` requests, with message IDs that count up."""
    found: list[bytes] = []
    for number in range(echo.count):
        command = echo_command(replace(echo, message_id=echo.message_id + number))
        size = echo.fragment or len(command)
        pieces = [command[start : start + size] for start in range(0, len(command), size)]
        if echo.empty_last:
            pieces.append(b"")
        values = [
            PresentationDataValue(
                echo.context or context_id,
                _COMMAND | (_LAST if index == len(pieces) - 1 else 0) | echo.header_bits,
                piece,
            )
            for index, piece in enumerate(pieces)
        ]
        groups = [tuple(values)] if echo.together else [(value,) for value in values]
        found += [encode(PDataTf(group), echo.overwrite or {}) for group in groups]
    return found
