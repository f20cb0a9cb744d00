"""What the tester answers a requestor: PDUs made from what the peer has sent, correct and distorted."""

from __future__ import annotations

from dataclasses import dataclass
from struct import pack_into

from dulcimer._generated.codes import APPLICATION_CONTEXT_NAME, UserIdentityType
from dulcimer._generated.commands import ELEMENTS, MESSAGE_CLASSES, MESSAGES, CommandField
from dulcimer._generated.conformance import Echo
from dulcimer._generated.requestor import AcceptanceVariant, Response
from dulcimer.conformance.stimuli.messages import CONTEXT_ID, IMPLICIT_VR_LITTLE_ENDIAN, VERIFICATION, echo_command
from dulcimer.conformance.stimuli.requests import TESTER_CLASS_UID, TESTER_VERSION_NAME
from dulcimer.dimse import command_set
from dulcimer.dimse.command_set import CommandSet
from dulcimer.wire.codec import encode
from dulcimer.wire.fieldmap import field_map
from dulcimer.wire.model import (
    ApplicationContext,
    AssociateAc,
    AssociateRq,
    AsynchronousOperationsWindow,
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    PDataTf,
    PresentationContextAc,
    PresentationDataValue,
    ScpScuRoleSelection,
    SopClassCommonExtendedNegotiation,
    TransferSyntax,
    UnknownItem,
    UserDataSubItem,
    UserIdentity,
    UserIdentityResponse,
    UserInformation,
    VariableItem,
)

_UNKNOWN_TOP, _UNKNOWN_IN_CONTEXT, _UNKNOWN_IN_USER = 0x60, 0x45, 0x5F
_COMMAND, _LAST = 1, 2
_RESPONSE = 0x8000
_ECHOED = slice(10, 74)
_COMMAND_FIELD = next(tag for tag, element in ELEMENTS.items() if element.attribute == "command_field")
_VALUE = 8
"""Offset of the value in an element of a command set, in bytes."""
_PDV_HEADER = 6
_NO_SYNTAX = "none"
_CREATED_UID = "2.25.96061923178313171"
_UNASKED: dict[int, UserDataSubItem] = {
    item.item_type: item
    for item in (
        AsynchronousOperationsWindow(1, 1),
        ScpScuRoleSelection(VERIFICATION, 1, 0),
        SopClassCommonExtendedNegotiation(VERIFICATION, VERIFICATION),
        UserIdentity(UserIdentityType(1), b"nobody"),
        UserIdentityResponse(),
    )
}


@dataclass(frozen=True, slots=True)
class DimseRequest:
    """A complete DIMSE request of the peer, and the context it came on."""

    context_id: int
    command: CommandSet

    @classmethod
    def echo(cls) -> DimseRequest:
        """A C-ECHO-RQ that nobody has sent, for a response without a request."""
        return cls(CONTEXT_ID, command_set.decode(echo_command(Echo())))

    @property
    def wants_response(self) -> bool:
        """Whether a response can be made: it is a request of PS3.7, but not a C-CANCEL-RQ."""
        number = self.command.command_field
        return number is not None and number | _RESPONSE in MESSAGES and not number & _RESPONSE


def acceptance_bytes(request: AssociateRq, data: bytes, how: AcceptanceVariant, maximum_length: int) -> bytes:
    """The A-ASSOCIATE-AC that answers a request, whose bytes are `data`, with the variations of `how`."""
    names = (APPLICATION_CONTEXT_NAME,) if how.application_context is None else how.application_context
    unknown = UnknownItem(_UNKNOWN_TOP, b"dulcimer")
    user = _user_information(request, how, maximum_length)
    contexts = _contexts(request, how)
    tail: tuple[VariableItem, ...] = (user, *contexts) if how.user_first else (*contexts, user)
    extra = (unknown,) if "top" in how.unknown else ()
    pdu = AssociateAc(
        request.called_ae_title,
        request.calling_ae_title,
        (*map(ApplicationContext, names), *tail, *extra),
        protocol_version=how.protocol_version,
    )
    overrides = dict(how.overwrite or {})
    if how.shift:
        usual = {leaf.path: leaf.value for leaf in field_map(encode(pdu))}
        for path, by in how.shift.items():
            value = usual[path]
            assert isinstance(value, int), path
            overrides[path] = value + by
    answer = bytearray(encode(pdu, overrides))
    answer[_ECHOED] = data[_ECHOED] if how.echo else b"\xa5" * (_ECHOED.stop - _ECHOED.start)
    if how.reserved:
        for leaf in field_map(bytes(answer)):
            if leaf.kind == "reserved" and not _ECHOED.start <= leaf.offset < _ECHOED.stop:
                answer[leaf.offset : leaf.offset + leaf.size] = b"\xff" * leaf.size
    answer += bytes(how.append)
    return bytes(answer[: how.keep or None])


