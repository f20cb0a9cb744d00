"""Messages as trees: a P-DATA-TF with the command and data set in its PDVs, and a message in many P-DATA-TFs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dulcimer.fuzz.tree.commands import COMMAND_SET, command_tree
from dulcimer.fuzz.tree.data_sets import EXPLICIT_DATA_SET, IMPLICIT_DATA_SET, data_set_tree
from dulcimer.fuzz.tree.nodes import GroupNode, LengthNode, ListNode, Node
from dulcimer.fuzz.tree.reading import tree_of
from dulcimer.fuzz.tree.shapes import GroupShape, LeafShape, ListShape
from dulcimer.fuzz.tree.wire_shapes import shape_of
from dulcimer.wire.codec import encode
from dulcimer.wire.model import PDataTf, PresentationDataValue
from dulcimer.wire.pdus import P_DATA_TF, PRESENTATION_DATA_VALUE

_COMMAND, _LAST = 1, 2
_PDV_HEADER = 6
"""Bytes of a PDV before its fragment."""
PLAIN_PDV = shape_of(PRESENTATION_DATA_VALUE)
"""A PDV with a fragment that is not cut further."""
_PLAIN_PDU = shape_of(P_DATA_TF)


def _pdv(name: str, content: GroupShape) -> GroupShape:
    members = tuple(
        LeafShape(member.name, member.kind, member.width, member.clause, holds_lengths=True, leaf=member.leaf)
        if isinstance(member, LeafShape) and member.kind == "length"
        else member
        for member in PLAIN_PDV.members[:-1]
    )
    return GroupShape(name, PLAIN_PDV.clause, "pdv", (*members, content))


COMMAND_PDV = _pdv("command_pdv", COMMAND_SET)
"""A PDV with a whole command set."""
IMPLICIT_PDV = _pdv("implicit_data_set_pdv", IMPLICIT_DATA_SET)
"""A PDV with a whole data set in Implicit VR Little Endian."""
EXPLICIT_PDV = _pdv("explicit_data_set_pdv", EXPLICIT_DATA_SET)
"""A PDV with a whole data set in Explicit VR Little Endian."""

_PDVS = (PLAIN_PDV, COMMAND_PDV, IMPLICIT_PDV, EXPLICIT_PDV)
_PDV_LIST = ListShape(_PLAIN_PDU.members[-1].name, _PLAIN_PDU.clause, lambda: _PDVS)
P_DATA_WITH_MESSAGE = GroupShape(
    _PLAIN_PDU.name, _PLAIN_PDU.clause, "pdu", (*_PLAIN_PDU.members[:-1], _PDV_LIST), _PLAIN_PDU.type_code
)
"""A P-DATA-TF whose PDVs are cut into elements where they are whole."""

_FRAGMENT_PDU = GroupShape(_PLAIN_PDU.name, _PLAIN_PDU.clause, "message_pdu", _PLAIN_PDU.members, _PLAIN_PDU.type_code)
MESSAGE = ListShape("message", "PS3.8 E.1", lambda: (_FRAGMENT_PDU,))
"""One message as the P-DATA-TFs it is sent in."""


def p_data_tree(data: bytes, *, explicit: bool | None = None) -> GroupNode:
    """The tree of a P-DATA-TF, with the elements of each command set and data set that is whole in one PDV.

    `explicit`: the transfer syntax of the data sets; None leaves them as they are. The bytes are `data`; never raises.
    """
    tree = tree_of(data, P_DATA_TF)
    if len(tree.children) != len(P_DATA_WITH_MESSAGE.members) or not isinstance(values := tree.children[-1], ListNode):
        return tree
    begins = True
    found: list[Node] = []
    for node in values.children:
        header = _header(node)
        whole = begins and header & _LAST
        found.append(_with_content(node, header, explicit) if whole and isinstance(node, GroupNode) else node)
        begins = bool(header & _LAST)
    return GroupNode(P_DATA_WITH_MESSAGE, [*tree.children[:-1], ListNode(_PDV_LIST, found)])


def _header(node: Node) -> int:
    """The message control header of a PDV; as of one that is not the last if it is damaged."""
    if not isinstance(node, GroupNode) or len(node.children) != len(PLAIN_PDV.members):
        return 0
    return node.parts[2][0]


def _with_content(node: GroupNode, header: int, explicit: bool | None) -> GroupNode:
    fragment = node.parts[-1]
    if header & _COMMAND:
        shape, content = COMMAND_PDV, command_tree(fragment)
    elif explicit is None:
        return node
    else:
        shape, content = EXPLICIT_PDV if explicit else IMPLICIT_PDV, data_set_tree(fragment, explicit=explicit)
    length = node.children[0]
    first, *middle = shape.members[0], *node.children[1:-1]
    assert isinstance(length, LengthNode)
    assert isinstance(first, LeafShape)
    return GroupNode(shape, [LengthNode(first, length.fixed), *middle, content])


def message_tree(command: bytes, data_set: bytes | None = None, *, context_id: int = 1, longest: int = 0) -> ListNode:
    """A message in P-DATA-TFs of one PDV, each of at most `longest` bytes after its header; 0: in one for each kind.

    Raises ValueError if `longest` leaves no room for a fragment.
    """
    return message_of(encode(PDataTf((value,))) for value in _fragments(command, data_set, context_id, longest))


def message_of(pdus: Iterable[bytes]) -> ListNode:
    """The tree of these P-DATA-TFs, of one message or several; its bytes are theirs, never raises."""
    return ListNode(MESSAGE, [GroupNode(_FRAGMENT_PDU, tree_of(data, P_DATA_TF).children) for data in pdus])


def _fragments(
    command: bytes, data_set: bytes | None, context_id: int, longest: int
) -> Iterator[PresentationDataValue]:
    for header, data in ((_COMMAND, command), (0, data_set)):
        if data is None:
            continue
        size = longest - _PDV_HEADER if longest else max(len(data), 1)
        if size < 1:
            raise ValueError(f"{longest} bytes leave no room for a fragment")
        size -= size % 2 if size > 1 else 0
        starts = range(0, max(len(data), 1), size)
        for start in starts:
            last = _LAST if start == starts[-1] else 0
            yield PresentationDataValue(context_id, header | last, data[start : start + size])
