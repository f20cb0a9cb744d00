"""The command set code that is generated for each message does what the general code does, in both directions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import partial
from itertools import combinations
from struct import Struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated import command_codecs
from dulcimer._generated.commands import ELEMENTS, MESSAGE_CLASSES, MESSAGES, CEchoRq, CMoveRq, CStoreRq
from dulcimer.dimse import command_set
from dulcimer.dimse.command_set import CommandSet
from dulcimer.errors import DIMSEProcessingError, EncodeError

CLASSES: list[Any] = sorted(MESSAGE_CLASSES.values(), key=lambda cls: cls.__name__)
VRS = {element.attribute: element.vr for element in ELEMENTS.values()}
UIDS = st.lists(st.integers(0, 99999), min_size=1, max_size=14).map(lambda parts: ".".join(map(str, parts)))
TAGS = st.lists(st.integers(0, 0xFFFFFFFF), min_size=1, max_size=3).map(tuple)
GOOD: dict[str, st.SearchStrategy[Any]] = {
    "US": st.integers(0, 0xFFFF),
    "UI": UIDS,
    "AE": st.text("ABC_1 ", max_size=16),
    "LO": st.text("abc 1", max_size=64),
    "AT": TAGS,
}
ODD = st.one_of(
    st.sampled_from(
        [None, -1, 0x10000, True, 1.5, "", "1.2.03", "1.2 ", "1" * 65, "1.2\0", b"1.2", "Ä", "\u0141", "A\\B", [1]]
    ),
    UIDS,
    st.text(max_size=70),
    st.binary(max_size=70),
)
HEADER = Struct("<HHI")


@st.composite
def messages(draw: st.DrawFn) -> Any:
    """A message with values that fit, but for a few."""
    cls = draw(st.sampled_from(CLASSES))
    odd = (
        draw(st.sets(st.sampled_from([field.name for field in fields(cls)]), max_size=2)) if draw(st.booleans()) else ()
    )
    given: dict[str, Any] = {}
    mandatory = {name for name, mark, _ in cls.info.elements if mark == "M"}
    for field in fields(cls):
        if field.name in odd:
            given[field.name] = draw(ODD)
        elif field.name in mandatory or draw(st.integers(0, 3)) == 0:
            given[field.name] = draw(GOOD[VRS[field.name]])
    return cls(**given)


@st.composite
def command_sets(draw: st.DrawFn) -> bytes:
    """The bytes of a command set: as it is sent, with changed elements, or damaged anywhere."""
    try:
        data = command_set.encode_any(draw(messages()), has_data_set=draw(st.booleans()))
    except EncodeError:
        data = draw(st.binary(max_size=80))
    if draw(st.booleans()):
        return data
    elements = [HEADER.pack(tag >> 16, tag & 0xFFFF, length) + raw for tag, _, length, raw in _elements_of(data)]
    for _ in range(draw(st.integers(1, 3))):
        index = draw(st.integers(0, len(elements)))
        match draw(st.integers(0, 4)):
            case 0:
                del elements[index : index + 1]
            case 1:
                elements[index:index] = draw(st.permutations(elements))[:1]
            case 2 | 3:
                tag, raw = draw(st.sampled_from(sorted(ELEMENTS))), draw(st.binary(max_size=6) | UIDS.map(str.encode))
                elements[index : index + draw(st.integers(0, 1))] = [HEADER.pack(0, tag, len(raw)) + raw]
            case 4:
                elements = draw(st.permutations(elements))
    changed = bytearray(b"".join(elements))
    for _ in range(draw(st.integers(0, 2))):
        if changed:
            changed[draw(st.integers(0, len(changed) - 1))] = draw(st.integers(0, 255))
    return bytes(changed[: draw(st.integers(0, len(changed)))] if draw(st.booleans()) else changed)


def _elements_of(data: bytes) -> list[tuple[int, int, int, bytes]]:
    try:
        return list(command_set.elements(data))
    except DIMSEProcessingError:
        return []


def result_of(work: Callable[[], Any]) -> Any:
    """What it returns or raises, in a form that can be compared."""
    try:
        found = work()
    except (DIMSEProcessingError, EncodeError) as error:
        return type(error), str(error), error.clause
    if isinstance(found, CommandSet):
        return list(found.values.items()), found.repeated, found.deviations
    return found


@given(messages(), st.booleans())
def test_written_alike_and_refused_alike(message: Any, has_data_set: bool) -> None:
    ours = result_of(lambda: command_set.encode(message, has_data_set=has_data_set))
    assert ours == result_of(lambda: command_set.encode_any(message, has_data_set=has_data_set))


@given(command_sets() | st.binary(max_size=120))
def test_read_alike_and_refused_alike(data: bytes) -> None:
    ours = result_of(lambda: command_set.decode(data))
    assert ours == result_of(lambda: command_set.decode_any(data))


@given(command_sets())
def test_message_made_alike_and_refused_alike(data: bytes) -> None:
    try:
        found = command_set.decode_any(data)
    except DIMSEProcessingError:
        return
    ours = result_of(found.message)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command_set, "MAKERS", {})
        assert ours == result_of(found.message)


def usual(cls: Any) -> Any:
    """A message with its mandatory elements, and all numbers."""
    values = {"US": 7, "UI": "1.2.3", "AE": "SCP"}
    names = [name for name, mark, _ in cls.info.elements if VRS[name] == "US" or (mark == "M" and VRS[name] in values)]
    return cls(**{name: values[VRS[name]] for name in names})


def changed(raw: bytes) -> Iterator[bytes]:
    """The bytes with one of them changed, cut anywhere, and with elements moved, repeated or left out."""
    for position, byte in enumerate(raw):
        yield raw[:position]
        for other in {0, byte ^ 1, byte ^ 0x80, 0xFF, (byte + 1) & 0xFF} - {byte}:
            yield raw[:position] + bytes([other]) + raw[position + 1 :]
    elements = [HEADER.pack(0, tag, length) + value for tag, _, length, value in command_set.elements(raw)]
    for first, second in combinations(range(len(elements)), 2):
        moved = elements.copy()
        moved[first], moved[second] = moved[second], moved[first]
        yield b"".join(moved)
    for position, element in enumerate(elements):
        yield b"".join([*elements[: position + 1], element, *elements[position + 1 :]])
        yield b"".join([*elements, element])
        yield b"".join([*elements[:position], *elements[position + 1 :]])


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.info.name)
def test_each_message_takes_the_short_way_and_leaves_it_for_each_deviation(cls: Any) -> None:
    message = usual(cls)
    raw = command_codecs.ENCODERS[cls](message, 0x0101)
    assert raw == command_set.encode_any(message, has_data_set=False)
    assert (command_codecs.usual_values(raw) is None) is (cls is CMoveRq)  # it has text between its numbers
    assert command_codecs.MAKERS[cls.command_field](command_set.decode_any(raw).values) == message
    for data in changed(raw):
        assert result_of(partial(command_set.decode, data)) == result_of(partial(command_set.decode_any, data))


def test_every_message_has_its_code() -> None:
    assert set(command_codecs.ENCODERS) == set(MESSAGE_CLASSES.values())
    assert set(command_codecs.MAKERS) == set(MESSAGES)


def test_usual_messages_go_the_short_way_with_all_that_they_usually_have() -> None:
    store = CStoreRq(
        affected_sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
        message_id=1,
        priority=0,
        affected_sop_instance_uid="1.2.3.4",
        move_originator_message_id=5,
    )
    raw = command_set.encode(store, has_data_set=True)
    assert command_codecs.usual_values(raw) == command_set.decode_any(raw).values
    echo = command_set.encode(CEchoRq(affected_sop_class_uid="1.2.840.10008.1.1", message_id=1), has_data_set=False)
    assert command_codecs.usual_values(echo) == command_set.decode_any(echo).values


def test_long_texts_of_peers_are_not_remembered() -> None:
    before = command_codecs._remembered.cache_info().currsize
    message = CEchoRq(affected_sop_class_uid="1" * 60_000, message_id=1)
    assert command_set.encode(message, has_data_set=False) == command_set.encode_any(message, has_data_set=False)
    assert command_codecs._remembered.cache_info().currsize == before
