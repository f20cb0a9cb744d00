"""DIMSE: command elements, messages and statuses (PS3.7 9.3, 10.3, Annexes C and E).

Generated from spec/ps3_7/ by `python -m codegen`: do not edit.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar


class CommandField(IntEnum):
    """Command Field (0000,0100), PS3.7 E.1."""

    C_STORE_RQ = 0x0001
    C_STORE_RSP = 0x8001
    C_FIND_RQ = 0x0020
    C_FIND_RSP = 0x8020
    C_GET_RQ = 0x0010
    C_GET_RSP = 0x8010
    C_MOVE_RQ = 0x0021
    C_MOVE_RSP = 0x8021
    C_ECHO_RQ = 0x0030
    C_ECHO_RSP = 0x8030
    C_CANCEL_RQ = 0x0FFF
    N_EVENT_REPORT_RQ = 0x0100
    N_EVENT_REPORT_RSP = 0x8100
    N_GET_RQ = 0x0110
    N_GET_RSP = 0x8110
    N_SET_RQ = 0x0120
    N_SET_RSP = 0x8120
    N_ACTION_RQ = 0x0130
    N_ACTION_RSP = 0x8130
    N_CREATE_RQ = 0x0140
    N_CREATE_RSP = 0x8140
    N_DELETE_RQ = 0x0150
    N_DELETE_RSP = 0x8150


class Priority(IntEnum):
    """Priority (0000,0700), PS3.7 E.1: not in numeric order."""

    LOW = 0x0002
    MEDIUM = 0x0000
    HIGH = 0x0001


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a command set; `attribute` is its keyword as a Python name."""

    tag: int
    keyword: str
    attribute: str
    name: str
    vr: str
    vm: str
    clause: str
    retired: bool


@dataclass(frozen=True, slots=True)
class MessageInfo:
    """A DIMSE message.

    `elements` are attribute, mark ("M", "U" or "C") and whether the value equals that of the request, in the
    order of the tags, without those that every message has. `data_set` is "M", "U", "C" or "none".
    `request` and `response` are command fields. `conditions` say when what is marked "C" is present.
    """

    name: str
    command_field: int
    elements: tuple[tuple[str, str, bool], ...]
    data_set: str
    data_set_name: str
    request: int | None
    response: int | None
    conditions: dict[str, str]
    clause: str


@dataclass(frozen=True, slots=True)
class StatusInfo:
    """A status of any service; `elements` of the response, or its data set, give details."""

    code: int
    meaning: str
    category: str
    elements: tuple[str, ...]
    in_data_set: bool
    clause: str


@dataclass(frozen=True, slots=True)
class StatusRange:
    """Statuses `first` to `last` of one service."""

    first: int
    last: int
    meaning: str
    category: str
    clause: str


@dataclass(frozen=True, slots=True)
class StatusClass:
    """A class of statuses: ranges of values, and whether such a response is the last one to its request."""

    name: str
    ranges: tuple[tuple[int, int], ...]
    final: bool
    clause: str


class MessageBase:
    """Base of the DIMSE messages."""

    __slots__ = ()

    command_field: ClassVar[int]
    info: ClassVar[MessageInfo]


NO_DATA_SET = 0x0101
"""Command Data Set Type (0000,0800) of a message without a data set (PS3.7 E.1)."""

