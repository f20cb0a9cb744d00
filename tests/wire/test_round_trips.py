"""Encoding and decoding are inverse, and only values that cannot be bytes are refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.errors import DecodeError, EncodeError
from dulcimer.wire import model
from dulcimer.wire.codec import decode, decode_lenient, encode
from dulcimer.wire.pdus import PDU_SCHEMAS
from support.wire_strategies import any_bytes, damaged, legal_pdus, wrong_pdus

ITEMS = (
    model.ApplicationContext("1.2.840.10008.3.1.1.1"),
    model.PresentationContextRq.of(1, "1.2.840.10008.1.1", "1.2.840.10008.1.2"),
    model.UserInformation((model.MaximumLength(16384), model.ImplementationClassUid("1.2.3"))),
)


@given(legal_pdus())
def test_legal_pdu_decodes_to_what_was_encoded(pdu: model.Pdu) -> None:
    assert decode(encode(pdu)) == pdu


@given(legal_pdus())
def test_legal_bytes_come_back_byte_for_byte(pdu: model.Pdu) -> None:
    data = encode(pdu)
    assert encode(decode(data)) == data


@given(legal_pdus(), st.sampled_from([bytes, bytearray, memoryview]))
def test_every_kind_of_buffer_decodes_alike(pdu: model.Pdu, kind: type) -> None:
    assert decode(kind(encode(pdu))) == pdu


@given(wrong_pdus())
def test_wrong_values_are_encoded_and_decoded_leniently(pdu: model.Pdu) -> None:
    decoded = decode_lenient(encode(pdu))
    assert decoded.structural is None
    assert decoded.pdu == pdu


@given(any_bytes())
def test_strict_decoding_raises_the_first_deviation_that_lenient_decoding_lists(data: bytes) -> None:
    decoded = decode_lenient(data)
    if not decoded.deviations:
        assert decode(data) == decoded.pdu
        return
    with pytest.raises(DecodeError) as caught:
        decode(data)
    first = decoded.deviations[0]
    error = caught.value
    assert (error.path, error.offset, error.clause, error.problem) == (
        first.path,
        first.offset,
        first.clause,
        first.problem,
    )


@given(damaged())
def test_damaged_bytes_give_deviations_inside_of_them(data: bytes) -> None:
    for deviation in decode_lenient(data).deviations:
        assert 0 <= deviation.offset <= len(data)
        assert deviation.problem
        assert deviation.clause.startswith("PS3.")


@given(damaged(), st.integers(1, 7))
def test_lenient_pdu_can_be_encoded_again(data: bytes, kind: int) -> None:
    pdu = decode_lenient(bytes([kind]) + data[1:]).pdu
    if pdu is not None:
        assert decode_lenient(encode(pdu)).pdu == pdu


@given(legal_pdus())
def test_schemas_alone_give_back_the_bytes_that_they_parse(pdu: model.Pdu) -> None:
    data = encode(pdu)
    schema = PDU_SCHEMAS[pdu.pdu_type]
    assert schema.build(schema.parse(data)) == data


def test_schemas_alone_keep_reserved_bytes() -> None:
    data = bytes.fromhex("05 aa 00000004 01020304")
    schema = PDU_SCHEMAS[5]
    assert schema.build(schema.parse(data)) == data


@pytest.mark.parametrize(
    ("pdu", "path"),
    [
        (model.AssociateRq("A" * 17, "B", ITEMS), "called_ae_title"),
        (model.AssociateRq("A", "\u20ac", ITEMS), "calling_ae_title"),
        (model.AssociateRq("A", "B", ITEMS, reserved_43_74=bytes(31)), "reserved_43_74"),
        (model.AssociateRq("A", "B", ITEMS, protocol_version=65536), "protocol_version"),
        (
            model.AssociateRq("A", "B", (model.ApplicationContext("\u0660"),)),
            "variable_items[0].application_context_name",
        ),
        (
            model.AssociateRq("A", "B", (ITEMS[0], model.PresentationContextRq(256, ()))),
            "variable_items[1].presentation_context_id",
        ),
        (model.AssociateRq("A", "B", (model.UnknownItem(0x99, bytes(65536)),)), "variable_items[0].item_length"),
        (model.AssociateRq("A", "B", (model.UnknownItem(256, b""),)), "variable_items[0].item_type"),
        (
            model.AssociateRq("A", "B", (model.UserInformation((model.UserIdentity(1, bytes(65536)),)),)),
            "variable_items[0].user_data[0].primary_field_length",
        ),
        (model.AssociateRj(1, 256, 1), "source"),
        (model.Abort(-1, 0), "source"),
        (
            model.PDataTf((model.PresentationDataValue(1, 300, b"ab"),)),
            "presentation_data_value_items[0].message_control_header",
        ),
        (model.PDataTf((model.PresentationDataValue(1, 3, "ab"),)), "presentation_data_value_items[0].fragment"),  # type: ignore[arg-type]  # wrong on purpose
        (model.AssociateRq("A", "B", ("no item",)), "variable_items[0]"),  # type: ignore[arg-type]  # wrong on purpose
        (model.AssociateRq("A", "B", (object(),)), "variable_items"),  # type: ignore[arg-type]  # wrong on purpose
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_has_no_bytes_is_refused_with_its_path(pdu: model.Pdu, path: str) -> None:
    with pytest.raises(EncodeError) as caught:
        encode(pdu)
    assert caught.value.path == path


def test_item_may_be_written_where_it_does_not_belong() -> None:
    items: tuple[Any, ...] = (*ITEMS, model.PresentationContextAc.of(1, 0, "1.2"), ITEMS[2].user_data[0])
    misplaced = model.AssociateRq("A", "B", items)
    pdu = decode_lenient(encode(misplaced)).pdu
    assert isinstance(pdu, model.AssociateRq)
    assert [type(item).__name__ for item in pdu.variable_items[3:]] == ["UnknownItem", "UnknownItem"]


def test_ae_title_keeps_leading_spaces_and_nuls() -> None:
    pdu = model.AssociateAc("  A\0", "\0\0", ITEMS)
    data = encode(pdu)
    assert data[10:42] == b"  A\0" + b" " * 12 + b"\0\0" + b" " * 14
    decoded = decode_lenient(data).pdu
    assert isinstance(decoded, model.AssociateAc)
    assert (decoded.called_ae_title, decoded.calling_ae_title) == ("  A\0", "\0\0")
