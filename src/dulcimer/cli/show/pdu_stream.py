"""The PDUs in a sequence of bytes, with their fields and command sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dulcimer._generated.codes import PduType
from dulcimer._generated.headers import PDU_HEADER
from dulcimer.cli.show.command_dump import CommandDump, Fragment, command_dump
from dulcimer.wire.fieldmap import Field, field_map

NO_BYTES = "there are no bytes"
MOST_UNKNOWN = 8
MOST_ITEMS = 20_000
"""Maximum number of items of a PDU that are cut into fields; a valid PDU has at most a few thousand."""
_TYPES = frozenset(PduType)


@dataclass(frozen=True, slots=True)
class DecodedPdu:
    """One PDU: `offset` from the first byte of all, its bytes, its fields.

    `commands` are the command sets whose last fragment is in this PDU.
    """

    offset: int
    data: bytes
    fields: tuple[Field, ...]
    commands: tuple[CommandDump, ...] = ()

    @property
    def kind(self) -> PduType | None:
        """The type of the PDU, None if the standard has no such type."""
        return next((member for member in PduType if member == self.data[0]), None)

    @property
    def problems(self) -> list[str]:
        """What is wrong with it, in words."""
        found = [f"{field.path}: {field.problem}" for field in self.fields if field.problem]
        for command in self.commands:
            found += command.problems
        return found


@dataclass(slots=True)
class PduStream:
    """Cuts bytes into PDUs; a PDU with a wrong length gets the bytes that are left."""

    data: bytes
    _fragments: dict[int, list[Fragment]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[DecodedPdu]:
        """The PDUs in their order; every byte is in exactly one.

        After `MOST_UNKNOWN` PDUs of unknown type in a row, the rest is a single PDU.
        """
        offset = unknown = 0
        while offset < len(self.data):
            unknown = 0 if self.data[offset] in _TYPES else unknown + 1
            end = len(self.data)
            if end - offset >= PDU_HEADER.size and unknown <= MOST_UNKNOWN:
                end = offset + PDU_HEADER.size + PDU_HEADER.unpack_from(self.data, offset)[1]
            data = self.data[offset:end]
            fields = field_map(data, most_items=MOST_ITEMS)
            yield DecodedPdu(offset, data, fields, tuple(self._commands(offset, fields)))
            offset += len(data)

    def _commands(self, start: int, fields: tuple[Field, ...]) -> Iterator[CommandDump]:
        context_id = header = 0
        for leaf in fields:
            match leaf.name, leaf.value:
                case "presentation_context_id", int(number):
                    context_id = number
                case "message_control_header", int(number):
                    header = number
                case "fragment", _ if header & 1:
                    fragments = self._fragments.setdefault(context_id, [])
                    fragments.append(Fragment(start + leaf.offset, leaf.raw))
                    if header & 2:
                        yield command_dump(context_id, self._fragments.pop(context_id))
                case _:
                    pass


def foreign_format(data: bytes) -> str:
    """The kind of file that `data` is if it is easily mistaken for PDUs; "" if it is not such a file."""
    if data[128:132] == b"DICM":
        return "a DICOM file (PS3.10): it holds a data set, and no PDUs"
    if data[:1] == b"\x16" and data[1:2] == b"\x03":
        return "TLS: the PDUs in it are encrypted"
    return ""
