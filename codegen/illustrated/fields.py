"""Each byte of a session as part of one field: of a PDU, or of an element of a command set or data set in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from pydicom.datadict import dictionary_description

from codegen.illustrated.moments import Moment
from dulcimer._generated.codes import PduType
from dulcimer.cli.show.command_dump import HEADER_SIZE, Fragment, command_dump
from dulcimer.fuzz.tree.data_sets import data_set_tree
from dulcimer.fuzz.tree.nodes import Branch
from dulcimer.fuzz.tree.paths import nodes_in, offset_of
from dulcimer.wire.fieldmap import Field, field_map

_COMMAND: Final = 1
_LAST: Final = 2
_TAG_SIZE: Final = 4
_ELEMENT_CLAUSE: Final = "PS3.7 6.3.1"


@dataclass(frozen=True, slots=True)
class IllustratedField:
    """Bytes of one field. `group`: the item or element around it; `says`: its value in words; `doc`: what it is for."""

    offset: int
    raw: bytes
    group: str
    name: str
    says: str
    doc: str
    clause: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """A fragment of a message: in which PDU, and where."""

    pdu: int
    offset: int
    data: bytes


def illustrated(moments: Sequence[Moment]) -> list[list[IllustratedField]]:
    """The fields of each PDU, in the order of their bytes."""
    maps = [field_map(moment.data) for moment in moments]
    found = [[_plain(field, fields) for field in fields if field.size and not _is_fragment(field)] for fields in maps]
    for is_command, pieces in _messages(moments, maps):
        whole = b"".join(piece.data for piece in pieces)
        leaves = list(_of_command(whole) if is_command else _of_data_set(whole))
        for piece, inside in zip(pieces, _shared(leaves, [len(one.data) for one in pieces]), strict=True):
            found[piece.pdu] += [replace(leaf, offset=piece.offset + leaf.offset) for leaf in inside]
    return [sorted(fields, key=lambda field: field.offset) for fields in found]


def _is_fragment(field: Field) -> bool:
    return field.name == "fragment"


def _plain(field: Field, fields: Sequence[Field]) -> IllustratedField:
    value = field.raw.hex(" ").upper() if isinstance(field.value, bytes) else str(field.value).strip()
    says = f"{value}: {field.meaning}" if field.meaning and field.meaning != value else value or field.meaning
    if field.kind == "length":
        says = field.meaning
    elif field.name in ("pdu_type", "item_type"):
        says = f"{field.raw[0]:02X}H: {field.meaning}"
    elif field.kind == "reserved":
        says = "reserved"
    return IllustratedField(
        field.offset, field.raw, _group(field, fields), _words(field.name), says, field.doc, field.clause
    )


def _group(field: Field, fields: Sequence[Field]) -> str:
    """The item that a field is in, by the meaning of its type."""
    around = field.path.rpartition(".")[0]
    kind = next((one for one in fields if one.path == f"{around}.item_type"), None)
    if kind is not None:
        return kind.meaning
    return "Presentation Data Value" if around else ""


def _words(name: str) -> str:
    words = re.sub(r"_\d+(_\d+)?$", "", name).replace("_", " ")
    for short in ("pdu", "ae", "uid", "id", "scu", "scp"):
        words = " ".join(short.upper() if word == short else word for word in words.split(" "))
    return words


def _messages(moments: Sequence[Moment], maps: Sequence[Sequence[Field]]) -> Iterator[tuple[bool, list[_Piece]]]:
    """Command sets and data sets as their fragments; the last one may not be whole."""
    open_: dict[tuple[str, bool], list[_Piece]] = {}
    for number, (moment, fields) in enumerate(zip(moments, maps, strict=True)):
        if moment.data[0] != PduType.P_DATA_TF:
            continue
        header = 0
        for field in fields:
            if field.name == "message_control_header":
                header = field.raw[0]
            elif _is_fragment(field):
                key = moment.sender, bool(header & _COMMAND)
                open_.setdefault(key, []).append(_Piece(number, field.offset, field.raw))
                if header & _LAST:
                    yield key[1], open_.pop(key)
    for (_, is_command), pieces in open_.items():
        yield is_command, pieces


def _shared(leaves: Sequence[IllustratedField], sizes: Sequence[int]) -> list[list[IllustratedField]]:
    """The leaves of each fragment; one that lies across a border is in both."""
    borders = [sum(sizes[:number]) for number in range(len(sizes) + 1)]
    found = []
    for start, stop in pairwise(borders):
        inside = []
        for leaf in leaves:
            end = leaf.offset + len(leaf.raw)
            first, last = max(leaf.offset, start), min(end, stop)
            if first < last:
                name = leaf.name if first == leaf.offset else f"{leaf.name}, continued"
                raw = leaf.raw[first - leaf.offset : last - leaf.offset]
                inside.append(replace(leaf, offset=first - start, raw=raw, name=name))
        found.append(inside)
    return found


def _of_command(data: bytes) -> Iterator[IllustratedField]:
    """The elements of a command set: tag, length and value of each."""
    for element in command_dump(0, [Fragment(0, data)]).elements:
        raw, group = element.raw, element.label
        yield IllustratedField(
            element.offset,
            raw[:_TAG_SIZE],
            group,
            "tag",
            element.label,
            "which element it is, group first",
            element.clause,
        )
        size = len(raw) - HEADER_SIZE
        yield IllustratedField(
            element.offset + _TAG_SIZE,
            raw[_TAG_SIZE:HEADER_SIZE],
            group,
            "length",
            f"{size} bytes follow",
            "how long the value is",
            _ELEMENT_CLAUSE,
        )
        if size:
            value = str(element.value)
            says = f"{value}: {element.meaning}" if element.meaning else value
            yield IllustratedField(
                element.offset + HEADER_SIZE, raw[HEADER_SIZE:], group, element.name, says, "its value", element.clause
            )


_DOCS: Final = {
    "tag": "which element it is, group first",
    "vr": "the type of the value (value representation)",
    "value_length": "how long the value is",
    "value": "its value",
}


def _of_data_set(data: bytes) -> Iterator[IllustratedField]:
    """The elements of a data set in Explicit VR Little Endian."""
    tree = data_set_tree(data, explicit=True)
    leaves = [(offset_of(tree, path), node) for path, node in nodes_in(tree) if not isinstance(node, Branch)]
    ends = [*(start for start, _ in leaves[1:]), len(data)]
    name = ""
    for (start, node), end in zip(leaves, ends, strict=True):
        octets = data[start:end]
        if not octets:
            continue
        kind = node.shape.name
        if kind == "tag":
            group, number = int.from_bytes(octets[:2], "little"), int.from_bytes(octets[2:4], "little")
            name = f"({group:04X},{number:04X}) {dictionary_description((group, number))}"
        says = {
            "tag": name,
            "value_length": f"{int.from_bytes(octets, 'little')} bytes follow",
            "vr": octets.decode("latin-1"),
        }.get(kind, _value(octets, node.shape.kind))
        yield IllustratedField(
            start, octets, name, _words(kind), says, _DOCS.get(kind, "a part of it"), node.shape.clause
        )


def _value(octets: bytes, kind: str) -> str:
    if kind == "number":
        return str(int.from_bytes(octets, "little"))
    return octets.decode("latin-1").rstrip("\0 ")
