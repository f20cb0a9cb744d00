"""Data sets and secrets are not in a trace; lengths and places of everything else stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.commands import CFindRsp, CMoveRq
from dulcimer.dimse import command_set
from dulcimer.trace.masking import DATA_SET, NOT_RECORDED, SECRET, Masks, PduMasker
from dulcimer.trace.pseudonyms import Pseudonyms
from dulcimer.trace.records import MaskedRange, RawBytes
from dulcimer.wire.codec import decode_lenient, encode
from dulcimer.wire.fieldmap import field_map
from dulcimer.wire.model import (
    AbstractSyntax,
    ApplicationContext,
    AssociateAc,
    AssociateRq,
    ImplementationClassUid,
    MaximumLength,
    PDataTf,
    PresentationContextAc,
    PresentationContextRq,
    PresentationDataValue,
    TransferSyntax,
    UserIdentity,
    UserIdentityResponse,
    UserInformation,
)
from support.wire_strategies import any_bytes, legal_pdus

COMMAND, LAST = 1, 2
PASSWORD, NAME, TICKET = b"correct horse", b"battery", b"kerberos ticket"
IDENTITY = UserIdentity(2, NAME, PASSWORD)
NAME_OF_DICOM = "1.2.840.10008.3.1.1.1"
INFORMATION = UserInformation((MaximumLength(16384), ImplementationClassUid("1.2"), IDENTITY))
PROPOSED = PresentationContextRq(1, (AbstractSyntax("1.2.840.10008.1.1"), TransferSyntax("1.2.840.10008.1.2")))
REQUEST = AssociateRq("ARCHIVE", "MODALITY", (ApplicationContext(NAME_OF_DICOM), PROPOSED, INFORMATION))


def masked(data: bytes, masks: Masks = Masks()) -> RawBytes:  # noqa: B008 - it is frozen
    return PduMasker(masks).masked(data)


def ranges_of(raw: RawBytes) -> list[tuple[int, int, str]]:
    return [(one.at, one.size, one.what) for one in raw.masked]


def values(*found: tuple[int, bytes]) -> bytes:
    return encode(PDataTf(tuple(PresentationDataValue(1, header, fragment) for header, fragment in found)))


@given(any_bytes())
def test_what_is_kept_is_what_was_sent_in_its_place(data: bytes) -> None:
    raw = masked(data)
    assert raw.length == len(data)
    at = 0
    for piece in raw.pieces():
        if isinstance(piece, MaskedRange):
            assert piece.at == at
            at += piece.size
        else:
            assert data[at : at + len(piece)] == piece
            at += len(piece)
    assert at == len(data)
    assert len(raw.filled()) == len(data)


@given(any_bytes())
def test_nothing_is_left_out_if_nothing_is_to_be(data: bytes) -> None:
    assert masked(data, Masks(data_sets=False, secrets=False)) == RawBytes.whole(data)


@given(legal_pdus())
def test_a_masked_pdu_has_the_fields_that_it_had(pdu: object) -> None:
    data = encode(pdu)  # type: ignore[arg-type]  # the strategy gives PDUs
    places = [(leaf.path, leaf.offset, leaf.size) for leaf in field_map(data)]
    assert [(leaf.path, leaf.offset, leaf.size) for leaf in field_map(masked(data).filled())] == places


def test_data_sets_are_left_out_and_command_sets_stay() -> None:
    command = command_set.encode(
        CFindRsp(affected_sop_class_uid="1.2", message_id_being_responded_to=1, status=0xFF00), has_data_set=True
    )
    data = values((COMMAND | LAST, command), (0, b"Doe^John"), (LAST, b""))
    start = data.index(b"Doe^John")
    assert ranges_of(masked(data)) == [(start, 8, DATA_SET)]


def test_command_set_in_pieces_stays() -> None:
    masker = PduMasker(Masks())
    first, second = (values((COMMAND, b"\0\0\0\0")), values((COMMAND | LAST, b"Doe")))
    assert masker.masked(first).is_whole
    assert masker.masked(second).is_whole
    third = values((COMMAND | LAST, b"Doe^John"))
    assert masker.masked(third).masked[0].what == DATA_SET


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 60)), min_size=1, max_size=6), st.data())
def test_no_byte_of_a_data_set_is_kept_wherever_the_pdu_is_cut_or_damaged(
    found: Sequence[tuple[int, int]], data: st.DataObject
) -> None:
    whole = values(*((header & ~COMMAND, b"\xaa" * size) for header, size in found))
    place = data.draw(st.integers(6, len(whole) - 1))
    changed = bytearray(whole)
    if changed[place] != 0xAA:
        changed[place] = data.draw(st.integers(0, 0xA9))
    cut = bytes(changed[: data.draw(st.integers(0, len(whole)))])
    # A damaged length may show some bytes of a fragment in the place of a header, which has 6.
    assert b"\xaa" * 7 not in masked(cut).data


@pytest.mark.parametrize("kind", [1, 2, 3, 4, 5])
def test_user_identities_are_left_out(kind: int) -> None:
    identity = UserIdentity(kind, NAME, PASSWORD if kind == 2 else b"", 1)
    data = encode(replace(REQUEST, variable_items=(UserInformation((MaximumLength(0), identity)),)))
    raw = masked(data)
    assert NAME not in raw.data
    assert PASSWORD not in raw.data
    assert {one.what for one in raw.masked} == {SECRET}


def test_of_a_request_that_follows_the_standard_only_the_secrets_are_left_out() -> None:
    data = encode(REQUEST)
    assert ranges_of(masked(data)) == [(data.index(one), len(one), SECRET) for one in (NAME, PASSWORD)]


def test_server_response_is_left_out() -> None:
    information = UserInformation((MaximumLength(0), ImplementationClassUid("1.2"), UserIdentityResponse(TICKET)))
    context = PresentationContextAc(1, 0, (TransferSyntax("1.2.840.10008.1.2"),))
    data = encode(AssociateAc("A", "B", (ApplicationContext(NAME_OF_DICOM), context, information)))
    assert ranges_of(masked(data)) == [(data.index(TICKET), len(TICKET), SECRET)]


@given(st.data())
def test_secrets_are_left_out_whichever_length_is_wrong_and_wherever_the_pdu_is_cut(data: st.DataObject) -> None:
    whole = encode(REQUEST)
    lengths = [leaf for leaf in field_map(whole) if leaf.kind == "length"]
    assert lengths
    leaf = data.draw(st.sampled_from(lengths))
    value = data.draw(st.integers(0, 300))
    changed = bytearray(whole)
    changed[leaf.offset : leaf.offset + leaf.size] = value.to_bytes(leaf.size, "big")
    cut = bytes(changed[: data.draw(st.integers(len(whole) - 20, len(whole)))])
    raw = masked(cut)
    for secret in (PASSWORD, NAME):
        assert secret not in raw.data
        assert secret[:6] not in raw.data


def test_another_protocol_shows_only_which_it_is() -> None:
    raw = masked(b"GET /patients/Doe?token=abc HTTP/1.1\r\n")
    assert raw.data == b"GET /pat"
    assert raw.masked[0].what == NOT_RECORDED


def test_beginning_of_a_long_pdu_says_how_long_it_was() -> None:
    raw = PduMasker(Masks()).masked(bytes.fromhex("0300ffffffff"), 6 + 0xFFFFFFFF)
    assert raw == RawBytes(6 + 0xFFFFFFFF, bytes.fromhex("0300ffffffff"), (MaskedRange(6, 0xFFFFFFFF, NOT_RECORDED),))


@given(st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=16), max_size=8))
def test_pseudonyms_are_as_long_and_the_same_for_the_same_title(titles: Sequence[str]) -> None:
    pseudonyms = Pseudonyms()
    once = [pseudonyms.title(title.encode()) for title in titles]
    assert [pseudonyms.title(title.encode()) for title in titles] == once
    assert [len(new) for new in once] == [len(title) for title in titles]
    assert len(set(once)) == len(set(titles))


def test_padding_blank_and_unprintable_titles_stay() -> None:
    pseudonyms = Pseudonyms()
    assert pseudonyms.title(b"  MODALITY      ") == b"  AE000001      "
    assert pseudonyms.title(b" " * 16) == b" " * 16
    assert pseudonyms.title(b"\0" * 16) == b"\0" * 16
    assert pseudonyms.title(b"A\nB" + b" " * 13)[1:2] == b"\n"


def test_titles_are_replaced_wherever_they_are() -> None:
    masks = Masks(pseudonyms=Pseudonyms())
    masker = PduMasker(masks)
    request = decode_lenient(masker.masked(encode(REQUEST)).filled()).pdu
    assert isinstance(request, AssociateRq)
    assert (request.called_ae_title.strip(), request.calling_ae_title.strip()) == ("AE00001", "AE000001")
    move = command_set.encode(
        CMoveRq(affected_sop_class_uid="1.2", message_id=1, priority=0, move_destination="MODALITY"), has_data_set=True
    )
    raw = masker.masked(values((COMMAND | LAST, move)))
    assert b"MODALITY" not in raw.data
    assert b"AE000001" in raw.data
    assert raw.length == len(values((COMMAND | LAST, move)))


def test_error_comments_are_blanked_with_pseudonyms_since_they_may_have_titles() -> None:
    response = CFindRsp(
        affected_sop_class_uid="1.2", message_id_being_responded_to=1, status=0xA700, error_comment="who is MODALITY?"
    )
    data = values((COMMAND | LAST, command_set.encode(response, has_data_set=False)))
    raw = masked(data, Masks(pseudonyms=Pseudonyms()))
    assert b"MODALITY" not in raw.data
    assert raw.length == len(data)
    assert b"MODALITY" in masked(data).data
