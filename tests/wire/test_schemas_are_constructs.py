"""The schemas are ordinary constructs: alone, inside others, on bytes and on streams."""

from __future__ import annotations

import io
from typing import Any

import construct
import pytest
from construct import Bytes, GreedyRange, Int32ub, Prefixed, SizeofError, Struct, this
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.errors import DecodeError, EncodeError
from dulcimer.wire import items, model, pdus
from dulcimer.wire.codec import decode_lenient, encode
from dulcimer.wire.fieldmap import field_map
from dulcimer.wire.fields import Integer, Leaf, Reserved
from dulcimer.wire.items import ITEM_SCHEMAS
from dulcimer.wire.layout import Layout
from dulcimer.wire.pdus import A_ABORT, A_RELEASE_RQ, PDU, PDU_SCHEMAS
from dulcimer.wire.stream import Reader
from support.wire_strategies import damaged, legal_pdus

LAYOUTS = [*PDU_SCHEMAS.values(), *ITEM_SCHEMAS.values(), items.RELATED_GENERAL_SOP_CLASS]


def by_title(layout: Layout) -> str:
    return layout.title


class Pipe(io.RawIOBase):
    """A stream without seek, such as that of a socket."""

    def __init__(self, data: bytes) -> None:
        self._inside = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        return self._inside.read(size)


@given(legal_pdus(), st.binary(max_size=20))
def test_a_pdu_takes_its_own_bytes_from_a_stream_and_leaves_the_rest(pdu: model.Pdu, rest: bytes) -> None:
    schema, data = PDU_SCHEMAS[pdu.pdu_type], encode(pdu)
    for stream in (io.BytesIO(data + rest), Pipe(data + rest)):
        values = schema.parse_stream(stream)
        assert stream.read() == rest
        assert schema.build(values) == data
        written = io.BytesIO()
        schema.build_stream(values, written)
        assert written.getvalue() == data


@given(st.lists(legal_pdus(), max_size=5))
def test_a_construct_of_ones_own_reads_pdus_one_after_the_other(found: list[model.Pdu]) -> None:
    stream = b"".join(map(encode, found))
    parsed = GreedyRange(PDU).parse(stream)
    assert [one.pdu_type for one in parsed] == [pdu.pdu_type for pdu in found]
    assert GreedyRange(PDU).build(parsed) == stream


def test_a_pdu_of_unknown_type_is_built_as_it_is_and_not_parsed() -> None:
    data = PDU.build({"pdu_type": 0x77, "unparsed_bytes": b"abc"})
    assert data == bytes.fromhex("77 00 00000003 616263")
    for wrong in (data, b""):
        with pytest.raises(DecodeError):
            PDU.parse(wrong)


@given(legal_pdus(), st.binary(min_size=4, max_size=4))
def test_a_schema_stands_between_fields_of_ones_own(pdu: model.Pdu, mark: bytes) -> None:
    schema = PDU_SCHEMAS[pdu.pdu_type]
    record = Struct(
        "before" / Bytes(2), "pdu" / schema, "length" / construct.Computed(this.pdu.pdu_length), "mark" / Bytes(4)
    )
    data = b"ab" + encode(pdu) + mark
    for construct_used in (record, record.compile()):
        found = construct_used.parse(data)
        assert (found.before, found.mark) == (b"ab", mark)
        assert found.length == found.pdu.pdu_length == len(data) - 12
        assert construct_used.build(found) == data


@given(legal_pdus())
def test_each_item_is_parsed_and_built_alone(pdu: model.Pdu) -> None:
    for layout, values, data in elements(PDU_SCHEMAS[pdu.pdu_type], encode(pdu)):
        assert layout.parse(data) == values
        assert layout.build(values) == data
        assert Prefixed(Int32ub, layout).parse(len(data).to_bytes(4, "big") + data) == values


def elements(layout: Layout, data: bytes) -> list[tuple[Layout, Any, bytes]]:
    """The items in the bytes of a PDU or item, with those in them."""
    found: list[tuple[Layout, Any, bytes]] = []
    values = layout.parse(data)
    for name, part in layout.parts.items():
        if isinstance(part, Leaf):
            continue
        known = dict(part.elements())
        for element in values[name]:
            key = f"{element.item_type:02X}H" if "item_type" in element else ""
            if key in known:
                raw = known[key].build(element)
                assert raw in data
                found.append((known[key], element, raw))
                if not element.get("result_reason"):  # the syntaxes of a refused context may be anything
                    found += elements(known[key], raw)
    return found


@given(damaged())
def test_parse_raises_at_the_first_deviation_and_nothing_else(data: bytes) -> None:
    schema = PDU_SCHEMAS.get(data[0] if data else 0, A_ABORT)
    reader = Reader(data, strict=False)
    pdus.read_one(schema, reader)
    own = [one for one in reader.deviations if not one.path.startswith("after_pdu")]
    if own:
        with pytest.raises(DecodeError) as caught:
            schema.parse(data)
        assert caught.value.path in {one.path for one in own}
    else:
        schema.parse(data)