ELEMENTS: dict[int, Element] = {
    0x00000000: Element(
        0x00000000,
        "CommandGroupLength",
        "command_group_length",
        "Command Group Length",
        "UL",
        "1",
        "PS3.7 E.1",
        False,
    ),
    0x00000002: Element(
        0x00000002,
        "AffectedSOPClassUID",
        "affected_sop_class_uid",
        "Affected SOP Class UID",
        "UI",
        "1",
        "PS3.7 E.1",
        False,
    ),
    0x00000003: Element(
        0x00000003,
        "RequestedSOPClassUID",
        "requested_sop_class_uid",
        "Requested SOP Class UID",
        "UI",
        "1",
        "PS3.7 E.1",
        False,
    ),
    0x00000100: Element(0x00000100, "CommandField", "command_field", "Command Field", "US", "1", "PS3.7 E.1", False),
    0x00000110: Element(0x00000110, "MessageID", "message_id", "Message ID", "US", "1", "PS3.7 E.1", False),
    0x00000120: Element(
        0x00000120,
        "MessageIDBeingRespondedTo",
        "message_id_being_responded_to",
        "Message ID Being Responded To",
        "US",
        "1",
        "PS3.7 E.1",
        False,
    ),
    0x00000600: Element(
        0x00000600,
        "MoveDestination",
        "move_destination",
        "Move Destination",
        "AE",
        "1",
        "PS3.7 E.1",
        False,
    ),
    0x00000700: Element(0x00000700, "Priority", "priority", "Priority", "US", "1", "PS3.7 E.1", False),
    0x00000800: Element(
        0x00000800,
        "CommandDataSetType",
        "command_data_set_type",
        "Command Data Set Type",
        "US",
        "1",
        "PS3.7 E.1",
        False,
    ),
    0x00000900: Element(0x00000900, "Status", "status", "Status", "US", "1", "PS3.7 E.1", False),
    0x00000901: Element(
        0x00000901,
        "OffendingElement",
        "offending_element",
        "Offending Element",
        "AT",
        "1-n",
        "PS3.7 E.1",
        False,
    ),
    0x00000902: Element(0x00000902, "ErrorComment", "error_comment", "Error Comment", "LO", "1", "PS3.7 E.1", False),
    0x00000903: Element(0x00000903, "ErrorID", "error_id", "Error ID", "US", "1", "PS3.7 E.1", False),
    0x00001000: Element(
        0x00001000,
        "AffectedSOPInstanceUID",
        "affected_sop_instance_uid",
        "Affected SOP Instance UID",
        "UI",
        "1",
        "PS3.7 E.1",
        False,
    ),
    0x00001001: Element(
        0x00001001,
        "RequestedSOPInstanceUID",
        "requested_sop_instance_uid",
        "Requested SOP Instance UID",
        "UI",
        "1",
        "PS3.7 E.1",
        False,
    ),
    0x00001002: Element(0x00001002, "EventTypeID", "event_type_id", "Event Type ID", "US", "1", "PS3.7 E.1", False),
    0x00001005: Element(
        0x00001005,
        "AttributeIdentifierList",
        "attribute_identifier_list",
        "Attribute Identifier List",
        "AT",
        "1-n",
        "PS3.7 E.1",
        False,
    ),
    0x00001008: Element(0x00001008, "ActionTypeID", "action_type_id", "Action Type ID", "US", "1", "PS3.7 E.1", False),
    0x00001020: Element(
        0x00001020,
        "NumberOfRemainingSuboperations",
        "number_of_remaining_suboperations",
        "Number of Remaining Sub-operations",
        "US",
        "1",
        "PS3.7 E.1",
        False,
    ),
    0x00001021: Element(
        0x00001021,
        "NumberOfCompletedSuboperations",
        "number_of_completed_suboperations",
        "Number of Completed Sub-operations",
        "US",
        "1",
        "PS3.7 E.1",
        False,
    ),
    0x00001022: Element(
        0x00001022,
        "NumberOfFailedSuboperations",
        "number_of_failed_suboperations",
        "Number of Failed Sub-operations",
        "US",
        "1",
        "PS3.7 E.1",
        False,
    ),
    0x00001023: Element(
        0x00001023,
        "NumberOfWarningSuboperations",
        "number_of_warning_suboperations",
        "Number of Warning Sub-operations",
        "US",
        "1",
        "PS3.7 E.1",
        False,
    ),
    0x00001030: Element(
        0x00001030,
        "MoveOriginatorApplicationEntityTitle",
        "move_originator_application_entity_title",
        "Move Originator Application Entity Title",
        "AE",
        "1",
        "PS3.7 E.1",
        False,
    ),
    0x00001031: Element(
        0x00001031,
        "MoveOriginatorMessageID",
        "move_originator_message_id",
        "Move Originator Message ID",
        "US",
        "1",
        "PS3.7 E.1",
        False,
    ),
    0x00000001: Element(
        0x00000001,
        "CommandLengthToEnd",
        "command_length_to_end",
        "Command Length to End",
        "UL",
        "1",
        "PS3.7 E.2",
        True,
    ),
    0x00000010: Element(
        0x00000010,
        "CommandRecognitionCode",
        "command_recognition_code",
        "Command Recognition Code",
        "SH",
        "1",
        "PS3.7 E.2",
        True,
    ),
    0x00000200: Element(0x00000200, "Initiator", "initiator", "Initiator", "AE", "1", "PS3.7 E.2", True),
    0x00000300: Element(0x00000300, "Receiver", "receiver", "Receiver", "AE", "1", "PS3.7 E.2", True),
    0x00000400: Element(0x00000400, "FindLocation", "find_location", "Find Location", "AE", "1", "PS3.7 E.2", True),
    0x00000850: Element(
        0x00000850,
        "NumberOfMatches",
        "number_of_matches",
        "Number of Matches",
        "US",
        "1",
        "PS3.7 E.2",
        True,
    ),
    0x00000860: Element(
        0x00000860,
        "ResponseSequenceNumber",
        "response_sequence_number",
        "Response Sequence Number",
        "US",
        "1",
        "PS3.7 E.2",
        True,
    ),
    0x00004000: Element(
        0x00004000,
        "DialogReceiver",
        "dialog_receiver",
        "Dialog Receiver",
        "LT",
        "1",
        "PS3.7 E.2",
        True,
    ),
    0x00004010: Element(0x00004010, "TerminalType", "terminal_type", "Terminal Type", "LT", "1", "PS3.7 E.2", True),
    0x00005010: Element(0x00005010, "MessageSetID", "message_set_id", "Message Set ID", "SH", "1", "PS3.7 E.2", True),
    0x00005020: Element(0x00005020, "EndMessageID", "end_message_id", "End Message ID", "SH", "1", "PS3.7 E.2", True),
    0x00005110: Element(0x00005110, "DisplayFormat", "display_format", "Display Format", "LT", "1", "PS3.7 E.2", True),
    0x00005120: Element(
        0x00005120,
        "PagePositionID",
        "page_position_id",
        "Page Position ID",
        "LT",
        "1",
        "PS3.7 E.2",
        True,
    ),
    0x00005130: Element(0x00005130, "TextFormatID", "text_format_id", "Text Format ID", "CS", "1", "PS3.7 E.2", True),
    0x00005140: Element(0x00005140, "NormalReverse", "normal_reverse", "Normal/Reverse", "CS", "1", "PS3.7 E.2", True),
    0x00005150: Element(0x00005150, "AddGrayScale", "add_gray_scale", "Add Gray Scale", "CS", "1", "PS3.7 E.2", True),
    0x00005160: Element(0x00005160, "Borders", "borders", "Borders", "CS", "1", "PS3.7 E.2", True),
    0x00005170: Element(0x00005170, "Copies", "copies", "Copies", "IS", "1", "PS3.7 E.2", True),
    0x00005180: Element(
        0x00005180,
        "CommandMagnificationType",
        "command_magnification_type",
        "Command Magnification Type",
        "CS",
        "1",
        "PS3.7 E.2",
        True,
    ),
    0x00005190: Element(0x00005190, "Erase", "erase", "Erase", "CS", "1", "PS3.7 E.2", True),
    0x000051A0: Element(0x000051A0, "Print", "print", "Print", "CS", "1", "PS3.7 E.2", True),
    0x000051B0: Element(0x000051B0, "Overlays", "overlays", "Overlays", "US", "1-n", "PS3.7 E.2", True),
}

