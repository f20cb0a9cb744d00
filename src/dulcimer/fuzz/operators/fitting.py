"""P-DATA-TFs that are too long for their receiver, cut so that what is in them gets through (PS3.8 D.1.1)."""

from __future__ import annotations

from collections.abc import Iterator

from dulcimer._generated.codes import PduType
from dulcimer._generated.headers import PDU_HEADER, PDV_HEADER
from dulcimer.fuzz.choices import Choices, OctetChoices
from dulcimer.fuzz.operators.operator import Edit, Operator, Spot, put
from dulcimer.fuzz.tree.cutting import whole_pdus
from dulcimer.fuzz.tree.nodes import GroupNode, LeafNode, ListNode
from dulcimer.fuzz.tree.shapes import UNPARSED, GroupShape, ListShape, Shape

_MAXIMA = (16_384, 32_768, 65_536, 8192, 4096, 1024, 128, 32, 16)
"""Maximum lengths, in bytes, that a receiver may have; the first one is that of most."""
_LAST = 2
_LENGTH = 4
"""Bytes of the length of a PDV, which does not count itself."""


def exceeds(data: bytes, maximum: int) -> bool:
    """Whether there is a P-DATA-TF of more than `maximum` bytes after its header."""
    if len(data) <= PDU_HEADER.size + maximum:
        return False
    return any(pdu[0] == PduType.P_DATA_TF and len(pdu) - PDU_HEADER.size > maximum for pdu in whole_pdus(data)[0])


def fitting_choices(maximum: int) -> Choices | None:
    """What `FITTING` draws from to make P-DATA-TFs that are allowed; None for a maximum below the lowest."""
    allowed = [(size, index) for index, size in enumerate(_MAXIMA) if size <= maximum]
    return OctetChoices(bytes((max(allowed)[1],))) if allowed else None


def _fitted(spot: Spot) -> Edit | None:
    drawn = spot.choices.pick(_MAXIMA)
    pdus, end = whole_pdus(spot.octets)
    exceeded = [size for size in _MAXIMA if size <= drawn and any(exceeds(pdu, size) for pdu in pdus)]
    if end != len(spot.octets) or not exceeded:
        return None
    maximum = max(exceeded)
    cut = [list(_cut(pdu, maximum)) if exceeds(pdu, maximum) else [pdu] for pdu in pdus]
    if not all(cut):
        return None
    made = b"".join(pdu for several in cut for pdu in several)
    leaf, node = LeafNode(UNPARSED, made), spot.node
    text = f"in P-DATA-TFs of at most {maximum} bytes"
    if isinstance(node, ListNode):
        return Edit(ListNode(node.shape, [leaf]), text)
    assert isinstance(node, GroupNode)
    return put(spot, (GroupNode(node.shape, [leaf], node.label),), text)


def _cut(pdu: bytes, maximum: int) -> Iterator[bytes]:
    """The PDVs in P-DATA-TFs of their own, in pieces if they are too long; nothing if one of them is damaged."""
    values: list[tuple[int, int, bytes]] = []
    at = PDU_HEADER.size
    while at + PDV_HEADER.size <= len(pdu):
        length, context, header = PDV_HEADER.unpack_from(pdu, at)
        end = at + _LENGTH + length
        if end < at + PDV_HEADER.size or end > len(pdu):
            return
        values.append((context, header, pdu[at + PDV_HEADER.size : end]))
        at = end
    if at != len(pdu):
        return
    most = maximum - PDV_HEADER.size
    for context, header, fragment in values:
        for start in range(0, max(len(fragment), 1), most):
            piece = fragment[start : start + most]
            given = header if start + most >= len(fragment) else header & ~_LAST
            value = PDV_HEADER.pack(len(piece) + PDV_HEADER.size - _LENGTH, context, given) + piece
            yield PDU_HEADER.pack(pdu[0], len(value)) + value


def _is_of_p_data(shape: Shape) -> bool:
    """Whether it is a P-DATA-TF that stands alone, or several that stand alone."""
    if isinstance(shape, ListShape):
        return any(one.role == "message_pdu" for one in shape.elements())
    return isinstance(shape, GroupShape) and shape.role == "pdu" and shape.name == PduType.P_DATA_TF.label


FITTING = Operator("pdu-in-fragments", _is_of_p_data, _fitted, "PS3.8 D.1.1")
