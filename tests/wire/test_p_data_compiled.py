"""The code compiled from the schema of the P-DATA-TF is equal to the schema."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codegen import headers as headers_generator
from codegen import p_data as generator
from dulcimer._generated import headers, p_data
from dulcimer._generated.headers import ITEM_HEADER, PDU_HEADER, PDV_HEADER
from dulcimer.wire import codec, model
from dulcimer.wire.codec import encode
from dulcimer.wire.fieldmap import field_map
from dulcimer.wire.pdus import P_DATA_TF, PDU_SCHEMAS, read_pdu
from dulcimer.wire.stream import Reader
from support.wire_strategies import bytes_u8, damaged, legal_pdus, p_data_tfs, wrong_pdus

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


pdvs = st.tuples(bytes_u8, bytes_u8, st.binary(max_size=50))


@given(st.lists(pdvs, min_size=1, max_size=6))
def test_compiled_writer_gives_the_bytes_of_the_schema(items: list[tuple[int, int, bytes]]) -> None:
    names = ("presentation_context_id", "message_control_header", "fragment")
    by_schema = P_DATA_TF.build(
        {"presentation_data_value_items": [dict(zip(names, item, strict=True)) for item in items]}
    )
    pieces = p_data.pieces(items)
    assert b"".join(pieces) == by_schema
    assert pieces[1::2] == [fragment for _, _, fragment in items]
    assert all(piece is fragment for piece, (_, _, fragment) in zip(pieces[1::2], items, strict=True))
    assert p_data.pdu_length(items) == len(by_schema) - PDU_HEADER.size
    assert encode(model.PDataTf(tuple(model.PresentationDataValue(*item) for item in items))) == by_schema


class Huge(bytes):
    """A fragment that only says that it is long."""

    def __len__(self) -> int:
        return 2**32 - 6


@pytest.mark.parametrize("item", [(256, 3, b""), (1, -1, b""), (1, 3, Huge())])
@pytest.mark.parametrize("before", [[], [(1, 3, b"ab")]], ids=["alone", "second"])
def test_compiled_writer_refuses_numbers_that_do_not_fit(
    item: tuple[int, int, bytes], before: list[tuple[int, int, bytes]]
) -> None:
    with pytest.raises(struct.error):
        p_data.pieces([*before, item])


@given(bodies)
def test_what_is_tolerated_in_a_p_data_tf_is_what_the_schema_tells(body: bytes) -> None:
    data = bytes((4, 0)) + len(body).to_bytes(4, "big") + body
    reader = Reader(data, strict=False)
    read_pdu(reader)
    try:
        items = p_data.parse(memoryview(body))
    except ValueError:
        return  # it is refused as a whole
    assert codec.p_data_deviations(items, data) == tuple(reader.deviations)


@given(legal_pdus() | wrong_pdus())
def test_headers_to_cut_by_are_those_of_the_schemas(pdu: model.Pdu) -> None:
    data = encode(pdu)
    values = PDU_SCHEMAS[pdu.pdu_type].build(field_values := read_pdu(Reader(data, strict=False)))
    assert values == data
    assert PDU_HEADER.unpack_from(data) == (field_values["pdu_type"], field_values["pdu_length"])
    for field in field_map(data):
        if field.name == "item_type":
            kind, length = ITEM_HEADER.unpack_from(data, field.offset)
            assert (kind, length) == (field.value, int.from_bytes(data[field.offset + 2 : field.offset + 4], "big"))
        if field.name == "item_length" and field.size == 4:
            found = PDV_HEADER.unpack_from(data, field.offset)
            assert found == (field.value, data[field.offset + 4], data[field.offset + 5])


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


def test_files_are_what_the_generators_write() -> None:
    assert Path(p_data.__file__).read_text(encoding="utf-8") == generator.generate()
    assert Path(headers.__file__).read_text(encoding="utf-8") == headers_generator.generate()
