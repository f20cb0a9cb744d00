"""Values of single fields: numbers, codes, types, reserved bytes, tags, VRs and bytes without a known form."""

from __future__ import annotations

from collections.abc import Callable

from dulcimer._generated.codes import ItemType, PduType
from dulcimer.fuzz.operators.operator import Edit, Operator, Spot, fill, leaf_of, of_kind, set_octets
from dulcimer.fuzz.tree.data_sets import ITEM, ITEM_DELIMITATION, SEQUENCE_DELIMITATION, VRS
from dulcimer.fuzz.tree.nodes import LeafNode, byte_order, number_octets
from dulcimer.fuzz.tree.paths import nodes_in
from dulcimer.fuzz.tree.shapes import LeafShape, Shape

_PDU_TYPES = tuple(int(code) for code in PduType)
_ITEM_TYPES = tuple(int(code) for code in ItemType)
_SEQUENCE_TAGS = (b"\x08\x00\x40\x11", b"\x40\x00\x75\x02")
"""Referenced Image Sequence (0008,1140), Request Attributes Sequence (0040,0275)."""
_LONGEST_HEADER = 12
_PRIVATE_TAG = b"\x09\x00\x01\x10"
_FLOATS = ("000080ff", "0000c07f", "ffffff7f", "000000000000f07f", "000000000000f8ff", "ffffffffffffef7f")
"""Infinities, numbers that are none, and the largest ones, of 4 and 8 bytes."""

_Number = Callable[[Spot, int, int], "int | None"]
"""A number instead of the second argument, in a field whose highest number is the third; None if there is none."""


def _number(value: _Number) -> Callable[[Spot], Edit | None]:
    def change(spot: Spot) -> Edit | None:
        shape = leaf_of(spot.node.shape)
        highest = (1 << 8 * (shape.width or 0)) - 1
        number = value(spot, int.from_bytes(spot.octets, byte_order(shape)), highest)
        return None if number is None else set_octets(spot, number_octets(number, shape))

    return change


def _octets(value: Callable[[Spot, bytes], bytes | None]) -> Callable[[Spot], Edit | None]:
    def change(spot: Spot) -> Edit | None:
        octets = value(spot, spot.octets)
        return None if octets is None else set_octets(spot, octets)

    return change


def _bit(spot: Spot, octets: bytes) -> bytes | None:
    if not octets:
        return None
    at = spot.choices.integer(0, len(octets) - 1)
    flipped = octets[at] ^ 1 << spot.choices.integer(0, 7)
    return octets[:at] + bytes((flipped,)) + octets[at + 1 :]


def _small(spot: Spot, number: int, highest: int) -> int:  # noqa: ARG001
    return spot.choices.pick([small for small in range(4) if small != number])


def _below_a_header(spot: Spot, number: int, highest: int) -> int:  # noqa: ARG001
    """A size that leaves no room for more than the header of a PDU or a PDV, if it is one."""
    return spot.choices.pick([small for small in range(1, _LONGEST_HEADER + 1) if small != number])


def _undefined(spot: Spot, number: int, highest: int) -> int:  # noqa: ARG001
    """A number that no code has: the first one, the last one, or any."""
    codes = leaf_of(spot.node.shape).codes
    first = next(value for value in range(highest + 1) if value not in codes)
    last = next(value for value in range(highest, -1, -1) if value not in codes)
    drawn = spot.choices.integer(0, highest)
    return spot.choices.pick((first, last, drawn if drawn not in codes else last))


def _other_code(spot: Spot, number: int, highest: int) -> int | None:  # noqa: ARG001
    others = [code for code in leaf_of(spot.node.shape).codes if code != number]
    return spot.choices.pick(others) if others else None


def _types(shape: LeafShape) -> tuple[int, ...]:
    return _PDU_TYPES if shape.name == "pdu_type" else _ITEM_TYPES


def _other_type(spot: Spot, number: int, highest: int) -> int:  # noqa: ARG001
    return spot.choices.pick([code for code in _types(leaf_of(spot.node.shape)) if code != number])


def _unknown_type(spot: Spot, number: int, highest: int) -> int:  # noqa: ARG001
    known = _types(leaf_of(spot.node.shape))
    return spot.choices.pick([code for code in range(highest + 1) if code not in known])


def _not_zero(spot: Spot, octets: bytes) -> bytes:
    """Reserved bytes that are not zero, some if there are none."""
    if not octets:
        return b"\x01" + spot.choices.octets(spot.choices.integer(0, 7))
    at = spot.choices.integer(0, len(octets) - 1)
    value = spot.choices.integer(1, 255)
    return octets[:at] + bytes((value if octets[at] != value else value % 255 + 1,)) + octets[at + 1 :]


