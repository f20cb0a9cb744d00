"""The A-ASSOCIATE-RQ of the tester: the usual one, and the variations of the cases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dulcimer._generated.codes import APPLICATION_CONTEXT_NAME
from dulcimer._generated.conformance import RequestVariant
from dulcimer.wire.codec import encode
from dulcimer.wire.fieldmap import field_map
from dulcimer.wire.model import (
    AbstractSyntax,
    ApplicationContext,
    AssociateRq,
    AsynchronousOperationsWindow,
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    PresentationContextRq,
    ScpScuRoleSelection,
    SopClassCommonExtendedNegotiation,
    SopClassExtendedNegotiation,
    SyntaxSubItem,
    TransferSyntax,
    UnknownItem,
    UserDataSubItem,
    UserIdentity,
    UserInformation,
    VariableItem,
)

VERIFICATION = "1.2.840.10008.1.1"
IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2"
MAXIMUM_LENGTH = 16384
CONTEXT_ID = 1
SERVICE_CONTEXT_ID = 3
"""Of the context for the service that a case needs besides Verification."""

TESTER_CLASS_UID = "2.25.157204513902766134215850947362518403921"
TESTER_VERSION_NAME = "DULCIMER_CHECK"
"""The tester names another implementation than dulcimer's own stack, so that a peer that echoes the name is seen."""

_STORAGE_SERVICE_CLASS = "1.2.840.10008.4.2"
_STORAGE_INFORMATION = b"\x01\0\0\0\0\0"
"""Level of support 1, no digital signatures, no coercion (PS3.4 B.3.1.1)."""
_UNKNOWN_TOP, _UNKNOWN_IN_CONTEXT, _UNKNOWN_IN_USER = 0x60, 0x45, 0x5F
_AE_TITLE_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Titles:
    """AE titles of the tester's requests."""

    calling: str = "DULCIMER"
    called: str = "ANY-SCP"


def associate_rq(
    titles: Titles, request: RequestVariant | None = None, maximum_length: int = MAXIMUM_LENGTH, service: str = ""
) -> AssociateRq:
    """The usual A-ASSOCIATE-RQ for Verification, with the variations of `request` that are values.

    `service`: the UID of a SOP class that is also proposed.
    """
    request = request or RequestVariant()
    names = (APPLICATION_CONTEXT_NAME,) if request.application_context is None else request.application_context
    user = UserInformation(tuple(_user_data(request, maximum_length)))
    items: dict[str, list[VariableItem]] = {
        "application": [ApplicationContext(name) for name in names],
        "contexts": [*_contexts(request)],
        "user": [user] * request.user_items,
    }
    if service:
        items["contexts"].append(PresentationContextRq.of(SERVICE_CONTEXT_ID, service, IMPLICIT_VR_LITTLE_ENDIAN))
    ordered = [item for kind in request.order or items for item in items[kind]]
    if "top" in request.unknown:
        ordered.append(UnknownItem(_UNKNOWN_TOP, b"dulcimer"))
    return AssociateRq(
        called_ae_title="" if request.blank_called_title else _title(request.called or titles.called, request),
        calling_ae_title="" if request.blank_ae_title else _title(request.calling or titles.calling, request),
        variable_items=tuple(ordered),
        protocol_version=request.protocol_version,
        reserved_43_74=bytes.fromhex(request.reserved_43_74) or bytes(32),
    )


def _title(title: str, request: RequestVariant) -> str:
    """The title, padded as the request says if it is short enough."""
    if request.nul_pad_ae_titles:
        return title.ljust(_AE_TITLE_LENGTH, "\0")
    return title.rjust(_AE_TITLE_LENGTH) if request.pad_ae_titles else title


def _user_data(request: RequestVariant, maximum_length: int) -> Iterator[UserDataSubItem]:
    usual: dict[str, UserDataSubItem] = {
        "maximum-length": MaximumLength(maximum_length),
        "class-uid": ImplementationClassUid(request.class_uid or TESTER_CLASS_UID),
        "version-name": ImplementationVersionName(request.version_name or TESTER_VERSION_NAME),
    }
    for name in usual if request.user is None else request.user:
        yield usual[name]
    if request.window:
        yield AsynchronousOperationsWindow(*request.window)
    for role in request.roles:
        yield ScpScuRoleSelection(role.sop_class, role.scu, role.scp)
    for uid in request.extended:
        yield SopClassExtendedNegotiation(uid, _STORAGE_INFORMATION)
    for uid in request.common_extended:
        yield SopClassCommonExtendedNegotiation(uid, _STORAGE_SERVICE_CLASS)
    if request.identity is not None:
        identity = request.identity
        yield UserIdentity(identity.kind, identity.primary.encode(), identity.secondary.encode(), identity.response)
    if "user" in request.unknown:
        yield UnknownItem(_UNKNOWN_IN_USER, b"dulcimer")


def _contexts(request: RequestVariant) -> list[PresentationContextRq]:
    extra = (UnknownItem(_UNKNOWN_IN_CONTEXT, b"dulcimer"),) if "context" in request.unknown else ()
    if request.context_count:
        return [
            PresentationContextRq.of((2 * number + 1) & 0xFF, VERIFICATION, IMPLICIT_VR_LITTLE_ENDIAN)
            for number in range(request.context_count)
        ]
    if request.contexts is None:
        usual = PresentationContextRq.of(CONTEXT_ID, VERIFICATION, IMPLICIT_VR_LITTLE_ENDIAN)
        syntaxes: tuple[SyntaxSubItem, ...] = (*usual.sub_items, *extra)
        return [PresentationContextRq(CONTEXT_ID, syntaxes[::-1] if request.transfer_first else syntaxes)]
    found = []
    for context in request.contexts:
        abstract, transfer = map(AbstractSyntax, context.abstract), map(TransferSyntax, context.transfer)
        found.append(PresentationContextRq(context.id, (*abstract, *transfer, *extra)))
    return found


def request_bytes(
    titles: Titles, request: RequestVariant, maximum_length: int = MAXIMUM_LENGTH, service: str = ""
) -> bytes:
    """The bytes of an A-ASSOCIATE-RQ with all its variations."""
    pdu = associate_rq(titles, request, maximum_length, service)
    overrides: dict[str, Any] = dict(request.overwrite or {})
    if request.shift:
        usual = {field.path: field.value for field in field_map(encode(pdu))}
        for path, by in request.shift.items():
            value = usual[path]
            assert isinstance(value, int), path
            overrides[path] = value + by
    data = encode(pdu, overrides) + bytes(request.append)
    return data[: request.keep or None]
