"""Data sets as trees, in Implicit and Explicit VR Little Endian (PS3.5 7, Annex A): elements, sequences, items.

An element is named for its VR in the schema, and for its tag, eight hexadecimal digits, in its tree.
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct

from pydicom.datadict import dictionary_VR
from pydicom.valuerep import EXPLICIT_VR_LENGTH_32

from dulcimer.fuzz.tree.nodes import GroupNode, LeafNode, LengthNode, ListNode, Node
from dulcimer.fuzz.tree.reading import with_wrong_lengths
from dulcimer.fuzz.tree.shapes import UNPARSED, GroupShape, LeafShape, ListShape, Shape

UNDEFINED = b"\xff\xff\xff\xff"
"""The length of what ends with a delimitation item (PS3.5 7.5)."""
ITEM = b"\xfe\xff\x00\xe0"
"""The tag of an item (PS3.5 7.5)."""
ITEM_DELIMITATION = b"\xfe\xff\x0d\xe0" + bytes(4)
SEQUENCE_DELIMITATION = b"\xfe\xff\xdd\xe0" + bytes(4)
MOST_LEVELS = 64
"""Levels of sequences that are cut into nodes; what is below them is one leaf."""

_CLAUSE, _VR_CLAUSE, _SEQUENCE_CLAUSE = "PS3.5 7.1", "PS3.5 6.2", "PS3.5 7.5"
_ENCAPSULATED_CLAUSE = "PS3.5 A.4"
_TEXT = ("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UR", "UT")
_NUMBERS = ("AT", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV")
_LONG = frozenset(map(str, EXPLICIT_VR_LENGTH_32))
"""VRs whose explicit form has two reserved bytes and a length of 4 bytes (PS3.5 7.1.2)."""
VRS = (*_TEXT, *_NUMBERS, "OB", "OD", "OF", "OL", "OV", "OW", "SQ", "UI", "UN")
_NUMBER = Struct("<I")
_TAG = Struct("<HH")


class _Encoding:
    """The shapes of one transfer syntax."""

    def __init__(self, name: str, *, explicit: bool) -> None:
        self.explicit = explicit
        nested = ListShape("elements", _CLAUSE, lambda: self.elements, is_nested=True)
        fragment = LeafShape("fragment", "bytes", None, _ENCAPSULATED_CLAUSE, little=True)
        self.item = GroupShape(
            "sequence_item",
            _SEQUENCE_CLAUSE,
            "sequence_item",
            (*_item_header(_SEQUENCE_CLAUSE, holds=True), nested, _delimiter("item_delimitation")),
        )
        self.fragment = GroupShape(
            "fragment", _ENCAPSULATED_CLAUSE, "fragment", (*_item_header(_ENCAPSULATED_CLAUSE), fragment)
        )
        self.by_vr = {vr: self._element(vr) for vr in VRS}
        self.encapsulated = GroupShape(
            "encapsulated",
            _ENCAPSULATED_CLAUSE,
            "encapsulated",
            (
                *self._header("OB", _ENCAPSULATED_CLAUSE, codes=(0xFFFFFFFF,)),
                ListShape("fragments", _ENCAPSULATED_CLAUSE, lambda: (self.fragment,)),
                _delimiter("sequence_delimitation"),
            ),
        )
        self.elements = (*self.by_vr.values(), *([self.encapsulated] if explicit else []))
        members = (ListShape("elements", _CLAUSE, lambda: self.elements),)
        self.data_set = GroupShape(name, _CLAUSE, "data_set", members)

    def _header(self, vr: str, clause: str, codes: tuple[int, ...] = ()) -> tuple[LeafShape, ...]:
        tag = LeafShape("tag", "tag", 4, clause, little=True)
        long = not self.explicit or vr in _LONG
        length = LeafShape(
            "value_length",
            "length",
            4 if long else 2,
            clause,
            little=True,
            codes=codes,
            holds_lengths=clause != _VR_CLAUSE,
        )
        if not self.explicit:
            return tag, length
        named = LeafShape("vr", "vr", 2, _VR_CLAUSE)
        return (tag, named, LeafShape("reserved", "reserved", 2, clause), length) if long else (tag, named, length)

    def _element(self, vr: str) -> GroupShape:
        if vr == "SQ":
            items = ListShape("items", _SEQUENCE_CLAUSE, lambda: (self.item,))
            members: tuple[Shape, ...] = (
                *self._header(vr, _SEQUENCE_CLAUSE),
                items,
                _delimiter("sequence_delimitation"),
            )
            return GroupShape(vr, _SEQUENCE_CLAUSE, "sequence", members)
        kind = "text" if vr in _TEXT else "number" if vr in _NUMBERS else "uid" if vr == "UI" else "bytes"
        value = LeafShape("value", kind, None, _VR_CLAUSE, little=True)
        return GroupShape(vr, _VR_CLAUSE, "element", (*self._header(vr, _VR_CLAUSE), value))


def _item_header(clause: str, *, holds: bool = False) -> tuple[LeafShape, LeafShape]:
    length = LeafShape("item_length", "length", 4, clause, little=True, holds_lengths=holds)
    return LeafShape("item_tag", "tag", 4, clause, little=True, codes=(0xFFFEE000,)), length


def _delimiter(name: str) -> LeafShape:
    return LeafShape(name, "delimiter", 8, _SEQUENCE_CLAUSE, little=True)


_IMPLICIT = _Encoding("implicit_data_set", explicit=False)
_EXPLICIT = _Encoding("explicit_data_set", explicit=True)
IMPLICIT_DATA_SET = _IMPLICIT.data_set
"""A data set in Implicit VR Little Endian (PS3.5 A.1)."""
EXPLICIT_DATA_SET = _EXPLICIT.data_set
"""A data set in Explicit VR Little Endian (PS3.5 A.2), encapsulated pixel data included (PS3.5 A.4)."""


def data_set_tree(data: bytes, *, explicit: bool) -> GroupNode:
    """The tree of a data set; its bytes are `data`, never raises.

    Where bytes cannot be cut into elements, all up to the end around them is one leaf named ``unparsed_bytes``.
    """
    encoding = _EXPLICIT if explicit else _IMPLICIT
    (shape,) = encoding.data_set.members
    assert isinstance(shape, ListShape)
    reading = _Reading(data, encoding)
    elements = reading.elements(shape, len(data), 0, closed=True)
    return GroupNode(encoding.data_set, [elements])


class _Reading:
    """The bytes of a data set, and how far they are read."""

    def __init__(self, data: bytes, encoding: _Encoding) -> None:
        self._data = data
        self._encoding = encoding
        self._at = 0

    def elements(self, shape: ListShape, end: int, level: int, *, closed: bool) -> ListNode:
        """Elements up to `end`, or, if it is not `closed` there, to the delimitation of their item."""
        found: list[Node] = []
        while self._at < end and (closed or self._delimitation(ITEM_DELIMITATION, end) is None):
            start = self._at
            element = self._element(end, level)
            if element is None:
                found.append(self._rest(start, end))
                break
            found.append(element)
        return ListNode(shape, found)

    def _rest(self, start: int, end: int) -> LeafNode:
        self._at = end
        return LeafNode(UNPARSED, self._data[start:end])

    def _delimitation(self, octets: bytes, end: int) -> bytes | None:
        """These bytes if they come next; None if not."""
        return octets if self._at + len(octets) <= end and self._data.startswith(octets, self._at) else None

    def _element(self, end: int, level: int) -> GroupNode | None:
        """The element that comes next; None if it does not fit, or its form is not known."""
        data, at = self._data, self._at
        if at + 8 > end:
            return None
        tag = data[at : at + 4]
        vr = self._vr(data[at + 4 : at + 6], tag)
        shape = self._encoding.by_vr.get(vr)
        if shape is None:
            return None
        header = [member for member in shape.members if isinstance(member, LeafShape)]
        widths = [member.width or 0 for member in header[: 1 + [one.kind for one in header].index("length")]]
        begin = at + sum(widths)
        length = data[begin - widths[-1] : begin]
        undefined = length == UNDEFINED
        stop = end if undefined else begin + int.from_bytes(length, "little")
        if begin > end or stop > end:
            return None
        if undefined and shape.role != "sequence":
            if vr not in ("OB", "OW") or not self._encoding.explicit:
                return None
            shape = self._encoding.encapsulated
        if shape.role == "sequence" and level >= MOST_LEVELS:
            return None
        nodes: list[Node] = []
        read: list[bytes | None] = []
        for member, width in zip(shape.members, widths, strict=False):
            assert isinstance(member, LeafShape)
            read.append(data[at : at + width])
            nodes.append(LengthNode(member) if member.kind == "length" else LeafNode(member, data[at : at + width]))
            at += width
        self._at = begin
        value = shape.members[len(widths)]
        if isinstance(value, ListShape):
            self._fill(nodes, value, shape, stop, level, closed=not undefined)
        elif isinstance(value, LeafShape):
            nodes.append(LeafNode(value, data[begin:stop]))
            self._at = stop
        read += [None] * (len(nodes) - len(read))
        group, number = _TAG.unpack(tag)
        return with_wrong_lengths(shape, nodes, read, f"{group:04X}{number:04X}")

    def _fill(
        self, nodes: list[Node], items: ListShape, shape: GroupShape, end: int, level: int, *, closed: bool
    ) -> None:
        """Add the items of a sequence, and its delimitation."""
        found: list[Node] = []
        ends = SEQUENCE_DELIMITATION
        while self._at < end and (closed or self._delimitation(ends, end) is None):
            start = self._at
            item = self._item(items, end, level)
            if item is None:
                found.append(self._rest(start, end))
                break
            found.append(item)
        nodes.append(ListNode(items, found))
        self._close(nodes, shape, ends, end, closed=closed)

    def _close(self, nodes: list[Node], shape: GroupShape, octets: bytes, end: int, *, closed: bool) -> None:
        if not closed and self._delimitation(octets, end):
            last = shape.members[-1]
            assert isinstance(last, LeafShape)
            nodes.append(LeafNode(last, octets))
            self._at += len(octets)

    def _item(self, items: ListShape, end: int, level: int) -> GroupNode | None:
        data, at = self._data, self._at
        (shape,) = items.elements()
        if at + 8 > end or data[at : at + 4] != ITEM:
            return None
        length = data[at + 4 : at + 8]
        tag_shape, length_shape, content = shape.members[:3]
        undefined = length == UNDEFINED and isinstance(content, ListShape)
        stop = end if undefined else at + 8 + _NUMBER.unpack(length)[0]
        if stop > end:
            return None
        assert isinstance(tag_shape, LeafShape)
        assert isinstance(length_shape, LeafShape)
        nodes: list[Node] = [LeafNode(tag_shape, ITEM), LengthNode(length_shape)]
        self._at = at + 8
        if isinstance(content, ListShape):
            nodes.append(self.elements(content, stop, level + 1, closed=not undefined))
            self._close(nodes, shape, ITEM_DELIMITATION, stop, closed=not undefined)
        elif isinstance(content, LeafShape):
            nodes.append(LeafNode(content, data[self._at : stop]))
            self._at = stop
        return with_wrong_lengths(shape, nodes, [None, length, *[None] * (len(nodes) - 2)])

    def _vr(self, written: bytes, tag: bytes) -> str:
        return written.decode("latin-1") if self._encoding.explicit else _vr_in_dictionary(*_TAG.unpack(tag))


@lru_cache(maxsize=4096)
def _vr_in_dictionary(group: int, number: int) -> str:
    """The VR of an element by its tag, the last one if there are several, UN if it is not known."""
    if group % 2:
        return "LO" if 0x10 <= number <= 0xFF else "UN"
    if not number:
        return "UL"
    try:
        return dictionary_VR(group << 16 | number).rpartition(" ")[2]
    except KeyError:
        return "UN"