MESSAGES: dict[int, MessageInfo] = {
    0x0001: MessageInfo(
        "C-STORE-RQ",
        0x0001,
        (
            ("affected_sop_class_uid", "M", False),
            ("message_id", "M", False),
            ("priority", "M", False),
            ("affected_sop_instance_uid", "M", False),
            ("move_originator_application_entity_title", "U", False),
            ("move_originator_message_id", "U", False),
        ),
        "M",
        "Data Set",
        None,
        0x8001,
        {},
        "PS3.7 Table 9.3-1",
    ),
    0x8001: MessageInfo(
        "C-STORE-RSP",
        0x8001,
        (
            ("affected_sop_class_uid", "U", True),
            ("message_id_being_responded_to", "M", False),
            ("status", "M", False),
            ("affected_sop_instance_uid", "U", True),
        ),
        "none",
        "",
        0x0001,
        None,
        {},
        "PS3.7 Table 9.3-2",
    ),
    0x0020: MessageInfo(
        "C-FIND-RQ",
        0x0020,
        (("affected_sop_class_uid", "M", False), ("message_id", "M", False), ("priority", "M", False)),
        "M",
        "Identifier",
        None,
        0x8020,
        {},
        "PS3.7 Table 9.3-3",
    ),
    0x8020: MessageInfo(
        "C-FIND-RSP",
        0x8020,
        (("affected_sop_class_uid", "U", True), ("message_id_being_responded_to", "M", False), ("status", "M", False)),
        "C",
        "Identifier",
        0x0020,
        None,
        {"data_set": "Present if and only if the status is Pending."},
        "PS3.7 Table 9.3-4",
    ),
    0x0010: MessageInfo(
        "C-GET-RQ",
        0x0010,
        (("affected_sop_class_uid", "M", False), ("message_id", "M", False), ("priority", "M", False)),
        "M",
        "Identifier",
        None,
        0x8010,
        {},
        "PS3.7 Table 9.3-6",
    ),
    0x8010: MessageInfo(
        "C-GET-RSP",
        0x8010,
        (
            ("affected_sop_class_uid", "U", True),
            ("message_id_being_responded_to", "M", False),
            ("status", "M", False),
            ("number_of_remaining_suboperations", "C", False),
            ("number_of_completed_suboperations", "C", False),
            ("number_of_failed_suboperations", "C", False),
            ("number_of_warning_suboperations", "C", False),
        ),
        "U",
        "Identifier",
        0x0010,
        None,
        {
            "number_of_remaining_suboperations": "Required if the status is Pending.",
            "number_of_completed_suboperations": "Required if the status is Pending.",
            "number_of_failed_suboperations": "Required if the status is Pending.",
            "number_of_warning_suboperations": "Required if the status is Pending.",
        },
        "PS3.7 Table 9.3-7",
    ),
    0x0021: MessageInfo(
        "C-MOVE-RQ",
        0x0021,
        (
            ("affected_sop_class_uid", "M", False),
            ("message_id", "M", False),
            ("move_destination", "M", False),
            ("priority", "M", False),
        ),
        "M",
        "Identifier",
        None,
        0x8021,
        {},
        "PS3.7 Table 9.3-9",
    ),
    0x8021: MessageInfo(
        "C-MOVE-RSP",
        0x8021,
        (
            ("affected_sop_class_uid", "U", True),
            ("message_id_being_responded_to", "M", False),
            ("status", "M", False),
            ("number_of_remaining_suboperations", "C", False),
            ("number_of_completed_suboperations", "C", False),
            ("number_of_failed_suboperations", "C", False),
            ("number_of_warning_suboperations", "C", False),
        ),
        "U",
        "Identifier",
        0x0021,
        None,
        {
            "number_of_remaining_suboperations": "Required if the status is Pending.",
            "number_of_completed_suboperations": "Required if the status is Pending.",
            "number_of_failed_suboperations": "Required if the status is Pending.",
            "number_of_warning_suboperations": "Required if the status is Pending.",
        },
        "PS3.7 Table 9.3-10",
    ),
    0x0030: MessageInfo(
        "C-ECHO-RQ",
        0x0030,
        (("affected_sop_class_uid", "M", False), ("message_id", "M", False)),
        "none",
        "",
        None,
        0x8030,
        {},
        "PS3.7 Table 9.3-12",
    ),
    0x8030: MessageInfo(
        "C-ECHO-RSP",
        0x8030,
        (("affected_sop_class_uid", "U", True), ("message_id_being_responded_to", "M", False), ("status", "M", False)),
        "none",
        "",
        0x0030,
        None,
        {},
        "PS3.7 Table 9.3-13",
    ),
    0x0FFF: MessageInfo(
        "C-CANCEL-RQ",
        0x0FFF,
        (("message_id_being_responded_to", "M", False),),
        "none",
        "",
        None,
        None,
        {},
        "PS3.7 Table 9.3-5",
    ),
    0x0100: MessageInfo(
        "N-EVENT-REPORT-RQ",
        0x0100,
        (
            ("affected_sop_class_uid", "M", False),
            ("message_id", "M", False),
            ("affected_sop_instance_uid", "M", False),
            ("event_type_id", "M", False),
        ),
        "U",
        "Event Information",
        None,
        0x8100,
        {},
        "PS3.7 Table 10.3-1",
    ),
    0x8100: MessageInfo(
        "N-EVENT-REPORT-RSP",
        0x8100,
        (
            ("affected_sop_class_uid", "U", True),
            ("message_id_being_responded_to", "M", False),
            ("status", "M", False),
            ("affected_sop_instance_uid", "U", True),
            ("event_type_id", "C", True),
        ),
        "C",
        "Event Reply",
        0x0100,
        None,
        {"event_type_id": "Required if there is an Event Reply.", "data_set": "Only if the status is Success."},
        "PS3.7 Table 10.3-2",
    ),
    0x0110: MessageInfo(
        "N-GET-RQ",
        0x0110,
        (
            ("requested_sop_class_uid", "M", False),
            ("message_id", "M", False),
            ("requested_sop_instance_uid", "M", False),
            ("attribute_identifier_list", "U", False),
        ),
        "none",
        "",
        None,
        0x8110,
        {},
        "PS3.7 Table 10.3-3",
    ),
    0x8110: MessageInfo(
        "N-GET-RSP",
        0x8110,
        (
            ("affected_sop_class_uid", "U", False),
            ("message_id_being_responded_to", "M", False),
            ("status", "M", False),
            ("affected_sop_instance_uid", "U", False),
        ),
        "C",
        "Attribute List",
        0x0110,
        None,
        {"data_set": "Required if the status is Success."},
        "PS3.7 Table 10.3-4",
    ),
    0x0120: MessageInfo(
        "N-SET-RQ",
        0x0120,
        (
            ("requested_sop_class_uid", "M", False),
            ("message_id", "M", False),
            ("requested_sop_instance_uid", "M", False),
        ),
        "M",
        "Modification List",
        None,
        0x8120,
        {},
        "PS3.7 Table 10.3-5",
    ),
    0x8120: MessageInfo(
        "N-SET-RSP",
        0x8120,
        (
            ("affected_sop_class_uid", "U", False),
            ("message_id_being_responded_to", "M", False),
            ("status", "M", False),
            ("affected_sop_instance_uid", "U", False),
        ),
        "U",
        "Attribute List",
        0x0120,
        None,
        {},
        "PS3.7 Table 10.3-6",
    ),
    0x0130: MessageInfo(
        "N-ACTION-RQ",
        0x0130,
        (
            ("requested_sop_class_uid", "M", False),
            ("message_id", "M", False),
            ("requested_sop_instance_uid", "M", False),
            ("action_type_id", "M", False),
        ),
        "U",
        "Action Information",
        None,
        0x8130,
        {},
        "PS3.7 Table 10.3-7",
    ),
    0x8130: MessageInfo(
        "N-ACTION-RSP",
        0x8130,
        (
            ("affected_sop_class_uid", "U", False),
            ("message_id_being_responded_to", "M", False),
            ("status", "M", False),
            ("affected_sop_instance_uid", "U", False),
            ("action_type_id", "C", True),
        ),
        "C",
        "Action Reply",
        0x0130,
        None,
        {"action_type_id": "Required if there is an Action Reply.", "data_set": "Only if the status is Success."},
        "PS3.7 Table 10.3-8",
    ),
    0x0140: MessageInfo(
        "N-CREATE-RQ",
        0x0140,
        (("affected_sop_class_uid", "M", False), ("message_id", "M", False), ("affected_sop_instance_uid", "U", False)),
        "U",
        "Attribute List",
        None,
        0x8140,
        {},
        "PS3.7 Table 10.3-9",
    ),
    0x8140: MessageInfo(
        "N-CREATE-RSP",
        0x8140,
        (
            ("affected_sop_class_uid", "U", True),
            ("message_id_being_responded_to", "M", False),
            ("status", "M", False),
            ("affected_sop_instance_uid", "C", False),
        ),
        "U",
        "Attribute List",
        0x0140,
        None,
        {"affected_sop_instance_uid": "Required if the status is Success and the request had none."},
        "PS3.7 Table 10.3-10",
    ),
    0x0150: MessageInfo(
        "N-DELETE-RQ",
        0x0150,
        (
            ("requested_sop_class_uid", "M", False),
            ("message_id", "M", False),
            ("requested_sop_instance_uid", "M", False),
        ),
        "none",
        "",
        None,
        0x8150,
        {},
        "PS3.7 Table 10.3-11",
    ),
    0x8150: MessageInfo(
        "N-DELETE-RSP",
        0x8150,
        (
            ("affected_sop_class_uid", "U", False),
            ("message_id_being_responded_to", "M", False),
            ("status", "M", False),
            ("affected_sop_instance_uid", "U", False),
        ),
        "none",
        "",
        0x0150,
        None,
        {},
        "PS3.7 Table 10.3-12",
    ),
}

