"""Command sets: group 0000H in Implicit VR Little Endian, whatever the context's transfer syntax (PS3.7 6.3.1).

Nearly all command sets have the usual form of their message. Code that is generated for each message reads and writes
those; `decode_any` and `encode_any` take the rest element by element, and say what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from struct import Struct, error
from typing import Any

from dulcimer._generated.command_codecs import ENCODERS, MAKERS, usual_values
from dulcimer._generated.commands import ELEMENTS, MESSAGE_CLASSES, MESSAGES, NO_DATA_SET
from dulcimer.counting import counted
from dulcimer.dimse.command_values import CLAUSE, NUMBERS_OF_TWO_BYTES, VALUE_CLAUSE, named, take, write
from dulcimer.errors import DIMSEProcessingError
from dulcimer.wire.model import Buffer
from dulcimer.wire.stream import Deviation

DATA_SET_FOLLOWS = 0x0001
"""A Command Data Set Type for a message with a data set: any value but 0101H."""

_ELEMENT_HEADER = Struct("<HHI")
_GROUP_LENGTH, _COMMAND_FIELD, _DATA_SET_TYPE = 0x00000000, 0x00000100, 0x00000800
_TAGS = {element.attribute: tag for tag, element in ELEMENTS.items()}
_SHORT = 2
MOST_DEVIATIONS = 64
"""Deviations of a command set that are kept."""


@dataclass(frozen=True, slots=True)
class CommandSet:
    """A command set as received.

    `values` has, by tag, what `command_values.take` makes of each element: a known one has a value of the type of its
    VR, or is left out; an unknown one is bytes. `repeated` are the tags that came more than once; the last value
    counts. `deviations` are elements that do not follow their VR, with their offset in bytes in the command set; one
    without a usable value is `structural`.
    """

    values: dict[int, Any]
    repeated: tuple[int, ...] = ()
    deviations: tuple[Deviation, ...] = ()

    @property
    def command_field(self) -> int | None:
        """Command Field (0000,0100), None if it is missing."""
        return self.values.get(_COMMAND_FIELD)

    @property
    def has_data_set(self) -> bool | None:
        """Whether a data set follows: Command Data Set Type (0000,0800) is not 0101H.

        If that is missing, no data set follows a message that never has one; for others it is unknown (None).
        """
        kind = self.values.get(_DATA_SET_TYPE)
        if kind is not None:
            return bool(kind != NO_DATA_SET)
        info = MESSAGES.get(self.command_field or 0)
        return None if info is None or info.data_set != "none" else False

    def value(self, attribute: str) -> Any:
        """The value of an element by its attribute name (`message_id`), None if there is none."""
        return self.values.get(_TAGS[attribute])

    def damage(self, attribute: str) -> str:
        """Why an element has no value, in words; "" if it has one, is empty, or is missing."""
        return self._damage(_TAGS[attribute])

    def message(self) -> Any:
        """The command set as the dataclass of its message.

        Raises DIMSEProcessingError if the command field is missing or not defined, a mandatory element is missing, or
        an element is damaged or repeated. Elements that the message does not have are left out.
        """
        command_field = self.command_field
        if command_field is None:
            damage = self._damage(_COMMAND_FIELD)
            name = named(_COMMAND_FIELD)
            problem = f"{name}: {damage}" if damage else f"the command set has no {name}"
            raise DIMSEProcessingError(problem, clause="PS3.7 9.3, 10.3")
        info = MESSAGES.get(command_field)
        if info is None:
            raise DIMSEProcessingError(f"Command Field {command_field:04X}H is not defined", clause="PS3.7 E.1")
        if self.repeated:
            raise DIMSEProcessingError(f"{named(self.repeated[0])} is repeated", clause=CLAUSE)
        if not self.deviations and _DATA_SET_TYPE in self.values:
            try:
                return MAKERS[command_field](self.values)
            except KeyError:  # a mandatory element is missing; below it is said which
                pass
        cls: Any = MESSAGE_CLASSES[command_field]
        given: dict[str, Any] = {}
        for name, tag in _tags_of(cls):
            value = self.values.get(tag)
            if value is not None:
                given[name] = value
            elif self.deviations and (damage := self._damage(tag)):
                raise DIMSEProcessingError(f"{named(tag)}: {damage}", clause=VALUE_CLAUSE)
        try:
            made = cls(**given)
        except TypeError:
            missing = [_TAGS[name] for name, mark, _ in info.elements if mark == "M" and name not in given]
            raise _missing(info, missing) from None
        if _DATA_SET_TYPE not in self.values:
            raise _missing(info, [_DATA_SET_TYPE])
        return made

    def _damage(self, tag: int) -> str:
        if tag in self.values or not self.deviations:
            return ""
        return next((one.problem for one in self.deviations if one.structural and one.path == named(tag)), "")


@cache
def _tags_of(cls: Any) -> tuple[tuple[str, int], ...]:
    """The elements of a message, by the name of their field."""
    return tuple((field.name, _TAGS[field.name]) for field in fields(cls))


def _missing(info: Any, tags: list[int]) -> DIMSEProcessingError:
    names = ", ".join(ELEMENTS[tag].name for tag in tags)
    return DIMSEProcessingError(f"{info.name} has no {names}", clause=info.clause)


def encode(message: Any, *, has_data_set: bool) -> bytes:
    """The command set of a message, group length first. Raises EncodeError for a value that does not fit."""
    encoder = ENCODERS.get(type(message))
    if encoder is not None:
        try:
            usual = encoder(message, DATA_SET_FOLLOWS if has_data_set else NO_DATA_SET)
        except (error, ValueError, TypeError, AttributeError):  # `encode_any` says what is wrong, if anything is
            usual = b""
        if usual:
            return usual
    return encode_any(message, has_data_set=has_data_set)


def encode_any(message: Any, *, has_data_set: bool) -> bytes:
    """The same as `encode`, for each message, element by element."""
    given: dict[int, Any] = {
        _COMMAND_FIELD: message.command_field,
        _DATA_SET_TYPE: DATA_SET_FOLLOWS if has_data_set else NO_DATA_SET,
    }
    for name in (field.name for field in fields(message)):
        value = getattr(message, name)
        if value is not None:
            given[_TAGS[name]] = value
    return encode_values(given)


def encode_values(values: dict[int, Any]) -> bytes:
    """The command set of these elements by tag, group length first. Raises EncodeError if a value does not fit."""
    body = _encode_elements(values)
    return _encode_element(_GROUP_LENGTH, len(body)) + body


def encoded_length(values: dict[int, Any]) -> int:
    """The Command Group Length (0000,0000), in bytes, of these elements by tag."""
    return len(_encode_elements(values))


def _encode_elements(values: dict[int, Any]) -> bytes:
    return b"".join(_encode_element(tag, values[tag]) for tag in sorted(values))


def decode(data: Buffer) -> CommandSet:
    """Read a command set. Raises DIMSEProcessingError for elements that run over its end."""
    raw = data if isinstance(data, bytes) else bytes(data)
    usual = usual_values(raw)
    return decode_any(raw) if usual is None else CommandSet(usual)


def decode_any(data: Buffer) -> CommandSet:
    """The same as `decode`, for each command set, element by element."""
    values: dict[int, Any] = {}
    seen: set[int] = set()
    repeated: list[int] = []
    deviations: list[Deviation] = []
    for tag, offset, _, raw in elements(data):
        if tag in seen:
            repeated.append(tag)
        seen.add(tag)
        if len(raw) == _SHORT and tag in NUMBERS_OF_TWO_BYTES:  # the fast path: most elements are such numbers
            values[tag] = raw[0] | raw[1] << 8
            continue
        value, problem = take(tag, raw)
        if value is not None:
            values[tag] = value
        else:
            values.pop(tag, None)
        if problem and len(deviations) < MOST_DEVIATIONS:
            deviations.append(Deviation(named(tag), offset, VALUE_CLAUSE, problem, structural=value is None))
    return CommandSet(values, tuple(repeated), tuple(deviations))


decode_again = lru_cache(maxsize=16)(decode)
"""`decode` for those who read the same bytes one after the other: nobody may change the values."""


def elements(data: Buffer) -> Iterator[tuple[int, int, int, bytes]]:
    """Each element as tag, offset of its header, length of its value in bytes, value.

    Raises DIMSEProcessingError where an element runs over the end.
    """
    raw = data if isinstance(data, bytes) else bytes(data)
    offset, size, header = 0, len(raw), _ELEMENT_HEADER.size
    while offset < size:
        start = offset + header
        if start > size:
            raise DIMSEProcessingError(
                f"not an element at byte {offset}: {counted(size - offset, 'byte')}", clause=CLAUSE
            )
        group, element, length = _ELEMENT_HEADER.unpack_from(raw, offset)
        stop = start + length
        if stop > size:
            raise DIMSEProcessingError(
                f"element ({group:04X},{element:04X}) at byte {offset} claims {counted(length, 'byte')}, "
                f"{size - start} are left",
                clause=CLAUSE,
            )
        yield group << 16 | element, offset, length, raw[start:stop]
        offset = stop


def _encode_element(tag: int, value: Any) -> bytes:
    raw = write(tag, value)
    return _ELEMENT_HEADER.pack(tag >> 16, tag & 0xFFFF, len(raw)) + raw
