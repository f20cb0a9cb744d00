"""The code compiled from the schema of the P-DATA-TF is equal to the schema."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codegen import p_data as generator
from dulcimer._generated import p_data
from dulcimer.wire import codec, model
from dulcimer.wire.codec import encode
from dulcimer.wire.pdus import P_DATA_TF, read_pdu
from dulcimer.wire.stream import Reader, Writer
from support.wire_strategies import bytes_u8, damaged, p_data_tfs, wrong_pdus

wrong_p_data = wrong_pdus().filter(lambda pdu: isinstance(pdu, model.PDataTf))
bodies = st.one_of(
    (p_data_tfs() | wrong_p_data).map(lambda pdu: encode(pdu)[6:]),
    damaged((p_data_tfs() | wrong_p_data).map(encode)).map(lambda data: data[6:]),
    st.binary(max_size=60),
    st.lists(st.sampled_from([b"\0\0\0", b"\0", b"\1", b"\2", b"\3", b"\xff", b"\0\0\0\2\1\3"]), max_size=8).map(
        b"".join
    ),
)


def by_schema(body: bytes) -> list[tuple[int, int, bytes]] | tuple[int, str]:
    reader = Reader(bytes((4, 0)) + len(body).to_bytes(4, "big") + body, strict=False)
    values = read_pdu(reader)
    problem = next(((found.offset, found.problem) for found in reader.deviations if found.structural), None)
    return problem or [
        (item["presentation_context_id"], item["message_control_header"], item["fragment"])
        for item in values["presentation_data_value_items"]
    ]


def by_compiled(body: bytes) -> list[tuple[int, int, bytes]] | tuple[int, str]:
    try:
        return [
            (context_id, control, bytes(fragment)) for context_id, control, fragment in p_data.parse(memoryview(body))
        ]
    except ValueError as error:
        offset, problem = error.args
        return offset, problem


@given(bodies)
@example(b"")
@example(b"\0\0\0\1\1")
@example(b"\0\0\0\1\1\3")
@example(b"\0\0\0\2\1\3")
@example(b"\0\0\0\2\1\3\0\0\0")
@example(b"\xff\xff\xff\xff\1\3ab")
def test_compiled_parser_gives_what_the_schema_gives(body: bytes) -> None:
    assert by_compiled(body) == by_schema(body)


@given(bytes_u8, bytes_u8, st.binary(max_size=50))
def test_compiled_header_gives_the_bytes_of_the_schema(context_id: int, control: int, fragment: bytes) -> None:
    item = {"presentation_context_id": context_id, "message_control_header": control, "fragment": fragment}
    writer = Writer()
    P_DATA_TF._build({"presentation_data_value_items": [item]}, writer, {}, "")
    assert p_data.header(context_id, control, len(fragment)) + fragment == writer.finish()


@pytest.mark.parametrize("arguments", [(256, 3, 2), (1, -1, 2), (1, 3, 2**32 - 6)])
def test_compiled_header_refuses_numbers_that_do_not_fit(arguments: tuple[int, int, int]) -> None:
    with pytest.raises(struct.error):
        p_data.header(*arguments)


@given(bodies)
def test_codec_answers_the_same_without_the_compiled_parser(body: bytes) -> None:
    data = bytes((4, 0)) + len(body).to_bytes(4, "big") + body
    reader = Reader(data, strict=False)
    values = read_pdu(reader)
    decoded = codec.decode_lenient(data)
    assert decoded.deviations == tuple(reader.deviations)
    assert decoded.pdu == codec._pdu_of(values)


def test_fragments_are_views_of_the_body() -> None:
    body = bytearray(encode(model.PDataTf((model.PresentationDataValue(1, 3, b"ab"),)))[6:])
    ((_, _, fragment),) = p_data.parse(memoryview(body))
    body[6] = ord("x")
    assert bytes(fragment) == b"xb"


def test_file_is_what_the_generator_writes() -> None:
    assert Path(p_data.__file__).read_text(encoding="utf-8") == generator.generate()