STATUS_CLASSES: dict[str, StatusClass] = {
    "Success": StatusClass("Success", ((0x0000, 0x0000),), True, "PS3.7 C.1"),
    "Pending": StatusClass("Pending", ((0xFF00, 0xFF00), (0xFF01, 0xFF01)), False, "PS3.7 C.2"),
    "Cancel": StatusClass("Cancel", ((0xFE00, 0xFE00),), True, "PS3.7 C.3"),
    "Warning": StatusClass(
        "Warning",
        ((0x0001, 0x0001), (0x0107, 0x0107), (0x0116, 0x0116), (0xB000, 0xBFFF)),
        True,
        "PS3.7 C.4",
    ),
    "Failure": StatusClass(
        "Failure",
        ((0x0100, 0x0106), (0x0108, 0x0115), (0x0117, 0x01FF), (0x0200, 0x02FF), (0xA000, 0xAFFF), (0xC000, 0xCFFF)),
        True,
        "PS3.7 C.5",
    ),
}

STATUSES: dict[int, StatusInfo] = {
    0x0000: StatusInfo(0x0000, "success", "Success", (), False, "PS3.7 C.1"),
    0x0105: StatusInfo(0x0105, "no such attribute", "Failure", ("attribute_identifier_list",), False, "PS3.7 C.5"),
    0x0106: StatusInfo(0x0106, "invalid attribute value", "Failure", (), True, "PS3.7 C.5"),
    0x0107: StatusInfo(
        0x0107,
        "attribute list error",
        "Warning",
        ("affected_sop_class_uid", "affected_sop_instance_uid", "attribute_identifier_list"),
        False,
        "PS3.7 C.4",
    ),
    0x0110: StatusInfo(
        0x0110,
        "processing failure",
        "Failure",
        ("affected_sop_class_uid", "error_comment", "error_id", "affected_sop_instance_uid"),
        False,
        "PS3.7 C.5",
    ),
    0x0111: StatusInfo(0x0111, "duplicate SOP instance", "Failure", ("affected_sop_instance_uid",), False, "PS3.7 C.5"),
    0x0112: StatusInfo(0x0112, "no such SOP instance", "Failure", ("affected_sop_instance_uid",), False, "PS3.7 C.5"),
    0x0113: StatusInfo(
        0x0113,
        "no such event type",
        "Failure",
        ("affected_sop_class_uid", "event_type_id"),
        False,
        "PS3.7 C.5",
    ),
    0x0114: StatusInfo(
        0x0114,
        "no such argument",
        "Failure",
        ("affected_sop_class_uid", "event_type_id", "action_type_id"),
        False,
        "PS3.7 C.5",
    ),
    0x0115: StatusInfo(
        0x0115,
        "invalid argument value",
        "Failure",
        ("affected_sop_class_uid", "affected_sop_instance_uid", "event_type_id", "action_type_id"),
        True,
        "PS3.7 C.5",
    ),
    0x0116: StatusInfo(0x0116, "attribute value out of range", "Warning", (), True, "PS3.7 C.4"),
    0x0117: StatusInfo(0x0117, "invalid SOP instance", "Failure", ("affected_sop_instance_uid",), False, "PS3.7 C.5"),
    0x0118: StatusInfo(0x0118, "no such SOP class", "Failure", ("affected_sop_class_uid",), False, "PS3.7 C.5"),
    0x0119: StatusInfo(
        0x0119,
        "class-instance conflict",
        "Failure",
        ("affected_sop_class_uid", "affected_sop_instance_uid"),
        False,
        "PS3.7 C.5",
    ),
    0x0120: StatusInfo(0x0120, "missing attribute", "Failure", ("attribute_identifier_list",), False, "PS3.7 C.5"),
    0x0121: StatusInfo(0x0121, "missing attribute value", "Failure", (), True, "PS3.7 C.5"),
    0x0122: StatusInfo(0x0122, "refused: SOP class not supported", "Failure", ("error_comment",), False, "PS3.7 C.5"),
    0x0123: StatusInfo(
        0x0123,
        "no such action type",
        "Failure",
        ("affected_sop_class_uid", "action_type_id"),
        False,
        "PS3.7 C.5",
    ),
    0x0124: StatusInfo(0x0124, "refused: not authorized", "Failure", ("error_comment",), False, "PS3.7 C.5"),
    0x0210: StatusInfo(0x0210, "duplicate invocation", "Failure", (), False, "PS3.7 C.5"),
    0x0211: StatusInfo(0x0211, "unrecognized operation", "Failure", (), False, "PS3.7 C.5"),
    0x0212: StatusInfo(0x0212, "mistyped argument", "Failure", (), False, "PS3.7 C.5"),
    0x0213: StatusInfo(0x0213, "resource limitation", "Failure", (), False, "PS3.7 C.5"),
    0xFE00: StatusInfo(0xFE00, "cancelled", "Cancel", (), False, "PS3.7 C.3"),
}