def _other_id(spot: Spot, number: int, highest: int) -> int | None:  # noqa: ARG001
    """The context ID of another place in the same tree."""
    others = _numbers(spot, lambda shape: shape.is_context_id) - {number}
    return spot.choices.pick(sorted(others)) if others else None


def _unused_id(spot: Spot, number: int, highest: int) -> int | None:  # noqa: ARG001
    used = _numbers(spot, lambda shape: shape.is_context_id)
    unused = [value for value in range(1, highest + 1, 2) if value not in used]
    return spot.choices.pick(unused) if unused else None


def _numbers(spot: Spot, wanted: Callable[[LeafShape], bool]) -> set[int]:
    return {
        int.from_bytes(node.octets, byte_order(node.shape))
        for _, node in nodes_in(spot.tree)
        if isinstance(node, LeafNode) and wanted(node.shape)
    }


def _other_tag(spot: Spot, octets: bytes) -> bytes | None:
    """The tag of another element in the same tree."""
    found = {node.octets for _, node in nodes_in(spot.tree) if node.shape.kind == "tag"} - {octets}
    return spot.choices.pick(sorted(found)) if found else None


def _extreme(spot: Spot, octets: bytes) -> bytes:
    return spot.choices.pick([tag for tag in (bytes(4), b"\xff" * 4) if tag != octets])


def _sequence_tag(spot: Spot, octets: bytes) -> bytes:
    return spot.choices.pick([tag for tag in _SEQUENCE_TAGS if tag != octets])


def _other_vr(spot: Spot, octets: bytes) -> bytes:
    return spot.choices.pick([vr.encode() for vr in VRS if vr.encode() != octets])


def _other_bytes(spot: Spot, octets: bytes) -> bytes:
    return spot.choices.octets(len(octets)) if octets else fill(spot, 4)


def _longer(spot: Spot, octets: bytes) -> bytes:
    return octets + fill(spot, spot.choices.pick((2, 64, 1024, 40_000)))


def _cut(spot: Spot, octets: bytes) -> bytes | None:
    return octets[: spot.choices.integer(0, len(octets) - 1)] if octets else None


def _odd(spot: Spot, octets: bytes) -> bytes:  # noqa: ARG001
    return octets + b"\0" if len(octets) % 2 == 0 else octets[:-1]


def _float(spot: Spot, octets: bytes) -> bytes:
    return bytes.fromhex(spot.choices.pick([one for one in _FLOATS if bytes.fromhex(one) != octets]))


def _is_context_id(shape: Shape) -> bool:
    return isinstance(shape, LeafShape) and shape.is_context_id


def _is_control_header(shape: Shape) -> bool:
    return isinstance(shape, LeafShape) and shape.is_control_header


def _is_tag_not_zero(shape: Shape) -> bool:
    return isinstance(shape, LeafShape) and shape.kind == "tag" and shape.codes != (0,)


def _is_element_tag(shape: Shape) -> bool:
    return shape.kind == "tag" and shape.name != "item_tag"


def _is_version(shape: Shape) -> bool:
    return shape.name == "protocol_version"


def _is_empty_or_wide(shape: Shape) -> bool:
    return shape.kind == "reserved"


_is_integer = of_kind("integer")
_is_number = of_kind("integer", "enum")
_is_typed = of_kind("const")
_has_number = of_kind("integer", "enum", "const")
_is_bytes = of_kind("bytes")
_is_tag = of_kind("tag")
_is_vr = of_kind("vr")
_is_binary = of_kind("number")
_is_delimiter = of_kind("delimiter")

_FRAGMENT_HEADER = "PS3.8 E.2"

