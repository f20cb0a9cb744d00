"""The tree of whatever is sent at once: a PDU, a P-DATA-TF with its message, or several P-DATA-TFs."""

from __future__ import annotations

from dulcimer._generated.codes import PduType
from dulcimer.fuzz.tree.cutting import whole_pdus
from dulcimer.fuzz.tree.data_sets import VRS
from dulcimer.fuzz.tree.messages import MESSAGE, P_DATA_WITH_MESSAGE, message_of, p_data_tree
from dulcimer.fuzz.tree.nodes import GroupNode, ListNode
from dulcimer.fuzz.tree.reading import tree_of
from dulcimer.fuzz.tree.shapes import Shape
from dulcimer.fuzz.tree.wire_shapes import shape_of
from dulcimer.wire.codec import decode_lenient
from dulcimer.wire.model import PDataTf
from dulcimer.wire.pdus import PDU_SCHEMAS

_DATA_SET = 0
_COMMAND = 1
_VRS = {vr.encode() for vr in VRS}

SHAPES_OF_PDUS: tuple[Shape, ...] = (
    *(shape_of(layout) for code, layout in PDU_SCHEMAS.items() if code != PduType.P_DATA_TF),
    P_DATA_WITH_MESSAGE,
    MESSAGE,
)
"""What `tree_of_pdus` makes of well-formed PDUs; damaged ones have nodes that no schema has, besides."""


def tree_of_pdus(data: bytes) -> GroupNode | ListNode:
    """The tree of these bytes, always the same one for the same bytes; its bytes are `data`, never raises.

    Several P-DATA-TFs, and nothing else, are a message in fragments. Of a single one command set and data set are cut
    into elements; the data set is in Explicit VR if its first element is.
    """
    if data[:1] != bytes((PduType.P_DATA_TF,)):
        return tree_of(data)
    pdus = _p_data_tfs(data)
    if len(pdus) > 1:
        return message_of(pdus)
    return p_data_tree(data, explicit=_is_explicit(data))


def _p_data_tfs(data: bytes) -> list[bytes]:
    """The P-DATA-TFs; none if there are other bytes, too."""
    found, end = whole_pdus(data)
    return found if end == len(data) and all(pdu[0] == PduType.P_DATA_TF for pdu in found) else []


def _is_explicit(data: bytes) -> bool:
    pdu = decode_lenient(data).pdu
    values = pdu.presentation_data_value_items if isinstance(pdu, PDataTf) else ()
    first = next((one.fragment for one in values if one.message_control_header & _COMMAND == _DATA_SET), b"")
    return bytes(first[4:6]) in _VRS
