"""The DIMSE messages of the tester as P-DATA-TF: a C-ECHO-RQ, and its variations."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import replace

from dulcimer._generated.commands import ELEMENTS, NO_DATA_SET, CommandField
from dulcimer._generated.conformance import Echo, Value
from dulcimer.conformance.stimuli.requests import VERIFICATION
from dulcimer.wire.codec import encode
from dulcimer.wire.model import PDataTf, PresentationDataValue

STORED_CLASS = "1.2.840.10008.5.1.4.1.1.7"
"""Secondary Capture Image Storage, of the instances that the tester stores."""

_COMMAND, _LAST = 1, 2
_GROUP_8_ELEMENT = struct.pack("<HHI", 0x0008, 0x0005, 10) + b"ISO_IR 100"
_PRIVATE_ELEMENT = struct.pack("<HHI", 0x0000, 0x7001, 2) + b"\0\0"
_MISSING_BYTES = 9
"""Bytes that a truncated data set lacks at its end, so that it ends inside an element."""


def uid_of(name: str) -> str:
    """A UID made from a name, the same each time (PS3.5 B.2 allows at most 128 bits after 2.25)."""
    return f"2.25.{int.from_bytes(hashlib.sha256(name.encode()).digest()[:15])}"


def instance_uid(name: str) -> str:
    """The SOP instance of a data set, by the name of the data set."""
    return uid_of(f"dulcimer check {name}")


def data_set(name: str) -> bytes:
    """A data set by its name in `spec/conformance/`, in Implicit VR Little Endian; all of it is synthetic."""
    match name:
        case "instance" | "other-instance":
            return _instance(name)
        case "truncated-instance":
            return _instance("instance")[:-_MISSING_BYTES] + b"\0"
        case "identifier":
            return b"".join(
                (
                    _text(0x0008, 0x0052, "STUDY"),
                    _text(0x0010, 0x0020, "DULCIMER-CHECK"),
                    _text(0x0020, 0x000D, ""),
                )
            )
        case _:
            return b""


def _instance(name: str) -> bytes:
    """A small Secondary Capture image of 2 x 2 pixels."""
    return b"".join(
        (
            _text(0x0008, 0x0016, STORED_CLASS),
            _text(0x0008, 0x0018, instance_uid(name)),
            _text(0x0008, 0x0020, "20200101"),
            _text(0x0008, 0x0060, "OT"),
            _text(0x0008, 0x0064, "SYN"),
            _text(0x0010, 0x0010, "DULCIMER^CHECK"),
            _text(0x0010, 0x0020, "DULCIMER-CHECK"),
            _text(0x0020, 0x000D, instance_uid("study")),
            _text(0x0020, 0x000E, instance_uid("series")),
            _text(0x0020, 0x0013, "1"),
            _number(0x0028, 0x0002, 1),
            _text(0x0028, 0x0004, "MONOCHROME2"),
            _number(0x0028, 0x0010, 2),
            _number(0x0028, 0x0011, 2),
            _number(0x0028, 0x0100, 8),
            _number(0x0028, 0x0101, 8),
            _number(0x0028, 0x0102, 7),
            _number(0x0028, 0x0103, 0),
            struct.pack("<HHI", 0x7FE0, 0x0010, 4) + b"\0\x55\xaa\xff",
        )
    )


def _text(group: int, number: int, text: str) -> bytes:
    raw = text.encode("ascii")
    raw += (b"\0" if text[:1].isdigit() and "." in text else b" ") * (len(raw) % 2)
    return struct.pack("<HHI", group, number, len(raw)) + raw


def _number(group: int, number: int, value: int) -> bytes:
    return struct.pack("<HHIH", group, number, 2, value)


def echo_command(echo: Echo) -> bytes:
    """The command set of a C-ECHO-RQ with the variations of `echo`."""
    if "empty" in echo.form:
        return b""
    values: dict[int, int | str] = {
        0x0002: VERIFICATION,
        0x0100: int(CommandField.C_ECHO_RQ),
        0x0110: echo.message_id,
        0x0800: NO_DATA_SET,
    }
    for given in (echo.command, echo.uids, echo.texts):
        values.update({int(tag, 16): value for tag, value in (given or {}).items()})
    omitted = {int(tag, 16) for tag in echo.omit}
    parts = [_element(tag, values[tag], echo.form) for tag in sorted(values) if tag not in omitted]
    if "unsorted" in echo.form:
        parts.reverse()
    if "twice" in echo.form:
        parts.append(parts[-1])
    if "private" in echo.form:
        parts.append(_PRIVATE_ELEMENT)
    if "group-0008" in echo.form:
        parts.append(_GROUP_8_ELEMENT)
    body = b"".join(parts)
    return (b"" if 0 in omitted else _element(0, len(body) + echo.group_length, echo.form)) + body


def _element(number: int, value: int | str, form: tuple[str, ...]) -> bytes:
    order = ">" if "big-endian" in form else "<"
    vr = ELEMENTS[number].vr
    if isinstance(value, str):
        raw = (instance_uid(value[1:]) if value.startswith("@") else value).encode("ascii")
        padding = b"\0" if vr == "UI" else b" "
        raw += b"" if "odd-uid" in form else padding * (len(raw) % 2)
    else:
        raw = struct.pack(f"{order}I" if vr == "UL" else f"{order}H", value)
    if "explicit-vr" in form:
        return struct.pack("<HH2sH", 0, number, vr.encode("ascii"), len(raw)) + raw
    return struct.pack(f"{order}HHI", 0, number, len(raw)) + raw


def echo_pdus(echo: Echo, context_id: int) -> list[bytes]:
    """The P-DATA-TF PDUs of `echo.count` requests, with ascending message IDs."""
    context_id = echo.context or context_id
    commands = [
        echo_command(replace(echo, message_id=echo.message_id + (0 if echo.same_id else number)))
        for number in range(echo.count)
    ]
    if echo.pdus is not None:
        return [
            encode(PDataTf(tuple(_value(row, commands, echo, context_id) for row in pdu)), echo.overwrite or {})
            for pdu in echo.pdus
        ]
    found: list[bytes] = []
    for command in commands:
        values = [*_values(command, _COMMAND, echo, context_id)]
        if echo.data:
            values += _values(data_set(echo.data), 0, echo, context_id)
        groups = [tuple(values)] if echo.together else [(value,) for value in values]
        found += [encode(PDataTf(group), echo.overwrite or {}) for group in groups]
    if echo.cancel:
        found.append(encode(PDataTf((PresentationDataValue(context_id, _COMMAND | _LAST, _cancel(echo.message_id)),))))
    return found


def _cancel(message_id: int) -> bytes:
    values = {"0100": int(CommandField.C_CANCEL_RQ), "0120": message_id}
    return echo_command(Echo(command=values, omit=("0002", "0110")))


def _values(data: bytes, kind: int, echo: Echo, context_id: int) -> Iterator[PresentationDataValue]:
    size = echo.fragment or max(len(data), 1)
    pieces = [data[start : start + size] for start in range(0, len(data), size)] or [b""]
    if echo.empty_last:
        pieces.append(b"")
    for index, piece in enumerate(pieces):
        last = _LAST if index == len(pieces) - 1 else 0
        yield PresentationDataValue(context_id, kind | last | echo.header_bits, piece)


def _value(row: Value, commands: list[bytes], echo: Echo, context_id: int) -> PresentationDataValue:
    whole = commands[row.message] if row.of == "command" else data_set(echo.data)
    end = row.stop or len(whole)
    kind = (_COMMAND if row.of == "command" else 0) | (_LAST if end == len(whole) else 0)
    return PresentationDataValue(
        row.context or context_id, kind if row.header < 0 else row.header, whole[row.start : end]
    )


def oversize_pdu(echo: Echo, context_id: int, length: int) -> bytes:
    """The command and, in one P-DATA-TF of more than `length` bytes, a data set of zeros."""
    command = echo_pdus(replace(echo, data=""), context_id)
    size = (length + 1) & ~1
    value = PresentationDataValue(context_id, _LAST, bytes(size))
    return b"".join(command) + encode(PDataTf((value,)))
