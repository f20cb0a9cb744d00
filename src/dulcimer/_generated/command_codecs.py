"""The command sets of the messages (PS3.7 6.3.1) as plain `struct` code, which the data path uses.

Generated from spec/ps3_7/ by `python -m codegen`: do not edit.

Whatever does not have the usual form is left to `dulcimer.dimse.command_set`, which also says what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from struct import Struct
from typing import Any

from dulcimer._generated.commands import (
    CCancelRq,
    CEchoRq,
    CEchoRsp,
    CFindRq,
    CFindRsp,
    CGetRq,
    CGetRsp,
    CMoveRq,
    CMoveRsp,
    CStoreRq,
    CStoreRsp,
    NActionRq,
    NActionRsp,
    NCreateRq,
    NCreateRsp,
    NDeleteRq,
    NDeleteRsp,
    NEventReportRq,
    NEventReportRsp,
    NGetRq,
    NGetRsp,
    NSetRq,
    NSetRsp,
)

_LENGTH = Struct("<8sI")
_START = Struct("<8sIII")
_ELEMENT = Struct("<HHI")
_NUMBERS_1 = Struct("<8sH")
_NUMBERS_2 = Struct("<8sH8sH")
_NUMBERS_3 = Struct("<8sH8sH8sH")
_NUMBERS_4 = Struct("<8sH8sH8sH8sH")
_GROUP_LENGTH = b"\x00\x00\x00\x00\x04\x00\x00\x00"
_TAG_0100 = b"\x00\x00\x00\x01\x02\x00\x00\x00"
_TAG_0110 = b"\x00\x00\x10\x01\x02\x00\x00\x00"
_TAG_0120 = b"\x00\x00\x20\x01\x02\x00\x00\x00"
_TAG_0700 = b"\x00\x00\x00\x07\x02\x00\x00\x00"
_TAG_0800 = b"\x00\x00\x00\x08\x02\x00\x00\x00"
_TAG_0900 = b"\x00\x00\x00\x09\x02\x00\x00\x00"
_TAG_0903 = b"\x00\x00\x03\x09\x02\x00\x00\x00"
_TAG_1002 = b"\x00\x00\x02\x10\x02\x00\x00\x00"
_TAG_1008 = b"\x00\x00\x08\x10\x02\x00\x00\x00"
_TAG_1020 = b"\x00\x00\x20\x10\x02\x00\x00\x00"
_TAG_1021 = b"\x00\x00\x21\x10\x02\x00\x00\x00"
_TAG_1022 = b"\x00\x00\x22\x10\x02\x00\x00\x00"
_TAG_1023 = b"\x00\x00\x23\x10\x02\x00\x00\x00"
_TAG_1031 = b"\x00\x00\x31\x10\x02\x00\x00\x00"
_CLASS_UIDS = {0x00020000, 0x00030000}
_UIDS = {0x1000, 0x1001}
_NUMBERS = {
    0x0100,
    0x0110,
    0x0120,
    0x0700,
    0x0800,
    0x0850,
    0x0860,
    0x0900,
    0x0903,
    0x1002,
    0x1008,
    0x1020,
    0x1021,
    0x1022,
    0x1023,
    0x1031,
}
_PLAIN_UID = re.compile(rb"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*\0?")
_LONGEST = 64
"""Longest text that is remembered: most come again and again."""


@lru_cache(maxsize=512)
def _uid_of(raw: bytes) -> str:
    """The UID in these bytes, "" for what has to be looked at more closely."""
    if len(raw) > _LONGEST or len(raw) % 2 or not _PLAIN_UID.fullmatch(raw):
        return ""
    return raw.rstrip(b"\0").decode("ascii")


def _text(tag: int, value: str, padding: bytes) -> bytes:
    raw = value.encode("latin-1")
    if len(raw) % 2:
        raw += padding
    return _ELEMENT.pack(0, tag, len(raw)) + raw


_remembered = lru_cache(maxsize=512)(_text)


def _known(tag: int, value: str, padding: bytes) -> bytes:
    return _remembered(tag, value, padding) if len(value) <= _LONGEST else _text(tag, value, padding)


def usual_values(raw: bytes) -> dict[int, Any] | None:
    """The values by tag, if the command set has the usual form and no deviation; None otherwise.

    The usual form is the group length, a SOP class UID or none, the numbers that the message must have, and then other
    numbers and UIDs, all in the order of their tags.
    """
    size = len(raw)
    if size < 20:
        return None
    opening, group_length, tag, length = _START.unpack_from(raw)
    if opening != _GROUP_LENGTH:
        return None
    values: dict[int, Any] = {0: group_length}
    position = 12
    if tag in _CLASS_UIDS:
        position = 20 + length
        if position > size or length > _LONGEST or not (uid := _uid_of(raw[20:position])):
            return None
        values[tag >> 16] = uid
    layout = _LAYOUTS.get(raw[position + 8 : position + 10])
    if layout is None:
        return None
    numbers, headers, tags = layout
    if position + numbers.size > size:
        return None
    found = numbers.unpack_from(raw, position)
    if found[::2] != headers:
        return None
    values.update(zip(tags, found[1::2], strict=True))
    position += numbers.size
    last = tags[-1]
    while position < size:
        start = position + 8
        if start > size:
            return None
        group, tag, length = _ELEMENT.unpack_from(raw, position)
        position = start + length
        if group or tag <= last or position > size or length > _LONGEST:
            return None
        if tag in _NUMBERS and length == 2:
            values[tag] = raw[start] | raw[start + 1] << 8
        elif tag in _UIDS and (uid := _uid_of(raw[start:position])):
            values[tag] = uid
        else:
            return None
        last = tag
    return values


def _encode_c_store_rq(message: CStoreRq, data_set_type: int) -> bytes:
    body = b"".join(
        (
            _known(0x0002, message.affected_sop_class_uid, b"\0"),
            _NUMBERS_4.pack(
                _TAG_0100,
                0x0001,
                _TAG_0110,
                message.message_id,
                _TAG_0700,
                message.priority,
                _TAG_0800,
                data_set_type,
            ),
            _text(0x1000, message.affected_sop_instance_uid, b"\0"),
            b""
            if message.move_originator_application_entity_title is None
            else _known(0x1030, message.move_originator_application_entity_title, b" "),
            b""
            if message.move_originator_message_id is None
            else _NUMBERS_1.pack(_TAG_1031, message.move_originator_message_id),
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body


def _encode_c_store_rsp(message: CStoreRsp, data_set_type: int) -> bytes:
    if message.offending_element is not None or message.error_comment is not None or message.error_id is not None:
        return b""
    body = b"".join(
        (
            b"" if message.affected_sop_class_uid is None else _known(0x0002, message.affected_sop_class_uid, b"\0"),
            _NUMBERS_4.pack(
                _TAG_0100,
                0x8001,
                _TAG_0120,
                message.message_id_being_responded_to,
                _TAG_0800,
                data_set_type,
                _TAG_0900,
                message.status,
            ),
            b""
            if message.affected_sop_instance_uid is None
            else _text(0x1000, message.affected_sop_instance_uid, b"\0"),
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body


def _encode_c_find_rq(message: CFindRq, data_set_type: int) -> bytes:
    body = b"".join(
        (
            _known(0x0002, message.affected_sop_class_uid, b"\0"),
            _NUMBERS_4.pack(
                _TAG_0100,
                0x0020,
                _TAG_0110,
                message.message_id,
                _TAG_0700,
                message.priority,
                _TAG_0800,
                data_set_type,
            ),
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body


def _encode_c_find_rsp(message: CFindRsp, data_set_type: int) -> bytes:
    if message.offending_element is not None or message.error_comment is not None or message.error_id is not None:
        return b""
    body = b"".join(
        (
            b"" if message.affected_sop_class_uid is None else _known(0x0002, message.affected_sop_class_uid, b"\0"),
            _NUMBERS_4.pack(
                _TAG_0100,
                0x8020,
                _TAG_0120,
                message.message_id_being_responded_to,
                _TAG_0800,
                data_set_type,
                _TAG_0900,
                message.status,
            ),
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body


def _encode_c_get_rq(message: CGetRq, data_set_type: int) -> bytes:
    body = b"".join(
        (
            _known(0x0002, message.affected_sop_class_uid, b"\0"),
            _NUMBERS_4.pack(
                _TAG_0100,
                0x0010,
                _TAG_0110,
                message.message_id,
                _TAG_0700,
                message.priority,
                _TAG_0800,
                data_set_type,
            ),
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body


def _encode_c_get_rsp(message: CGetRsp, data_set_type: int) -> bytes:
    if message.offending_element is not None or message.error_comment is not None or message.error_id is not None:
        return b""
    body = b"".join(
        (
            b"" if message.affected_sop_class_uid is None else _known(0x0002, message.affected_sop_class_uid, b"\0"),
            _NUMBERS_4.pack(
                _TAG_0100,
                0x8010,
                _TAG_0120,
                message.message_id_being_responded_to,
                _TAG_0800,
                data_set_type,
                _TAG_0900,
                message.status,
            ),
            b""
            if message.number_of_remaining_suboperations is None
            else _NUMBERS_1.pack(_TAG_1020, message.number_of_remaining_suboperations),
            b""
            if message.number_of_completed_suboperations is None
            else _NUMBERS_1.pack(_TAG_1021, message.number_of_completed_suboperations),
            b""
            if message.number_of_failed_suboperations is None
            else _NUMBERS_1.pack(_TAG_1022, message.number_of_failed_suboperations),
            b""
            if message.number_of_warning_suboperations is None
            else _NUMBERS_1.pack(_TAG_1023, message.number_of_warning_suboperations),
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body


def _encode_c_move_rq(message: CMoveRq, data_set_type: int) -> bytes:
    body = b"".join(
        (
            _known(0x0002, message.affected_sop_class_uid, b"\0"),
            _NUMBERS_2.pack(
                _TAG_0100,
                0x0021,
                _TAG_0110,
                message.message_id,
            ),
            _known(0x0600, message.move_destination, b" "),
            _NUMBERS_2.pack(
                _TAG_0700,
                message.priority,
                _TAG_0800,
                data_set_type,
            ),
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body


def _encode_c_move_rsp(message: CMoveRsp, data_set_type: int) -> bytes:
    if message.offending_element is not None or message.error_comment is not None or message.error_id is not None:
        return b""
    body = b"".join(
        (
            b"" if message.affected_sop_class_uid is None else _known(0x0002, message.affected_sop_class_uid, b"\0"),
            _NUMBERS_4.pack(
                _TAG_0100,
                0x8021,
                _TAG_0120,
                message.message_id_being_responded_to,
                _TAG_0800,
                data_set_type,
                _TAG_0900,
                message.status,
            ),
            b""
            if message.number_of_remaining_suboperations is None
            else _NUMBERS_1.pack(_TAG_1020, message.number_of_remaining_suboperations),
            b""
            if message.number_of_completed_suboperations is None
            else _NUMBERS_1.pack(_TAG_1021, message.number_of_completed_suboperations),
            b""
            if message.number_of_failed_suboperations is None
            else _NUMBERS_1.pack(_TAG_1022, message.number_of_failed_suboperations),
            b""
            if message.number_of_warning_suboperations is None
            else _NUMBERS_1.pack(_TAG_1023, message.number_of_warning_suboperations),
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body


def _encode_c_echo_rq(message: CEchoRq, data_set_type: int) -> bytes:
    body = b"".join(
        (
            _known(0x0002, message.affected_sop_class_uid, b"\0"),
            _NUMBERS_3.pack(
                _TAG_0100,
                0x0030,
                _TAG_0110,
                message.message_id,
                _TAG_0800,
                data_set_type,
            ),
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body


def _encode_c_echo_rsp(message: CEchoRsp, data_set_type: int) -> bytes:
    if message.offending_element is not None or message.error_comment is not None or message.error_id is not None:
        return b""
    body = b"".join(
        (
            b"" if message.affected_sop_class_uid is None else _known(0x0002, message.affected_sop_class_uid, b"\0"),
            _NUMBERS_4.pack(
                _TAG_0100,
                0x8030,
                _TAG_0120,
                message.message_id_being_responded_to,
                _TAG_0800,
                data_set_type,
                _TAG_0900,
                message.status,
            ),
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body


def _encode_c_cancel_rq(message: CCancelRq, data_set_type: int) -> bytes:
    body = b"".join(
        (
            _NUMBERS_3.pack(
                _TAG_0100,
                0x0FFF,
                _TAG_0120,
                message.message_id_being_responded_to,
                _TAG_0800,
                data_set_type,
            ),
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body


def _encode_n_event_report_rq(message: NEventReportRq, data_set_type: int) -> bytes:
    body = b"".join(
        (
            _known(0x0002, message.affected_sop_class_uid, b"\0"),
            _NUMBERS_3.pack(
                _TAG_0100,
                0x0100,
                _TAG_0110,
                message.message_id,
                _TAG_0800,
                data_set_type,
            ),
            _text(0x1000, message.affected_sop_instance_uid, b"\0"),
            _NUMBERS_1.pack(
                _TAG_1002,
                message.event_type_id,
            ),
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body


def _encode_n_event_report_rsp(message: NEventReportRsp, data_set_type: int) -> bytes:
    if (
        message.offending_element is not None
        or message.error_comment is not None
        or message.error_id is not None
        or message.attribute_identifier_list is not None
        or message.action_type_id is not None
    ):
        return b""
    body = b"".join(
        (
            b"" if message.affected_sop_class_uid is None else _known(0x0002, message.affected_sop_class_uid, b"\0"),
            _NUMBERS_4.pack(
                _TAG_0100,
                0x8100,
                _TAG_0120,
                message.message_id_being_responded_to,
                _TAG_0800,
                data_set_type,
                _TAG_0900,
                message.status,
            ),
            b""
            if message.affected_sop_instance_uid is None
            else _text(0x1000, message.affected_sop_instance_uid, b"\0"),
            b"" if message.event_type_id is None else _NUMBERS_1.pack(_TAG_1002, message.event_type_id),
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body


def _encode_n_get_rq(message: NGetRq, data_set_type: int) -> bytes:
    if message.attribute_identifier_list is not None:
        return b""
    body = b"".join(
        (
            _known(0x0003, message.requested_sop_class_uid, b"\0"),
            _NUMBERS_3.pack(
                _TAG_0100,
                0x0110,
                _TAG_0110,
                message.message_id,
                _TAG_0800,
                data_set_type,
            ),
            _text(0x1001, message.requested_sop_instance_uid, b"\0"),
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body


def _encode_n_get_rsp(message: NGetRsp, data_set_type: int) -> bytes:
    if (
        message.offending_element is not None
        or message.error_comment is not None
        or message.error_id is not None
        or message.event_type_id is not None
        or message.attribute_identifier_list is not None
        or message.action_type_id is not None
    ):
        return b""
    body = b"".join(
        (
            b"" if message.affected_sop_class_uid is None else _known(0x0002, message.affected_sop_class_uid, b"\0"),
            _NUMBERS_4.pack(
                _TAG_0100,
                0x8110,
                _TAG_0120,
                message.message_id_being_responded_to,
                _TAG_0800,
                data_set_type,
                _TAG_0900,
                message.status,
            ),
            b""
            if message.affected_sop_instance_uid is None
            else _text(0x1000, message.affected_sop_instance_uid, b"\0"),
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body


def _encode_n_set_rq(message: NSetRq, data_set_type: int) -> bytes:
    body = b"".join(
        (
            _known(0x0003, message.requested_sop_class_uid, b"\0"),
            _NUMBERS_3.pack(
                _TAG_0100,
                0x0120,
                _TAG_0110,
                message.message_id,
                _TAG_0800,
                data_set_type,
            ),
            _text(0x1001, message.requested_sop_instance_uid, b"\0"),
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body


def _encode_n_set_rsp(message: NSetRsp, data_set_type: int) -> bytes:
    if (
        message.offending_element is not None
        or message.error_comment is not None
        or message.error_id is not None
        or message.event_type_id is not None
        or message.attribute_identifier_list is not None
        or message.action_type_id is not None
    ):
        return b""
    body = b"".join(
        (
            b"" if message.affected_sop_class_uid is None else _known(0x0002, message.affected_sop_class_uid, b"\0"),
            _NUMBERS_4.pack(
                _TAG_0100,
                0x8120,
                _TAG_0120,
                message.message_id_being_responded_to,
                _TAG_0800,
                data_set_type,
                _TAG_0900,
                message.status,
            ),
            b""
            if message.affected_sop_instance_uid is None
            else _text(0x1000, message.affected_sop_instance_uid, b"\0"),
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body


def _encode_n_action_rq(message: NActionRq, data_set_type: int) -> bytes:
    body = b"".join(
        (
            _known(0x0003, message.requested_sop_class_uid, b"\0"),
            _NUMBERS_3.pack(
                _TAG_0100,
                0x0130,
                _TAG_0110,
                message.message_id,
                _TAG_0800,
                data_set_type,
            ),
            _text(0x1001, message.requested_sop_instance_uid, b"\0"),
            _NUMBERS_1.pack(
                _TAG_1008,
                message.action_type_id,
            ),
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body


def _encode_n_action_rsp(message: NActionRsp, data_set_type: int) -> bytes:
    if (
        message.offending_element is not None
        or message.error_comment is not None
        or message.error_id is not None
        or message.event_type_id is not None
        or message.attribute_identifier_list is not None
    ):
        return b""
    body = b"".join(
        (
            b"" if message.affected_sop_class_uid is None else _known(0x0002, message.affected_sop_class_uid, b"\0"),
            _NUMBERS_4.pack(
                _TAG_0100,
                0x8130,
                _TAG_0120,
                message.message_id_being_responded_to,
                _TAG_0800,
                data_set_type,
                _TAG_0900,
                message.status,
            ),
            b""
            if message.affected_sop_instance_uid is None
            else _text(0x1000, message.affected_sop_instance_uid, b"\0"),
            b"" if message.action_type_id is None else _NUMBERS_1.pack(_TAG_1008, message.action_type_id),
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body


def _encode_n_create_rq(message: NCreateRq, data_set_type: int) -> bytes:
    body = b"".join(
        (
            _known(0x0002, message.affected_sop_class_uid, b"\0"),
            _NUMBERS_3.pack(
                _TAG_0100,
                0x0140,
                _TAG_0110,
                message.message_id,
                _TAG_0800,
                data_set_type,
            ),
            b""
            if message.affected_sop_instance_uid is None
            else _text(0x1000, message.affected_sop_instance_uid, b"\0"),
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body


def _encode_n_create_rsp(message: NCreateRsp, data_set_type: int) -> bytes:
    if (
        message.offending_element is not None
        or message.error_comment is not None
        or message.error_id is not None
        or message.event_type_id is not None
        or message.attribute_identifier_list is not None
        or message.action_type_id is not None
    ):
        return b""
    body = b"".join(
        (
            b"" if message.affected_sop_class_uid is None else _known(0x0002, message.affected_sop_class_uid, b"\0"),
            _NUMBERS_4.pack(
                _TAG_0100,
                0x8140,
                _TAG_0120,
                message.message_id_being_responded_to,
                _TAG_0800,
                data_set_type,
                _TAG_0900,
                message.status,
            ),
            b""
            if message.affected_sop_instance_uid is None
            else _text(0x1000, message.affected_sop_instance_uid, b"\0"),
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body


def _encode_n_delete_rq(message: NDeleteRq, data_set_type: int) -> bytes:
    body = b"".join(
        (
            _known(0x0003, message.requested_sop_class_uid, b"\0"),
            _NUMBERS_3.pack(
                _TAG_0100,
                0x0150,
                _TAG_0110,
                message.message_id,
                _TAG_0800,
                data_set_type,
            ),
            _text(0x1001, message.requested_sop_instance_uid, b"\0"),
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body


def _encode_n_delete_rsp(message: NDeleteRsp, data_set_type: int) -> bytes:
    if (
        message.offending_element is not None
        or message.error_comment is not None
        or message.error_id is not None
        or message.event_type_id is not None
        or message.attribute_identifier_list is not None
        or message.action_type_id is not None
    ):
        return b""
    body = b"".join(
        (
            b"" if message.affected_sop_class_uid is None else _known(0x0002, message.affected_sop_class_uid, b"\0"),
            _NUMBERS_4.pack(
                _TAG_0100,
                0x8150,
                _TAG_0120,
                message.message_id_being_responded_to,
                _TAG_0800,
                data_set_type,
                _TAG_0900,
                message.status,
            ),
            b""
            if message.affected_sop_instance_uid is None
            else _text(0x1000, message.affected_sop_instance_uid, b"\0"),
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body


def _make_c_store_rq(values: dict[int, Any]) -> CStoreRq:
    get = values.get
    return CStoreRq(
        affected_sop_class_uid=values[0x0002],
        message_id=values[0x0110],
        priority=values[0x0700],
        affected_sop_instance_uid=values[0x1000],
        move_originator_application_entity_title=get(0x1030),
        move_originator_message_id=get(0x1031),
    )


def _make_c_store_rsp(values: dict[int, Any]) -> CStoreRsp:
    get = values.get
    return CStoreRsp(
        affected_sop_class_uid=get(0x0002),
        message_id_being_responded_to=values[0x0120],
        status=values[0x0900],
        offending_element=get(0x0901),
        error_comment=get(0x0902),
        error_id=get(0x0903),
        affected_sop_instance_uid=get(0x1000),
    )


def _make_c_find_rq(values: dict[int, Any]) -> CFindRq:
    return CFindRq(
        affected_sop_class_uid=values[0x0002],
        message_id=values[0x0110],
        priority=values[0x0700],
    )


def _make_c_find_rsp(values: dict[int, Any]) -> CFindRsp:
    get = values.get
    return CFindRsp(
        affected_sop_class_uid=get(0x0002),
        message_id_being_responded_to=values[0x0120],
        status=values[0x0900],
        offending_element=get(0x0901),
        error_comment=get(0x0902),
        error_id=get(0x0903),
    )


def _make_c_get_rq(values: dict[int, Any]) -> CGetRq:
    return CGetRq(
        affected_sop_class_uid=values[0x0002],
        message_id=values[0x0110],
        priority=values[0x0700],
    )


def _make_c_get_rsp(values: dict[int, Any]) -> CGetRsp:
    get = values.get
    return CGetRsp(
        affected_sop_class_uid=get(0x0002),
        message_id_being_responded_to=values[0x0120],
        status=values[0x0900],
        offending_element=get(0x0901),
        error_comment=get(0x0902),
        error_id=get(0x0903),
        number_of_remaining_suboperations=get(0x1020),
        number_of_completed_suboperations=get(0x1021),
        number_of_failed_suboperations=get(0x1022),
        number_of_warning_suboperations=get(0x1023),
    )


def _make_c_move_rq(values: dict[int, Any]) -> CMoveRq:
    return CMoveRq(
        affected_sop_class_uid=values[0x0002],
        message_id=values[0x0110],
        move_destination=values[0x0600],
        priority=values[0x0700],
    )


def _make_c_move_rsp(values: dict[int, Any]) -> CMoveRsp:
    get = values.get
    return CMoveRsp(
        affected_sop_class_uid=get(0x0002),
        message_id_being_responded_to=values[0x0120],
        status=values[0x0900],
        offending_element=get(0x0901),
        error_comment=get(0x0902),
        error_id=get(0x0903),
        number_of_remaining_suboperations=get(0x1020),
        number_of_completed_suboperations=get(0x1021),
        number_of_failed_suboperations=get(0x1022),
        number_of_warning_suboperations=get(0x1023),
    )


def _make_c_echo_rq(values: dict[int, Any]) -> CEchoRq:
    return CEchoRq(
        affected_sop_class_uid=values[0x0002],
        message_id=values[0x0110],
    )


def _make_c_echo_rsp(values: dict[int, Any]) -> CEchoRsp:
    get = values.get
    return CEchoRsp(
        affected_sop_class_uid=get(0x0002),
        message_id_being_responded_to=values[0x0120],
        status=values[0x0900],
        offending_element=get(0x0901),
        error_comment=get(0x0902),
        error_id=get(0x0903),
    )


def _make_c_cancel_rq(values: dict[int, Any]) -> CCancelRq:
    return CCancelRq(
        message_id_being_responded_to=values[0x0120],
    )


def _make_n_event_report_rq(values: dict[int, Any]) -> NEventReportRq:
    return NEventReportRq(
        affected_sop_class_uid=values[0x0002],
        message_id=values[0x0110],
        affected_sop_instance_uid=values[0x1000],
        event_type_id=values[0x1002],
    )


def _make_n_event_report_rsp(values: dict[int, Any]) -> NEventReportRsp:
    get = values.get
    return NEventReportRsp(
        affected_sop_class_uid=get(0x0002),
        message_id_being_responded_to=values[0x0120],
        status=values[0x0900],
        offending_element=get(0x0901),
        error_comment=get(0x0902),
        error_id=get(0x0903),
        affected_sop_instance_uid=get(0x1000),
        event_type_id=get(0x1002),
        attribute_identifier_list=get(0x1005),
        action_type_id=get(0x1008),
    )


def _make_n_get_rq(values: dict[int, Any]) -> NGetRq:
    get = values.get
    return NGetRq(
        requested_sop_class_uid=values[0x0003],
        message_id=values[0x0110],
        requested_sop_instance_uid=values[0x1001],
        attribute_identifier_list=get(0x1005),
    )


def _make_n_get_rsp(values: dict[int, Any]) -> NGetRsp:
    get = values.get
    return NGetRsp(
        affected_sop_class_uid=get(0x0002),
        message_id_being_responded_to=values[0x0120],
        status=values[0x0900],
        offending_element=get(0x0901),
        error_comment=get(0x0902),
        error_id=get(0x0903),
        affected_sop_instance_uid=get(0x1000),
        event_type_id=get(0x1002),
        attribute_identifier_list=get(0x1005),
        action_type_id=get(0x1008),
    )


def _make_n_set_rq(values: dict[int, Any]) -> NSetRq:
    return NSetRq(
        requested_sop_class_uid=values[0x0003],
        message_id=values[0x0110],
        requested_sop_instance_uid=values[0x1001],
    )


def _make_n_set_rsp(values: dict[int, Any]) -> NSetRsp:
    get = values.get
    return NSetRsp(
        affected_sop_class_uid=get(0x0002),
        message_id_being_responded_to=values[0x0120],
        status=values[0x0900],
        offending_element=get(0x0901),
        error_comment=get(0x0902),
        error_id=get(0x0903),
        affected_sop_instance_uid=get(0x1000),
        event_type_id=get(0x1002),
        attribute_identifier_list=get(0x1005),
        action_type_id=get(0x1008),
    )


def _make_n_action_rq(values: dict[int, Any]) -> NActionRq:
    return NActionRq(
        requested_sop_class_uid=values[0x0003],
        message_id=values[0x0110],
        requested_sop_instance_uid=values[0x1001],
        action_type_id=values[0x1008],
    )


def _make_n_action_rsp(values: dict[int, Any]) -> NActionRsp:
    get = values.get
    return NActionRsp(
        affected_sop_class_uid=get(0x0002),
        message_id_being_responded_to=values[0x0120],
        status=values[0x0900],
        offending_element=get(0x0901),
        error_comment=get(0x0902),
        error_id=get(0x0903),
        affected_sop_instance_uid=get(0x1000),
        event_type_id=get(0x1002),
        attribute_identifier_list=get(0x1005),
        action_type_id=get(0x1008),
    )


def _make_n_create_rq(values: dict[int, Any]) -> NCreateRq:
    get = values.get
    return NCreateRq(
        affected_sop_class_uid=values[0x0002],
        message_id=values[0x0110],
        affected_sop_instance_uid=get(0x1000),
    )


def _make_n_create_rsp(values: dict[int, Any]) -> NCreateRsp:
    get = values.get
    return NCreateRsp(
        affected_sop_class_uid=get(0x0002),
        message_id_being_responded_to=values[0x0120],
        status=values[0x0900],
        offending_element=get(0x0901),
        error_comment=get(0x0902),
        error_id=get(0x0903),
        affected_sop_instance_uid=get(0x1000),
        event_type_id=get(0x1002),
        attribute_identifier_list=get(0x1005),
        action_type_id=get(0x1008),
    )


def _make_n_delete_rq(values: dict[int, Any]) -> NDeleteRq:
    return NDeleteRq(
        requested_sop_class_uid=values[0x0003],
        message_id=values[0x0110],
        requested_sop_instance_uid=values[0x1001],
    )


def _make_n_delete_rsp(values: dict[int, Any]) -> NDeleteRsp:
    get = values.get
    return NDeleteRsp(
        affected_sop_class_uid=get(0x0002),
        message_id_being_responded_to=values[0x0120],
        status=values[0x0900],
        offending_element=get(0x0901),
        error_comment=get(0x0902),
        error_id=get(0x0903),
        affected_sop_instance_uid=get(0x1000),
        event_type_id=get(0x1002),
        attribute_identifier_list=get(0x1005),
        action_type_id=get(0x1008),
    )


_LAYOUTS: dict[bytes, tuple[Struct, tuple[bytes, ...], tuple[int, ...]]] = {
    b"\x01\x00": (_NUMBERS_4, (_TAG_0100, _TAG_0110, _TAG_0700, _TAG_0800), (0x0100, 0x0110, 0x0700, 0x0800)),
    b"\x01\x80": (_NUMBERS_4, (_TAG_0100, _TAG_0120, _TAG_0800, _TAG_0900), (0x0100, 0x0120, 0x0800, 0x0900)),
    b"\x20\x00": (_NUMBERS_4, (_TAG_0100, _TAG_0110, _TAG_0700, _TAG_0800), (0x0100, 0x0110, 0x0700, 0x0800)),
    b"\x20\x80": (_NUMBERS_4, (_TAG_0100, _TAG_0120, _TAG_0800, _TAG_0900), (0x0100, 0x0120, 0x0800, 0x0900)),
    b"\x10\x00": (_NUMBERS_4, (_TAG_0100, _TAG_0110, _TAG_0700, _TAG_0800), (0x0100, 0x0110, 0x0700, 0x0800)),
    b"\x10\x80": (_NUMBERS_4, (_TAG_0100, _TAG_0120, _TAG_0800, _TAG_0900), (0x0100, 0x0120, 0x0800, 0x0900)),
    b"\x21\x00": (_NUMBERS_2, (_TAG_0100, _TAG_0110), (0x0100, 0x0110)),
    b"\x21\x80": (_NUMBERS_4, (_TAG_0100, _TAG_0120, _TAG_0800, _TAG_0900), (0x0100, 0x0120, 0x0800, 0x0900)),
    b"\x30\x00": (_NUMBERS_3, (_TAG_0100, _TAG_0110, _TAG_0800), (0x0100, 0x0110, 0x0800)),
    b"\x30\x80": (_NUMBERS_4, (_TAG_0100, _TAG_0120, _TAG_0800, _TAG_0900), (0x0100, 0x0120, 0x0800, 0x0900)),
    b"\xff\x0f": (_NUMBERS_3, (_TAG_0100, _TAG_0120, _TAG_0800), (0x0100, 0x0120, 0x0800)),
    b"\x00\x01": (_NUMBERS_3, (_TAG_0100, _TAG_0110, _TAG_0800), (0x0100, 0x0110, 0x0800)),
    b"\x00\x81": (_NUMBERS_4, (_TAG_0100, _TAG_0120, _TAG_0800, _TAG_0900), (0x0100, 0x0120, 0x0800, 0x0900)),
    b"\x10\x01": (_NUMBERS_3, (_TAG_0100, _TAG_0110, _TAG_0800), (0x0100, 0x0110, 0x0800)),
    b"\x10\x81": (_NUMBERS_4, (_TAG_0100, _TAG_0120, _TAG_0800, _TAG_0900), (0x0100, 0x0120, 0x0800, 0x0900)),
    b"\x20\x01": (_NUMBERS_3, (_TAG_0100, _TAG_0110, _TAG_0800), (0x0100, 0x0110, 0x0800)),
    b"\x20\x81": (_NUMBERS_4, (_TAG_0100, _TAG_0120, _TAG_0800, _TAG_0900), (0x0100, 0x0120, 0x0800, 0x0900)),
    b"\x30\x01": (_NUMBERS_3, (_TAG_0100, _TAG_0110, _TAG_0800), (0x0100, 0x0110, 0x0800)),
    b"\x30\x81": (_NUMBERS_4, (_TAG_0100, _TAG_0120, _TAG_0800, _TAG_0900), (0x0100, 0x0120, 0x0800, 0x0900)),
    b"\x40\x01": (_NUMBERS_3, (_TAG_0100, _TAG_0110, _TAG_0800), (0x0100, 0x0110, 0x0800)),
    b"\x40\x81": (_NUMBERS_4, (_TAG_0100, _TAG_0120, _TAG_0800, _TAG_0900), (0x0100, 0x0120, 0x0800, 0x0900)),
    b"\x50\x01": (_NUMBERS_3, (_TAG_0100, _TAG_0110, _TAG_0800), (0x0100, 0x0110, 0x0800)),
    b"\x50\x81": (_NUMBERS_4, (_TAG_0100, _TAG_0120, _TAG_0800, _TAG_0900), (0x0100, 0x0120, 0x0800, 0x0900)),
}
"""The numbers that come together in a message, by the bytes of its command field: headers and tags."""

ENCODERS: dict[type, Callable[[Any, int], bytes]] = {
    CStoreRq: _encode_c_store_rq,
    CStoreRsp: _encode_c_store_rsp,
    CFindRq: _encode_c_find_rq,
    CFindRsp: _encode_c_find_rsp,
    CGetRq: _encode_c_get_rq,
    CGetRsp: _encode_c_get_rsp,
    CMoveRq: _encode_c_move_rq,
    CMoveRsp: _encode_c_move_rsp,
    CEchoRq: _encode_c_echo_rq,
    CEchoRsp: _encode_c_echo_rsp,
    CCancelRq: _encode_c_cancel_rq,
    NEventReportRq: _encode_n_event_report_rq,
    NEventReportRsp: _encode_n_event_report_rsp,
    NGetRq: _encode_n_get_rq,
    NGetRsp: _encode_n_get_rsp,
    NSetRq: _encode_n_set_rq,
    NSetRsp: _encode_n_set_rsp,
    NActionRq: _encode_n_action_rq,
    NActionRsp: _encode_n_action_rsp,
    NCreateRq: _encode_n_create_rq,
    NCreateRsp: _encode_n_create_rsp,
    NDeleteRq: _encode_n_delete_rq,
    NDeleteRsp: _encode_n_delete_rsp,
}
"""From a message and its Command Data Set Type to its command set; empty for what is not usual."""

MAKERS: dict[int, Callable[[dict[int, Any]], Any]] = {
    0x0001: _make_c_store_rq,
    0x8001: _make_c_store_rsp,
    0x0020: _make_c_find_rq,
    0x8020: _make_c_find_rsp,
    0x0010: _make_c_get_rq,
    0x8010: _make_c_get_rsp,
    0x0021: _make_c_move_rq,
    0x8021: _make_c_move_rsp,
    0x0030: _make_c_echo_rq,
    0x8030: _make_c_echo_rsp,
    0x0FFF: _make_c_cancel_rq,
    0x0100: _make_n_event_report_rq,
    0x8100: _make_n_event_report_rsp,
    0x0110: _make_n_get_rq,
    0x8110: _make_n_get_rsp,
    0x0120: _make_n_set_rq,
    0x8120: _make_n_set_rsp,
    0x0130: _make_n_action_rq,
    0x8130: _make_n_action_rsp,
    0x0140: _make_n_create_rq,
    0x8140: _make_n_create_rsp,
    0x0150: _make_n_delete_rq,
    0x8150: _make_n_delete_rsp,
}
"""From values by tag to the message of that command field. Raises `KeyError` if a mandatory one is missing."""
