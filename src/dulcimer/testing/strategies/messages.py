"""Strategies for DIMSE: messages, their command sets, and whole messages in P-DATA-TF PDUs, however fragmented."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dulcimer._generated.commands import ELEMENTS, MESSAGE_CLASSES, STATUSES, CommandField, MessageBase, Priority
from dulcimer.dimse import command_set
from dulcimer.testing.strategies.basics import ae_titles, flags, odd_u8, u8, u16, u32, uids
from dulcimer.testing.strategies.data_sets import data_set_bytes
from dulcimer.wire.codec import encode
from dulcimer.wire.model import PDataTf, PresentationDataValue

_COMMAND, _LAST = 1, 2
_PDV_HEADER = 6
_SHORTEST = _PDV_HEADER + 2
_LONGEST = 16384
_ELEMENTS = {element.attribute: element for element in ELEMENTS.values()}
_TEXT = string.printable[:95]
_tags = st.tuples(u16, u16).map(lambda pair: pair[0] << 16 | pair[1])
_OF_ELEMENT: dict[str, SearchStrategy[Any]] = {
    "priority": st.sampled_from([int(priority) for priority in Priority]),
    "status": st.sampled_from([0x0000, 0xFF00, 0xB000, 0xFE00, *STATUSES]) | u16,
}


def _text(longest: int) -> SearchStrategy[str]:
    return st.text(_TEXT, min_size=1, max_size=longest).map(lambda text: text.rstrip(" ") or "A")


_OF_VR: dict[str, SearchStrategy[Any]] = {
    "US": u16,
    "UL": u32,
    "UI": uids(),
    "AE": ae_titles().map(lambda title: title.strip(" ") or "A"),
    "AT": st.lists(_tags, min_size=1, max_size=4).map(tuple),
    "LO": _text(64),
}


@cache
def _value(attribute: str) -> SearchStrategy[Any]:
    return _OF_ELEMENT[attribute] if attribute in _OF_ELEMENT else _OF_VR[_ELEMENTS[attribute].vr]


@st.composite
def dimse_messages(draw: st.DrawFn, *kinds: CommandField) -> MessageBase:
    """DIMSE messages of these kinds, or of all 23: all mandatory elements, any of the others (PS3.7 9.3, 10.3)."""
    field_number = draw(st.sampled_from(kinds or tuple(CommandField)))
    cls: Any = MESSAGE_CLASSES[int(field_number)]
    marks = {name: mark for name, mark, _ in cls.info.elements}
    optional = [one.name for one in fields(cls) if marks.get(one.name) != "M"]
    wanted = draw(st.integers(0, (1 << len(optional)) - 1)) if optional else 0
    names = [one.name for one in fields(cls) if one.name not in optional]
    names += [name for bit, name in enumerate(optional) if wanted >> bit & 1]
    message: MessageBase = cls(**{name: draw(_value(name)) for name in names})
    return message


@st.composite
def command_sets(draw: st.DrawFn, *kinds: CommandField) -> bytes:
    """The command sets of `dimse_messages`, in Implicit VR Little Endian (PS3.7 6.3.1), group length first."""
    message = draw(dimse_messages(*kinds))
    return command_set.encode(message, has_data_set=draw(_has_data_set(message.info.data_set)))


@cache
def _has_data_set(mark: str) -> SearchStrategy[bool]:
    return st.just(mark == "M") if mark in ("M", "none") else st.booleans()


@dataclass(frozen=True, slots=True)
class FragmentedMessage:
    """A DIMSE message, and the P-DATA-TF PDUs that carry it.

    `data_set`: its bytes, None if there is none. `fragments`: of each PDU.
    """

    context_id: int
    message: MessageBase
    data_set: bytes | None
    p_data_tfs: tuple[PDataTf, ...]

    @property
    def pdus(self) -> tuple[bytes, ...]:
        """The bytes of each PDU."""
        return tuple(map(encode, self.p_data_tfs))

    def __bytes__(self) -> bytes:
        """The bytes of all PDUs."""
        return b"".join(self.pdus)


@st.composite
def messages(
    draw: st.DrawFn,
    *kinds: CommandField,
    context_ids: SearchStrategy[int] = odd_u8,
    maximum_length: int = _LONGEST,
    data_sets: SearchStrategy[bytes] | None = None,
) -> FragmentedMessage:
    """Whole messages, cut into fragments anywhere, with one or more of them in a P-DATA-TF (PS3.8 Annex E).

    - `maximum_length`: in bytes, of a PDU without its header (PS3.8 D.1); 8 or more.
    - `data_sets`: by default short ones in Implicit VR Little Endian.

    Raises ValueError for a `maximum_length` in which no fragment has room.
    """
    if maximum_length < _SHORTEST:
        raise ValueError(f"maximum_length {maximum_length} is less than {_SHORTEST}, the shortest PDV")
    message = draw(dimse_messages(*kinds))
    data = (
        draw(data_sets if data_sets is not None else data_set_bytes(most=8))
        if draw(_has_data_set(message.info.data_set))
        else None
    )
    context_id = draw(context_ids)
    command = command_set.encode(message, has_data_set=data is not None)
    room = (maximum_length - _PDV_HEADER) & ~1
    values = [
        *_fragments(draw, context_id, _COMMAND, command, room),
        *(_fragments(draw, context_id, 0, data, room) if data is not None else ()),
    ]
    return FragmentedMessage(context_id, message, data, tuple(_pdus(draw, values, maximum_length)))


def _fragments(draw: st.DrawFn, context_id: int, kind: int, data: bytes, room: int) -> list[PresentationDataValue]:
    """The PDVs of a command set or a data set; all but the last have an even number of bytes, none is empty."""
    longest = min(room, max(len(data), 2))
    size = 2 * draw(st.integers(1, longest // 2)) if draw(flags) else longest
    size = max(size, 2 * (len(data) // 128))
    other_bits = draw(u8) << 2 & 0xFC if draw(flags) else 0
    starts = range(0, max(len(data), 1), size)
    return [
        PresentationDataValue(
            context_id, kind | other_bits | (_LAST if start == starts[-1] else 0), data[start : start + size]
        )
        for start in starts
    ]


def _pdus(draw: st.DrawFn, values: Sequence[PresentationDataValue], maximum_length: int) -> list[PDataTf]:
    """The PDVs in PDUs, as many in each as a draw says and as fit."""
    together = draw(st.integers(1, len(values)))
    groups: list[list[PresentationDataValue]] = []
    room = 0
    for value in values:
        length = _PDV_HEADER + len(value.fragment)
        if not groups or len(groups[-1]) == together or length > room:
            groups.append([])
            room = maximum_length
        groups[-1].append(value)
        room -= length
    return [PDataTf(tuple(group)) for group in groups]