SERVICE_STATUSES: dict[str, tuple[StatusRange, ...]] = {
    "C-ECHO": (
        StatusRange(0x0000, 0x0000, "success", "Success", "PS3.7 9.1.5.1.4"),
        StatusRange(0x0122, 0x0122, "refused: SOP class not supported", "Failure", "PS3.7 9.1.5.1.4"),
        StatusRange(0x0210, 0x0210, "duplicate invocation", "Failure", "PS3.7 9.1.5.1.4"),
        StatusRange(0x0211, 0x0211, "unrecognized operation", "Failure", "PS3.7 9.1.5.1.4"),
        StatusRange(0x0212, 0x0212, "mistyped argument", "Failure", "PS3.7 9.1.5.1.4"),
    ),
    "C-STORE": (
        StatusRange(0x0000, 0x0000, "success", "Success", "PS3.4 B.2.3"),
        StatusRange(0xA700, 0xA7FF, "refused: out of resources", "Failure", "PS3.4 B.2.3"),
        StatusRange(0xA900, 0xA9FF, "data set does not match SOP class", "Failure", "PS3.4 B.2.3"),
        StatusRange(0xC000, 0xCFFF, "cannot understand", "Failure", "PS3.4 B.2.3"),
        StatusRange(0xB000, 0xB000, "coercion of data elements", "Warning", "PS3.4 B.2.3"),
        StatusRange(0xB006, 0xB006, "elements discarded", "Warning", "PS3.4 B.2.3"),
        StatusRange(0xB007, 0xB007, "data set does not match SOP class", "Warning", "PS3.4 B.2.3"),
    ),
    "C-FIND": (
        StatusRange(0x0000, 0x0000, "matching is complete", "Success", "PS3.4 C.4.1.1.4"),
        StatusRange(0xA700, 0xA700, "refused: out of resources", "Failure", "PS3.4 C.4.1.1.4"),
        StatusRange(0xA900, 0xA900, "identifier does not match SOP class", "Failure", "PS3.4 C.4.1.1.4"),
        StatusRange(0xC000, 0xCFFF, "unable to process", "Failure", "PS3.4 C.4.1.1.4"),
        StatusRange(0xFE00, 0xFE00, "matching ended by cancel", "Cancel", "PS3.4 C.4.1.1.4"),
        StatusRange(
            0xFF00,
            0xFF00,
            "a match; optional keys were supported in the same way as required keys",
            "Pending",
            "PS3.4 C.4.1.1.4",
        ),
        StatusRange(
            0xFF01,
            0xFF01,
            "a match; one or more optional keys were not supported",
            "Pending",
            "PS3.4 C.4.1.1.4",
        ),
    ),
    "C-GET": (
        StatusRange(0x0000, 0x0000, "sub-operations complete, no failures or warnings", "Success", "PS3.4 C.4.3.1.4"),
        StatusRange(
            0xA701,
            0xA701,
            "refused: out of resources, unable to calculate the number of matches",
            "Failure",
            "PS3.4 C.4.3.1.4",
        ),
        StatusRange(
            0xA702,
            0xA702,
            "refused: out of resources, unable to perform sub-operations",
            "Failure",
            "PS3.4 C.4.3.1.4",
        ),
        StatusRange(0xA900, 0xA900, "identifier does not match SOP class", "Failure", "PS3.4 C.4.3.1.4"),
        StatusRange(0xC000, 0xCFFF, "unable to process", "Failure", "PS3.4 C.4.3.1.4"),
        StatusRange(
            0xB000,
            0xB000,
            "sub-operations complete, one or more failures or warnings",
            "Warning",
            "PS3.4 C.4.3.1.4",
        ),
        StatusRange(0xFE00, 0xFE00, "sub-operations ended by cancel", "Cancel", "PS3.4 C.4.3.1.4"),
        StatusRange(0xFF00, 0xFF00, "sub-operations continue", "Pending", "PS3.4 C.4.3.1.4"),
    ),
    "C-MOVE": (
        StatusRange(0x0000, 0x0000, "sub-operations complete, no failures or warnings", "Success", "PS3.4 C.4.2.1.5"),
        StatusRange(
            0xA701,
            0xA701,
            "refused: out of resources, unable to calculate the number of matches",
            "Failure",
            "PS3.4 C.4.2.1.5",
        ),
        StatusRange(
            0xA702,
            0xA702,
            "refused: out of resources, unable to perform sub-operations",
            "Failure",
            "PS3.4 C.4.2.1.5",
        ),
        StatusRange(0xA801, 0xA801, "refused: move destination unknown", "Failure", "PS3.4 C.4.2.1.5"),
        StatusRange(0xA900, 0xA900, "identifier does not match SOP class", "Failure", "PS3.4 C.4.2.1.5"),
        StatusRange(0xC000, 0xCFFF, "unable to process", "Failure", "PS3.4 C.4.2.1.5"),
        StatusRange(
            0xB000,
            0xB000,
            "sub-operations complete, one or more failures or warnings",
            "Warning",
            "PS3.4 C.4.2.1.5",
        ),
        StatusRange(0xFE00, 0xFE00, "sub-operations ended by cancel", "Cancel", "PS3.4 C.4.2.1.5"),
        StatusRange(0xFF00, 0xFF00, "sub-operations continue", "Pending", "PS3.4 C.4.2.1.5"),
    ),
    "N-GET": (
        StatusRange(0x0001, 0x0001, "requested optional attributes are not supported", "Warning", "PS3.4 Annex F"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CStoreRq(MessageBase):
    """C-STORE-RQ (PS3.7 Table 9.3-1)."""

    command_field = 0x0001
    info = MESSAGES[0x0001]
    affected_sop_class_uid: str
    message_id: int
    priority: int
    affected_sop_instance_uid: str
    move_originator_application_entity_title: str | None = None
    move_originator_message_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CStoreRsp(MessageBase):
    """C-STORE-RSP (PS3.7 Table 9.3-2)."""

    command_field = 0x8001
    info = MESSAGES[0x8001]
    affected_sop_class_uid: str | None = None
    message_id_being_responded_to: int
    status: int
    affected_sop_instance_uid: str | None = None
    offending_element: tuple[int, ...] | None = None
    error_comment: str | None = None
    error_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CFindRq(MessageBase):
    """C-FIND-RQ (PS3.7 Table 9.3-3)."""

    command_field = 0x0020
    info = MESSAGES[0x0020]
    affected_sop_class_uid: str
    message_id: int
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CFindRsp(MessageBase):
    """C-FIND-RSP (PS3.7 Table 9.3-4)."""

    command_field = 0x8020
    info = MESSAGES[0x8020]
    affected_sop_class_uid: str | None = None
    message_id_being_responded_to: int
    status: int
    offending_element: tuple[int, ...] | None = None
    error_comment: str | None = None
    error_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CGetRq(MessageBase):
    """C-GET-RQ (PS3.7 Table 9.3-6)."""

    command_field = 0x0010
    info = MESSAGES[0x0010]
    affected_sop_class_uid: str
    message_id: int
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CGetRsp(MessageBase):
    """C-GET-RSP (PS3.7 Table 9.3-7)."""

    command_field = 0x8010
    info = MESSAGES[0x8010]
    affected_sop_class_uid: str | None = None
    message_id_being_responded_to: int
    status: int
    number_of_remaining_suboperations: int | None = None
    number_of_completed_suboperations: int | None = None
    number_of_failed_suboperations: int | None = None
    number_of_warning_suboperations: int | None = None
    offending_element: tuple[int, ...] | None = None
    error_comment: str | None = None
    error_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CMoveRq(MessageBase):
    """C-MOVE-RQ (PS3.7 Table 9.3-9)."""

    command_field = 0x0021
    info = MESSAGES[0x0021]
    affected_sop_class_uid: str
    message_id: int
    move_destination: str
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CMoveRsp(MessageBase):
    """C-MOVE-RSP (PS3.7 Table 9.3-10)."""

    command_field = 0x8021
    info = MESSAGES[0x8021]
    affected_sop_class_uid: str | None = None
    message_id_being_responded_to: int
    status: int
    number_of_remaining_suboperations: int | None = None
    number_of_completed_suboperations: int | None = None
    number_of_failed_suboperations: int | None = None
    number_of_warning_suboperations: int | None = None
    offending_element: tuple[int, ...] | None = None
    error_comment: str | None = None
    error_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CEchoRq(MessageBase):
    """C-ECHO-RQ (PS3.7 Table 9.3-12)."""

    command_field = 0x0030
    info = MESSAGES[0x0030]
    affected_sop_class_uid: str
    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CEchoRsp(MessageBase):
    """C-ECHO-RSP (PS3.7 Table 9.3-13)."""

    command_field = 0x8030
    info = MESSAGES[0x8030]
    affected_sop_class_uid: str | None = None
    message_id_being_responded_to: int
    status: int
    offending_element: tuple[int, ...] | None = None
    error_comment: str | None = None
    error_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CCancelRq(MessageBase):
    """C-CANCEL-RQ (PS3.7 Table 9.3-5)."""

    command_field = 0x0FFF
    info = MESSAGES[0x0FFF]
    message_id_being_responded_to: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NEventReportRq(MessageBase):
    """N-EVENT-REPORT-RQ (PS3.7 Table 10.3-1)."""

    command_field = 0x0100
    info = MESSAGES[0x0100]
    affected_sop_class_uid: str
    message_id: int
    affected_sop_instance_uid: str
    event_type_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NEventReportRsp(MessageBase):
    """N-EVENT-REPORT-RSP (PS3.7 Table 10.3-2)."""

    command_field = 0x8100
    info = MESSAGES[0x8100]
    affected_sop_class_uid: str | None = None
    message_id_being_responded_to: int
    status: int
    affected_sop_instance_uid: str | None = None
    event_type_id: int | None = None
    offending_element: tuple[int, ...] | None = None
    error_comment: str | None = None
    error_id: int | None = None
    attribute_identifier_list: tuple[int, ...] | None = None
    action_type_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NGetRq(MessageBase):
    """N-GET-RQ (PS3.7 Table 10.3-3)."""

    command_field = 0x0110
    info = MESSAGES[0x0110]
    requested_sop_class_uid: str
    message_id: int
    requested_sop_instance_uid: str
    attribute_identifier_list: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NGetRsp(MessageBase):
    """N-GET-RSP (PS3.7 Table 10.3-4)."""

    command_field = 0x8110
    info = MESSAGES[0x8110]
    affected_sop_class_uid: str | None = None
    message_id_being_responded_to: int
    status: int
    affected_sop_instance_uid: str | None = None
    offending_element: tuple[int, ...] | None = None
    error_comment: str | None = None
    error_id: int | None = None
    attribute_identifier_list: tuple[int, ...] | None = None
    event_type_id: int | None = None
    action_type_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NSetRq(MessageBase):
    """N-SET-RQ (PS3.7 Table 10.3-5)."""

    command_field = 0x0120
    info = MESSAGES[0x0120]
    requested_sop_class_uid: str
    message_id: int
    requested_sop_instance_uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NSetRsp(MessageBase):
    """N-SET-RSP (PS3.7 Table 10.3-6)."""

    command_field = 0x8120
    info = MESSAGES[0x8120]
    affected_sop_class_uid: str | None = None
    message_id_being_responded_to: int
    status: int
    affected_sop_instance_uid: str | None = None
    offending_element: tuple[int, ...] | None = None
    error_comment: str | None = None
    error_id: int | None = None
    attribute_identifier_list: tuple[int, ...] | None = None
    event_type_id: int | None = None
    action_type_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NActionRq(MessageBase):
    """N-ACTION-RQ (PS3.7 Table 10.3-7)."""

    command_field = 0x0130
    info = MESSAGES[0x0130]
    requested_sop_class_uid: str
    message_id: int
    requested_sop_instance_uid: str
    action_type_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NActionRsp(MessageBase):
    """N-ACTION-RSP (PS3.7 Table 10.3-8)."""

    command_field = 0x8130
    info = MESSAGES[0x8130]
    affected_sop_class_uid: str | None = None
    message_id_being_responded_to: int
    status: int
    affected_sop_instance_uid: str | None = None
    action_type_id: int | None = None
    offending_element: tuple[int, ...] | None = None
    error_comment: str | None = None
    error_id: int | None = None
    attribute_identifier_list: tuple[int, ...] | None = None
    event_type_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NCreateRq(MessageBase):
    """N-CREATE-RQ (PS3.7 Table 10.3-9)."""

    command_field = 0x0140
    info = MESSAGES[0x0140]
    affected_sop_class_uid: str
    message_id: int
    affected_sop_instance_uid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NCreateRsp(MessageBase):
    """N-CREATE-RSP (PS3.7 Table 10.3-10)."""

    command_field = 0x8140
    info = MESSAGES[0x8140]
    affected_sop_class_uid: str | None = None
    message_id_being_responded_to: int
    status: int
    affected_sop_instance_uid: str | None = None
    offending_element: tuple[int, ...] | None = None
    error_comment: str | None = None
    error_id: int | None = None
    attribute_identifier_list: tuple[int, ...] | None = None
    event_type_id: int | None = None
    action_type_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NDeleteRq(MessageBase):
    """N-DELETE-RQ (PS3.7 Table 10.3-11)."""

    command_field = 0x0150
    info = MESSAGES[0x0150]
    requested_sop_class_uid: str
    message_id: int
    requested_sop_instance_uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NDeleteRsp(MessageBase):
    """N-DELETE-RSP (PS3.7 Table 10.3-12)."""

    command_field = 0x8150
    info = MESSAGES[0x8150]
    affected_sop_class_uid: str | None = None
    message_id_being_responded_to: int
    status: int
    affected_sop_instance_uid: str | None = None
    offending_element: tuple[int, ...] | None = None
    error_comment: str | None = None
    error_id: int | None = None
    attribute_identifier_list: tuple[int, ...] | None = None
    event_type_id: int | None = None
    action_type_id: int | None = None


MESSAGE_CLASSES: dict[int, type[MessageBase]] = {
    0x0001: CStoreRq,
    0x8001: CStoreRsp,
    0x0020: CFindRq,
    0x8020: CFindRsp,
    0x0010: CGetRq,
    0x8010: CGetRsp,
    0x0021: CMoveRq,
    0x8021: CMoveRsp,
    0x0030: CEchoRq,
    0x8030: CEchoRsp,
    0x0FFF: CCancelRq,
    0x0100: NEventReportRq,
    0x8100: NEventReportRsp,
    0x0110: NGetRq,
    0x8110: NGetRsp,
    0x0120: NSetRq,
    0x8120: NSetRsp,
    0x0130: NActionRq,
    0x8130: NActionRsp,
    0x0140: NCreateRq,
    0x8140: NCreateRsp,
    0x0150: NDeleteRq,
    0x8150: NDeleteRsp,
}
"""The class of each command field."""


def status_category(code: int) -> str:
    """The name of the class of a status, "Unknown" for a value that is not to be used (PS3.7 Annex C)."""
    for status_class in STATUS_CLASSES.values():
        for first, last in status_class.ranges:
            if first <= code <= last:
                return status_class.name
    return "Unknown"


def status_meaning(code: int, service: str = "") -> str:
    """What a status means, to a service such as "C-STORE" if it is given; "" if the standard does not say."""
    for known in SERVICE_STATUSES.get(service, ()):
        if known.first <= code <= known.last:
            return known.meaning
    return STATUSES[code].meaning if code in STATUSES else ""
