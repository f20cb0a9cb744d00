"""DIMSE messages by hand: mutable command sets, P-DATA out and in, the same bytes as pynetdicom's."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer import dimse_messages, dimse_primitives, pdu_primitives
from dulcimer._generated.commands import MESSAGES, CommandField
from dulcimer.dimse_messages import C_ECHO_RQ, C_FIND_RSP, C_STORE_RQ, N_GET_RQ, DIMSEMessage
from dulcimer.errors import DIMSEProcessingError

VALUES: dict[str, Any] = {
    "ActionTypeID": 3,
    "AffectedSOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
    "AffectedSOPInstanceUID": "1.2.3.4",
    "AttributeIdentifierList": [0x00100010, 0x00100020],
    "ErrorComment": "too much",
    "EventTypeID": 4,
    "MessageID": 7,
    "MessageIDBeingRespondedTo": 8,
    "MoveDestination": "THERE",
    "MoveOriginatorApplicationEntityTitle": "WHO",
    "MoveOriginatorMessageID": 9,
    "NumberOfCompletedSuboperations": 1,
    "NumberOfFailedSuboperations": 2,
    "NumberOfRemainingSuboperations": 3,
    "NumberOfWarningSuboperations": 4,
    "Priority": 1,
    "RequestedSOPClassUID": "1.2.840.10008.5.1.4.1.1.4",
    "RequestedSOPInstanceUID": "1.2.3.5",
    "Status": 0xFF00,
}
UNKNOWN_COMMAND = "00000001 02000000 3400 00000008 02000000 0101"
NAMES = sorted(field.name for field in CommandField)


def primitive_of(library: Any, name: str, data: bytes | None) -> Any:
    """The primitive of a message with every value that it may have."""
    made = getattr(library, name.removesuffix("_RQ").removesuffix("_RSP"))()
    elements = {element.replace("_", "").lower() for element, _, _ in MESSAGES[CommandField[name]].elements}
    for keyword, value in VALUES.items():
        if keyword.lower() in elements and hasattr(made, keyword):
            setattr(made, keyword, value)
    keyword = MESSAGES[CommandField[name]].data_set_name.replace(" ", "")
    if keyword and data is not None:
        setattr(made, keyword, BytesIO(data))
    return made


def told(primitive: Any, name: str) -> dict[str, Any]:
    """The values of a primitive, without a priority that only its request has."""
    values = {keyword: getattr(primitive, keyword) for keyword in primitive.parameters}
    if name.endswith("_RSP"):
        values.pop("Priority", None)
    return {keyword: value.getvalue() if isinstance(value, BytesIO) else value for keyword, value in values.items()}


def sent(messages: Any, primitives: Any, name: str, data: bytes | None, length: int) -> list[list[tuple[int, bytes]]]:
    message = getattr(messages, name)()
    message.primitive_to_message(primitive_of(primitives, name, data))
    return [
        [(number, bytes(octets)) for number, octets in p_data.presentation_data_value_list]
        for p_data in message.encode_msg(5, length)
    ]


def received(parts: list[list[tuple[int, bytes]]]) -> DIMSEMessage:
    message = DIMSEMessage()
    for number, part in enumerate(parts, 1):
        p_data = pdu_primitives.P_DATA()
        p_data.presentation_data_value_list = [list(value) for value in part]
        assert message.decode_msg(p_data) == (number == len(parts))
    return message


def test_there_is_a_class_for_each_message() -> None:
    found = {name for name, value in vars(dimse_messages).items() if getattr(value, "info", None) is not None}
    assert found == set(NAMES)
    assert len(found) == 23


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("length", [0, 32, 16382])
def test_message_goes_out_as_p_data_and_comes_back(name: str, length: int) -> None:
    data = b"\x08\x00\x05\x00\x0a\x00\x00\x00ISO_IR 100" * 3
    parts = sent(dimse_messages, dimse_primitives, name, data, length)
    assert length == 0 or all(sum(6 + len(octets) - 1 for _, octets in part) <= length for part in parts)
    message = received(parts)
    assert type(message) is getattr(dimse_messages, name)
    assert message.context_id == 5
    assert told(message.message_to_primitive(), name) == told(primitive_of(dimse_primitives, name, data), name)
    assert message.command_set.CommandField == CommandField[name]
    command = b"".join(octets[1:] for part in parts for _, octets in part if octets[0] & 1)
    assert message.encoded_command_set.getvalue() == command
    has_data = bool(MESSAGES[CommandField[name]].data_set_name)
    assert (message.data_set.getvalue() if message.data_set else b"") == (data if has_data else b"")


@pytest.mark.peer("pynetdicom")
@pytest.mark.parametrize("name", NAMES)
def test_bytes_are_those_of_pynetdicom(name: str) -> None:
    from pynetdicom import dimse_messages as their_messages
    from pynetdicom import dimse_primitives as their_primitives

    for data in (b"\x08\x00\x05\x00\x0a\x00\x00\x00ISO_IR 100", None):
        theirs = sent(their_messages, their_primitives, name, data, 0)
        assert sent(dimse_messages, dimse_primitives, name, data, 0) == theirs
        ours = received(theirs).message_to_primitive()
        assert told(ours, name) == told(primitive_of(dimse_primitives, name, data), name)


@given(st.binary(max_size=200), st.integers(8, 80))
def test_any_data_set_comes_back_padded_to_an_even_length(data: bytes, length: int) -> None:
    message = received(sent(dimse_messages, dimse_primitives, "C_STORE_RQ", data, length))
    assert message.data_set is not None
    assert message.data_set.getvalue() == data + b"\0" * (len(data) % 2)


def test_command_set_of_a_new_message_has_every_element_and_may_be_filled_in_by_hand() -> None:
    message = C_ECHO_RQ()
    assert [element.keyword for element in message.command_set] == [
        "CommandGroupLength",
        "AffectedSOPClassUID",
        "CommandField",
        "MessageID",
        "CommandDataSetType",
    ]
    with pytest.raises(ValueError, match="C-ECHO-RQ needs Affected SOP Class UID, Message ID"):
        list(message.encode_msg(1, 0))
    message.command_set.AffectedSOPClassUID = "1.2.840.10008.1.1"
    message.command_set.MessageID = 12
    (p_data,) = message.encode_msg(1, 0)
    assert received([p_data.presentation_data_value_list]).command_set.MessageID == 12  # type: ignore[list-item]  # lists in place of tuples, as pynetdicom has them


def test_single_tag_stays_a_tag() -> None:
    request = dimse_primitives.N_GET()
    request.AttributeIdentifierList = (0x0010, 0x0010)
    assert request.AttributeIdentifierList == 0x00100010
    request.MessageID, request.RequestedSOPClassUID, request.RequestedSOPInstanceUID = 1, "1.2", "1.3"
    message = N_GET_RQ()
    message.primitive_to_message(request)
    (p_data,) = message.encode_msg(1, 0)
    back = received([p_data.presentation_data_value_list])  # type: ignore[list-item]  # lists in place of tuples, as pynetdicom has them
    assert back.message_to_primitive().AttributeIdentifierList == 0x00100010
    request.AttributeIdentifierList = []
    assert request.AttributeIdentifierList is None


def test_what_is_no_message_is_refused() -> None:
    assert DIMSEMessage().decode_msg(None) is False
    for step in (lambda message: message.message_to_primitive(), lambda message: list(message.encode_msg(1, 0))):
        with pytest.raises(ValueError, match="has no type"):
            step(DIMSEMessage())
    p_data = pdu_primitives.P_DATA()
    p_data.presentation_data_value_list = [[1, b"\x03" + bytes.fromhex(UNKNOWN_COMMAND)]]
    with pytest.raises(DIMSEProcessingError, match="not defined"):
        DIMSEMessage().decode_msg(p_data)
    with pytest.raises(ValueError, match="too short"):
        sent(dimse_messages, dimse_primitives, "C_ECHO_RQ", None, 7)
    response = C_FIND_RSP()
    response.data_set = None
    response.command_set.MessageIDBeingRespondedTo, response.command_set.Status = 1, 0
    assert received([p.presentation_data_value_list for p in response.encode_msg(1, 0)]).data_set is not None  # type: ignore[misc]  # lists in place of tuples, as pynetdicom has them
    assert isinstance(C_STORE_RQ(), DIMSEMessage)
