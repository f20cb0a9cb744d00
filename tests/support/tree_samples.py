"""PDUs, command sets and data sets in which every field of every schema occurs, and strategies around them."""

from __future__ import annotations

import struct
from functools import cache
from typing import Any

from hypothesis import strategies as st

from dulcimer._generated.codes import UserIdentityType
from dulcimer._generated.commands import ELEMENTS
from dulcimer.fuzz.tree.commands import COMMAND_SET, command_tree
from dulcimer.fuzz.tree.data_sets import (
    EXPLICIT_DATA_SET,
    IMPLICIT_DATA_SET,
    ITEM,
    ITEM_DELIMITATION,
    SEQUENCE_DELIMITATION,
    UNDEFINED,
    VRS,
    data_set_tree,
)
from dulcimer.fuzz.tree.messages import MESSAGE, P_DATA_WITH_MESSAGE, message_of, message_tree, p_data_tree
from dulcimer.fuzz.tree.nodes import Node
from dulcimer.fuzz.tree.reading import tree_of
from dulcimer.fuzz.tree.shapes import ListShape, Shape
from dulcimer.fuzz.tree.wire_shapes import shape_of
from dulcimer.wire import model
from dulcimer.wire.codec import encode
from dulcimer.wire.pdus import PDU_SCHEMAS

LONG = ("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV")
VALUES = {"UI": b"1.2.3.4\0", "AT": b"\x08\x00\x16\x00", "PN": b"SYNTHETIC^ONE ", "DS": b"1.5 ", "UN": b"ab"}
IMPLICIT_TAGS = {
    "AE": 0x00080054, "AS": 0x00101010, "CS": 0x00080060, "DA": 0x00080020, "DS": 0x00101030, "DT": 0x0008002A,
    "IS": 0x00200013, "LO": 0x00100020, "LT": 0x001021B0, "PN": 0x00100010, "SH": 0x00200010, "ST": 0x00080081,
    "TM": 0x00080030, "UC": 0x00080119, "UR": 0x00081190, "UT": 0x0008030E, "AT": 0x00280009, "FD": 0x00189087,
    "FL": 0x00089459, "SL": 0x00186020, "SS": 0x00189219, "SV": 0x00720082, "UL": 0x00080001, "US": 0x00280010,
    "UV": 0x00720083, "OB": 0x00420011, "OD": 0x00720073, "OF": 0x00720067, "OL": 0x00720075, "OV": 0x00720081,
    "OW": 0x7FE00010, "SQ": 0x00081140, "UI": 0x00080018, "UN": 0x00110001,
}  # fmt: skip
"""An element of each VR."""


def information(*more: Any) -> model.UserInformation:
    return model.UserInformation(
        (
            model.MaximumLength(16384),
            model.ImplementationClassUid("1.2.3.4.5"),
            model.AsynchronousOperationsWindow(2, 3),
            model.ScpScuRoleSelection("1.2.840.10008.5.1.4.1.1.2", 1, 0),
            model.ScpScuRoleSelection("1.2.840.10008.5.1.4.1.1.4", 0, 1),
            model.ImplementationVersionName("SYNTHETIC_1"),
            model.SopClassExtendedNegotiation("1.2.840.10008.5.1.4.1.2.2.1", b"\1\0\1"),
            *more,
        )
    )


def request(identity: UserIdentityType) -> bytes:
    """An A-ASSOCIATE-RQ with every item, three contexts, and one user identity."""
    passcode = b"secret" if identity is UserIdentityType.USERNAME_AND_PASSCODE else b""
    contexts = [
        model.PresentationContextRq.of(
            number, f"1.2.840.10008.5.1.4.1.1.{number}", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
        )
        for number in (1, 3, 5)
    ]
    user = information(
        model.SopClassCommonExtendedNegotiation(
            "1.2.840.10008.5.1.4.1.1.88.22", "1.2.840.10008.4.2", ("1.2.840.10008.5.1.4.1.1.88.11", "1.2.3"), 0
        ),
        model.UserIdentity(int(identity), b"somebody", passcode, 1),
    )
    items: tuple[Any, ...] = (model.ApplicationContext("1.2.840.10008.3.1.1.1"), *contexts, user)
    return encode(model.AssociateRq("CALLED", "CALLING", items))


def acceptance() -> bytes:
    """An A-ASSOCIATE-AC with every sub-item that it may have, and one that receivers skip."""
    syntax = model.TransferSyntax("1.2.840.10008.1.2")
    contexts = [
        model.PresentationContextAc(1, 0, (syntax, model.UnknownItem(0x60, b"ab"))),
        model.PresentationContextAc(3, 3, (syntax,)),
    ]
    user = information(model.UserIdentityResponse(b"ticket"))
    items: tuple[Any, ...] = (model.ApplicationContext("1.2.840.10008.3.1.1.1"), *contexts, user)
    return encode(model.AssociateAc("CALLED", "CALLING", items))


def command_element(tag: int, value: bytes) -> bytes:
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value


@cache
def every_command_element() -> bytes:
    """A command set with every element that messages have."""
    (elements,) = COMMAND_SET.members
    assert isinstance(elements, ListShape)
    names = {shape.name for shape in elements.elements()}
    values = {"US": b"\1\0", "UL": b"\0\0\0\0", "UI": b"1.2.840.10008.1.1\0", "AT": b"\x10\0\x10\0", "AE": b"TITLE "}
    codes = {"command_field": b"\x01\0", "command_data_set_type": b"\1\1", "priority": b"\0\0"}
    body = b"".join(
        command_element(tag, codes.get(element.attribute, values.get(element.vr, b"text")))
        for tag, element in sorted(ELEMENTS.items())
        if element.attribute in names and tag
    )
    return command_element(0, struct.pack("<I", len(body))) + body


