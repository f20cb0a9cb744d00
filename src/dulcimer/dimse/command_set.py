"""Command sets: group 0000H in Implicit VR Little Endian, whatever the context's transfer syntax (PS3.7 6.3.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from struct import Struct, error, pack, unpack_from
from typing import Any

from dulcimer._generated.commands import ELEMENTS, MESSAGE_CLASSES, MESSAGES, NO_DATA_SET
from dulcimer.errors import DIMSEProcessingError, EncodeError
from dulcimer.wire.model import Buffer

CLAUSE = "PS3.7 6.3.1"
DATA_SET_FOLLOWS = 0x0001
"""A Command Data Set Type that says that a data set follows: any but 0101H."""

_ELEMENT_HEADER = Struct("<HHI")
_GROUP_LENGTH, _COMMAND_FIELD, _DATA_SET_TYPE = 0x00000000, 0x00000100, 0x00000800
_TAGS = {element.attribute: tag for tag, element in ELEMENTS.items()}


@dataclass(frozen=True, slots=True)
class CommandSet:
    """A command set as received: `values` by tag, as Python values where the VR is known, bytes otherwise.

    `repeated` are the tags that came more than once, of which the last value counts.
    """

    values: dict[int, Any]
    repeated: tuple[int, ...] = ()

    @property
    def command_field(self) -> int | None:
        """Command Field (0000,0100), None if it is missing."""
        return _integer(self.values.get(_COMMAND_FIELD))

    @property
    def has_data_set(self) -> bool:
        """Whether a data set follows: Command Data Set Type (0000,0800) is not 0101H."""
        return _integer(self.values.get(_DATA_SET_TYPE)) != NO_DATA_SET

    def value(self, attribute: str) -> Any:
        """The value of an element by its attribute name (`message_id`), None if it is missing."""
        return self.values.get(_TAGS[attribute])

    def message(self) -> Any:
        """The command set as the dataclass of its message.

        Raises DIMSEProcessingError if the command field is missing or not defined, a mandatory element is missing, or
        an element is damaged or there twice. A UID of no characters is none; elements that the message does not have
        are left out.
        """
        command_field = self.command_field
        if command_field is None:
            raise DIMSEProcessingError("the command set has no Command Field (0000,0100)", clause="PS3.7 9.3, 10.3")
        info = MESSAGES.get(command_field)
        if info is None:
            raise DIMSEProcessingError(f"Command Field {command_field:04X}H is not defined", clause="PS3.7 E.1")
        if self.repeated:
            raise DIMSEProcessingError(f"{_named(self.repeated[0])} is there more than once", clause=CLAUSE)
        cls: Any = MESSAGE_CLASSES[command_field]
        given: dict[str, Any] = {}
        for name in (field.name for field in fields(cls)):
            tag = _TAGS[name]
            value = self.values.get(tag)
            if isinstance(value, bytes):
                raise DIMSEProcessingError(f"{_named(tag)} has {len(value)} bytes", clause=CLAUSE)
            if value is not None and not (value == "" and ELEMENTS[tag].vr == "UI"):
                given[name] = value
        try:
            return cls(**given)
        except TypeError:
            missing = [name for name, mark, _ in info.elements if mark == "M" and name not in given]
            raise DIMSEProcessingError(
                f"{info.name} has no {', '.join(ELEMENTS[_TAGS[name]].name for name in missing)}",
                clause=info.clause,
            ) from None


def encode(message: Any, *, has_data_set: bool) -> bytes:
    """The command set of a message, group length first. Raises EncodeError for a value that does not fit."""
    given: dict[int, Any] = {
        _COMMAND_FIELD: message.command_field,
        _DATA_SET_TYPE: DATA_SET_FOLLOWS if has_data_set else NO_DATA_SET,
    }
    for name in (field.name for field in fields(message)):
        value = getattr(message, name)
        if value is not None:
            given[_TAGS[name]] = value
    body = _encode_elements(given)
    return _encode_element(_GROUP_LENGTH, len(body)) + body


def encoded_length(values: dict[int, Any]) -> int:
    """The Command Group Length (0000,0000), in bytes, of these elements by tag."""
    return len(_encode_elements(values))


def _encode_elements(values: dict[int, Any]) -> bytes:
    return b"".join(_encode_element(tag, values[tag]) for tag in sorted(values))


def decode(data: Buffer) -> CommandSet:
    """Read a command set. Raises DIMSEProcessingError for elements that run over its end."""
    values: dict[int, Any] = {}
    repeated: list[int] = []
    for tag, _, _, raw in elements(data):
        if tag in values:
            repeated.append(tag)
        values[tag] = _decode_value(tag, raw)
    return CommandSet(values, tuple(repeated))


def elements(data: Buffer) -> Iterator[tuple[int, int, int, bytes]]:
    """Each element as tag, offset of its header, length of its value in bytes, value.

    Raises DIMSEProcessingError where an element runs over the end.
    """
    view = memoryview(data)
    offset = 0
    while offset < len(view):
        if len(view) - offset < _ELEMENT_HEADER.size:
            raise DIMSEProcessingError(f"{len(view) - offset} bytes at byte {offset} are no element", clause=CLAUSE)
        group, element, length = _ELEMENT_HEADER.unpack_from(view, offset)
        start = offset + _ELEMENT_HEADER.size
        if length > len(view) - start:
            raise DIMSEProcessingError(
                f"element ({group:04X},{element:04X}) at byte {offset} claims {length} bytes, "
                f"{len(view) - start} are left",
                clause=CLAUSE,
            )
        yield group << 16 | element, offset, length, bytes(view[start : start + length])
        offset = start + length


def _encode_element(tag: int, value: Any) -> bytes:
    definition = ELEMENTS[tag]
    try:
        match definition.vr:
            case "US":
                raw = pack("<H", value)
            case "UL":
                raw = pack("<I", value)
            case "AT":
                tags = (value,) if isinstance(value, int) else value
                raw = b"".join(pack("<HH", item >> 16, item & 0xFFFF) for item in tags)
            case vr:
                raw = value.encode("latin-1") if isinstance(value, str) else bytes(value)
                if len(raw) & 1:
                    raw += b"\0" if vr == "UI" else b" "
    except (error, ValueError, TypeError, AttributeError) as problem:
        raise EncodeError(f"{value!r} is no {definition.vr}: {problem}", path=definition.name, clause=CLAUSE) from None
    return _ELEMENT_HEADER.pack(tag >> 16, tag & 0xFFFF, len(raw)) + raw


def _decode_value(tag: int, raw: bytes) -> Any:
    definition = ELEMENTS.get(tag)
    vr = definition.vr if definition else ""
    if vr == "US" and len(raw) == 2:
        return unpack_from("<H", raw)[0]
    if vr == "UL" and len(raw) == 4:
        return unpack_from("<I", raw)[0]
    if vr == "AT" and len(raw) % 4 == 0:
        numbers = unpack_from(f"<{len(raw) // 2}H", raw)
        return tuple(group << 16 | element for group, element in zip(numbers[::2], numbers[1::2], strict=True))
    if vr in ("UI", "AE", "LO", "SH", "LT"):
        return raw.decode("latin-1").rstrip("\0 " if vr == "UI" else " ")
    return raw


def _named(tag: int) -> str:
    number = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
    return f"{ELEMENTS[tag].name} {number}" if tag in ELEMENTS else number


def _integer(value: Any) -> int | None:
    return value if isinstance(value, int) else None