def _contexts(request: AssociateRq, how: AcceptanceVariant) -> list[PresentationContextAc]:
    if not how.contexts:
        return []
    sub_item = (UnknownItem(_UNKNOWN_IN_CONTEXT, b"dulcimer"),) if "context" in how.unknown else ()
    found = []
    for context in request.presentation_contexts:
        proposed = context.transfer_syntaxes[:1] or (IMPLICIT_VR_LITTLE_ENDIAN,)
        names = () if how.syntax == _NO_SYNTAX else (how.syntax,) if how.syntax else proposed
        syntaxes = (*map(TransferSyntax, names), *sub_item)
        found.append(PresentationContextAc(context.presentation_context_id, how.result, syntaxes))
    if how.twice:
        found += found[:1]
    if how.extra:
        found.append(PresentationContextAc.of(how.extra, 0, IMPLICIT_VR_LITTLE_ENDIAN))
    return found[::-1] if how.reverse else found


def _user_information(request: AssociateRq, how: AcceptanceVariant, maximum_length: int) -> UserInformation:
    usual: dict[str, UserDataSubItem] = {
        "maximum-length": MaximumLength(maximum_length),
        "class-uid": ImplementationClassUid(TESTER_CLASS_UID),
        "version-name": ImplementationVersionName(TESTER_VERSION_NAME),
    }
    items = [usual[name] for name in how.user or usual]
    items += request.user_information.all(ScpScuRoleSelection)
    if any(identity.positive_response_requested for identity in request.user_information.all(UserIdentity)):
        items.append(UserIdentityResponse())
    items += [_UNASKED[number] for number in how.unasked]
    if "user" in how.unknown:
        items.append(UnknownItem(_UNKNOWN_IN_USER, b"dulcimer"))
    return UserInformation(tuple(items))


def response_bytes(request: DimseRequest, how: Response, limit: int) -> bytes:
    """The P-DATA-TF PDUs, none longer than `limit` bytes (0: no limit), of the response to a request."""
    command = _response(request, how)
    size = how.fragment or len(command)
    if limit:
        size = max(2, min(size, (limit - _PDV_HEADER) & ~1))
    pieces = [command[start : start + size] for start in range(0, len(command), size)]
    if how.empty_last:
        pieces.append(b"")
    context_id = request.context_id + how.context & 0xFF
    values = [
        PresentationDataValue(
            context_id, _COMMAND | (_LAST if number == len(pieces) - 1 else 0) | how.header_bits, piece
        )
        for number, piece in enumerate(pieces)
    ]
    groups = [tuple(values)] if how.together else [(value,) for value in values]
    overrides = {"reserved_2": how.reserved} if how.reserved else {}
    return b"".join(encode(PDataTf(group), overrides) for group in groups)


def _response(request: DimseRequest, how: Response) -> bytes:
    command = request.command
    number = (command.command_field or 0) | _RESPONSE
    given: dict[str, object] = {
        "message_id_being_responded_to": (command.value("message_id") or 0) + how.message_id & 0xFFFF,
        "status": how.status,
    }
    attributes = {attribute for attribute, _, _ in MESSAGES[number].elements}
    for kind in ("class", "instance"):
        attribute = f"affected_sop_{kind}_uid"
        value = command.value(attribute) or command.value(f"requested_sop_{kind}_uid")
        if kind == "instance" and value is None and command.command_field == CommandField.N_CREATE_RQ:
            value = _CREATED_UID  # N-CREATE-RSP names the instance if the request did not
        if attribute in attributes and value is not None and not how.plain:
            given[attribute] = value
    data = bytearray(command_set.encode(MESSAGE_CLASSES[number](**given), has_data_set=False))
    if how.command_field:
        offset = next(offset for tag, offset, _, _ in command_set.elements(data) if tag == _COMMAND_FIELD)
        pack_into("<H", data, offset + _VALUE, how.command_field)
    if how.group_length:
        pack_into("<I", data, _VALUE, len(data) - _VALUE - 4 + how.group_length)
    return bytes(data)


class Requests:
    """Collects requests from the P-DATA-TF PDUs of the peer: a request is complete once its data set has arrived."""

    def __init__(self) -> None:
        self._begun: DimseRequest | None = None

    def add(self, pdu: PDataTf, command: CommandSet | None) -> DimseRequest | None:
        """The request that this PDU completes; `command` is the command set that it completes."""
        found: DimseRequest | None = None
        for value in pdu.presentation_data_value_items:
            if not value.is_last:
                continue
            if value.is_command and command is not None:
                self._begun = DimseRequest(value.presentation_context_id, command)
                if command.has_data_set is not False:
                    continue
            if self._begun is not None:
                found, self._begun = self._begun, None
        return found
