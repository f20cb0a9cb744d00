"""Elements of command sets as peers send them: users of a command set get values of the right type, or none."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from struct import pack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.commands import ELEMENTS, MESSAGE_CLASSES, MESSAGES, CEchoRq, CStoreRq, Element
from dulcimer.dimse import command_set
from dulcimer.dimse.command_values import take, write
from dulcimer.dimse.decoder import DecodedMessage
from dulcimer.dimse.messages import MessageAssembler
from dulcimer.dimse_primitives import primitive_of
from dulcimer.errors import DIMSEProcessingError, EncodeError
from dulcimer.services.replies import status_data_set
from support.raw_dimse import attributes

TYPES: dict[str, type] = {"US": int, "UL": int, "AT": tuple}
GOOD = {
    "US": b"\x01\0",
    "UL": b"\x01\0\0\0",
    "UI": b"1.2.840.10008.1.1\0",
    "AE": b"TITLE ",
    "LO": b"a comment ",
    "AT": b"\x10\0\x10\0",
}
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda raw: b"",
    "too short": lambda raw: raw[:-1],
    "too long": lambda raw: raw + b"\x31",
    "far too long": lambda raw: raw * 40,
    "doubled": lambda raw: raw * 2,
    "two values": lambda raw: raw.rstrip(b"\0 ") + b"\\" + raw,
    "not ASCII": lambda raw: b"\xc4\xff\x80\xa0" + raw,
    "control characters": lambda raw: b"\x1b[2J\n" + raw,
    "padded with spaces": lambda raw: raw.rstrip(b"\0 ") + b"  ",
    "padded with NUL": lambda raw: raw.rstrip(b"\0 ") + b"\0\0\0",
}
"""What may be done to the bytes of a value."""


def encoded(tag: int, raw: bytes) -> bytes:
    return pack("<HHI", tag >> 16, tag & 0xFFFF, len(raw)) + raw


def is_of_its_type(tag: int, value: Any) -> bool:
    definition = ELEMENTS.get(tag)
    if definition is None:
        return isinstance(value, bytes)
    several = definition.vr == "AT" or (definition.vm != "1" and definition.vr in TYPES)
    return isinstance(value, tuple if several else TYPES.get(definition.vr, str)) and value != ""


def looked_at(data: bytes) -> command_set.CommandSet:
    """The command set, after everything that can be made of one was made of it."""
    found = command_set.decode(data)
    for tag, value in found.values.items():
        assert is_of_its_type(tag, value), (tag, value)
    with warnings.catch_warnings(action="error"):
        status = status_data_set(found)
        for tag, value in found.values.items():
            if tag in status and isinstance(value, str | int):
                # pydicom removes white space around a UID
                is_uid = status[tag].VR == "UI" and isinstance(value, str)
                assert status[tag].value == (str(value).strip() if is_uid else value)
        str(DecodedMessage(1, found, None).command_set)
    if found.command_field in MESSAGES:
        primitive = primitive_of(found.command_field, found.values, None)
        assert all(getattr(primitive, name) != b"" for name in primitive.parameters)
    return found


@given(st.sampled_from([*ELEMENTS, 0x0111, 0x00080016]), st.binary(max_size=300))
def test_value_is_of_its_type_or_there_is_none_whatever_the_bytes(tag: int, raw: bytes) -> None:
    value, problem = take(tag, raw)
    assert value is None or is_of_its_type(tag, value)
    if tag in ELEMENTS and (not raw or not raw.strip(b"\0 ")):
        assert value is None or ELEMENTS[tag].vr not in ("UI", "AE", "LO")
    elif value is None:
        assert problem
    assert tag >> 16 == 0 or value is None
    looked_at(encoded(tag, raw))


@pytest.mark.clause("PS3.7 6.3.1")
@pytest.mark.parametrize("field", MESSAGES, ids=lambda field: MESSAGES[field].name)
@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_element_raises_what_is_declared_and_spares_the_others(field: int, damage: str) -> None:
    """Every element of every message, damaged in every way; the others are unchanged."""
    by_attribute: dict[str, Element] = {element.attribute: element for element in ELEMENTS.values()}
    elements = [by_attribute[name] for name in attributes(MESSAGE_CLASSES[field])]
    mandatory = {name for name, mark, _ in MESSAGES[field].elements if mark == "M"}
    for victim in elements:
        raw = {element.tag: GOOD[element.vr] for element in elements}
        raw |= {0x0100: pack("<H", field), 0x0800: b"\x01\x01"}
        raw[victim.tag] = DAMAGES[damage](raw[victim.tag])
        found = looked_at(b"".join(encoded(tag, raw[tag]) for tag in sorted(raw)))
        for tag in raw.keys() - {victim.tag}:
            assert found.values[tag] == take(tag, raw[tag]).value
        told = [one for one in found.deviations if victim.name in one.path]
        if found.values.get(victim.tag) is None and raw[victim.tag]:
            assert told, (victim.name, raw[victim.tag])
        try:
            message = found.message()
        except DIMSEProcessingError as error:
            assert victim.name in str(error)
            assert victim.attribute in mandatory or raw[victim.tag]
        else:
            assert getattr(message, victim.attribute) == found.values.get(victim.tag)


@pytest.mark.parametrize(
    ("tag", "raw", "value", "problem"),
    [
        (0x0110, b"", None, ""),
        (0x0110, b"\1\0\0\0", None, "it has 4 bytes, and a value of VR US has 2"),
        (0x0000, b"\1\0", None, "it has 2 bytes, and a value of VR UL has 4"),
        (0x0901, b"\1\0\1", None, "it has 3 bytes, and a value of VR AT has 4"),
        (0x0002, b"1.2\0", "1.2", ""),
        (0x0002, b"1.2 ", "1.2", "the UID is padded with a space, not with NUL"),
        (0x0002, b"1.2\0\0\0", "1.2", "the UID is padded with more than one NUL"),
        (0x0002, b"1.2", "1.2", "its length is odd"),
        (0x0002, b"1.02", "1.02", "a component of the UID is empty or has a leading zero"),
        (0x0002, b"1.2\\3.4\0", None, "has 2 values, and one is allowed"),
        (0x0002, b"1." + b"2" * 64, "1." + "2" * 64, "the UID is 66 characters long, at most 64 are allowed"),
        (0x0600, b" PACS ", "PACS", ""),
        (0x0600, b"PACS\0\0", "PACS", "is padded with NUL, not with spaces"),
        (0x0600, b"PACS\t\xa0", "PACS\t\xa0", "has the control character 09H"),
        (0x0902, rb"no C:\dicom\1 ", r"no C:\dicom\1", ""),
        (0x0902, b"\xa0\xa0", "\xa0\xa0", "goes beyond the default repertoire of characters"),
        (0x0902, b"x" * 66, "x" * 66, "has 66 characters, and VR LO allows 64"),
    ],
)
def test_value_and_what_is_wrong_with_it(tag: int, raw: bytes, value: Any, problem: str) -> None:
    assert take(tag, raw) == (value, problem)
    found = command_set.decode(encoded(tag, raw))
    assert [one.problem for one in found.deviations] == ([problem] if problem else [])
    assert all(one.structural == (value is None) for one in found.deviations)


@pytest.mark.parametrize(
    ("tag", "value", "words"),
    [
        (0x0110, 65_536, "Message ID.*0 to 65535"),
        (0x0110, -1, "Message ID.*0 to 65535"),
        (0x0000, 1 << 32, "Command Group Length.*0 to 4294967295"),
        (0x0901, (1 << 32,), "Offending Element"),
        (0x0900, None, "Status"),
    ],
)
def test_number_that_does_not_fit_is_refused_by_name_and_range(tag: int, value: Any, words: str) -> None:
    with pytest.raises(EncodeError, match=words):
        write(tag, value)


@pytest.mark.clause("PS3.7 9.3")
def test_message_that_does_not_say_whether_a_data_set_follows_is_refused_at_once() -> None:
    store = CStoreRq(affected_sop_class_uid="1.2", message_id=7, priority=0, affected_sop_instance_uid="1.2.3")
    for message, damaged in ((store, b""), (store, b"\1\1\0\0"), (store, None)):
        data = command_set.encode(message, has_data_set=True)
        before = encoded(0x0800, b"\1\0")
        data = data.replace(before, b"" if damaged is None else encoded(0x0800, damaged))
        with pytest.raises(DIMSEProcessingError, match="does not say whether a data set follows"):
            list(MessageAssembler({1}).process([(1, 3, data)]))


def test_message_without_data_set_type_that_never_has_a_data_set_is_whole_and_lacks_an_element() -> None:
    data = command_set.encode(CEchoRq(affected_sop_class_uid="1.2", message_id=7), has_data_set=False)
    (message,) = MessageAssembler({1}).process([(1, 3, data.replace(encoded(0x0800, b"\1\1"), b""))])
    assert message.data is None
    with pytest.raises(DIMSEProcessingError, match="C-ECHO-RQ has no Command Data Set Type"):
        message.command_set.message()


def test_command_set_of_one_element_thousands_of_times_is_read_in_one_pass() -> None:
    found = command_set.decode(encoded(0x0110, b"\1\0") * 6000)
    assert len(found.repeated) == 5999
    many = command_set.decode(encoded(0x0110, b"\1") * 6000)
    assert len(many.deviations) == command_set.MOST_DEVIATIONS
