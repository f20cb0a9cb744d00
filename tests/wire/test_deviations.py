"""Deviations from the standard are reported with path, offset and clause; what it says to ignore is not one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.errors import DecodeError
from dulcimer.wire import model
from dulcimer.wire.codec import decode, decode_lenient, encode
from dulcimer.wire.model import Pdu
from dulcimer.wire.model import PresentationDataValue as Pdv
from support.wire_strategies import legal_pdus
from support.work import calls_in

NAME = model.ApplicationContext("1.2.840.10008.3.1.1.1")
CONTEXT = model.PresentationContextRq.of(1, "1.2.840.10008.1.1", "1.2.840.10008.1.2")
ANSWER = model.PresentationContextAc.of(1, 0, "1.2.840.10008.1.2")
LENGTH, IMPLEMENTATION = model.MaximumLength(16384), model.ImplementationClassUid("1.2.3")
WINDOW, VERSION = model.AsynchronousOperationsWindow(1, 1), model.ImplementationVersionName("V")
ROLE = model.ScpScuRoleSelection("1.2", 1, 0)
USER = model.UserInformation((LENGTH, IMPLEMENTATION))
RQ = model.AssociateRq("CALLED", "CALLING", (NAME, CONTEXT, USER))
AC = model.AssociateAc("CALLED", "CALLING", (NAME, ANSWER, USER))


def rq(*items: model.VariableItem) -> model.AssociateRq:
    return replace(RQ, variable_items=items)


def ac(*items: model.VariableItem) -> model.AssociateAc:
    return replace(AC, variable_items=items)


def rq_user(*items: model.UserDataSubItem) -> model.AssociateRq:
    return rq(NAME, CONTEXT, model.UserInformation((LENGTH, IMPLEMENTATION, *items)))


def ac_user(*items: model.UserDataSubItem) -> model.AssociateAc:
    return ac(NAME, ANSWER, model.UserInformation((LENGTH, IMPLEMENTATION, *items)))


def context(*items: model.SyntaxSubItem) -> model.AssociateRq:
    return rq(NAME, model.PresentationContextRq(1, items), USER)


def p_data(*items: tuple[int, int, bytes]) -> model.PDataTf:
    return model.PDataTf(tuple(Pdv(*item) for item in items))


ABSTRACT, TRANSFER = CONTEXT.sub_items
USER_DATA = "variable_items[2].user_data"

VALUE_DEVIATIONS: dict[str, tuple[Pdu, str]] = {
    "called AE title of spaces": (replace(RQ, called_ae_title=""), "called_ae_title"),
    "calling AE title with a backslash": (replace(RQ, calling_ae_title="A\\B"), "calling_ae_title"),
    "calling AE title with a control": (replace(RQ, calling_ae_title="A\0"), "calling_ae_title"),
    "protocol version without bit 0": (replace(RQ, protocol_version=2), "protocol_version"),
    "protocol version without bit 0 in AC": (replace(AC, protocol_version=0), "protocol_version"),
    "no application context": (rq(CONTEXT, USER), "variable_items"),
    "two application contexts": (rq(NAME, NAME, CONTEXT, USER), "variable_items[1].item_type"),
    "no presentation context": (rq(NAME, USER), "variable_items"),
    "only a context of the other kind": (ac(NAME, CONTEXT, USER), "variable_items"),
    "no user information": (rq(NAME, CONTEXT), "variable_items"),
    "two user informations": (rq(NAME, CONTEXT, USER, USER), "variable_items[3].item_type"),
    "items out of order": (rq(CONTEXT, NAME, USER), "variable_items[1].item_type"),
    "even context ID": (
        rq(NAME, replace(CONTEXT, presentation_context_id=2), USER),
        "variable_items[1].presentation_context_id",
    ),
    "context ID 0": (
        ac(NAME, replace(ANSWER, presentation_context_id=0), USER),
        "variable_items[1].presentation_context_id",
    ),
    "context ID used twice": (rq(NAME, CONTEXT, CONTEXT, USER), "variable_items[2].presentation_context_id"),
    "context ID answered twice": (ac(NAME, ANSWER, ANSWER, USER), "variable_items[2].presentation_context_id"),
    "no abstract syntax": (context(TRANSFER), "variable_items[1].sub_items"),
    "two abstract syntaxes": (context(ABSTRACT, ABSTRACT, TRANSFER), "variable_items[1].sub_items[1].item_type"),
    "no transfer syntax": (context(ABSTRACT), "variable_items[1].sub_items"),
    "abstract syntax last": (context(TRANSFER, ABSTRACT), "variable_items[1].sub_items[1].item_type"),
    "two transfer syntaxes in AC": (
        ac(NAME, model.PresentationContextAc(1, 0, (TRANSFER, TRANSFER)), USER),
        "variable_items[1].sub_items[1].item_type",
    ),
    "undefined result of a context": (
        ac(NAME, replace(ANSWER, result_reason=5), USER),
        "variable_items[1].result_reason",
    ),
    "empty UID": (rq(model.ApplicationContext(""), CONTEXT, USER), "variable_items[0].application_context_name"),
    "UID of 65 characters": (
        context(model.AbstractSyntax("1." + "2" * 63), TRANSFER),
        "variable_items[1].sub_items[0].abstract_syntax_name",
    ),
    "padded UID": (
        context(ABSTRACT, model.TransferSyntax("1.2\0")),
        "variable_items[1].sub_items[1].transfer_syntax_name",
    ),
    "UID with a leading zero": (rq_user(replace(ROLE, sop_class_uid="1.02")), f"{USER_DATA}[2].sop_class_uid"),
    "UID that begins with a zero": (rq_user(replace(ROLE, sop_class_uid="01.2")), f"{USER_DATA}[2].sop_class_uid"),
    "UID with a letter": (rq_user(replace(ROLE, sop_class_uid="1.2a.3")), f"{USER_DATA}[2].sop_class_uid"),
    "UID with an empty component": (rq_user(replace(ROLE, sop_class_uid="1..2")), f"{USER_DATA}[2].sop_class_uid"),
    "no maximum length": (rq(NAME, CONTEXT, model.UserInformation((IMPLEMENTATION,))), USER_DATA),
    "two maximum lengths": (rq_user(LENGTH), f"{USER_DATA}[2].item_type"),
    "no implementation class UID": (rq(NAME, CONTEXT, model.UserInformation((LENGTH,))), USER_DATA),
    "two windows": (rq_user(WINDOW, WINDOW), f"{USER_DATA}[3].item_type"),
    "two version names": (rq_user(VERSION, VERSION), f"{USER_DATA}[3].item_type"),
    "two role selections for one class": (rq_user(ROLE, ROLE), f"{USER_DATA}[3].sop_class_uid"),
    "role 2": (rq_user(replace(ROLE, scp_role=2)), f"{USER_DATA}[2].scp_role"),
    "empty version name": (
        rq_user(replace(VERSION, implementation_version_name="")),
        f"{USER_DATA}[2].implementation_version_name",
    ),
    "version name of 17 characters": (
        rq_user(replace(VERSION, implementation_version_name="V" * 17)),
        f"{USER_DATA}[2].implementation_version_name",
    ),
    "common extended negotiation in AC": (
        ac_user(model.SopClassCommonExtendedNegotiation("1.2", "1.3")),
        f"{USER_DATA}[2].item_type",
    ),
    "user identity in AC": (ac_user(model.UserIdentity(1, b"x")), f"{USER_DATA}[2].item_type"),
    "user identity response in RQ": (rq_user(model.UserIdentityResponse()), f"{USER_DATA}[2].item_type"),
    "two user identities": (
        rq_user(model.UserIdentity(1, b"x"), model.UserIdentity(1, b"x")),
        f"{USER_DATA}[3].item_type",
    ),
    "undefined user identity type": (rq_user(model.UserIdentity(6, b"x")), f"{USER_DATA}[2].user_identity_type"),
    "passcode without its type": (rq_user(model.UserIdentity(1, b"x", b"y")), f"{USER_DATA}[2].secondary_field_length"),
    "response requested 2": (
        rq_user(model.UserIdentity(1, b"x", positive_response_requested=2)),
        f"{USER_DATA}[2].positive_response_requested",
    ),
    "undefined result of a rejection": (model.AssociateRj(3, 1, 1), "result"),
    "undefined source of a rejection": (model.AssociateRj(1, 4, 1), "source"),
    "undefined reason of a rejection": (model.AssociateRj(1, 2, 3), "reason"),
    "undefined source of an abort": (model.Abort(1, 0), "source"),
    "reserved reason of an abort": (model.Abort(2, 3), "reason"),
    "even context ID of a PDV": (p_data((2, 3, b"ab")), "presentation_data_value_items[0].presentation_context_id"),
    "odd fragment": (p_data((1, 3, b"abc")), "presentation_data_value_items[0].fragment"),
    "empty fragment": (p_data((1, 3, b"")), "presentation_data_value_items[0].fragment"),
    "PDVs of two contexts": (
        p_data((1, 1, b"ab"), (3, 3, b"ab")),
        "presentation_data_value_items[1].presentation_context_id",
    ),
    "command after data set": (
        p_data((1, 0, b"ab"), (1, 3, b"ab")),
        "presentation_data_value_items[1].message_control_header",
    ),
    "fragment after the last": (
        p_data((1, 2, b"ab"), (1, 0, b"ab")),
        "presentation_data_value_items[1].message_control_header",
    ),
}


@pytest.mark.parametrize("name", VALUE_DEVIATIONS)
def test_wrong_value_is_reported_and_the_pdu_kept(name: str) -> None:
    pdu, path = VALUE_DEVIATIONS[name]
    data = encode(pdu)
    decoded = decode_lenient(data)
    assert [(found.path, found.structural) for found in decoded.deviations] == [(path, False)]
    if name != "only a context of the other kind":
        assert decoded.pdu == pdu
    with pytest.raises(DecodeError):
        decode(data)


ITEM_1 = "variable_items[1]"
PDV_0 = "presentation_data_value_items[0]"
STRUCTURAL = {
    "unknown PDU type": (bytes((8, 0, 0, 0, 0, 0)), "pdu_type", 0),
    "no bytes": (b"", "", 0),
    "half a header": (b"\1\0\0", "pdu_length", 2),
    "truncated PDU": (encode(RQ)[:-1], "pdu_length", 2),
    "bytes after the PDU": (encode(RQ) + b"\0", "after_pdu.unparsed_bytes", len(encode(RQ))),
    "release of 5 bytes": (bytes.fromhex("05 00 00000005 0000000000"), "pdu_length", 2),
    "abort of 3 bytes": (bytes.fromhex("07 00 00000003 000000"), "pdu_length", 2),
    "rejection of 0 bytes": (bytes.fromhex("03 00 00000000"), "pdu_length", 2),
    "associate of 67 bytes": (b"\1\0\0\0\0\x43" + bytes(67), "pdu_length", 2),
    "trailing bytes of an associate": (
        encode(RQ)[:5] + bytes([encode(RQ)[5] + 3]) + encode(RQ)[6:] + b"\x60\0\0",
        "variable_items[3].unparsed_bytes",
        len(encode(RQ)),
    ),
    "item beyond the PDU": (encode(RQ, {"variable_items[2].item_length": 60000}), "variable_items[2].item_length", 151),
    "context of 3 bytes": (encode(rq(model.UnknownItem(0x20, b"abc"))), "variable_items[0].item_length", 76),
    "sub-item beyond its item": (
        encode(RQ, {f"{ITEM_1}.sub_items[1].item_length": 18}),
        f"{ITEM_1}.sub_items[1].item_length",
        130,
    ),
    "maximum length of 3 bytes": (
        encode(RQ, {"variable_items[2].user_data[0].maximum_length_received": b"abc"}),
        "variable_items[2].user_data[0].item_length",
        155,
    ),
    "maximum length of 5 bytes": (
        encode(RQ, {"variable_items[2].user_data[0].maximum_length_received": b"abcde"}),
        "variable_items[2].user_data[0].item_length",
        155,
    ),
    "UID beyond a role selection": (
        encode(rq_user(ROLE), {f"{USER_DATA}[2].uid_length": 6}),
        f"{USER_DATA}[2].uid_length",
        174,
    ),
    "roles cut off": (encode(rq_user(ROLE), {f"{USER_DATA}[2].scp_role": b""}), f"{USER_DATA}[2].scp_role", 180),
    "role selection too long": (
        encode(rq_user(ROLE), {f"{USER_DATA}[2].scp_role": b"\0\0"}),
        f"{USER_DATA}[2].unparsed_bytes",
        181,
    ),
    "no PDV": (b"\4\0\0\0\0\0", "presentation_data_value_items", 6),
    "PDV of 1 byte": (b"\4\0\0\0\0\5\0\0\0\1\1", f"{PDV_0}.item_length", 6),
    "PDV beyond the PDU": (encode(p_data((1, 3, b"ab")), {f"{PDV_0}.item_length": 5}), f"{PDV_0}.item_length", 6),
    "PDV too short for its bytes": (
        encode(p_data((1, 3, b"ab")), {f"{PDV_0}.item_length": 3}),
        "presentation_data_value_items[1].unparsed_bytes",
        13,
    ),
}


@pytest.mark.parametrize("name", STRUCTURAL)
def test_lengths_that_do_not_add_up_are_structural(name: str) -> None:
    data, path, offset = STRUCTURAL[name]
    found = decode_lenient(data).structural
    assert found is not None
    assert (found.path, found.offset) == (path, offset)


def test_damaged_item_is_kept_as_bytes_and_its_neighbours_are_read() -> None:
    data = encode(rq_user(ROLE, VERSION), {f"{USER_DATA}[2].scp_role": b""})
    decoded = decode_lenient(data)
    assert isinstance(decoded.pdu, model.AssociateRq)
    kept = decoded.pdu.user_information.user_data
    assert kept == (LENGTH, IMPLEMENTATION, model.UnknownItem(0x54, b"\0\0031.2\1"), VERSION)
    assert encode(decoded.pdu) == data


def test_damage_in_an_inner_list_ends_with_the_item_around_it() -> None:
    item = model.SopClassCommonExtendedNegotiation("1.2", "1.3", ("1.4",))
    related = f"{USER_DATA}[2].related_general_sop_class_uids[0].related_general_sop_class_uid_length"
    decoded = decode_lenient(encode(rq_user(item, VERSION), {related: 4, f"{USER_DATA}[2].reserved": b"more"}))
    assert [found.path for found in decoded.deviations] == [related]
    assert isinstance(decoded.pdu, model.AssociateRq)
    assert decoded.pdu.user_information.user_data[3:] == (VERSION,)


def test_pdu_without_all_its_fixed_fields_is_none() -> None:
    for data in (b"", b"\1\0\0\0\0\1\0", bytes.fromhex("07 00 00000003 000000"), b"\4\0\0", b"\x63\0\0\0\0\0"):
        assert decode_lenient(data).pdu is None


@pytest.mark.clause("PS3.8 9.3.1")
@given(legal_pdus(), st.binary(min_size=1, max_size=64))
def test_reserved_bytes_are_not_tested(pdu: model.Pdu, noise: bytes) -> None:
    data = bytearray(encode(pdu))
    data[1] = noise[0]
    if isinstance(pdu, model.AssociateRq):
        data[8:10] = (noise * 2)[:2]
        data[42:74] = (noise * 32)[:32]
    elif isinstance(pdu, model.ReleaseRq | model.ReleaseRp):
        data[6:10] = (noise * 4)[:4]
    elif isinstance(pdu, model.AssociateRj | model.Abort):
        data[6] = noise[-1]
    assert decode_lenient(data).deviations == ()


@pytest.mark.clause("PS3.8 9.3.1")
def test_reserved_bytes_of_every_item_are_not_tested() -> None:
    overrides = {
        path: 0xAA
        for item in ("variable_items[0]", ITEM_1, "variable_items[2]", f"{ITEM_1}.sub_items[0]", f"{USER_DATA}[0]")
        for path in (f"{item}.reserved_2",)
    } | {f"{ITEM_1}.reserved_{byte}": 0xAA for byte in (6, 7, 8)}
    assert decode(encode(RQ, overrides)) == RQ
    answers = {f"{ITEM_1}.reserved_{byte}": 0xAA for byte in (6, 8)}
    assert decode(encode(AC, answers)) == AC


@pytest.mark.clause("PS3.8 9.3.2")
def test_only_bit_0_of_the_protocol_version_is_tested() -> None:
    assert decode_lenient(encode(replace(RQ, protocol_version=0xFFFF))).deviations == ()


@pytest.mark.clause("PS3.8 E.2")
@pytest.mark.parametrize("unused", range(0, 256, 4))
def test_bits_2_to_7_of_the_message_control_header_are_not_tested(unused: int) -> None:
    pdu = p_data((1, unused | 3, b"ab"), (1, unused | 2, b"ab"))
    assert decode(encode(pdu)) == pdu


@pytest.mark.clause("PS3.8 9.3.1")
def test_unknown_items_are_kept_and_skipped() -> None:
    unknown = model.UnknownItem(0x7F, b"whatever")
    user = replace(USER, user_data=(unknown, *USER.user_data))
    pdu = rq(unknown, NAME, replace(CONTEXT, sub_items=(ABSTRACT, unknown, TRANSFER)), user, unknown)
    assert decode(encode(pdu)) == pdu


@pytest.mark.clause("PS3.8 9.3.3.2")
def test_transfer_syntax_of_a_refused_context_is_not_tested() -> None:
    pdu = ac(NAME, model.PresentationContextAc.of(1, 3, "not a UID"), USER)
    assert decode(encode(pdu)) == pdu


@pytest.mark.clause("PS3.8 9.3.3.2")
def test_context_after_a_refused_one_is_tested() -> None:
    refused = model.PresentationContextAc.of(1, 3, "not a UID")
    pdu = ac(NAME, refused, model.PresentationContextAc.of(3, 0, "not a UID"), USER)
    found = decode_lenient(encode(pdu)).deviations
    assert [deviation.path for deviation in found] == ["variable_items[2].sub_items[0].transfer_syntax_name"]


@pytest.mark.clause("PS3.8 9.3.8")
def test_reason_of_an_abort_by_the_service_user_is_not_tested() -> None:
    assert decode(encode(model.Abort(0, 99))) == model.Abort(0, 99)


@pytest.mark.clause("PS3.7 D.3.3.6")
def test_later_version_of_common_extended_negotiation_may_have_more_fields() -> None:
    item = model.SopClassCommonExtendedNegotiation("1.2", "1.3", ("1.4", "1.5"), sub_item_version=1)
    assert decode(encode(rq_user(item), {f"{USER_DATA}[2].reserved": b"more"})) == rq_user(item)


@pytest.mark.parametrize("item_type", [0x00, 0x10, 0x20, 0x50, 0x52, 0x54, 0x57])
@pytest.mark.parametrize("nested", [False, True], ids=["beside each other", "in one item"])
def test_twice_as_many_empty_items_are_twice_the_work(item_type: int, nested: bool) -> None:
    def work(count: int) -> int:
        items = bytes((item_type, 0, 0, 0)) * count
        if nested:
            items = bytes((0x50, 0)) + (len(items) - 4).to_bytes(2, "big") + items[4:]
        data = encode(RQ)[:74] + items
        data = data[:2] + (len(data) - 6).to_bytes(4, "big") + data[6:]
        return calls_in(lambda: decode_lenient(data))

    work(16)  # what is made once and kept
    assert work(2048) < 2.1 * work(1024)


def test_length_of_four_gigabytes_allocates_nothing() -> None:
    assert decode_lenient(b"\4\0\xff\xff\xff\xff\xff\xff\xff\xff\1\3ab").structural is not None
