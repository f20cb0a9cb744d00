"""The field map cuts any bytes into leaves without gap or overlap, at the positions the standard prints."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.wire import model
from dulcimer.wire.codec import decode_lenient, encode
from dulcimer.wire.fieldmap import Field, field_map
from dulcimer.wire.pdus import read_pdu
from dulcimer.wire.stream import Reader
from support.wire_strategies import any_bytes, legal_pdus, wrong_pdus

NAMES = (
    model.ApplicationContext("1.2.840.10008.3.1.1.1"),
    model.PresentationContextRq.of(1, "1.2.840.10008.1.1", "1.2.840.10008.1.2"),
    model.PresentationContextAc.of(1, 0, "1.2.840.10008.1.2"),
)


@given(any_bytes())
def test_fields_partition_the_bytes(data: bytes) -> None:
    position = 0
    paths = set()
    for field in field_map(data):
        assert field.offset == position
        assert field.raw == data[position : position + field.size]
        assert field.path not in paths
        assert field.path.endswith(field.name)
        paths.add(field.path)
        position += field.size
    assert position == len(data)


@given(any_bytes())
def test_every_deviation_is_a_problem_of_a_field(data: bytes) -> None:
    problems = "; ".join(field.problem for field in field_map(data) if field.problem)
    for deviation in decode_lenient(data).deviations:
        assert deviation.problem in problems or not data


@given(legal_pdus())
def test_fields_of_legal_pdus_have_no_problem_and_tell_what_they_are(pdu: model.Pdu) -> None:
    for field in field_map(encode(pdu)):
        assert field.problem is None
        assert field.name != "unparsed_bytes"
        assert field.clause.startswith("PS3.")
        assert field.doc


def layout(pdu: model.Pdu, *, start: int = 0, prefix: str = "") -> list[tuple[str, int, int]]:
    fields = field_map(encode(pdu))
    return [
        (field.path.removeprefix(prefix), field.offset - start, field.size)
        for field in fields
        if field.path.startswith(prefix) and field.offset >= start
    ]


HEADER = [("pdu_type", 0, 1), ("reserved_2", 1, 1), ("pdu_length", 2, 4)]
ITEM = [("item_type", 0, 1), ("reserved_2", 1, 1), ("item_length", 2, 2)]


@pytest.mark.parametrize("pdu_type", [model.AssociateRq, model.AssociateAc])
def test_associate_pdus_are_laid_out_as_in_tables_9_11_and_9_17(
    pdu_type: type[model.AssociateRq | model.AssociateAc],
) -> None:
    assert layout(pdu_type("A", "B", ())) == [
        *HEADER,
        ("protocol_version", 6, 2),
        ("reserved_9_10", 8, 2),
        ("called_ae_title", 10, 16),
        ("calling_ae_title", 26, 16),
        ("reserved_43_74", 42, 32),
    ]


def test_short_pdus_are_laid_out_as_in_tables_9_21_and_9_24_to_9_26() -> None:
    assert layout(model.AssociateRj(1, 1, 1)) == [
        *HEADER,
        ("reserved_7", 6, 1),
        ("result", 7, 1),
        ("source", 8, 1),
        ("reason", 9, 1),
    ]
    assert layout(model.ReleaseRq()) == layout(model.ReleaseRp()) == [*HEADER, ("reserved_7_10", 6, 4)]
    assert layout(model.Abort(2, 0)) == [
        *HEADER,
        ("reserved_7", 6, 1),
        ("reserved_8", 7, 1),
        ("source", 8, 1),
        ("reason", 9, 1),
    ]


def test_p_data_tf_is_laid_out_as_in_tables_9_22_and_9_23() -> None:
    pdvs = (model.PresentationDataValue(1, 3, b"abcd"), model.PresentationDataValue(1, 2, b"ef"))
    item = "presentation_data_value_items"
    assert layout(model.PDataTf(pdvs)) == [
        *HEADER,
        (f"{item}[0].item_length", 6, 4),
        (f"{item}[0].presentation_context_id", 10, 1),
        (f"{item}[0].message_control_header", 11, 1),
        (f"{item}[0].fragment", 12, 4),
        (f"{item}[1].item_length", 16, 4),
        (f"{item}[1].presentation_context_id", 20, 1),
        (f"{item}[1].message_control_header", 21, 1),
        (f"{item}[1].fragment", 22, 2),
    ]


def item_layout(item: model.VariableItem) -> list[tuple[str, int, int]]:
    kind = model.AssociateAc if isinstance(item, model.PresentationContextAc) else model.AssociateRq
    return layout(kind("A", "B", (item,)), start=74, prefix="variable_items[0].")


def user_layout(item: model.UserDataSubItem) -> list[tuple[str, int, int]]:
    information = model.UserInformation((item,))
    return layout(model.AssociateRq("A", "B", (information,)), start=78, prefix="variable_items[0].user_data[0].")


def test_items_are_laid_out_as_in_tables_9_12_to_9_19() -> None:
    assert item_layout(NAMES[0]) == [*ITEM, ("application_context_name", 4, 21)]
    assert item_layout(NAMES[1])[:7] == [
        *ITEM,
        ("presentation_context_id", 4, 1),
        ("reserved_6", 5, 1),
        ("reserved_7", 6, 1),
        ("reserved_8", 7, 1),
    ]
    assert item_layout(NAMES[1])[7:] == [
        ("sub_items[0].item_type", 8, 1),
        ("sub_items[0].reserved_2", 9, 1),
        ("sub_items[0].item_length", 10, 2),
        ("sub_items[0].abstract_syntax_name", 12, 17),
        ("sub_items[1].item_type", 29, 1),
        ("sub_items[1].reserved_2", 30, 1),
        ("sub_items[1].item_length", 31, 2),
        ("sub_items[1].transfer_syntax_name", 33, 17),
    ]
    assert item_layout(NAMES[2])[3:8] == [
        ("presentation_context_id", 4, 1),
        ("reserved_6", 5, 1),
        ("result_reason", 6, 1),
        ("reserved_8", 7, 1),
        ("sub_items[0].item_type", 8, 1),
    ]
    assert item_layout(model.UnknownItem(0x99, b"abc")) == [*ITEM, ("value", 4, 3)]


def test_user_information_sub_items_are_laid_out_as_in_annex_d() -> None:
    assert user_layout(model.MaximumLength(0)) == [*ITEM, ("maximum_length_received", 4, 4)]
    assert user_layout(model.ImplementationClassUid("1.2")) == [*ITEM, ("implementation_class_uid", 4, 3)]
    assert user_layout(model.AsynchronousOperationsWindow(1, 1)) == [
        *ITEM,
        ("maximum_number_operations_invoked", 4, 2),
        ("maximum_number_operations_performed", 6, 2),
    ]
    assert user_layout(model.ScpScuRoleSelection("1.2", 1, 1)) == [
        *ITEM,
        ("uid_length", 4, 2),
        ("sop_class_uid", 6, 3),
        ("scu_role", 9, 1),
        ("scp_role", 10, 1),
    ]
    assert user_layout(model.ImplementationVersionName("V1")) == [*ITEM, ("implementation_version_name", 4, 2)]
    assert user_layout(model.SopClassExtendedNegotiation("1.2", b"abcd")) == [
        *ITEM,
        ("sop_class_uid_length", 4, 2),
        ("sop_class_uid", 6, 3),
        ("service_class_application_information", 9, 4),
    ]
    assert user_layout(model.SopClassCommonExtendedNegotiation("1.2", "1.3.4", ("1.5", "1.6"))) == [
        ("item_type", 0, 1),
        ("sub_item_version", 1, 1),
        ("item_length", 2, 2),
        ("sop_class_uid_length", 4, 2),
        ("sop_class_uid", 6, 3),
        ("service_class_uid_length", 9, 2),
        ("service_class_uid", 11, 5),
        ("related_general_sop_class_identification_length", 16, 2),
        ("related_general_sop_class_uids[0].related_general_sop_class_uid_length", 18, 2),
        ("related_general_sop_class_uids[0].related_general_sop_class_uid", 20, 3),
        ("related_general_sop_class_uids[1].related_general_sop_class_uid_length", 23, 2),
        ("related_general_sop_class_uids[1].related_general_sop_class_uid", 25, 3),
        ("reserved", 28, 0),
    ]
    assert user_layout(model.UserIdentity(2, b"name", b"pass")) == [
        *ITEM,
        ("user_identity_type", 4, 1),
        ("positive_response_requested", 5, 1),
        ("primary_field_length", 6, 2),
        ("primary_field", 8, 4),
        ("secondary_field_length", 12, 2),
        ("secondary_field", 14, 4),
    ]
    assert user_layout(model.UserIdentityResponse(b"ok")) == [
        *ITEM,
        ("server_response_length", 4, 2),
        ("server_response", 6, 2),
    ]


def fields_of(data: bytes) -> dict[str, Field]:
    return {field.path: field for field in field_map(data)}


def test_meanings_are_in_words() -> None:
    rj = fields_of(encode(model.AssociateRj(1, 2, 2)))
    assert rj["pdu_type"].meaning == "A-ASSOCIATE-RJ"
    assert rj["pdu_length"].meaning == "4 bytes follow"
    assert rj["reason"].meaning == "protocol version not supported"
    ac = fields_of(encode(model.AssociateAc("A", "B", NAMES[2:])))
    assert ac["variable_items[0].result_reason"].meaning == "accepted"
    assert ac["variable_items[0].sub_items[0].transfer_syntax_name"].meaning == "Implicit VR Little Endian"
    assert fields_of(encode(model.Abort(0, 3)))["reason"].meaning == "not significant"
    assert fields_of(encode(model.Abort(2, 3)))["reason"].meaning == "undefined value 3"
    pdv = fields_of(encode(model.PDataTf((model.PresentationDataValue(1, 3, b"ab"),))))
    assert pdv["presentation_data_value_items[0].message_control_header"].meaning == "command, last fragment"


def test_reserved_bytes_show_their_value() -> None:
    fields = fields_of(encode(model.AssociateRq("A", "B", ()), {"reserved_9_10": 0x0102, "reserved_43_74": b"x" * 32}))
    assert (fields["reserved_9_10"].value, fields["reserved_9_10"].meaning) == (0x0102, "not tested")
    assert (fields["reserved_43_74"].value, fields["reserved_43_74"].problem) == (b"x" * 32, None)
    assert fields["reserved_2"].meaning == ""


def test_length_names_what_it_governs() -> None:
    information = model.UserInformation((model.ScpScuRoleSelection("1.2", 1, 1),))
    fields = fields_of(encode(model.AssociateRq("A", "B", (information,))))
    assert fields["variable_items[0].user_data[0].uid_length"].governs == "sop_class_uid"
    assert fields["variable_items[0].user_data[0].item_length"].governs == ""


def test_missing_item_is_a_problem_of_the_item_around_it() -> None:
    fields = fields_of(encode(model.AssociateRq("A", "B", (model.PresentationContextRq(1, ()),))))
    assert fields["variable_items[0].item_type"].problem == "no Abstract Syntax sub-item; no Transfer Syntax sub-item"
    assert "no Application Context item" in (fields["pdu_type"].problem or "")


def test_second_pdu_is_unparsed() -> None:
    first, second = encode(model.ReleaseRq()), encode(model.ReleaseRp())
    last = field_map(first + second)[-1]
    assert (last.name, last.offset, last.size) == ("unparsed_bytes", 10, 10)
    assert last.problem == "10 bytes after the end of the PDU"


def test_body_of_an_unknown_pdu_is_unparsed() -> None:
    fields = fields_of(b"\x63\0\0\0\0\2ab")
    assert fields["pdu_type"].problem == "63H is not the type of a PDU"
    assert fields["unparsed_bytes"].raw == b"ab"
    assert fields["unparsed_bytes"].problem


@given(any_bytes() | st.one_of(legal_pdus(), wrong_pdus()).map(encode))
def test_values_and_deviations_are_the_same_with_and_without_the_map(data: bytes) -> None:
    """Without it, items that hold only a UID are read on a fast path."""
    plain, recording = Reader(data, strict=False), Reader(data, strict=False, recording=True)
    assert read_pdu(plain) == read_pdu(recording)
    assert plain.deviations == recording.deviations


@given(legal_pdus(), st.integers(0, 12))
def test_what_follows_the_items_that_are_read_is_one_leaf(pdu: model.Pdu, most: int) -> None:
    data = encode(pdu)
    whole, cut = field_map(data), field_map(data, most_items=most)
    count = len({field.path.rpartition(".")[0] for field in whole if "." in field.path})
    if count <= most:
        assert cut == whole
        return
    assert b"".join(field.raw for field in cut) == data
    assert cut[:-1] == tuple(
        replace(field, problem=other.problem) for field, other in zip(whole, cut[:-1], strict=False)
    )
    assert (cut[-1].name, cut[-1].doc) == ("unparsed_bytes", f"what follows the first {most} items")
    assert any("more items than the limit of" in str(field.problem) for field in cut)