def test_values_are_attributes_and_print_as_those_of_construct() -> None:
    values = A_ABORT.parse(bytes.fromhex("07000000000400000206"))
    assert (values.source, values.reason, values["reason"]) == (2, 6, 6)
    assert "source = 2" in str(values)
    request = pdus.A_ASSOCIATE_RQ.parse(
        encode(
            model.AssociateRq(
                "A",
                "B",
                (
                    model.ApplicationContext("1.2"),
                    model.PresentationContextRq.of(1, "1.3", "1.4"),
                    model.UserInformation((model.MaximumLength(0), model.ImplementationClassUid("1.5"))),
                ),
            )
        )
    )
    assert request.variable_items[1].sub_items[0].abstract_syntax_name == "1.3"


def test_fields_that_are_not_given_have_their_defaults() -> None:
    assert A_RELEASE_RQ.build() == A_RELEASE_RQ.build({}) == bytes.fromhex("05000000000400000000")
    assert Struct("end" / A_RELEASE_RQ).build({"end": None}) == A_RELEASE_RQ.build()
    assert A_ABORT.build({"source": 0, "reason": 0}) == bytes.fromhex("07000000000400000000")
    with pytest.raises(EncodeError, match="no value given") as caught:
        A_ABORT.build({"source": 0})
    assert caught.value.path == "reason"


def test_overrides_are_written_in_place_of_the_right_bytes() -> None:
    assert A_ABORT.build({"source": 0, "reason": 0}, overrides={"pdu_length": 5})[2:6] == bytes([0, 0, 0, 5])
    with pytest.raises(EncodeError, match="no such field"):
        A_ABORT.build({"source": 0, "reason": 0}, overrides={"result": 5})


@pytest.mark.parametrize("layout", LAYOUTS, ids=by_title)
def test_size_is_known_where_no_field_varies(layout: Layout) -> None:
    if layout.fixed is None:
        with pytest.raises(SizeofError):
            layout.sizeof()
    else:
        assert layout.sizeof() == layout.header_size + layout.fixed


@pytest.mark.parametrize("layout", LAYOUTS, ids=by_title)
@given(data=st.binary(max_size=40))
def test_fields_of_an_item_alone_partition_its_bytes(layout: Layout, data: bytes) -> None:
    fields = field_map(data, layout)
    assert b"".join(field.raw for field in fields) == data
    reader = Reader(data, strict=False)
    pdus.read_one(layout, reader)
    told = "; ".join(field.problem for field in fields if field.problem)
    assert all(one.problem in told for one in reader.deviations if fields)


def test_an_item_alone_tells_its_fields_and_what_is_wrong_with_it() -> None:
    item = items.PRESENTATION_CONTEXT_RQ.build({"presentation_context_id": 2, "sub_items": []})
    fields = {field.path: field for field in field_map(item, items.PRESENTATION_CONTEXT_RQ)}
    assert fields["presentation_context_id"].problem == "presentation context ID 2 is not odd"
    assert "no Abstract Syntax sub-item" in str(fields["item_type"].problem)


def test_a_field_sees_the_fields_before_it_in_a_construct_of_ones_own() -> None:
    own = Struct("source" / A_ABORT.parts["source"], "reason" / A_ABORT.parts["reason"])
    assert own.parse(b"\2\6") == {"source": 2, "reason": 6}
    assert own.build({"source": 2, "reason": 6}) == b"\2\6"
    with pytest.raises(DecodeError, match="value 3 is not defined"):
        own.parse(b"\2\3")
    assert own.parse(b"\0\3").reason == 3  # not significant


def test_a_layout_of_ones_own_is_read_and_written_like_those_of_the_standard() -> None:
    own = Layout("private note", "none", "kind" / Integer(1) * "what it is", "reserved" / Reserved(3) * "zero")
    assert own.parse(b"\7\0\0\0") == {"kind": 7, "reserved": bytes(3)}
    assert own.build({"kind": 7}) == b"\7\0\0\0"
    assert [(field.name, field.doc) for field in field_map(b"\7\0\0\0", own)] == [
        ("kind", "what it is"),
        ("reserved", "zero"),
    ]


def test_what_stands_in_a_list_alone_is_parsed_to_the_end() -> None:
    run = pdus.P_DATA_TF.parts["presentation_data_value_items"]
    data = bytes.fromhex("00000004 0103 aabb 00000004 0100 ccdd")
    assert [one.fragment for one in run.parse(data)] == [b"\xaa\xbb", b"\xcc\xdd"]
    assert run.build(run.parse(data)) == data
    assert decode_lenient(b"\4\0" + len(data).to_bytes(4, "big") + data).structural is None


def test_a_layout_whose_header_says_no_whole_length_gives_back_what_it_does_not_need() -> None:
    stream = io.BytesIO(bytes.fromhex("0003 312e32 0001"))
    assert items.RELATED_GENERAL_SOP_CLASS.parse_stream(stream).related_general_sop_class_uid == "1.2"
    assert stream.read() == b"\0\1"
