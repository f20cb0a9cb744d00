"""PDUs of an association in a line or two, also those that are wrong: what each end sends, turn by turn."""

from __future__ import annotations

from typing import TypeAlias

from dulcimer.conformance.stimuli.messages import plain_pdu
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.wire.codec import encode
from dulcimer.wire.model import PDataTf, PresentationDataValue

C, S = True, False
"""The client sends, the server sends."""
Turn: TypeAlias = tuple[bool, bytes]

REQUEST, ACCEPT, ECHO, RELEASE, RELEASED, ABORT, REJECT = (
    encode(plain_pdu(name, Titles()))
    for name in (
        "A-ASSOCIATE-RQ",
        "A-ASSOCIATE-AC",
        "P-DATA-TF",
        "A-RELEASE-RQ",
        "A-RELEASE-RP",
        "A-ABORT",
        "A-ASSOCIATE-RJ",
    )
)


def raw_command(*elements: tuple[int, bytes]) -> bytes:
    """A command set of these elements of group 0000H, with its group length."""
    body = b"".join(
        (0).to_bytes(2, "little") + tag.to_bytes(2, "little") + len(value).to_bytes(4, "little") + value
        for tag, value in elements
    )
    return bytes.fromhex("0000000004000000") + len(body).to_bytes(4, "little") + body


def us(number: int) -> bytes:
    """A value of two bytes."""
    return number.to_bytes(2, "little")


VERIFICATION = b"1.2.840.10008.1.1\0"


def pdata(*values: tuple[int, int, bytes]) -> bytes:
    """A P-DATA-TF: context, control header and fragment of each value."""
    return encode(PDataTf(tuple(PresentationDataValue(*one) for one in values)))


def echo_request(number: int = 1, context: int = 1) -> bytes:
    """A C-ECHO-RQ."""
    fields = (2, VERIFICATION), (0x100, us(0x30)), (0x110, us(number)), (0x800, us(0x101))
    return pdata((context, 3, raw_command(*fields)))


def echo_response(number: int = 1, status: int = 0, context: int = 1) -> bytes:
    """A C-ECHO-RSP."""
    fields = (2, VERIFICATION), (0x100, us(0x8030)), (0x120, us(number)), (0x800, us(0x101)), (0x900, us(status))
    return pdata((context, 3, raw_command(*fields)))


def store_request(number: int = 1, context: int = 1) -> bytes:
    """A C-STORE-RQ that a data set follows."""
    fields = (
        (2, VERIFICATION),
        (0x100, us(1)),
        (0x110, us(number)),
        (0x700, us(0)),
        (0x800, us(0)),
        (0x1000, b"1.2.3\0"),
    )
    return pdata((context, 3, raw_command(*fields)))


def store_response(number: int = 1, status: int = 0, context: int = 1) -> bytes:
    """A C-STORE-RSP."""
    fields = (2, VERIFICATION), (0x100, us(0x8001)), (0x120, us(number)), (0x800, us(0x101)), (0x900, us(status))
    return pdata((context, 3, raw_command(*fields, (0x1000, b"1.2.3\0"))))
