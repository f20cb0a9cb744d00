"""PDUs, command sets and data sets in which every field of every schema occurs, and strategies around them."""

from __future__ import annotations

import struct
from functools import cache
from typing import Any

from hypothesis import strategies as st
from pydicom.valuerep import EXPLICIT_VR_LENGTH_32

from dulcimer._generated.codes import UserIdentityType
from dulcimer._generated.commands import ELEMENTS
from dulcimer.dimse.data_set import decode_data_set
from dulcimer.fuzz.corpus.every_element import (
    EXPLICIT,
    IMPLICIT,
    encapsulated_instance,
    every_command_element,
    every_data_element,
)
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
from dulcimer.fuzz.tree.shapes import Shape
from dulcimer.fuzz.tree.wire_shapes import shape_of
from dulcimer.wire import model
from dulcimer.wire.codec import encode
from dulcimer.wire.pdus import PDU_SCHEMAS

TAGS = {one.VR: int(one.tag) for one in decode_data_set(every_data_element(EXPLICIT), EXPLICIT)}
"""The tag of an element of each VR; by the dictionary, where a tag has another VR only if it is private."""
PIXEL_DATA = b"\xe0\x7f\x10\x00"


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


def element(vr: str, value: bytes, *, explicit: bool, length: bytes | None = None) -> bytes:
    tag = TAGS[vr]
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    if not explicit:
        return head + (length or struct.pack("<I", len(value))) + value
    if vr in EXPLICIT_VR_LENGTH_32:
        return head + vr.encode() + b"\0\0" + (length or struct.pack("<I", len(value))) + value
    return head + vr.encode() + struct.pack("<H", len(value)) + value


def every_element(*, explicit: bool) -> bytes:
    """A data set with every VR, sequences of defined and undefined length, and encapsulated pixel data if explicit."""
    if not explicit:
        return every_data_element(IMPLICIT)
    pixels = encapsulated_instance()
    return every_data_element(EXPLICIT) + pixels[pixels.index(PIXEL_DATA) :]


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