def element(vr: str, value: bytes, *, explicit: bool, length: bytes | None = None) -> bytes:
    tag = IMPLICIT_TAGS[vr]
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    if not explicit:
        return head + (length or struct.pack("<I", len(value))) + value
    if vr in LONG:
        return head + vr.encode() + b"\0\0" + (length or struct.pack("<I", len(value))) + value
    return head + vr.encode() + struct.pack("<H", len(value)) + value


def every_element(*, explicit: bool) -> bytes:
    """A data set with every VR, sequences of defined and undefined length, and encapsulated pixel data if explicit.

    Its elements are not in the order of their tags.
    """
    plain = [element(vr, VALUES.get(vr, b"12345678"), explicit=explicit) for vr in VRS if vr != "SQ"]
    inner = element("UI", b"1.2\0", explicit=explicit) + element("SH", b"ab", explicit=explicit)
    defined = ITEM + struct.pack("<I", len(inner)) + inner
    undefined = ITEM + UNDEFINED + inner + ITEM_DELIMITATION
    nested = element("SQ", defined, explicit=explicit)
    sequences = [
        element("SQ", b"", explicit=explicit),
        element("SQ", defined * 2, explicit=explicit),
        element("SQ", defined + undefined, explicit=explicit),
        element("SQ", undefined + defined + SEQUENCE_DELIMITATION, explicit=explicit, length=UNDEFINED),
        element("SQ", ITEM + struct.pack("<I", len(nested)) + nested, explicit=explicit),
    ]
    frames = ITEM + bytes(4) + ITEM + struct.pack("<I", 6) + b"pixels" + SEQUENCE_DELIMITATION
    encapsulated = [element("OB", frames, explicit=True, length=UNDEFINED)] if explicit else []
    return b"".join((*plain, *sequences, *encapsulated))


@st.composite
def command_sets(draw: st.DrawFn) -> bytes:
    """Command sets of elements in any order, with a group length that may be wrong."""
    body = b"".join(
        command_element(draw(st.sampled_from([*ELEMENTS, 0x00007001])), draw(st.binary(max_size=12)))
        for _ in range(draw(st.integers(0, 8)))
    )
    length = draw(st.just(len(body)) | st.integers(0, 99))
    return draw(st.just(b"") | st.just(command_element(0, struct.pack("<I", length)))) + body


@st.composite
def data_sets(draw: st.DrawFn, *, explicit: bool, levels: int = 3) -> bytes:
    """Well-formed data sets, sequences of both kinds of length in them."""
    parts = []
    for vr in draw(st.lists(st.sampled_from([vr for vr in VRS if levels or vr != "SQ"]), max_size=6)):
        if vr != "SQ":
            parts.append(element(vr, draw(st.binary(max_size=5)) * 2, explicit=explicit))
            continue
        items = b""
        for inner in draw(st.lists(data_sets(explicit=explicit, levels=levels - 1), max_size=3)):
            defined = draw(st.booleans())
            items += ITEM + (struct.pack("<I", len(inner)) if defined else UNDEFINED) + inner
            items += b"" if defined else ITEM_DELIMITATION
        if draw(st.booleans()):
            parts.append(element(vr, items, explicit=explicit))
        else:
            parts.append(element(vr, items + SEQUENCE_DELIMITATION, explicit=explicit, length=UNDEFINED))
    return b"".join(parts)


@st.composite
def changed(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """Bytes, some of them other ones, or cut off."""
    data = bytearray(draw(whole))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(data)))
        data[start : start + draw(st.integers(0, 4))] = draw(st.binary(max_size=4))
    return bytes(data[: draw(st.just(len(data)) | st.integers(0, len(data)))])


def whole_message(*, explicit: bool) -> bytes:
    """A P-DATA-TF with a whole command set and a whole data set, and a piece of another one."""
    values = (
        model.PresentationDataValue(1, 3, every_command_element()),
        model.PresentationDataValue(1, 2, every_element(explicit=explicit)),
        model.PresentationDataValue(3, 0, b"piece of"),
    )
    return encode(model.PDataTf(values))


@cache
def bases() -> tuple[Node, ...]:
    """Trees in which every node of every schema occurs."""
    plain: list[model.Pdu] = [model.AssociateRj(1, 2, 1), model.ReleaseRq(), model.ReleaseRp(), model.Abort(2, 1)]
    return (
        *(tree_of(request(identity)) for identity in UserIdentityType),
        tree_of(acceptance()),
        *(tree_of(encode(pdu)) for pdu in plain),
        tree_of(whole_message(explicit=False)),
        *(p_data_tree(whole_message(explicit=explicit), explicit=explicit) for explicit in (False, True)),
        command_tree(every_command_element()),
        *(data_set_tree(every_element(explicit=explicit), explicit=explicit) for explicit in (False, True)),
        message_tree(every_command_element(), every_element(explicit=False), longest=200),
        message_of([whole_message(explicit=True)] * 2),
    )


SCHEMAS: tuple[Shape, ...] = (
    *(shape_of(layout) for layout in PDU_SCHEMAS.values()),
    P_DATA_WITH_MESSAGE,
    COMMAND_SET,
    IMPLICIT_DATA_SET,
    EXPLICIT_DATA_SET,
    MESSAGE,
)
"""Every schema that trees are made of."""
