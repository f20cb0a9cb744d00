"""Messages to fragments and back, command sets, and data that is not a message."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.commands import ELEMENTS, MESSAGE_CLASSES, MESSAGES, CEchoRq, CFindRsp, CStoreRq
from dulcimer.dimse import command_set
from dulcimer.dimse.messages import (
    DataSets,
    MemorySink,
    Message,
    MessageAssembler,
    batches,
    fragment_length,
    fragments,
)
from dulcimer.errors import DIMSEProcessingError, EncodeError
from support.raw_dimse import attributes

ATTRIBUTES = {element.attribute: element for element in ELEMENTS.values()}
VALUES = {
    "US": st.integers(0, 0xFFFF),
    "UL": st.integers(0, 0xFFFFFFFF),
    "UI": st.lists(st.integers(0, 99999), min_size=1, max_size=8).map(lambda parts: ".".join(map(str, parts))),
    "AE": st.text("ABC_1", min_size=1, max_size=16),
    "LO": st.text("abc 1", min_size=1, max_size=64).map(lambda text: text.rstrip(" ") or "x"),
    "AT": st.lists(st.integers(0, 0xFFFFFFFF), min_size=1, max_size=4).map(tuple),
}
STORE = CStoreRq(affected_sop_class_uid="1.2", message_id=7, priority=0, affected_sop_instance_uid="1.2.3")


@st.composite
def messages(draw: st.DrawFn) -> Any:
    cls = draw(st.sampled_from(sorted(MESSAGE_CLASSES.values(), key=lambda cls: cls.__name__)))
    mandatory = {name for name, mark, _ in cls.info.elements if mark == "M"}
    return cls(
        **{
            name: draw(VALUES[ATTRIBUTES[name].vr])
            for name in attributes(cls)
            if name in mandatory or draw(st.booleans())
        }
    )


def received(requests: list[Any], **options: Any) -> list[Message]:
    assembler = MessageAssembler({1, 3}, **options)
    return [message for request in requests for message in assembler.process(request.values)]


def data_of(message: Message) -> bytes:
    assert isinstance(message.data, MemorySink)
    return message.data.getvalue()


@given(messages(), st.booleans())
def test_command_set_comes_back(message: Any, has_data_set: bool) -> None:
    data = command_set.encode(message, has_data_set=has_data_set)
    assert len(data) % 2 == 0
    tags = [tag for tag, _, _, _ in command_set.elements(data)]
    assert tags == sorted(set(tags))
    assert tags[0] == 0
    decoded = command_set.decode(data)
    assert decoded.values[0] == len(data) - 12
    assert decoded.has_data_set is has_data_set
    assert decoded.message() == message


@given(messages(), st.binary(max_size=3000), st.integers(8, 600))
def test_message_comes_back_from_its_fragments(message: Any, data: bytes, maximum_length: int) -> None:
    requests = list(fragments(3, message, data, maximum_length))
    for request in requests:
        ((context_id, header, fragment),) = request.values
        assert context_id == 3
        assert header in (0, 1, 2, 3)
        assert len(fragment) % 2 == 0
        assert 0 < len(fragment) <= maximum_length - 6
    (got,) = received(requests)
    assert got.command_set.message() == message
    if data:
        assert data_of(got) == data + bytes(len(data) % 2)
    else:
        assert got.data is None


@given(messages(), st.lists(st.binary(min_size=1, max_size=40).map(lambda half: half + half)), st.integers(8, 60))
def test_messages_with_several_data_sets_are_those_with_one_each(
    message: Any, data: list[bytes], maximum_length: int
) -> None:
    [batch] = batches(3, message, DataSets(data), maximum_length)
    assert batch == [one for data_set in data for one in fragments(3, message, data_set, maximum_length)]


@given(st.binary(min_size=2, max_size=500), st.integers(0, 255))
def test_receiver_takes_all_that_a_sender_may_do(data: bytes, reserved_bits: int) -> None:
    """Command and data in one PDU, several PDVs of a kind, an empty last one, reserved bits set."""
    bits = reserved_bits & 0xFC
    command = command_set.encode(STORE, has_data_set=True)
    half = len(command) // 2 & ~1
    values = [
        (1, 1 | bits, command[:half]),
        (1, 3 | bits, command[half:]),
        (1, 0 | bits, data),
        (1, 2 | bits, b""),
    ]
    (got,) = MessageAssembler({1}).process(values)
    assert data_of(got) == data


@pytest.mark.clause("PS3.8 E.1")
@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([(5, 3, b"")], "not accepted"),
        ([(2, 3, b"")], "not accepted"),
        ([(1, 2, b"ab")], "without a command set"),
        ([(1, 1, b"ab"), (3, 3, b"")], "inside a message"),
        ([(1, 1, b"ab"), (1, 2, b"")], "without a command set"),
        ([(1, 3, "store"), (1, 3, "store")], "has not ended"),
        ([(1, 3, "store"), (3, 2, b"ab")], "inside a message"),
        ([(1, 3, b"\0\0\0\0\xff\xff\xff\xff")], "claims"),
        ([(1, 3, b"abc")], "not an element"),
        ([(1, 1, bytes(60000))] * 2, "command set of more"),
    ],
)
def test_what_is_no_message_is_refused(values: list[tuple[int, int, Any]], problem: str) -> None:
    store = command_set.encode(STORE, has_data_set=True)
    values = [(context, header, store if data == "store" else data) for context, header, data in values]
    with pytest.raises(DIMSEProcessingError, match=problem):
        list(MessageAssembler({1, 3}).process(values))


def test_damaged_commands_are_distinguished() -> None:
    for field, problem in ((None, "no Command Field"), (0x0031, "0031H is not defined"), (0x0030, "has no Affected")):
        values = {} if field is None else {0x100: field}
        with pytest.raises(DIMSEProcessingError, match=problem):
            command_set.CommandSet(values).message()


@given(st.binary(max_size=400), st.lists(st.integers(0, 255), max_size=3))
def test_random_command_sets_raise_nothing_else(data: bytes, header: list[int]) -> None:
    try:
        for message in MessageAssembler({1}).process([(1, 3, data)]):
            message.command_set.message()
    except DIMSEProcessingError:
        pass


@pytest.mark.parametrize(
    "message",
    [
        CEchoRq(affected_sop_class_uid="1.2", message_id=65536),
        CEchoRq(affected_sop_class_uid="1.2", message_id="seven"),  # type: ignore[arg-type]  # wrong on purpose
        CEchoRq(affected_sop_class_uid="é€", message_id=1),
        CFindRsp(message_id_being_responded_to=1, status=0, offending_element=(-1,)),
    ],
)
def test_value_that_does_not_fit_is_an_encode_error(message: Any) -> None:
    with pytest.raises(EncodeError):
        command_set.encode(message, has_data_set=False)


@pytest.mark.parametrize(("maximum", "length"), [(8, 2), (9, 2), (10, 4), (16384, 16378), (16383, 16376)])
def test_fragments_are_even_and_fit(maximum: int, length: int) -> None:
    assert fragment_length(maximum) == length


@pytest.mark.parametrize("maximum", [1, 7])
def test_peer_that_takes_no_fragment_is_an_error(maximum: int) -> None:
    with pytest.raises(DIMSEProcessingError, match="too short"):
        fragment_length(maximum)


def test_no_limit_is_a_limit_of_our_own() -> None:
    assert fragment_length(0) % 2 == 0


def test_memory_sink_has_a_limit() -> None:
    sink = MemorySink(limit=4)
    sink.write(b"abcd")
    with pytest.raises(DIMSEProcessingError):
        sink.write(b"e")
    sink.discard()
    assert sink.getvalue() == b""


def test_unfinished_message_is_discarded() -> None:
    sinks: list[MemorySink] = []

    def open_sink(context_id: int, command: command_set.CommandSet) -> MemorySink:
        assert command.value("message_id") == 7
        sinks.append(MemorySink())
        return sinks[-1]

    assembler = MessageAssembler({1}, open_sink)
    first, second, *_ = fragments(1, STORE, b"abcdefgh", 8 + 200)
    list(assembler.process(first.values))
    list(assembler.process([(1, 0, b"ab")]))
    assembler.discard()
    assert sinks[0].getvalue() == b""
    with pytest.raises(DIMSEProcessingError):
        list(assembler.process(second.values))


def test_command_set_that_cannot_be_read_can_be_discarded_while_its_error_is_kept() -> None:
    assembler = MessageAssembler({1})
    with pytest.raises(DIMSEProcessingError, match="claims") as kept:
        list(assembler.process([(1, 3, b"\0\0\0\0\xff\0\0\0ab")]))
    assert kept.value.__traceback__ is not None
    assembler.discard()
    assert list(assembler.process([(1, 1, b"\0")])) == []


def test_every_message_of_the_standard_has_a_class() -> None:
    assert set(MESSAGE_CLASSES) == set(MESSAGES)
    assert len(MESSAGES) == 23


def test_data_set_in_memory_is_not_copied_when_it_is_looked_at() -> None:
    sink = MemorySink()
    for _ in range(1000):
        sink.write(bytes(1000))
    assert sink.getvalue() is sink.getvalue()
    assert sink.getvalue() == bytes(1_000_000)