VALUES = (
    Operator("value-small", _has_number, _number(_small), variants=3),
    Operator(
        "value-below-a-header", _is_integer, _number(_below_a_header), variants=_LONGEST_HEADER, is_notorious=True
    ),
    Operator("value-highest", _has_number, _number(lambda _spot, number, highest: highest - (number == highest))),
    Operator("value-sign-bit", _is_number, _number(lambda _spot, _number, highest: (highest + 1) // 2)),
    Operator("value-plus-one", _is_number, _number(lambda _spot, number, _highest: number + 1)),
    Operator("value-minus-one", _is_number, _number(lambda _spot, number, _highest: number - 1)),
    Operator(
        "value-any", _is_number, _number(lambda spot, _number, highest: spot.choices.integer(0, highest)), variants=4
    ),
    Operator(
        "value-bit", of_kind("integer", "enum", "const", "tag", "ae_title", "uid", "text"), _octets(_bit), variants=8
    ),
    Operator("value-undefined", of_kind("enum"), _number(_undefined), variants=3),
    Operator("value-other-code", of_kind("enum"), _number(_other_code), variants=4),
    Operator("type-unknown", _is_typed, _number(_unknown_type), "PS3.8 9.3.1", variants=4),
    Operator("type-other", _is_typed, _number(_other_type), variants=4),
    Operator("reserved-not-zero", _is_empty_or_wide, _octets(_not_zero), variants=4),
    Operator("reserved-ones", _is_empty_or_wide, _octets(lambda _spot, octets: b"\xff" * (len(octets) or 4))),
    Operator("version-none", _is_version, _number(lambda _spot, _number, _highest: 0)),
    Operator("version-not-1", _is_version, _number(lambda _spot, number, _highest: number & ~1 | 2)),
    Operator("version-all", _is_version, _number(lambda _spot, _number, highest: highest)),
    Operator("context-zero", _is_context_id, _number(lambda _spot, _number, _highest: 0)),
    Operator("context-even", _is_context_id, _number(lambda _spot, number, _highest: number + 1)),
    Operator("context-doubled", _is_context_id, _number(_other_id), variants=2),
    Operator("context-unused", _is_context_id, _number(_unused_id), variants=2),
    Operator(
        "header-other-kind", _is_control_header, _number(lambda _spot, number, _highest: number ^ 1), _FRAGMENT_HEADER
    ),
    Operator(
        "header-last-or-not", _is_control_header, _number(lambda _spot, number, _highest: number ^ 2), _FRAGMENT_HEADER
    ),
    Operator(
        "header-other-bits",
        _is_control_header,
        _number(lambda _spot, number, _highest: number | 0xFC),
        _FRAGMENT_HEADER,
    ),
    Operator("tag-extreme", _is_tag, _octets(_extreme), variants=2),
    Operator("tag-byte-order", _is_tag_not_zero, _octets(lambda _spot, octets: octets[1::-1] + octets[:1:-1])),
    Operator("tag-of-another", _is_tag, _octets(_other_tag), variants=4),
    Operator("tag-private", _is_tag, _octets(lambda _spot, _octets: _PRIVATE_TAG)),
    Operator("tag-of-sequence", _is_tag, _octets(_sequence_tag), "PS3.5 7.5", variants=2),
    Operator("tag-of-item", _is_element_tag, _octets(lambda _spot, _octets: ITEM), "PS3.5 7.5"),
    Operator("tag-of-item-end", _is_tag, _octets(lambda _spot, _octets: ITEM_DELIMITATION[:4]), "PS3.5 7.5"),
    Operator("tag-of-sequence-end", _is_tag, _octets(lambda _spot, _octets: SEQUENCE_DELIMITATION[:4]), "PS3.5 7.5"),
    Operator("vr-other", _is_vr, _octets(_other_vr), variants=8),
    Operator("vr-sequence", _is_vr, _octets(lambda _spot, octets: b"SQ" if octets != b"SQ" else b"UN"), "PS3.5 7.5"),
    Operator(
        "vr-unknown",
        _is_vr,
        _octets(lambda spot, _octets: spot.choices.pick((b"ZZ", b"\0\0", b"sq", b"\xff\xff"))),
        variants=4,
    ),
    Operator("number-zero", _is_binary, _octets(lambda _spot, octets: bytes(len(octets)))),
    Operator("number-ones", _is_binary, _octets(lambda _spot, octets: b"\xff" * len(octets))),
    Operator("number-float", _is_binary, _octets(_float), variants=3),
    Operator("number-bit", _is_binary, _octets(_bit), variants=8),
    Operator("number-cut", _is_binary, _octets(_cut), variants=4),
    Operator(
        "number-many",
        _is_binary,
        _octets(lambda spot, octets: octets * (1 + spot.choices.pick((1, 2, 64, 512)))),
        variants=4,
    ),
    Operator("delimiter-with-length", _is_delimiter, _octets(lambda _spot, octets: octets[:4] + b"\x02\0\0\0")),
    Operator("delimiter-with-bytes", _is_delimiter, _octets(lambda _spot, octets: octets + b"\x01\0")),
    Operator(
        "delimiter-of-other-kind",
        _is_delimiter,
        _octets(lambda _spot, octets: ITEM_DELIMITATION if octets == SEQUENCE_DELIMITATION else SEQUENCE_DELIMITATION),
    ),
    Operator("bytes-empty", _is_bytes, _octets(lambda _spot, _octets: b"")),
    Operator("bytes-bit", _is_bytes, _octets(_bit), variants=8),
    Operator("bytes-other", _is_bytes, _octets(_other_bytes), variants=4),
    Operator("bytes-longer", _is_bytes, _octets(_longer), variants=4),
    Operator("bytes-cut", _is_bytes, _octets(_cut), variants=4),
    Operator("bytes-odd", _is_bytes, _octets(_odd)),
)
